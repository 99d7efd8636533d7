import { expect, test } from 'vitest'
import { lookedUp } from './demo/conversations.ts'
import { ensureDemo } from './demo.ts'
import { createApiToken } from './domain/api-tokens.ts'
import { type Clock, systemClock } from './domain/clock.ts'
import { listTeamMembers } from './domain/members.ts'
import { createTeam } from './domain/teams.ts'
import type { RunningServer } from './main.ts'
import { type Api, apiAt, eventually, startOwnServer, testServer } from './test/harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape; the document checks their form
type Body = any

const dayMs = 86_400_000
const views = ['default', 'no-reply', 'requests', 'archived'] as const
let seeding: Promise<Seeded> | null = null

/** The file's demo; seeded once. */
function theDemo(): Promise<Seeded> {
  seeding ??= testServer().then((server) => seed(server))
  return seeding
}

type Seeded = Awaited<ReturnType<typeof seed>>

async function seed(server: RunningServer) {
  const now = server.core.clock.now()
  const core = { ...server.core, clock: { ...systemClock, now: () => now } }
  const demo = await ensureDemo(core, { sandbox: sandboxOf(server), trafficMs: null })
  const { token } = await createApiToken(core, demo.teamId, { memberId: demo.memberId, name: 'test', expiresAt: null })
  const api = apiAt(`${server.url}/api/v1`, token)
  const people = apiAt(`${server.url}/api/sandbox`, token)
  const content = await contentOf({ api, people, seededAt: now.getTime() })
  return { ...demo, seededAt: now.getTime(), server, api, people, content }
}

async function threadsOf(api: Api, view: (typeof views)[number]): Promise<Body[]> {
  return (await api.get(`/threads?inbox=${view}&limit=100`)).body.threads
}

/** In every view, and the hidden ones. */
async function allThreads(api: Api): Promise<Body[]> {
  const shown = await Promise.all((['default', 'requests', 'archived'] as const).map((view) => threadsOf(api, view)))
  const usernames = new Set(lookedUp.map((person) => person.with))
  const found = await inTurns([...usernames], async (username) => {
    return (await api.get(`/threads/lookup-by-username?username=${username}`)).body
  })
  return [...shown.flat(), ...found.flat().filter(({ status }: Body) => status === 'idle')]
}

/** Oldest first. */
async function messagesOf(api: Api, thread: { id: string }): Promise<Body[]> {
  return (await api.get(`/threads/${thread.id}/messages?limit=100`)).body.messages.reverse()
}

