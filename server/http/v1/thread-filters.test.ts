import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anAccount, aPerson, personWrites } from '../../test/factories.ts'
import { startTeam, type TestTeam } from '../../test/harness.ts'

/** A thread as the model knows it. */
interface ModelThread {
  id: string
  sortAt: string
  account: string
  tags: string[]
  status: string | null
  assignee: string | null
  archived: boolean
  isRequest: boolean
  inboundLast: boolean
}

interface World {
  team: TestTeam
  threads: ModelThread[]
  accounts: string[]
  tags: string[]
  statuses: string[]
  members: string[]
}

/** Threads in every combination that matters, made through the API. */
async function aWorld(): Promise<World> {
  const team = await startTeam()
  const accounts = [(await anAccount(team)).id, (await anAccount(team)).id]
  const tags = [await idOf(team, '/tags', 'a'), await idOf(team, '/tags', 'b'), await idOf(team, '/tags', 'c')]
  const statuses = [await idOf(team, '/statuses', 'new'), await idOf(team, '/statuses', 'won')]
  const members = [team.ownerId, (await team.addMember()).memberId]
  const threads: ModelThread[] = []
  for (let i = 0; i < 24; i++) {
    threads.push(await makeThread(team, i, { accounts, tags, statuses, members }))
  }
  return { team, threads, accounts, tags, statuses, members }
}

async function idOf(team: TestTeam, path: string, name: string): Promise<string> {
  return (await team.api.post(path, { name })).body.id
}

async function makeThread(team: TestTeam, i: number, world: Omit<World, 'team' | 'threads'>): Promise<ModelThread> {
  const account = pick(world.accounts, i) ?? ''
  const person = await aPerson(team)
  const inbound = i % 3 !== 0
  const answered = i % 3 !== 1
  if (inbound) await personWrites(team, { accountLinkId: account, person })
  if (answered)
    await team.api.post('/threads/messages', {
      accountLinkId: account,
      externalPlatformId: person.platformId,
      content: 'Ours',
    })
  const wroteAgain = inbound && answered && i % 2 === 0
  if (wroteAgain) await personWrites(team, { accountLinkId: account, person }, 'Theirs again')
  const { body: thread } = await team.api.get(
    `/threads/lookup?accountLinkId=${account}&externalPlatformId=${person.platformId}`,
  )
  const tags = world.tags.filter((_, bit) => (i >> bit) & 1)
  const status = pick([null, ...world.statuses], i)
  const assignee = pick([null, ...world.members], i >> 1)
  const archived = i % 5 === 0
  await team.api.patch(`/prospects/${thread.prospect.externalId}/context`, { addTags: tags, statusId: status })
  const { body } = await team.api.patch(`/threads/${thread.id}`, { assigneeId: assignee, done: archived })
  return {
    id: body.id,
    sortAt: body.computedSortTimestamp,
    account,
    tags,
    status,
    assignee,
    archived,
    isRequest: !answered,
    inboundLast: !answered || wroteAgain,
  }
}

function pick<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T
}

interface Query {
  inbox?: 'default' | 'no-reply' | 'requests' | 'archived'
  accounts: number[]
  tags: number[]
  noTags: boolean
  statuses: number[]
  noStatus: boolean
  assignees: number[]
  noAssignee: boolean
  asc: boolean
  limit: number
}

const some = (count: number) => fc.uniqueArray(fc.nat(count - 1))
const queries: fc.Arbitrary<Query> = fc.record(
  {
    inbox: fc.constantFrom('default' as const, 'no-reply' as const, 'requests' as const, 'archived' as const),
    accounts: some(2),
    tags: some(3),
    noTags: fc.boolean(),
    statuses: some(2),
    noStatus: fc.boolean(),
    assignees: some(2),
    noAssignee: fc.boolean(),
    asc: fc.boolean(),
    limit: fc.integer({ min: 1, max: 10 }),
  },
  { requiredKeys: ['accounts', 'tags', 'noTags', 'statuses', 'noStatus', 'assignees', 'noAssignee', 'asc', 'limit'] },
)

