import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldName } from '../../domain/text.ts'
import { anAccount, aPerson, personWrites } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'

/** A thread as the model knows it. */
interface ModelThread {
  id: string
  place: string
  account: string
  contact: string
  tags: string[]
  status: string | null
  assignee: string | null
  archived: boolean
  isRequest: boolean
  inboundLast: boolean
  /** What a search looks at. */
  texts: string[]
}

interface Named {
  id: string
  name: string
}

interface World {
  team: TestTeam
  threads: ModelThread[]
  accounts: string[]
  tags: Named[]
  statuses: Named[]
  members: string[]
}

const names = ['Mina Kovač', 'Jürgen Groß', 'Łukasz Nowak', '田中 美咲', 'O’Neil 100%', 'a_b\\c']
const lines = ['Où est l’Été?', 'see you  at 5', '🎉🎉', 'PRICE list, please', 'ok']
const searches = [
  'mina',
  'KOVAC',
  'groß',
  'GROSS',
  'lukasz n',
  '田',
  '中 美',
  'ete',
  'you at',
  '🎉',
  '%',
  '_',
  '\\',
  ' ok ',
  'a',
  'rice l',
  'person',
  'zzz',
]

/** Threads in every combination that matters, made through the API. */
async function aWorld(): Promise<World> {
  const team = await startTeam()
  const accounts = [(await anAccount(team)).id, (await anAccount(team)).id]
  const tags = [
    await named(team, '/tags', 'Été'),
    await named(team, '/tags', 'b'),
    await named(team, '/tags', 'hot lead/2026'),
  ]
  const statuses = [await named(team, '/statuses', 'New'), await named(team, '/statuses', 'won')]
  const members = [team.ownerId, (await team.addMember()).memberId]
  const world = { team, accounts, tags, statuses, members }
  const threads: ModelThread[] = []
  for (let i = 0; i < 24; i++) threads.push(await makeThread(world, i))
  return { ...world, threads }
}

async function named({ v2 }: TestTeam, path: string, name: string): Promise<Named> {
  return (await v2.post(path, { name })).body
}

async function makeThread({ team, ...world }: Omit<World, 'threads'>, i: number): Promise<ModelThread> {
  const account = pick(world.accounts, i)
  const displayName = pick(names, i)
  const person = await aPerson(team, { displayName, username: `Person_${i}` })
  const inbound = i % 3 !== 0
  const answered = i % 3 !== 1
  const platformId = person.platformId
  let preview = inbound ? pick(lines, i) : ''
  if (inbound) await personWrites(team, { accountLinkId: account, person }, preview)
  if (answered) {
    preview = pick(lines, i + 1)
    const target = { type: 'profile', accountLinkId: account, platform: 'twitter', platformId }
    expect((await team.v2.post('/messages', { target, content: preview })).status).toBe(201)
  }
  let inboundLast = !answered
  const { body: opened } = await team.api.get(
    `/threads/lookup?accountLinkId=${account}&externalPlatformId=${platformId}`,
  )
  if (inbound && answered && i % 2 === 0) {
    // A reaction is activity: it is the person's turn that was the last.
    inboundLast = true
    const { body: sent } = await team.v2.get(`/threads/${opened.id}/messages?limit=1`)
    const reaction = { messagePlatformId: sent.data[0].platformId, emoji: '👍' }
    await team.sandbox.post(`/people/${platformId}/reactions`, reaction)
    preview = 'Reacted with 👍'
    await eventually(async () => (await read(team, opened.id)).activity.preview === preview, 'the reaction')
  }
  const contact = (await read(team, opened.id)).contactId
  const own = world.tags.filter((_, bit) => (i >> bit) & 1)
  for (const { id } of own) await team.v2.put(`/contacts/${contact}/tags/${id}`)
  const status = pick([null, ...world.statuses], i)
  await team.v2.patch(`/contacts/${contact}`, { status: status?.id ?? null })
  const assignee = pick([null, ...world.members], i >> 1)
  const archived = i % 5 === 0
  const { body } = await team.v2.patch(`/threads/${opened.id}`, { assigneeId: assignee, archived })
  expect(body).toMatchObject({ archived, assigneeId: assignee, isRequest: !answered })
  return {
    id: opened.id,
    place: body.lastMessage.createdAt,
    account,
    contact,
    tags: own.map(({ id }) => id),
    status: status?.id ?? null,
    assignee,
    archived,
    isRequest: !answered,
    inboundLast,
    texts: [displayName, `person_${i}`, preview],
  }
}

async function read({ v2 }: TestTeam, id: string) {
  return (await v2.get(`/threads/${id}`)).body
}