/** Some at a time, answers in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += 8) results.push(...(await Promise.all(items.slice(i, i + 8).map(work))))
  return results
}

test('the team, its members, accounts, tags and pipeline are those of a company', async () => {
  const { api, server, created } = await theDemo()

  expect(created).toBe(true)
  expect((await api.get('/team')).body).toMatchObject({ name: 'Harbor Co', slug: 'harbor-co', currency: 'EUR' })
  const members = (await api.get('/members')).body
  expect(members.map(({ role }: Body) => role)).toEqual(['owner', 'admin', 'user', 'user'])
  const links = (await api.get('/account-links')).body
  expect(links.map(({ username, status }: Body) => [username, status])).toEqual([
    ['harbor_co', 'active'],
    ['harbor_support', 'active'],
  ])
  expect((await api.get('/tags')).body.length).toBeGreaterThanOrEqual(6)
  const statuses = (await api.get('/statuses')).body
  expect(statuses.length).toBeGreaterThanOrEqual(5)
  expect(statuses.every(({ color }: Body) => /^#[0-9a-f]{6}$/.test(color))).toBe(true)
  for (const { image } of [...members, ...links]) {
    expect(image.startsWith(server.url)).toBe(true)
    expect((await fetch(image)).status).toBe(200)
  }
})

test('the world is full of different people', async () => {
  const { people } = await theDemo()

  const everybody = (await people.get('/people?limit=1000')).body.people
  const some = (is: (person: Body) => boolean) => everybody.filter(is).length
  expect(everybody.length).toBeGreaterThanOrEqual(60)
  expect(some(({ autoReply }) => autoReply === 'friendly')).toBeGreaterThan(everybody.length / 2)
  expect(some(({ autoReply }) => autoReply === 'off')).toBeGreaterThanOrEqual(3)
  expect(some(({ acceptsMessages }) => !acceptsMessages)).toBeGreaterThanOrEqual(3)
  expect(some(({ isProtected }) => isProtected)).toBeGreaterThanOrEqual(2)
  expect(some(({ profileType }) => profileType === 'business')).toBeGreaterThanOrEqual(3)
  expect(some(({ profileType }) => profileType === 'government')).toBeGreaterThanOrEqual(1)
  expect(some(({ accountStatus }) => accountStatus === 'suspended')).toBeGreaterThanOrEqual(1)
})

test('every view has threads, with two months of everything that can happen in them', async () => {
  const { api } = await theDemo()

  const sizes = await Promise.all(views.map(async (view) => (await threadsOf(api, view)).length))
  for (const size of sizes) expect(size).toBeGreaterThanOrEqual(8)
  const threads = await allThreads(api)
  expect(threads.length).toBeGreaterThanOrEqual(45)
  expect(threads.filter(({ status }) => status === 'idle').length).toBeGreaterThanOrEqual(3)
  const personOf = (thread: Body) => thread.prospect.externalId
  expect(new Set(threads.map(personOf)).size).toBeLessThan(threads.length - 2)
  expect(new Set(threads.map(({ variant }) => variant))).toEqual(new Set(['xChat', 'unencrypted']))
  const contexts = threads.map(({ prospect }) => prospect.context)
  for (const field of ['statusId', 'valuation', 'notes'])
    expect(contexts.filter((context) => context[field] !== null).length).toBeGreaterThan(10)
  expect(contexts.filter(({ tags }) => tags.length > 0).length).toBeGreaterThan(20)
  expect(threads.filter(({ assigneeId }) => assigneeId).length).toBeGreaterThanOrEqual(6)

  const messages = (await inTurns(threads, (thread) => messagesOf(api, thread))).flat()
  const times = messages.map(({ createdAt }) => Date.parse(createdAt)).sort((a, b) => a - b)
  expect(times[0]).toBeLessThan(Date.now() - 55 * dayMs)
  expect(times.at(-1)).toBeGreaterThan(Date.now() - 15 * 60_000)
  const some = (is: (message: Body) => unknown) => messages.filter(is).length
  expect(some(({ isEdited }) => isEdited)).toBeGreaterThanOrEqual(5)
  expect(some(({ replyData }) => replyData?.messageId)).toBeGreaterThanOrEqual(8)
  expect(some(({ deletedAt, platformDeletedAt }) => deletedAt && !platformDeletedAt)).toBeGreaterThanOrEqual(1)
  expect(some(({ platformDeletedAt }) => platformDeletedAt)).toBeGreaterThanOrEqual(3)
  expect(new Set(messages.map(({ origin }) => origin))).toEqual(new Set(['internal', 'external', 'api']))
  const ours = new Set((await api.get('/account-links')).body.map(({ platformId }: Body) => platformId))
  const reactions = messages.flatMap((message) => message.reactions)
  expect(reactions.filter(({ senderPlatformId }) => ours.has(senderPlatformId)).length).toBeGreaterThan(20)
  expect(reactions.filter(({ senderPlatformId }) => !ours.has(senderPlatformId)).length).toBeGreaterThan(20)
  for (const kind of ['urls', 'mentions', 'hashtags', 'cashtags'])
    expect(some(({ entities }) => entities?.[kind].length > 0)).toBeGreaterThanOrEqual(1)
  const attached = new Set(messages.map(({ attachment }) => attachment?.kind))
  expect(attached).toEqual(new Set([undefined, 'image', 'gif', 'video', 'audio', 'file', 'card']))
  expect(some(({ content }) => content === '')).toBeGreaterThanOrEqual(1)
  for (const script of [/\p{Script=Arabic}/u, /\p{Script=Hebrew}/u, /\p{Script=Han}/u, /\p{Script=Hangul}/u])
    expect(some(({ content }) => script.test(content))).toBeGreaterThanOrEqual(2)
})

test('every thread and the history of its messages can be read, and the thread shows the last one', async () => {
  const { api } = await theDemo()

  await inTurns(await allThreads(api), async (thread) => {
    expect((await api.get(`/threads/${thread.id}`)).body).toEqual(thread)
    const messages = await messagesOf(api, thread)
    expect(thread.lastMessage?.id).toBe(messages.at(-1)?.id)
    for (const message of messages.filter(({ isEdited, deletedAt }, i) => isEdited || deletedAt || i === 0)) {
      const history = (await api.get(`/threads/${thread.id}/messages/${message.id}/history`)).body
      expect(history.versions.length > 1).toBe(message.isEdited)
    }
  })
})

test('what members change is changed in the inbox, what the bot changes through the API', async () => {
  const { api } = await theDemo()

  const changes = await inTurns(await allThreads(api), async (thread) => {
    const changed = (await messagesOf(api, thread)).filter(({ isEdited, deletedAt }) => isEdited || deletedAt)
    const ours = changed.filter(({ userId }) => userId)
    return inTurns(ours, async ({ id, origin }) => {
      const { versions, deletion } = (await api.get(`/threads/${thread.id}/messages/${id}/history`)).body
      const origins = [...versions.slice(1).map(({ editOrigin }: Body) => editOrigin), deletion?.origin ?? origin]
      return { origin, origins }
    })
  })

  const written = changes.flat()
  expect(written.length).toBeGreaterThanOrEqual(3)
  for (const { origin, origins } of written) expect(new Set(origins)).toEqual(new Set([origin]))
})

test('the log holds the last seven days, without a gap', async () => {
  const { api, server, teamId } = await theDemo()

  const rows = await server.core.db.query<{ seq: number; createdAt: string }>`
    select seq, created_at as "createdAt" from events where team_id = ${teamId} order by seq`
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1))
  expect(rows.map(({ createdAt }) => createdAt)).toEqual(rows.map(({ createdAt }) => createdAt).sort())
  expect(Date.parse(rows[0]?.createdAt ?? '')).toBeGreaterThan(Date.now() - 7 * dayMs)
  const { events } = (await api.get('/events?limit=1000')).body
  expect(events.length).toBeGreaterThan(100)
  const lastOf = new Map<string, string>()
  for (const { type, data } of events) if (type === 'message.created') lastOf.set(data.thread.id, data.message.id)
  for (const [threadId, messageId] of lastOf) {
    expect((await api.get(`/threads/${threadId}`)).body.lastMessage.id).toBe(messageId)
  }
})

test('a second start changes nothing', async () => {
  const demo = await theDemo()
  const { server, teamId, memberId, content } = demo

  const again = await ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: null })

  expect(again).toEqual({ teamId, memberId, created: false })
  expect(await contentOf(demo)).toEqual(content)
})

test('two demos differ in ids and in what "now" is, and in nothing else', async () => {
  const { content } = await theDemo()
  const now = new Date('2027-11-05T03:17:42.123Z')
  const clock: Clock = { ...systemClock, now: () => now }
  const server = await startOwnServer({ clock, env: { OPEN_INBOX_ROLES: 'web' } })
  try {
    const other = await seed(server)

    expect(other.content.length).toBeGreaterThan(900)
    expect(other.content.filter((line, i) => line !== content[i])).toEqual([])
    expect(other.content).toHaveLength(content.length)
  } finally {
    await server.stop()
  }
})

test('a team that only has the name of the demo’s is left alone', async () => {
  const server = await startOwnServer({})
  try {
    const owner = { email: 'jo@harbor.example', name: 'Jo' }
    const { team } = await createTeam(server.core, { name: 'Harbor Co', owner })
    expect(team.slug).toBe('harbor-co')

    const refused = ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: 100 })

    await expect(refused).rejects.toThrow(/^There is a team "harbor-co" that is not the demo's.*DATABASE_URL/)
    expect(await listTeamMembers(server.core, team.id)).toHaveLength(1)
    expect(await server.core.db.query`select from sandbox.people`).toEqual([])
    expect(await server.core.db.query`select from sandbox.lively_worlds`).toEqual([])
    expect(await server.core.db.query`select from events`).toEqual([])
    expect(await server.core.db.query`select from api_tokens`).toEqual([])
  } finally {
    await server.stop()
  }
})

test('beside other teams the demo plays with its own only', async () => {
  const server = await startOwnServer({})
  try {
    const owner = { email: 'ines.carvalho@example.com', name: 'Another one' }
    const { team } = await createTeam(server.core, { name: 'Other', owner })

    const first = await ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: 60_000 })
    const again = await ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: 60_000 })

    expect(again).toEqual({ ...first, created: false })
    const worlds = await server.core.db.query<{ world: string }>`select world from sandbox.lively_worlds`
    expect(worlds).toEqual([{ world: first.teamId }])
    expect(first.teamId).not.toBe(team.id)
  } finally {
    await server.stop()
  }
})

interface Told {
  api: Api
  people: Api
  seededAt: number
}

/** Everything the API tells, with times counted back from now and ids left out. */
async function contentOf({ api, people, seededAt }: Told): Promise<string[]> {
  const threads = await allThreads(api)
  const messages = await inTurns(threads, (thread) => messagesOf(api, thread))
  const { events } = (await api.get('/events?limit=1000')).body
  const listed = (await people.get('/people?limit=1000')).body.people
  const all = [...threads, ...messages.flat(), ...events, ...listed]
  return all.map((thing) => JSON.stringify(thing, (key, value) => plain(key, value, seededAt)))
}

