import { beforeAll, describe, expect, test } from 'vitest'
import { createApiToken, revokeApiToken } from '../domain/api-tokens.ts'
import { setTeamLock } from '../domain/teams.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import type { Call, Ids } from '../test/access/table.ts'
import { v1Access } from '../test/access/v1.ts'
import { v2Access } from '../test/access/v2.ts'
import { aChat, personSends } from '../test/factories.ts'
import { type Answer, apiAt, eventually, startTeam, type TestTeam } from '../test/harness.ts'
import type { Api } from './server.ts'
import { v1 } from './v1/api.ts'
import { v2 } from './v2/api.ts'

const unknown: Ids = {
  member: 'zz0unknown0member0000000',
  account: 'zz0unknown0account000000',
  thread: 'zz0unknown0thread0000000',
  message: 'zz0unknown0message000000',
  picture: 'zz0unknown0picture000000',
  prospect: 'zz0unknown0prospect00000',
  contact: 'zz0unknown0contact000000',
  person: '9000000000000000009',
  username: 'nobody_has_this',
  tag: 'zz0unknown0tag0000000000',
  status: 'zz0unknown0status0000000',
  webhookEndpoint: 'zz0unknown0endpoint00000',
  webhookDelivery: 'zz0unknown0delivery00000',
}

interface World {
  team: TestTeam
  ids: Ids
}

/** Each API with its table, and how it says what. 422 is for somebody whom the platform does not know either. */
const versions = [
  { api: v1, table: v1Access, unauthorized: 'UNAUTHORIZED', locked: 'FORBIDDEN', unknownIds: [404] },
  { api: v2, table: v2Access, unauthorized: 'unauthorized', locked: 'workspaceLocked', unknownIds: [400, 404, 422] },
]

let ours: World
let theirs: World
let theirsAtFirst: string[]
/** Its team was locked when it had everything. */
let locked: World
/** What a request may carry instead of a good token, as its `Authorization` header. */
const noAccess: Record<string, string | undefined> = {}

beforeAll(async () => {
  ;[ours, theirs, locked] = [await aWorld(), await aWorld(), await aWorld()]
  theirsAtFirst = await theirs.team.events()
  await lock(locked)
  Object.assign(noAccess, {
    'no token': undefined,
    'another scheme': `Basic ${Buffer.from(`user:${ours.team.token}`).toString('base64')}`,
    'a malformed token': `Bearer ${ours.team.token.slice(0, -1)}`,
    'an unknown token': `Bearer ${await anUnknownToken()}`,
    'a revoked token': `Bearer ${await aRevokedToken()}`,
    'an expired token': `Bearer ${(await aToken(new Date(0))).token}`,
  })
})

describe.each(versions)('$api.name', ({ api, table, ...codes }) => {
  test('every operation is in the table', () => {
    expect(Object.keys(table).sort()).toEqual(api.operations.map(({ id }) => id).sort())
  })

  describe.each(Object.entries(table))('%s', (_operation, rows) => {
    test('answers nobody without a good token', async () => {
      const before = await everything()

      for (const [what, authorization] of Object.entries(noAccess)) {
        for (const row of rows) {
          const answer = await callAs(api, authorization, row(ours.ids))
          expect([what, answer.status, codeOf(answer)]).toEqual([what, 401, codes.unauthorized])
        }
      }

      expect(await everything()).toEqual(before)
    })

    test('reads in a locked team, and changes nothing there', async () => {
      const before = await everything()

      for (const row of rows) {
        const call = row(locked.ids)
        const answer = await callAs(api, bearer(locked), call)
        if (call.method === 'get') expect(answer.status).toBe(200)
        else expect([answer.status, codeOf(answer)]).toEqual([403, codes.locked])
      }

      expect(await everything()).toEqual(before)
    })

    const places = rows.flatMap((row) => idsOf(row).map((name) => ({ row, name })))
    if (places.length === 0) return
    test("does not know another team's ids, wherever they stand", async () => {
      const before = await everything()

      for (const { row, name } of places) {
        const call = row({ ...ours.ids, [name]: theirs.ids[name] })
        const [foreign, missing] = [
          await callAs(api, bearer(ours), call),
          await callAs(api, bearer(ours), row({ ...ours.ids, [name]: unknown[name] })),
        ]
        // A search with a strange id finds what a search with an unknown one finds.
        if (!isSearched(call, theirs.ids[name]))
          expect([name, foreign.status]).toEqual([name, expect.toBeOneOf(codes.unknownIds)])
        expect(foreign.status).toBe(missing.status)
        expect(without(foreign, theirs.ids[name])).toEqual(without(missing, unknown[name]))
      }

      expect(await everything()).toEqual(before)
    })
  })

  test("a team's own ids work in every place, and nothing of another team is in the answers", async () => {
    const foreignIds = Object.values(theirs.ids)
    const world = await aWorld()

    for (const [operation, rows] of Object.entries(table)) {
      for (const row of rows) {
        const { status, body } = await callAs(api, bearer(world), row(world.ids))
        expect([operation, status]).toEqual([operation, expect.toBeOneOf([200, 201, 202, 204])])
        expect(foreignIds.filter((id) => JSON.stringify(body ?? null).includes(id))).toEqual([])
      }
    }
    expect(await theirs.team.events()).toEqual(theirsAtFirst)
  })
})