/** What the documentation says, over a plain list. */
function expected({ threads, ...world }: World, query: Query): string[] {
  const chosen = (names: string[], picks: number[]) => picks.map((i) => names[i])
  const matches = (picks: string[], none: boolean, values: string[]) =>
    (picks.length === 0 && !none) || picks.some((id) => values.includes(id)) || (none && values.length === 0)
  const listed = (value: string | null) => (value === null ? [] : [value])
  return threads
    .filter((thread) => inView(thread, query.inbox ?? 'default'))
    .filter(({ account }) => query.accounts.length === 0 || chosen(world.accounts, query.accounts).includes(account))
    .filter(({ tags }) => matches(chosen(world.tags, query.tags) as string[], query.noTags, tags))
    .filter(({ status }) => matches(chosen(world.statuses, query.statuses) as string[], query.noStatus, listed(status)))
    .filter(({ assignee }) =>
      matches(chosen(world.members, query.assignees) as string[], query.noAssignee, listed(assignee)),
    )
    .sort((a, b) => (query.asc ? 1 : -1) * compare(a, b))
    .map(({ id }) => id)
}

function compare(a: ModelThread, b: ModelThread): number {
  if (a.sortAt !== b.sortAt) return a.sortAt < b.sortAt ? -1 : 1
  return a.id < b.id ? -1 : 1
}

function inView({ archived, isRequest, inboundLast }: ModelThread, view: NonNullable<Query['inbox']>): boolean {
  switch (view) {
    case 'default':
      return !archived && !isRequest
    case 'no-reply':
      return !archived && !isRequest && inboundLast
    case 'requests':
      return !archived && isRequest
    case 'archived':
      return archived
  }
}

async function listed(world: World, query: Query): Promise<string[]> {
  const parameters = parametersOf(world, query)
  const found: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 30; pages++) {
    const { status, body } = await world.team.api.get(`/threads?${parameters}${cursor}`)
    expect(status).toBe(200)
    found.push(...body.threads.map((thread: { id: string }) => thread.id))
    if (!body.nextCursor) return found
    cursor = `&cursor[id]=${body.nextCursor.id}&cursor[timestamp]=${body.nextCursor.timestamp}`
  }
  throw new Error('the pages do not end')
}

function parametersOf(world: World, query: Query): string {
  const list = (name: string, names: string[], picks: number[]) => picks.map((i) => `${name}[]=${names[i]}`)
  return [
    `limit=${query.limit}`,
    ...(query.inbox ? [`inbox=${query.inbox}`] : []),
    ...list('accountLinkIds', world.accounts, query.accounts),
    ...list('filters[tags][selectedIds]', world.tags, query.tags),
    `filters[tags][noTags]=${query.noTags}`,
    ...list('filters[statuses][selectedIds]', world.statuses, query.statuses),
    `filters[statuses][noStatus]=${query.noStatus}`,
    ...list('filters[assignees][selectedIds]', world.members, query.assignees),
    `filters[assignees][noAssignee]=${query.noAssignee}`,
    `filters[sortOrder]=${query.asc ? 'asc' : 'desc'}`,
  ].join('&')
}

test('every view, filter, order and page size shows exactly the threads a plain list would', async () => {
  const world = await aWorld()

  await fc.assert(
    fc.asyncProperty(queries, async (query) => {
      expect(await listed(world, query)).toEqual(expected(world, query))
    }),
    { numRuns: 150 },
  )
})

test('no campaign sent anything yet: noCampaign shows all, a campaign none', async () => {
  const world = await aWorld()

  const none = await world.team.api.get('/threads?limit=100&filters[campaigns][noCampaign]=true')
  const one = await world.team.api.get('/threads?limit=100&filters[campaigns][selectedIds]=campaign0campaign0campai')

  expect(none.body.threads).toHaveLength(world.threads.filter((thread) => inView(thread, 'default')).length)
  expect(one.body.threads).toEqual([])
})
