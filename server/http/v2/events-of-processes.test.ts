import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { RunningServer } from '../../main.ts'
import { openStream, recordFat, type TestStream } from '../../test/event-streams.ts'
import {
  type Answer,
  type Api,
  apiAt,
  createDatabase,
  eventually,
  startOwnServer,
  type TestTeam,
  teamOn,
  urlOf,
} from '../../test/harness.ts'
import { type ServerProcess, startServerProcess } from '../../test/processes.ts'
import { report, scaled } from '../../test/scale.ts'

const WRITERS = 64
/** In each of them one of the two servers is killed and started again. */
const ROUNDS = scaled(1)
const WRITES_PER_ROUND = 2
/** After so many a transaction is broken off. */
const WRITES_PER_BREAK = 12

/** Is never killed: it makes teams, and says in the end what is true. */
let keeper: RunningServer
/** Two on one database. */
let twins: ServerProcess[]
let startTwin: () => Promise<ServerProcess>

beforeAll(async () => {
  const database = await createDatabase()
  startTwin = () => startServerProcess({ DATABASE_URL: urlOf(database), OPEN_INBOX_ROLES: 'web' })
  keeper = await startOwnServer({ env: { OPEN_INBOX_ROLES: 'web' } }, database)
  twins = await Promise.all([startTwin(), startTwin()])
})

afterAll(async () => {
  await Promise.all(twins.map((twin) => twin.kill()))
  await keeper.stop()
})

test('while 64 write on two servers, some in vain, and servers are killed, every reader gets all that was acknowledged, once and in order', {
  timeout: 1_800_000,
}, async () => {
  const team = await teamOn(keeper)
  const tags = await makeTags(team)
  const log: Log = { end: null }
  onTestFinished(() => {
    log.end = 0
  })
  const at = (first: number) => ({ team, first, log })
  const readers = [
    ...[0, 1].map((first) => replay(at(first))),
    ...[0, 1, 0, 1].map((first) => follow(at(first))),
    ...[0, 1].map((first) => follow(at(first), () => randomInt(1, 20_000))),
  ]
  const writers = async () => {
    const written = await writeInRounds(team, tags)
    const all = await wholeLog(team)
    log.end = all.length
    return { ...written, all }
  }

  const [read, { all, names, breaks }] = await Promise.all([Promise.all(readers), writers()])

  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, nth) => nth + 1))
  const changes = all.filter(({ type }) => type === 'tag.updated').map(({ data }) => data.tag)
  for (const [writer, id] of tags.entries()) {
    const logged = changes.filter((tag) => tag.id === id).map(({ name }) => name)
    expect(logged).toEqual(names[writer])
  }
  expect(changes.length).toBe(names.flat().length)
  for (const { places } of read) expect(places).toEqual(all.map(placeOf))
  expect(breaks).toBeGreaterThan(0)
  // Whoever held a stream of a server that was killed came back.
  expect(read.filter(({ requests }) => requests > 1).length).toBeGreaterThan(readers.length / 2)
  const what = `${WRITERS} write on two servers, ${ROUNDS} times one is killed, ${breaks} transactions are broken off`
  report('readers', [what, all.length, readers.length, 0, 0, 'yes'])
})

async function makeTags({ v2 }: TestTeam): Promise<string[]> {
  await v2.post('/tags', { name: TAKEN })
  const answers = await Promise.all(
    Array.from({ length: WRITERS }, (_, nth) => v2.post('/tags', { name: `tag ${nth}` })),
  )
  return answers.map(({ body }) => body.id)
}

const TAKEN = 'taken'

/** A tag for each writer. In the last round nobody is killed. Says which names each tag was given, one after the other, and how many transactions were broken off. */
async function writeInRounds(team: TestTeam, tags: string[]): Promise<{ names: string[][]; breaks: number }> {
  const names: string[][] = tags.map(() => [])
  const breaks: number[] = []
  let written = 0
  for (let round = 0; round <= ROUNDS; round++) {
    const killAt = round < ROUNDS ? written + WRITERS : null
    let restarted: Promise<void> | null = null
    const write = async (id: string, writer: number) => {
      for (let nth = 0; nth < WRITES_PER_ROUND; nth++) {
        const name = `${writer} ${round} ${nth}`
        const change = (to: string) =>
          answerTo({ team, first: writer + nth }, (v2) => v2.patch(`/tags/${id}`, { name: to }))
        expect((await change(name)).status).toBe(200)
        names[writer]?.push(name)
        written++
        if (written === killAt) restarted = restart(round % twins.length)
        if (written % WRITES_PER_BREAK === 0) breaks.push(await breakTransaction())
        if (nth === 0 && writer % 4 === 0) expect((await change(TAKEN)).status).toBe(409)
      }
    }
    await Promise.all(tags.map(write))
    await restarted
  }
  return { names, breaks: breaks.reduce((sum, one) => sum + one, 0) }
}