async function aWorld(): Promise<World> {
  const team = await startTeam({ env: { OPEN_INBOX_OUTBOUND_ALLOW: 'http://127.0.0.1:*' } })
  const chat = await aChat(team)
  const picture = await personSends(team, chat, { attachments: [{ kind: 'image' }] })
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
  const { body: contacts } = await team.v2.get(`/contacts?platform=twitter&platformId=${chat.person.platformId}`)
  return {
    team,
    ids: {
      member: memberId,
      account: chat.accountLinkId,
      thread: chat.id,
      message: chat.outbound,
      picture: picture.messageId,
      prospect: chat.prospectId,
      contact: contacts.data[0].id,
      person: chat.person.platformId,
      username: chat.person.username,
      tag: tag.body.id,
      status: status.body.id,
      ...(await aSilentWebhook(team)),
    },
  }
}

/** A disabled endpoint with a delivery, of which nobody has anything left to do. */
async function aSilentWebhook({ v2, server }: TestTeam): Promise<Pick<Ids, 'webhookEndpoint' | 'webhookDelivery'>> {
  const { body: endpoint } = await v2.post('/webhook-endpoints', { url: 'http://127.0.0.1:65535/nobody' })
  await v2.post(`/webhook-endpoints/${endpoint.id}/disable`)
  const { body: delivery } = await v2.post(`/webhook-endpoints/${endpoint.id}/test`)
  await eventually(async () => {
    const [row] = await server.core.db.query`
      select 1 from webhook_endpoints e join webhook_deliveries d on d.team_id = e.team_id and d.endpoint_id = e.id
      where e.id = ${endpoint.id} and d.settled_at is not null and e.lease_until is null`
    return row
  }, 'the end of the test')
  return { webhookEndpoint: endpoint.id, webhookDelivery: delivery.id }
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

async function lock({ team }: World): Promise<void> {
  const { server, teamId, api } = team
  await setTeamLock(server.core, teamId as TeamId, true)
  await eventually(async () => (await api.post('/tags', { name: 'Locked yet?' })).status === 403, 'the lock')
}

function codeOf({ body }: Answer): string {
  return body.error?.code ?? body.code
}

function isSearched({ path }: Call, id: string): boolean {
  return path.includes('?') && path.lastIndexOf(id) > path.indexOf('?')
}

function bearer({ team }: World): string {
  return `Bearer ${team.token}`
}

function callAs({ base }: Api, authorization: string | undefined, { method, path, body }: Call): Promise<Answer> {
  const api = apiAt(`${ours.team.server.url}${base}`, null)
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

/** An answer but for the id in it, and for the request's own. */
function without({ status, body }: Answer, id: string): unknown {
  const { requestId: _, ...rest } = body ?? {}
  return { status, body: JSON.stringify(Array.isArray(body) ? body : rest).replaceAll(id, '…') }
}

/** All that is stored, of both teams and of the platform. Left out: when tokens were last used, and how far the platform's news were read. */
async function everything(): Promise<Record<string, string>> {
  const rows = await ours.team.server.core.db.query<{ name: string; content: string }>`
    select table_schema || '.' || table_name as name,
      query_to_xml(format('select * from %I.%I x order by x::text', table_schema, table_name), true, false, '')::text as content
    from information_schema.tables
    where table_schema in ('public', 'sandbox') and table_type = 'BASE TABLE' and table_name not in ('api_tokens', 'feed_counters')`
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]))
}
