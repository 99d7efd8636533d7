import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createApiToken } from '../../domain/api-tokens.ts'
import { forgetOldSends } from '../../domain/retention.ts'
import type { MemberId, TeamId } from '../../store/ids.ts'
import { aChat, aThread, deliveries } from '../../test/factories.ts'
import { type Answer, apiAt, eventually, startOwnServer, startTeam, type TestTeam } from '../../test/harness.ts'

const into = (thread: { id: string }) => ({ type: 'thread', threadId: thread.id })
const aKey = () => ({ 'idempotency-key': randomUUID() })
const outcomeOf = ({ status, body }: Answer) => [status, body.code, body.details]

function fault(team: TestTeam, accountLinkId: string, outcome: string, more: object = {}) {
  return team.sandbox.post('/faults', { operation: 'send', outcome, accountLinkId, times: 1, ...more })
}

test('a repeated request is answered as the first time, whoever repeats it and whatever has changed', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const key = aKey()
  const first = await team.v2.post('/messages', { target: into(chat), content: 'Once' }, key)
  const { token } = await createApiToken(team.server.core, team.teamId as TeamId, {
    memberId: team.ownerId as MemberId,
    name: 'other',
    expiresAt: null,
  })
  await team.v2.patch(`/messages/${first.body.message.id}`, { content: 'Changed' })
  await team.api.delete(`/threads/${chat.id}`)

  const again = await apiAt(`${team.server.url}/api/v2`, token).post(
    '/messages',
    { content: 'Once', target: { threadId: chat.id, type: 'thread' } },
    key,
  )

  expect([first.status, again.status]).toEqual([201, 200])
  expect(again.body).toEqual(first.body)
  expect(await deliveries(team, chat.accountLinkId)).toHaveLength(2)
})

test('a key belongs to its whole request, and to one version of the API', async () => {
  const team = await startTeam()
  const [chat, other] = [await aChat(team), await aChat(team)]
  const key = aKey()
  const first = await team.v2.post('/messages', { target: into(chat), content: 'Hi' }, key)
  const v1Key = aKey()
  await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hi' }, v1Key)
  const before = await team.events()

  const reused = [
    await team.v2.post('/messages', { target: into(chat), content: 'Hi!' }, key),
    await team.v2.post('/messages', { target: into(other), content: 'Hi' }, key),
    await team.v2.post('/messages', { target: into(chat), content: 'Hi', replyToMessageId: chat.inbound }, key),
    await team.v2.post('/messages', { target: into(chat), content: 'Hi' }, v1Key),
  ]
  const throughV1 = await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hi' }, key)

  expect(first.status).toBe(201)
  expect(reused.map(outcomeOf)).toEqual(Array(4).fill([422, 'idempotencyKeyReused', null]))
  expect(throughV1.status).toBe(422)
  expect(await team.events()).toEqual(before)
})

test('of fifty requests with one key, one is sent; the others hear of the same message', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => team.v2.post('/messages', { target: into(thread), content: 'Race' }, key)),
  )

  const [sent, ...others] = answers.filter(({ status }) => status === 201)
  expect(others).toEqual([])
  for (const { status, body } of answers) {
    if (status === 409) expect([body.code, body.details.messageId]).toEqual(['sendInProgress', sent?.body.message.id])
    else expect(body).toEqual(sent?.body)
  }
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
  expect((await team.events()).filter((type) => type === 'message.created')).toHaveLength(1)
})

test.each([
  ['down', {}, [503, 'platformUnavailable', { retryAfterSeconds: null }]],
  ['rateLimited', { retryAfterSeconds: 7 }, [429, 'platformRateLimited', { retryAfterSeconds: 7 }]],
])('a send that the platform answers with "%s" gives its key back', async (outcome, more, refusal) => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  await fault(team, thread.accountLinkId, outcome, more)
  const request = { target: into(thread), content: 'Try' }

  const refused = await team.v2.post('/messages', request, key)
  const sent = await team.v2.post('/messages', request, key)

  expect(outcomeOf(refused)).toEqual(refusal)
  expect(sent.status).toBe(201)
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('while a send is running its key says so, and afterwards its answer', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  await fault(team, thread.accountLinkId, 'slow', { delayMs: 2_000 })
  const request = { target: into(thread), content: 'Slow' }

  const answers = await Promise.all([1, 2].map(() => team.v2.post('/messages', request, key)))
  const late = await team.v2.post('/messages', request, key)

  const sent = answers.find(({ status }) => status === 201)
  const early = answers.filter((answer) => answer !== sent)
  expect(early.map(outcomeOf)).toEqual([[409, 'sendInProgress', { messageId: sent?.body.message.id }]])
  expect(early[0]?.headers.get('retry-after')).toBe('1')
  expect([late.status, late.body]).toEqual([200, sent?.body])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a send nobody knows the end of is unconfirmed until that is known, and is never made again', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  const request = { target: into(thread), content: 'Lost?' }
  const { body: sent } = await team.v2.post('/messages', request, key)
  const { id } = sent.message
  const unfinished = (state: string, age: string) => team.server.core.db.query`
    update sends set state = ${state}, answer = null, lease_until = now() + interval '1 hour', created_at = now() - ${age}::interval
    where team_id = ${team.teamId} and id = ${id}`

  await unfinished('unconfirmed', '1 second')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([502, 'sendUnconfirmed', { messageId: id }])
  // Its caller died, and no worker has looked at it.
  await unfinished('sending', '1 minute')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([409, 'sendInProgress', { messageId: id }])
  await unfinished('sending', '3 minutes')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([502, 'sendUnconfirmed', { messageId: id }])

  await team.server.core.db.query`update sends set lease_until = now() where team_id = ${team.teamId} and id = ${id}`
  const replay = await eventually(async () => {
    const answer = await team.v2.post('/messages', request, key)
    return answer.status === 200 && answer
  }, 'a worker to find the message')
  expect(replay.body.message.id).toBe(id)
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a key is remembered by every server and for seven days', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { core } = team.server
  const key = aKey()
  const request = { target: into(thread), content: 'Remember' }
  const first = await team.v2.post('/messages', request, key)
  const [{ name } = { name: '' }] = await core.db.query<{ name: string }>`select current_database() as name`
  const second = await startOwnServer({}, name)
  const elsewhere = await apiAt(`${second.url}/api/v2`, team.token).post('/messages', request, key)
  await second.stop()
  const age = (days: number) => core.db.query`
    update sends set created_at = now() - make_interval(hours => ${days * 24 - 1}::int) where team_id = ${team.teamId}`

  await age(7)
  await forgetOldSends(core)
  const old = await team.v2.post('/messages', request, key)
  await age(8)
  await forgetOldSends(core)
  const forgotten = await team.v2.post('/messages', request, key)

  expect([elsewhere.status, elsewhere.body]).toEqual([200, first.body])
  expect([old.status, old.body]).toEqual([200, first.body])
  expect(forgotten.status).toBe(201)
})

test.each(['', 'ü', 'a'.repeat(256)])('"%s" is not a key', async (key) => {
  const team = await startTeam()
  const thread = await aThread(team)

  const { status, body } = await team.v2.post(
    '/messages',
    { target: into(thread), content: 'Hi' },
    { 'idempotency-key': key },
  )

  expect([status, body.code, body.details.issues[0].path]).toEqual([400, 'invalidRequest', ['Idempotency-Key']])
  expect(await deliveries(team, thread.accountLinkId)).toEqual([])
})