function pick<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T
}

interface Query {
  folder?: 'inbox' | 'noReply' | 'requests' | 'archived' | 'all'
  accounts: number[]
  platform: boolean
  contacts: number[]
  tags: number[]
  statuses: number[]
  assignees: number[]
  unassigned: boolean
  byName: boolean
  q?: string
  asc: boolean
  limit: number
}

/** Often none: with everything chosen at once nothing would be left. */
const some = (count: number) => fc.oneof(fc.constant<number[]>([]), fc.uniqueArray(fc.nat(count - 1)))
const queries: fc.Arbitrary<Query> = fc.record(
  {
    folder: fc.constantFrom('inbox', 'noReply', 'requests', 'archived', 'all'),
    accounts: some(2),
    platform: fc.boolean(),
    contacts: fc.oneof(
      { weight: 3, arbitrary: fc.constant<number[]>([]) },
      fc.uniqueArray(fc.nat(23), { maxLength: 8 }),
    ),
    tags: some(3),
    statuses: some(2),
    assignees: some(2),
    unassigned: fc.boolean(),
    byName: fc.boolean(),
    q: fc.constantFrom(...searches),
    asc: fc.boolean(),
    limit: fc.integer({ min: 1, max: 10 }),
  },
  {
    requiredKeys: [
      'accounts',
      'platform',
      'contacts',
      'tags',
      'statuses',
      'assignees',
      'unassigned',
      'byName',
      'asc',
      'limit',
    ],
  },
)

/** What the documentation says, over a plain list. */
function expected({ threads, ...world }: World, query: Query): string[] {
  const chosen = <T>(list: readonly T[], picks: number[], values: readonly (T | null)[]) =>
    picks.length === 0 || picks.some((i) => values.includes(list[i] as T))
  const contacts = threads.map(({ contact }) => contact)
  const text = foldName(query.q ?? '')
  return threads
    .filter((thread) => inFolder(thread, query.folder ?? 'inbox'))
    .filter(({ account }) => chosen(world.accounts, query.accounts, [account]))
    .filter(({ contact }) => chosen(contacts, query.contacts, [contact]))
    .filter(({ tags }) =>
      chosen(
        world.tags.map(({ id }) => id),
        query.tags,
        tags,
      ),
    )
    .filter(({ status }) =>
      chosen(
        world.statuses.map(({ id }) => id),
        query.statuses,
        [status],
      ),
    )
    .filter(({ assignee }) => !isUnassigned(query) || assignee === null)
    .filter(({ assignee }) => chosen(world.members, query.assignees, [assignee]))
    .filter(({ texts }) => texts.some((one) => foldName(one).includes(text)))
    .sort((a, b) => (query.asc ? 1 : -1) * (`${a.place} ${a.id}` < `${b.place} ${b.id}` ? -1 : 1))
    .map(({ id }) => id)
}

function isUnassigned({ unassigned, assignees }: Query): boolean {
  return unassigned && assignees.length === 0
}

function inFolder({ archived, isRequest, inboundLast }: ModelThread, folder: NonNullable<Query['folder']>): boolean {
  switch (folder) {
    case 'inbox':
      return !archived && !isRequest
    case 'noReply':
      return !archived && !isRequest && inboundLast
    case 'requests':
      return !archived && isRequest
    case 'archived':
      return archived
    case 'all':
      return true
  }
}

async function listed(team: TestTeam, parameters: string, pagesMax = 30): Promise<string[]> {
  const found: string[] = []
  let cursor = ''
  for (let pages = 0; pages < pagesMax; pages++) {
    const { status, body } = await team.v2.get(`/threads?${parameters}${cursor}`)
    expect([status, body.code]).toEqual([200, undefined])
    found.push(...body.data.map((thread: { id: string }) => thread.id))
    if (!body.nextCursor) return found
    cursor = `&cursor=${body.nextCursor}`
  }
  throw new Error('the pages do not end')
}

function parametersOf({ threads, ...world }: World, query: Query): string {
  const of = (name: string, values: readonly (string | undefined)[]) =>
    values.map((value) => `${name}=${encodeURIComponent(value ?? '')}`)
  const reference = (one: Named | undefined) => (query.byName ? one?.name.normalize('NFD').toUpperCase() : one?.id)
  return [
    `limit=${query.limit}`,
    ...(query.folder ? [`folder=${query.folder}`] : []),
    ...(query.platform ? ['platform=twitter'] : []),
    ...of(
      'accountLinkId',
      query.accounts.map((i) => world.accounts[i]),
    ),
    ...of(
      'contactId',
      query.contacts.map((i) => threads[i]?.contact),
    ),
    ...of(
      'tag',
      query.tags.map((i) => reference(world.tags[i])),
    ),
    ...of(
      'status',
      query.statuses.map((i) => reference(world.statuses[i])),
    ),
    ...of(
      'assigneeId',
      query.assignees.map((i) => world.members[i]),
    ),
    ...(isUnassigned(query) ? ['unassigned=true'] : []),
    ...(query.q === undefined ? [] : of('q', [query.q])),
    `order=${query.asc ? 'asc' : 'desc'}`,
  ].join('&')
}