async function restart(which: number): Promise<void> {
  await twins[which]?.kill()
  twins[which] = await startTwin()
}

/** One that has changed a tag, on whichever server. Says how many: none when there is none at this moment. */
async function breakTransaction(): Promise<number> {
  const broken = await keeper.core.db.query`
    select pg_terminate_backend(pid) from pg_locks
    where relation = 'tags'::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())
    limit 1`
  return broken.length
}

interface Log {
  /** Its last number; null until everybody has written. */
  end: number | null
}

const isWhole = ({ end }: Log, seq: number) => end !== null && seq >= end

interface Client {
  team: TestTeam
  /** Whom it asks first. */
  first: number
}

type Place = [seq: number, id: string]

interface Read {
  places: Place[]
  requests: number
}

/** Asks page after page, now one server and now the other. */
async function replay({ log, first, ...client }: Client & { log: Log }): Promise<Read> {
  const places: Place[] = []
  let lastSeq = 0
  let requests = 0
  while (!isWhole(log, lastSeq)) {
    const path = `/events?afterSeq=${lastSeq}&limit=${randomInt(1, 100)}`
    const { body } = await answerTo({ ...client, first: first + requests++ }, (v2) => v2.get(path))
    places.push(...body.data.map(placeOf))
    lastSeq = body.lastSeq ?? lastSeq
  }
  return { places, requests }
}

/** Holds a stream, and goes to the other server with the last id whenever it ends. */
async function follow(
  { team, first, log }: Client & { log: Log },
  cutAfterBytes = () => Number.POSITIVE_INFINITY,
): Promise<Read> {
  const places: Place[] = []
  let lastId = '0'
  let requests = 0
  while (!isWhole(log, Number(lastId))) {
    const server = twin(first + requests++)
    const options = { headers: { 'last-event-id': lastId }, cutAfterBytes: cutAfterBytes() }
    const stream = await openStream({ server, token: team.token }, '', options).catch(() => null)
    if (!stream) continue
    await eventually(
      async () => stream.isOver() || isWhole(log, Number(stream.lastId())),
      'the end of a stream',
      1_200_000,
    )
    places.push(...placesIn(stream))
    lastId = stream.lastId() ?? lastId
    stream.close()
  }
  return { places, requests }
}

/** What a careful client does: asks another server when one does not answer, until there is an answer. */
function answerTo({ team, first }: Client, ask: (v2: Api) => Promise<Answer>): Promise<Answer> {
  let asked = 0
  return eventually(
    async () => {
      const v2 = apiAt(`${twin(first + asked++).url}/api/v2`, team.token)
      const answer = await ask(v2).catch(unlessBroken)
      return answer?.status === 503 ? null : answer
    },
    'an answer',
    60_000,
  )
}

/** Null when the connection broke: nobody knows what became of the request. */
function unlessBroken(error: unknown): null {
  if (error instanceof TypeError) return null
  throw error
}

function twin(nth: number): ServerProcess {
  const found = twins[nth % twins.length]
  if (!found) throw new Error('there are no servers')
  return found
}

/** Version 1 shows the names that tags were given. */
async function wholeLog({ api }: TestTeam): Promise<Answer['body'][]> {
  const all: Answer['body'][] = []
  for (;;) {
    const { body } = await api.get(`/events?limit=1000&afterSeq=${all.at(-1)?.seq ?? 0}`)
    all.push(...body.events)
    if (!body.hasMore) return all
  }
}

function placesIn({ blocks }: TestStream): Place[] {
  return blocks.filter(({ data }) => data?.id).map(({ data }) => placeOf(data))
}

function placeOf({ seq, id }: { seq: number; id: string }): Place {
  return [seq, id]
}

test('a reader whose server is killed while it sends goes on at another one with the last id, and misses nothing', async () => {
  const team = await teamOn(keeper)
  const [doomed, other] = [twin(0), twin(1)]
  // More than fits between a server and a reader that does not read.
  const count = 800
  await recordFat(team, { count, bytes: 10_000 })
  const stream = await openStream({ server: doomed, token: team.token }, '?afterSeq=0')
  await eventually(async () => stream.seqs().length >= 10, 'the beginning')
  stream.response.pause()

  await doomed.kill()
  stream.response.resume()
  await eventually(async () => stream.isOver(), 'the end of the stream')
  const before = placesIn(stream)
  const resumed = await openStream({ server: other, token: team.token }, '', {
    headers: { 'last-event-id': stream.lastId() ?? '' },
  })
  await resumed.events(count - before.length)

  expect(before.length).toBeLessThan(count)
  expect([...before, ...placesIn(resumed)].map(([seq]) => seq)).toEqual(
    Array.from({ length: count }, (_, nth) => nth + 1),
  )
  report('readers', ['a server is killed while it sends more than fits in between', count, 1, 0, 0, 'yes'])
})
