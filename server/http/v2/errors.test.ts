import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { Connector } from '../../connectors/connector.ts'
import { setTeamLock } from '../../domain/teams.ts'
import type { TeamId } from '../../store/ids.ts'
import { openStream } from '../../test/event-streams.ts'
import { aChat, aPerson, aThread, type TestThread } from '../../test/factories.ts'
import { type Answer, apiAt, eventually, startOwnServer, startTeam, type TestTeam, teamOn } from '../../test/harness.ts'
import { aReceiver } from '../../test/receiver.ts'
import { anEndpoint, webhookEnv } from '../../test/webhooks.ts'
import { type ErrorCode, errorCodes } from './errors.ts'

/** A request that is refused, and what the refusal has to tell. */
interface Refused {
  team: TestTeam
  call(): Promise<Answer>
  details: object | null
}

const nobody = 'zz0unknown0thing00000000'
const into = ({ id }: TestThread) => ({ type: 'thread', threadId: id })

/** The compiler misses a code that is not here. */
const refusals: Record<ErrorCode, () => Promise<Refused>> = {
  async invalidRequest() {
    const team = await startTeam()
    const issues = [{ path: ['limit'], message: expect.any(String) }]
    return { team, call: () => team.v2.get('/threads?limit=0'), details: { issues } }
  },
  invalidCursor: () => notFound('/threads?cursor=x'),
  async unauthorized() {
    const team = await startTeam()
    return { team, call: () => apiAt(`${team.server.url}/api/v2`, 'ibt_unknown').get('/team'), details: null }
  },
  async platformNotAvailable() {
    const team = await startTeam()
    return { team, call: () => team.v2.get('/threads?platform=pigeon'), details: { platform: 'pigeon' } }
  },
  async workspaceLocked() {
    const team = await startTeam()
    await setTeamLock(team.server.core, team.teamId as TeamId, true)
    const call = () => team.v2.patch(`/contacts/${nobody}`, {})
    await eventually(async () => (await call()).status === 403, 'the lock')
    return { team, call, details: null }
  },
  async planRequired() {
    const { team, thread } = await silence()
    await team.server.core.db.query`update teams set outbound_enabled = false where id = ${team.teamId}`
    const { platformId } = await aPerson(team)
    const target = { type: 'profile', accountLinkId: thread.accountLinkId, platform: 'twitter', platformId }
    return { team, call: send(team, { target }), details: { feature: 'advancedApi' } }
  },
  async adminRequired() {
    const team = await startTeam()
    const { token } = await team.addMember()
    return { team, call: () => apiAt(`${team.server.url}/api/v2`, token).get('/webhook-endpoints'), details: null }
  },
  memberNotFound: () => notFound(`/members/${nobody}`),
  accountLinkNotFound: () => notFound(`/account-links/${nobody}`),
  contactNotFound: () => notFound(`/contacts/${nobody}`),
  threadNotFound: () => notFound(`/threads/${nobody}`),
  messageNotFound: () => notFound(`/messages/${nobody}`),
  tagNotFound: () => notFound('/tags/no%2Fsuch%20tag'),
  statusNotFound: () => notFound('/statuses/no%2Fsuch%20status'),
  webhookEndpointNotFound: () => notFound(`/webhook-endpoints/${nobody}`),
  webhookDeliveryNotFound: () => notFound(`/webhook-deliveries/${nobody}`),
  async nameTaken() {
    const team = await startTeam()
    await team.v2.post('/statuses', { name: 'Café' })
    return { team, call: () => team.v2.post('/statuses', { name: 'CAFE' }), details: { name: 'CAFE' } }
  },
  async accountLinkDisconnected() {
    const { team, chat } = await conversation({ status: 'offline' })
    const details = { accountLinkId: chat.accountLinkId, status: 'offline' }
    return { team, call: () => team.v2.delete(`/threads/${chat.id}`), details }
  },
  async integrationSetupRequired() {
    const { team, chat } = await conversation({ status: 'paused', pauseReasons: ['no-xchat'] })
    const { accountLinkId } = chat
    return { team, call: send(team, { target: into(chat) }), details: { accountLinkId } }
  },
  sendInProgress: () => unfinishedSend('sending'),
  async webhookEndpointDisabled() {
    const { team, path } = await aDisabledWebhook()
    const call = () => team.v2.post(`${path}/redeliver`, { fromSeq: 1, toSeq: 1 })
    return { team, call, details: { reason: 'byMember' } }
  },
  async webhookPayloadForgotten() {
    const { team, path } = await aDisabledWebhook()
    const { body } = await team.v2.post(`${path}/test`)
    await eventually(
      async () => (await team.v2.get(`/webhook-deliveries/${body.id}`)).body.settledAt,
      'the end of the test',
    )
    await team.v2.post(`${path}/enable`)
    await team.server.core.db.query`delete from webhook_payloads where team_id = ${team.teamId}`
    return { team, call: () => team.v2.post(`/webhook-deliveries/${body.id}/redeliver`), details: null }
  },
  async idempotencyKeyReused() {
    const { team, chat } = await conversation()
    const key = { 'idempotency-key': randomUUID() }
    await send(team, { target: into(chat) }, key)()
    return { team, call: send(team, { target: into(chat), content: 'Something else' }, key), details: null }
  },
  async capabilityNotSupported() {
    const { team, chat } = await conversation({ missingCapabilities: ['thread:typing:send'] })
    const call = () => team.v2.post(`/threads/${chat.id}/typing`)
    return { team, call, details: { capability: 'thread:typing:send' } }
  },
  async threadRestricted() {
    const { team, thread } = await silence()
    const { body } = await send(team, { target: into(thread) })()
    const call = () => team.v2.delete(`/messages/${body.message.id}?scope=all`)
    return { team, call, details: { capability: 'message:unsend' } }
  },
  async mutationWindowClosed() {
    const { team, chat } = await conversation()
    changePlatform(team, (sandbox) => {
      return { ...sandbox, platform: { ...sandbox.platform, mutationWindows: { 'message:edit': 0 } } }
    })
    const call = () => team.v2.patch(`/messages/${chat.outbound}`, { content: 'Too late' })
    const { createdAt: closedAt } = (await team.v2.get(`/messages/${chat.outbound}`)).body
    return { team, call, details: { capability: 'message:edit', closedAt } }
  },
  async messageNotModifiable() {
    const { team, chat } = await conversation()
    const call = () => team.v2.patch(`/messages/${chat.inbound}`, { content: 'No' })
    return { team, call, details: { reason: 'somebody else wrote it' } }
  },
  async contentRejected() {
    const { team, chat } = await conversation()
    const request = { target: into(chat), content: '👩🏽‍🚀'.repeat(10_001) }
    return { team, call: send(team, request), details: { detail: 'longer than 10000 characters' } }
  },
  async recipientUnavailable() {
    const { team, thread } = await silence({ acceptsMessages: false })
    return { team, call: send(team, { target: into(thread) }), details: { reason: 'the person accepts no messages' } }
  },
  async profileAmbiguous() {
    const { team, chat } = await conversation()
    const { contactId } = (await team.v2.get(`/threads/${chat.id}`)).body
    await team.server.core.db.query`
      insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, facts, linked_at, created_at, updated_at)
      select team_id, 'zsecond0profile000000000', contact_id, platform, '1', 'second', facts, linked_at, created_at, updated_at
      from profiles where team_id = ${team.teamId} and id = ${chat.prospectId}`
    const target = { type: 'contact', accountLinkId: chat.accountLinkId, contactId }
    return { team, call: send(team, { target }), details: { contactId, platform: 'twitter' } }
  },
  async platformNotSupported() {
    const { team, chat } = await conversation()
    const target = { type: 'profile', accountLinkId: chat.accountLinkId, platform: 'linkedin', platformId: '1' }
    return { team, call: send(team, { target }), details: { platform: 'linkedin', supported: ['twitter'] } }
  },
  async tagLimitReached() {
    const team = await startTeam()
    await team.server.core.db.query`
      insert into tags (team_id, id, name, name_key, color, created_at)
      select ${team.teamId}, 'tag' || n, 'Tag ' || n, 'tag ' || n, '#3b82f6', now() from generate_series(1, 500) n`
    return { team, call: () => team.v2.post('/tags', { name: 'One more' }), details: { max: 500 } }
  },
  async webhookUrlRefused() {
    const team = await startTeam()
    const call = () => team.v2.post('/webhook-endpoints', { url: 'ftp://hooks.example.com' })
    return { team, call, details: { reason: 'schemeNotAllowed' } }
  },
  async webhookEndpointLimitReached() {
    const team = await startTeam()
    const call = () => team.v2.post('/webhook-endpoints', { url: 'https://hooks.example.com' })
    await Promise.all(Array.from({ length: 50 }, call))
    return { team, call, details: { max: 50 } }
  },
  async rateLimited() {
    const server = await startOwnServer({ env: { OPEN_INBOX_RATE_LIMITS: '1/minute' } })
    onTestFinished(() => server.stop())
    const team = await teamOn(server)
    await team.v2.get('/team')
    const details = { window: 'minute', limit: 1, resetAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) }
    return { team, call: () => team.v2.get('/team'), details }
  },
  async streamLimitReached() {
    const server = await startOwnServer({ env: { OPEN_INBOX_STREAMS_PER_TEAM: '1' } })
    onTestFinished(() => server.stop())
    const team = await teamOn(server)
    await openStream(team)
    return { team, call: () => team.v2.get('/events/stream'), details: { max: 1 } }
  },
  platformRateLimited: () => faultySend({ outcome: 'rateLimited', retryAfterSeconds: 7 }, { retryAfterSeconds: 7 }),
  async internal() {
    return brokenReaction(async () => {
      throw new Error('a surprise')
    })
  },
  platformError: () => brokenReaction(async () => ({ kind: 'failed', detail: 'an answer nobody expected' })),
  sendUnconfirmed: () => unfinishedSend('unconfirmed'),
  platformUnavailable: () => faultySend({ outcome: 'down' }, { retryAfterSeconds: null }),
}

