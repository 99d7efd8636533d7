import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { aThread, deliveries, type TestThread } from './factories.ts'
import { apiAt, createDatabase, eventually, startOwnServer, type TestTeam, teamOn, urlOf } from './harness.ts'
import { startServerProcess } from './processes.ts'

const ROUNDS = 3
const SENDERS = 8
const SENDS_BEFORE_KILL = 25

interface Attempt {
  /** Which version of the API it goes through. */
  through: 'v1' | 'v2'
  key: string
  content: string
  /** The id the API acknowledged; null while nobody knows. */
  acknowledged: string | null
}

test('a server killed in the middle of sends loses nothing it acknowledged and sends nothing twice', {
  timeout: 120_000,
}, async () => {
  const database = await createDatabase()
  const { team, thread } = await aTeamWithThread(database)
  const attempts: Attempt[] = []

  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServerProcess({ DATABASE_URL: urlOf(database) })
    const api = versionsAt(server.url, team.token)
    await retryUnacknowledged(api, thread, attempts)
    await sendUntilKilled(api, thread, attempts, () => server.kill())
  }

  const last = await startOwnServer({}, database)
  try {
    const after = {
      ...team,
      ...versionsAt(last.url, team.token),
      sandbox: apiAt(`${last.url}/api/sandbox`, team.token),
    }
    await retryUnacknowledged(after, thread, attempts)
    await expectEachOnce(after, thread, attempts)
  } finally {
    await last.stop()
  }
})

async function aTeamWithThread(database: string): Promise<{ team: TestTeam; thread: TestThread }> {
  const server = await startOwnServer({}, database)
  try {
    const team = await teamOn(server)
    return { team, thread: await aThread(team) }
  } finally {
    await server.stop()
  }
}

/** Several senders at once; the server dies while they are at it. */
async function sendUntilKilled(
  api: Versions,
  thread: TestThread,
  attempts: Attempt[],
  kill: () => Promise<void>,
): Promise<void> {
  let acknowledged = 0
  let killed: Promise<void> | null = null
  async function sender(): Promise<void> {
    while (!killed) {
      const attempt: Attempt = {
        through: attempts.length % 2 === 0 ? 'v1' : 'v2',
        key: randomUUID(),
        content: `Message ${attempts.length}`,
        acknowledged: null,
      }
      attempts.push(attempt)
      if (await tryToSend(api, thread, attempt)) acknowledged++
      if (acknowledged >= SENDS_BEFORE_KILL) killed ??= kill()
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  await killed
}

/** What a careful client does after a lost connection: the same request with the same key, until there is an answer. */
async function retryUnacknowledged(api: Versions, thread: TestThread, attempts: Attempt[]): Promise<void> {
  for (const attempt of attempts.filter((one) => one.acknowledged === null)) {
    await eventually(() => tryToSend(api, thread, attempt), `an answer to ${attempt.content}`, 30_000)
  }
}

async function tryToSend({ api, v2 }: Versions, thread: TestThread, attempt: Attempt): Promise<boolean> {
  const { through, content, key } = attempt
  const headers = { 'idempotency-key': key }
  try {
    const answer =
      through === 'v1'
        ? await api.post(`/threads/${thread.id}/messages`, { content }, headers)
        : await v2.post('/messages', { target: { type: 'thread', threadId: thread.id }, content }, headers)
    if (answer.status >= 300) return false
    attempt.acknowledged = through === 'v1' ? answer.body.id : answer.body.message.id
    return true
  } catch {
    // The connection broke: nobody knows.
    return false
  }
}

type Versions = Pick<TestTeam, 'api' | 'v2'>

function versionsAt(url: string, token: string): Versions {
  return { api: apiAt(`${url}/api/v1`, token), v2: apiAt(`${url}/api/v2`, token) }
}

async function expectEachOnce(team: TestTeam, thread: TestThread, attempts: Attempt[]): Promise<void> {
  const contents = attempts.map(({ content }) => content).sort()
  const arrived = await deliveries(team, thread.accountLinkId)
  expect(arrived.map(({ content }) => content).sort()).toEqual(contents)
  const shown = await allMessages(team, thread)
  expect(shown.map(({ content }) => content).sort()).toEqual(contents)
  expect(shown.map(({ id }) => id).sort()).toEqual(attempts.map(({ acknowledged }) => acknowledged).sort())
  const { body } = await team.api.get('/events?limit=1000')
  const created = body.events.filter(({ type }: { type: string }) => type === 'message.created')
  expect(created).toHaveLength(attempts.length)
  expect(body.events.map(({ seq }: { seq: number }) => seq)).toEqual(body.events.map((_: unknown, i: number) => i + 1))
}

async function allMessages(team: TestTeam, thread: TestThread): Promise<{ id: string; content: string }[]> {
  const found: { id: string; content: string }[] = []
  let cursor = ''
  for (let pages = 0; pages < 50; pages++) {
    const { body } = await team.api.get(`/threads/${thread.id}/messages?limit=100${cursor}`)
    found.push(...body.messages)
    if (!body.nextCursor) return found
    cursor = `&cursorId=${body.nextCursor.id}&cursorTimestamp=${body.nextCursor.timestamp}`
  }
  throw new Error('the pages do not end')
}