test('every folder, filter, text, order and page size shows exactly the threads a plain list would', {
  timeout: 120_000,
}, async () => {
  const world = await aWorld()

  await fc.assert(
    fc.asyncProperty(queries, async (query) => {
      expect(await listed(world.team, parametersOf(world, query))).toEqual(expected(world, query))
    }),
    { numRuns: 250 },
  )
  for (const q of searches) {
    const query = { ...everything, q }
    expect([q, await listed(world.team, parametersOf(world, query))]).toEqual([q, expected(world, query)])
  }
})

const everything: Query = {
  folder: 'all',
  accounts: [],
  platform: false,
  contacts: [],
  tags: [],
  statuses: [],
  assignees: [],
  unassigned: false,
  byName: false,
  asc: false,
  limit: 10,
}

/** An inbox in which what is looked for lies thousands of threads down: the oldest are called "Zebra" and say "zq". */
async function aLargeInbox(threads: number) {
  const team = await startTeam()
  const { id: account } = await anAccount(team)
  const { teamId } = team
  const { db } = team.server.core
  await db.query`insert into contacts (team_id, id, created_at, updated_at) values (${teamId}, 'c1', now(), now())`
  await db.query`
    insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, search_text, facts, linked_at, created_at, updated_at)
    select ${teamId}, 'p' || n, 'c1', 'twitter', 'large' || n, 'user' || n, 'somebody' || E'\\n' || 'user' || n,
      json_build_object('platformId', 'large' || n, 'username', 'user' || n, 'displayName', 'Somebody'), now(), now(), now()
    from generate_series(1, ${threads}::int) n`
  const now = team.server.core.clock.now()
  // Some at a time: a statement that takes long on a slow machine would be stopped.
  for (let first = 1; first <= threads; first += 3_000) {
    await db.query`
      insert into threads (team_id, id, account_link_id, profile_id, contact_id, platform, sort_at, created_at, search_text)
      select ${teamId}, 't' || n, ${account}, 'p' || n, 'c1', 'twitter', ${now}::timestamptz - n * interval '1 minute', ${now}::timestamptz,
        case when n > ${threads}::int - 4 then 'zebra' else 'somebody' end || E'\\n' || 'user' || n || E'\\n' ||
          case when n % 3000 = 1 then 'says zq' else 'hello' end
      from generate_series(${first}::int, least(${first}::int + 2999, ${threads}::int)) n`
  }
  await db.query`analyze threads`
  return team
}

test('what few threads have is found however far down they are, and no request looks through all of them', {
  timeout: 120_000,
}, async () => {
  const threads = 11_000
  const team = await aLargeInbox(threads)
  const last = [threads - 3, threads - 2, threads - 1, threads].map((n) => `t${n}`)

  const { body: whole } = await team.v2.get('/threads?q=ZEBRA')
  expect([whole.data.map(({ id }: { id: string }) => id), whole.nextCursor]).toEqual([last, null])
  expect(await listed(team, 'q=zebra&limit=1')).toEqual(last)
  expect(await listed(team, 'q=zebra&folder=all&unassigned=true&limit=3')).toEqual(last)
  expect(await listed(team, 'q=zebra&order=asc&limit=3')).toEqual([...last].reverse())
  expect(await listed(team, 'q=user10999')).toEqual(['t10999'])
  expect(await listed(team, 'q=zebra&folder=archived')).toEqual([])

  // Two letters: some at a time.
  const sayZq = [1, 3001, 6001, 9001].map((n) => `t${n}`)
  const { body: first } = await team.v2.get('/threads?q=zq')
  expect([first.data.length, first.nextCursor]).toEqual([2, expect.any(String)])
  expect(await listed(team, 'q=zq')).toEqual(sayZq)
  expect(await listed(team, 'q=zq&limit=2')).toEqual(sayZq)
  expect(await listed(team, 'q=zq&order=asc&limit=3')).toEqual([...sayZq].reverse())
  expect(await listed(team, 'q=qq', 3)).toEqual([])
})