test.each(Object.keys(refusals) as ErrorCode[])(
  '"%s" is told with its status and everything it has to tell, and nothing has happened',
  async (code) => {
    const { team, call, details } = await refusals[code]()
    const before = await eventCount(team)

    const { status, body } = await call()

    expect([status, body.code, body.details]).toEqual([errorCodes[code].status, code, details])
    expect(body.message).not.toBe(code)
    expect(await eventCount(team)).toBe(before)
  },
)

async function notFound(path: string): Promise<Refused> {
  const team = await startTeam()
  return { team, call: () => team.v2.get(path), details: null }
}

/** Both sides have written; then the account becomes like this. */
async function aDisabledWebhook() {
  const server = await startOwnServer({ env: webhookEnv })
  onTestFinished(() => server.stop())
  const team = await teamOn(server)
  const { id } = await anEndpoint(team, await aReceiver())
  const path = `/webhook-endpoints/${id}`
  await team.v2.post(`${path}/disable`)
  return { team, path }
}

async function conversation(account?: object) {
  const team = await startTeam()
  const chat = await aChat(team)
  if (account) await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, account)
  return { team, chat }
}

async function silence(person: Record<string, unknown> = {}) {
  const team = await startTeam()
  return { team, thread: await aThread(team, { person: await aPerson(team, person) }) }
}

