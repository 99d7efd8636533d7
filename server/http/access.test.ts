import { beforeAll, describe, expect, test } from 'vitest'
import { createApiToken, revokeApiToken } from '../domain/api-tokens.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import { aChat } from '../test/factories.ts'
import { type Answer, apiAt, eventually, startTeam, type TestTeam } from '../test/harness.ts'
import { v1 } from './v1/api.ts'

/** One of each, all of one team. */
interface Ids {
  member: string
  account: string
  thread: string
  message: string
  prospect: string
  /** The platform's id of the person. */
  person: string
  username: string
  tag: string
  status: string
}

interface Call {
  method: 'get' | 'post' | 'patch' | 'delete'
  path: string
  body?: object
}

/**
 * Every operation, with an id in each place where it takes one. Deletions come last: at the end all of this is done once, in this order, by
 * the team itself.
 */
const table: Record<string, ((ids: Ids) => Call)[]> = {
  'team.get': [() => ({ method: 'get', path: '/team' })],
  'members.list': [() => ({ method: 'get', path: '/members' })],
  'members.get': [({ member }) => ({ method: 'get', path: `/members/${member}` })],
  'accountLinks.list': [() => ({ method: 'get', path: '/account-links' })],
  'colors.list': [() => ({ method: 'get', path: '/colors' })],
  'tags.colors': [() => ({ method: 'get', path: '/tags/colors' })],
  'statuses.colors': [() => ({ method: 'get', path: '/statuses/colors' })],
  'events.list': [() => ({ method: 'get', path: '/events?limit=1000' })],
  'tags.list': [() => ({ method: 'get', path: '/tags' })],
  'tags.create': [() => ({ method: 'post', path: '/tags', body: { name: 'New tag' } })],
  'tags.get': [({ tag }) => ({ method: 'get', path: `/tags/${tag}` })],
  'tags.update': [({ tag }) => ({ method: 'patch', path: `/tags/${tag}`, body: { name: 'Renamed' } })],
  'statuses.list': [() => ({ method: 'get', path: '/statuses' })],
  'statuses.create': [() => ({ method: 'post', path: '/statuses', body: { name: 'New status' } })],
  'statuses.get': [({ status }) => ({ method: 'get', path: `/statuses/${status}` })],
  'statuses.update': [({ status }) => ({ method: 'patch', path: `/statuses/${status}`, body: { name: 'Renamed' } })],
  'prospects.get': [({ prospect }) => ({ method: 'get', path: `/prospects/${prospect}` })],
  'prospects.lookup': [({ person }) => ({ method: 'get', path: `/prospects/lookup?platformId=${person}` })],
  'prospects.update': [
    ({ prospect }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { notes: 'Hello', done: true },
    }),
    ({ prospect, status, member }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { notes: 'Refused with the rest', statusId: status, assigneeId: member },
    }),
    ({ prospect, tag }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { valuation: 17, addTags: [tag] },
    }),
    ({ prospect, tag }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { valuation: 18, removeTags: [tag] },
    }),
  ],
  'threads.list': [
    ({ account }) => ({ method: 'get', path: `/threads?accountLinkIds=${account}` }),
    ({ thread }) => ({ method: 'get', path: `/threads?cursorId=${thread}&cursorTimestamp=2999-01-01T00:00:00.000Z` }),
    ({ thread }) => ({
      method: 'get',
      path: `/threads?cursor[id]=${thread}&cursor[timestamp]=2999-01-01T00:00:00.000Z`,
    }),
    ({ tag }) => ({ method: 'get', path: `/threads?filters[tags][selectedIds]=${tag}` }),
    ({ status }) => ({ method: 'get', path: `/threads?filters[statuses][selectedIds]=${status}` }),
    ({ member }) => ({ method: 'get', path: `/threads?filters[assignees][selectedIds]=${member}` }),
    ({ thread }) => ({ method: 'get', path: `/threads?filters[campaigns][selectedIds]=${thread}` }),
  ],
  'threads.create': [
    ({ account, prospect }) => ({
      method: 'post',
      path: '/threads',
      body: { accountLinkId: account, externalId: prospect },
    }),
    ({ account, person }) => ({
      method: 'post',
      path: '/threads',
      body: { accountLinkId: account, externalPlatformId: person },
    }),
  ],
  'threads.lookup': [
    ({ account, prospect }) => ({
      method: 'get',
      path: `/threads/lookup?accountLinkId=${account}&externalId=${prospect}`,
    }),
    ({ account, person }) => ({
      method: 'get',
      path: `/threads/lookup?accountLinkId=${account}&externalPlatformId=${person}`,
    }),
  ],
  'threads.lookupByUsername': [
    ({ username, account }) => ({
      method: 'get',
      path: `/threads/lookup-by-username?username=${username}&accountLinkIds=${account}`,
    }),
  ],
  'threads.thread.get': [({ thread }) => ({ method: 'get', path: `/threads/${thread}` })],
  'threads.thread.update': [
    ({ thread, member }) => ({ method: 'patch', path: `/threads/${thread}`, body: { done: true, assigneeId: member } }),
  ],
  'threads.thread.typing': [({ thread }) => ({ method: 'post', path: `/threads/${thread}/typing` })],
  'threads.thread.settings': [
    ({ thread }) => ({ method: 'patch', path: `/threads/${thread}/settings`, body: { typingIndicatorsEnabled: true } }),
  ],
  'threads.thread.messages.list': [
    ({ thread, message }) => ({
      method: 'get',
      path: `/threads/${thread}/messages?cursorId=${message}&cursorTimestamp=2999-01-01T00:00:00.000Z`,
    }),
    ({ thread, message }) => ({
      method: 'get',
      path: `/threads/${thread}/messages?cursor[id]=${message}&cursor[timestamp]=2999-01-01T00:00:00.000Z`,
    }),
  ],
  'threads.thread.messages.create': [
    ({ thread, message }) => ({
      method: 'post',
      path: `/threads/${thread}/messages`,
      body: { content: 'Hello', replyToMessageId: message },
    }),
  ],
  'threads.messages.quickSend': [
    ({ account, prospect }) => ({
      method: 'post',
      path: '/threads/messages',
      body: { accountLinkId: account, externalId: prospect, content: 'Hello' },
    }),
    ({ account, person }) => ({
      method: 'post',
      path: '/threads/messages',
      body: { accountLinkId: account, externalPlatformId: person, content: 'Hello' },
    }),
  ],
  'threads.thread.messages.message.history': [
    ({ thread, message }) => ({ method: 'get', path: `/threads/${thread}/messages/${message}/history` }),
  ],
  'threads.thread.messages.message.edit': [
    ({ thread, message }) => ({
      method: 'patch',
      path: `/threads/${thread}/messages/${message}`,
      body: { content: 'Said otherwise' },
    }),
  ],
  'threads.thread.messages.message.reactions.add': [
    ({ thread, message }) => ({
      method: 'post',
      path: `/threads/${thread}/messages/${message}/reactions/reactions`,
      body: { emoji: '👍' },
    }),
  ],
  'threads.thread.messages.message.reactions.remove': [
    ({ thread, message }) => ({
      method: 'delete',
      path: `/threads/${thread}/messages/${message}/reactions/reactions`,
      body: { emoji: '👍' },
    }),
  ],
  'threads.thread.messages.message.delete': [
    ({ thread, message }) => ({ method: 'delete', path: `/threads/${thread}/messages/${message}` }),
  ],
  'threads.thread.delete': [({ thread }) => ({ method: 'delete', path: `/threads/${thread}` })],
  'tags.delete': [({ tag }) => ({ method: 'delete', path: `/tags/${tag}` })],
  'statuses.delete': [({ status }) => ({ method: 'delete', path: `/statuses/${status}` })],
}