const idPattern = /[a-z0-9]{24}|\d{19}|t\.co\/\w+|localhost:\d+|(expires=\d+&)?signature=[\w-]+/g

function plain(key: string, value: unknown, seededAt: number): unknown {
  if (typeof value !== 'string' || key === 'content') return value
  const isTime = /^\d{4}-\d\d-\d\dT/.test(value)
  // An account is as old as it is, whenever the demo is.
  if (isTime) return /^20(1\d|2[0-4])-/.test(value) ? value : seededAt - Date.parse(value)
  return value.replaceAll(idPattern, '*')
}

test('people edit, react to, answer and unsend what they said long ago', async () => {
  const { api, people } = await theDemo()
  const [thread] = (await api.get('/threads/lookup-by-username?username=kenji_zushi')).body
  const [first, answer] = await messagesOf(api, thread)
  const person = `/people/${thread.prospect.platformId}`

  await people.patch(`${person}/messages/${first.platformId}`, { content: 'Changed long after' })
  await people.post(`${person}/reactions`, { messagePlatformId: answer.platformId, emoji: '🌊' })
  const said = { accountLinkId: thread.accountLinkId, content: 'As you said', replyToPlatformId: answer.platformId }
  await people.post(`${person}/messages`, said)

  const after = await eventually(async () => {
    const messages = await messagesOf(api, thread)
    return messages.at(-1)?.content === 'As you said' && messages
  }, 'the answer')
  expect(after[0]).toMatchObject({ content: 'Changed long after', isEdited: true })
  expect(after[1].reactions.map(({ emoji }: Body) => emoji)).toEqual(['🌊'])
  expect(after.at(-1).replyData.messageId).toBe(answer.id)
  await people.delete(`${person}/messages/${first.platformId}`)
  await eventually(async () => (await messagesOf(api, thread))[0]?.platformDeletedAt, 'the deletion')
})