function send(team: TestTeam, request: object, headers?: Record<string, string>): () => Promise<Answer> {
  return () => team.v2.post('/messages', { content: 'Hi', ...request }, headers)
}

async function faultySend(fault: object, details: object): Promise<Refused> {
  const { team, chat } = await conversation()
  await team.sandbox.post('/faults', { operation: 'send', times: 1, ...fault })
  return { team, call: send(team, { target: into(chat) }), details }
}

/** As if it were still going on, or nobody knew what became of it. */
async function unfinishedSend(state: 'sending' | 'unconfirmed'): Promise<Refused> {
  const { team, chat } = await conversation()
  const call = send(team, { target: into(chat) }, { 'idempotency-key': randomUUID() })
  const { id: messageId } = (await call()).body.message
  await team.server.core.db.query`
    update sends set state = ${state}, answer = null, lease_until = now() + interval '1 hour'
    where team_id = ${team.teamId} and id = ${messageId}`
  return { team, call, details: { messageId } }
}

async function brokenReaction(addReaction: ReturnType<Connector['open']>['addReaction']): Promise<Refused> {
  const { team, chat } = await conversation()
  changePlatform(team, (sandbox) => ({ ...sandbox, open: (account) => ({ ...sandbox.open(account), addReaction }) }))
  return { team, call: () => team.v2.post(`/messages/${chat.inbound}/reactions`, { emoji: '👍' }), details: null }
}

/** No platform of ours is like that: for this test one is. */
function changePlatform({ server }: TestTeam, change: (sandbox: Connector) => Connector): void {
  // The map is only written to here.
  const connectors = server.core.connectors as Map<string, Connector>
  const sandbox = connectors.get('sandbox')
  if (!sandbox) throw new Error('the sandbox is off')
  connectors.set('sandbox', change(sandbox))
  onTestFinished(() => void connectors.set('sandbox', sandbox))
}

async function eventCount({ server, teamId }: TestTeam): Promise<number> {
  const [row] = await server.core.db.query<{ count: number }>`select count(*) from events where team_id = ${teamId}`
  return row?.count ?? 0
}