const unknown: Ids = {
  member: 'zz0unknown0member0000000',
  account: 'zz0unknown0account000000',
  thread: 'zz0unknown0thread0000000',
  message: 'zz0unknown0message000000',
  prospect: 'zz0unknown0prospect00000',
  person: '9000000000000000009',
  username: 'nobody_has_this',
  tag: 'zz0unknown0tag0000000000',
  status: 'zz0unknown0status0000000',
}

interface World {
  team: TestTeam
  ids: Ids
}

let ours: World
let theirs: World
/** What a request may carry instead of a good token, as its `Authorization` header. */
const noAccess: Record<string, string | undefined> = {}

beforeAll(async () => {
  ;[ours, theirs] = [await aWorld(), await aWorld()]
  Object.assign(noAccess, {
    'no token': undefined,
    'another scheme': `Basic ${Buffer.from(`user:${ours.team.token}`).toString('base64')}`,
    'a malformed token': `Bearer ${ours.team.token.slice(0, -1)}`,
    'an unknown token': `Bearer ${await anUnknownToken()}`,
    'a revoked token': `Bearer ${await aRevokedToken()}`,
    'an expired token': `Bearer ${(await aToken(new Date(0))).token}`,
  })
})

test('every operation is in the table', () => {
  expect(Object.keys(table).sort()).toEqual(v1.operations.map(({ id }) => id).sort())
})