test('in every thread we react, edit what we said, and reply; people who refuse refuse', async () => {
  const { api, people } = await theDemo()
  const refusing = new Set(
    (await people.get('/people?limit=1000')).body.people
      .filter((person: Body) => !person.acceptsMessages || person.accountStatus !== 'active')
      .map(({ platformId }: Body) => platformId),
  )

  await inTurns(await allThreads(api), async (thread) => {
    const messages = await messagesOf(api, thread)
    const there = messages.filter(({ deletedAt }) => !deletedAt)
    for (const message of new Set([...there.slice(0, 1), ...there.slice(-2)])) {
      const path = `/threads/${thread.id}/messages/${message.id}/reactions/reactions`
      expect((await api.post(path, { emoji: '⚓' })).status).toBe(200)
    }
    const ours = there.find(({ authorId }) => authorId === thread.accountLinkId)
    if (ours && thread.variant === 'xChat') {
      const edit = { content: `${ours.content} (edited)` }
      expect((await api.patch(`/threads/${thread.id}/messages/${ours.id}`, edit)).status).toBe(200)
    }
    const reply = { content: 'Noted', ...(there[0] && { replyToMessageId: there[0].id }) }
    const { status } = await api.post(`/threads/${thread.id}/messages`, reply)
    expect(status).toBe(refusing.has(thread.prospect.platformId) ? 422 : 200)
  })
})

test('a person answers a new message', async () => {
  const { api, people } = await theDemo()
  const [thread] = (await api.get('/threads/lookup-by-username?username=mina_kovac')).body
  await people.patch(`/people/${thread.prospect.platformId}`, { replyDelayMs: 10 })
  const before = (await messagesOf(api, thread)).length

  await api.post(`/threads/${thread.id}/messages`, { content: 'Hello Mina, is tomorrow good for a demo?' })

  await eventually(async () => {
    const messages = (await messagesOf(api, thread)).slice(before)
    return messages.some(({ authorId }) => authorId !== thread.accountLinkId)
  }, 'an answer')
  expect((await api.get(`/threads/${thread.id}`)).body).toMatchObject({ isRequest: false, variant: 'xChat' })
})

test('with traffic on, things happen by themselves', async () => {
  const { api, server } = await theDemo()
  const lastSeq = async () => {
    const [row] = await server.core.db.query<{ seq: number }>`select max(seq) as seq from events`
    return row?.seq ?? 0
  }
  const before = await lastSeq()

  await ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: 100 })

  await eventually(async () => (await lastSeq()) > before + 3, 'some traffic')
  await ensureDemo(server.core, { sandbox: sandboxOf(server), trafficMs: null })
  expect((await api.get('/team')).status).toBe(200)
})

function sandboxOf({ sandbox }: RunningServer) {
  if (!sandbox) throw new Error('the sandbox is off')
  return sandbox
}