describe.each(Object.entries(table))('%s', (_operation, rows) => {
  test('answers nobody without a good token', async () => {
    const before = await everything()

    for (const [what, authorization] of Object.entries(noAccess)) {
      for (const row of rows) {
        const answer = await callAs(authorization, row(ours.ids))
        expect([what, answer.status, answer.body.error.code]).toEqual([what, 401, 'UNAUTHORIZED'])
      }
    }

    expect(await everything()).toEqual(before)
  })

  const places = rows.flatMap((row) => idsOf(row).map((name) => ({ row, name })))
  if (places.length === 0) return
  test("does not know another team's ids, wherever they stand", async () => {
    const before = await everything()

    for (const { row, name } of places) {
      const call = row({ ...ours.ids, [name]: theirs.ids[name] })
      const isSearch = call.path.includes('?') && call.path.lastIndexOf(theirs.ids[name]) > call.path.indexOf('?')
      const [foreign, missing] = [
        await callAs(bearer(ours), call),
        await callAs(bearer(ours), row({ ...ours.ids, [name]: unknown[name] })),
      ]
      // A search with a strange id finds what a search with an unknown one finds.
      expect([name, foreign.status]).toEqual([name, isSearch ? missing.status : 404])
      expect(without(foreign, theirs.ids[name])).toEqual(without(missing, unknown[name]))
    }

    expect(await everything()).toEqual(before)
  })
})

test("a team's own ids work in every place of the table, and nothing of another team is in the answers", async () => {
  const foreignIds = Object.values(theirs.ids)

  for (const [operation, rows] of Object.entries(table)) {
    for (const row of rows) {
      const { status, body } = await callAs(bearer(ours), row(ours.ids))
      expect([operation, status]).toEqual([operation, 200])
      expect(foreignIds.filter((id) => JSON.stringify(body ?? null).includes(id))).toEqual([])
    }
  }
  expect(await theirs.team.events()).toEqual(theirsAtFirst)
})

let theirsAtFirst: string[] = []

async function aWorld(): Promise<World> {
  const team = await startTeam()
  const chat = await aChat(team)
  const { memberId } = await team.addMember()
  const [tag, status] = [
    await team.api.post('/tags', { name: 'Tag' }),
    await team.api.post('/statuses', { name: 'Status' }),
  ]
  await team.api.patch(`/prospects/${chat.prospectId}/context`, {
    addTags: [tag.body.id],
    statusId: status.body.id,
    assigneeId: memberId,
  })
  theirsAtFirst = await team.events()
  return {
    team,
    ids: {
      member: memberId,
      account: chat.accountLinkId,
      thread: chat.id,
      message: chat.outbound,
      prospect: chat.prospectId,
      person: chat.person.platformId,
      username: chat.person.username,
      tag: tag.body.id,
      status: status.body.id,
    },
  }
}

async function aToken(expiresAt: Date | null) {
  const { teamId, ownerId, server } = ours.team
  return createApiToken(server.core, teamId as TeamId, { memberId: ownerId as MemberId, name: 'other', expiresAt })
}

async function anUnknownToken(): Promise<string> {
  const { apiToken, token } = await aToken(null)
  await ours.team.server.core.db
    .query`delete from api_tokens where team_id = ${ours.team.teamId} and id = ${apiToken.id}`
  return token
}

async function aRevokedToken(): Promise<string> {
  const { apiToken, token } = await aToken(null)
  const { server, teamId } = ours.team
  const api = apiAt(`${server.url}/api/v1`, token)
  expect((await api.get('/team')).status).toBe(200)
  await revokeApiToken(server.core, teamId as TeamId, apiToken.id)
  await eventually(async () => (await api.get('/team')).status === 401, 'the revocation', 1_000)
  return token
}

function bearer({ team }: World): string {
  return `Bearer ${team.token}`
}

function callAs(authorization: string | undefined, { method, path, body }: Call): Promise<Answer> {
  const api = apiAt(`${ours.team.server.url}/api/v1`, null)
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  return method === 'get' ? api.get(path, headers) : api[method](path, body, headers)
}

/** Which ids a call is made with. */
function idsOf(row: (ids: Ids) => Call): (keyof Ids)[] {
  const used = new Set<keyof Ids>()
  row(
    new Proxy(unknown, {
      get(ids, name: keyof Ids) {
        used.add(name)
        return ids[name]
      },
    }),
  )
  return [...used]
}

function without({ status, body }: Answer, id: string): unknown {
  return { status, body: JSON.stringify(body ?? null).replaceAll(id, '…') }
}

/** All that is stored, of both teams and of the platform. Tokens are left out: they remember when they were last used. */
async function everything(): Promise<Record<string, string>> {
  const rows = await ours.team.server.core.db.query<{ name: string; content: string }>`
    select table_schema || '.' || table_name as name,
      query_to_xml(format('select * from %I.%I x order by x::text', table_schema, table_name), true, false, '')::text as content
    from information_schema.tables
    where table_schema in ('public', 'sandbox') and table_type = 'BASE TABLE' and table_name <> 'api_tokens'`
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]))
}
