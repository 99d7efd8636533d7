import { expect, test } from 'vitest'
import { eventually, startTeam } from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { aReceiver, isSignedWith } from '../../test/receiver.ts'
import {
  anEndpoint,
  arrived,
  atRest,
  deliveriesOf,
  endpointNow,
  events,
  passTime,
  type Shown,
  seqs,
  webhookEnv,
} from '../../test/webhooks.ts'

const DAY = 86_400_000
const clock = new ManualClock()
const aTeam = () => startTeam({ env: webhookEnv, clock })

test('a delivery shows what was sent and what came of every attempt', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, {
    headers: [{ name: 'Authorization', value: 'Bearer not-for-the-log' }],
  })
  receiver.behave(({ headers: { authorization } }, before) =>
    before === 0 ? { status: 500, body: `\0${'ü'.repeat(600)}` } : { status: 202, body: `ok, ${authorization}` },
  )
  await events(team, 1)
  await atRest(team, endpoint)
  await passTime(team, endpoint, { clock, ms: 6_000, stepMs: 6_000 })

  const [shown] = await deliveriesOf(team, endpoint)
  const { body: details } = await team.v2.get(`/webhook-deliveries/${shown.id}`)

  const { attempts, body, ...rest } = details
  expect(rest).toEqual(shown)
  expect(body).toBe(receiver.received[0]?.body)
  expect(shown).toMatchObject({ state: 'delivered', cause: 'event', attemptsCount: 2, settledAt: attempts[0].at })
  expect(attempts).toMatchObject([
    { number: 2, status: 202, error: null, answer: 'ok, [hidden]' },
    { number: 1, status: 500, error: 'status', answer: 'ü'.repeat(511) },
  ])
  expect(JSON.stringify(details)).not.toContain('not-for-the-log')
  expect(JSON.stringify(details)).not.toContain(endpoint.secret)
})

test.each([
  ['reset', 'connection'],
  ['closed', 'connection'],
] as const)('a receiver that is %s leaves the error %s', async (what, error) => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  if (what === 'closed') await receiver.close()
  else receiver.behave('reset')
  await events(team, 1)
  await atRest(team, endpoint)

  const [{ lastAttempt }] = await deliveriesOf(team, endpoint)
  expect(lastAttempt).toMatchObject({ status: null, error, answer: expect.stringMatching(/./) })
})

test('the log is filtered by state and type, and goes page by page, newest first', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { deliveryMode: 'parallel' })
  receiver.behave(({ event }) => (event.type === 'status.created' ? 500 : 200))
  const sent: number[] = []
  for (let nth = 0; nth < 7; nth++) {
    sent.push(...(await events(team, 1, `Tag ${nth}`)))
    await atRest(team, endpoint)
    // What is made at the same moment has no order.
    clock.advance(1)
  }
  await team.v2.post('/statuses', { name: 'New' })
  await atRest(team, endpoint)

  const shown = await deliveriesOf(team, endpoint)
  expect(shown.map(({ seq }) => seq)).toEqual([8, ...sent.reverse()])
  const only = async (parameters: string) => (await deliveriesOf(team, endpoint, parameters)).map(({ seq }) => seq)
  expect(await only('state=pending')).toEqual([8])
  expect(await only('state=delivered')).toEqual(sent)
  expect(await only('state=failed')).toEqual([])
  expect(await only('type=status.created')).toEqual([8])
  expect(await only('type=status.created&state=delivered')).toEqual([])
  expect(await only('type=tag.created&state=delivered')).toEqual(sent)
  expect(await only('type=tag.*')).toEqual(sent)
  const { status, body: refusal } = await team.v2.get(`/webhook-endpoints/${endpoint.id}/deliveries?type=nope`)
  expect([status, refusal.details.issues[0].path]).toEqual([400, ['type']])

  const paged: number[] = []
  let cursor = ''
  do {
    const { body } = await team.v2.get(
      `/webhook-endpoints/${endpoint.id}/deliveries?limit=3&state=delivered${cursor && `&cursor=${cursor}`}`,
    )
    paged.push(...body.data.map(({ seq }: Shown) => seq))
    cursor = body.nextCursor
  } while (cursor)
  expect(paged).toEqual(sent)
  const other = await anEndpoint(team, receiver)
  const { body: first } = await team.v2.get(`/webhook-endpoints/${endpoint.id}/deliveries?limit=3`)
  for (const path of [`${other.id}/deliveries?limit=3`, `${endpoint.id}/deliveries?limit=3&state=failed`]) {
    const { body } = await team.v2.get(`/webhook-endpoints/${path}&cursor=${first.nextCursor}`)
    expect(body.code).toBe('invalidCursor')
  }
})

test('a test is sent once and at once, past a line that is stuck and to an endpoint that is disabled', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const path = `/webhook-endpoints/${endpoint.id}`
  receiver.behave(500)
  await events(team, 2)
  await atRest(team, endpoint)

  receiver.behave(503)
  const { status, body: delivery } = await team.v2.post(`${path}/test`, { type: 'thread.deleted' })
  expect([status, delivery.cause, delivery.state, delivery.seq]).toEqual([202, 'test', 'pending', null])
  await atRest(team, endpoint)
  await team.v2.post(`${path}/disable`)
  receiver.behave(200)
  const { body: second } = await team.v2.post(`${path}/test`)
  await atRest(team, endpoint)

  const [, test, other] = receiver.received
  expect(test?.event).toMatchObject({ id: delivery.eventId, seq: 2, type: 'thread.deleted', apiVersion: '2' })
  expect(other?.event).toMatchObject({ id: second.eventId, type: 'message.received' })
  expect(isSignedWith(endpoint.secret, test as NonNullable<typeof test>)).toBe(true)
  const shown = async ({ id }: Shown) => (await team.v2.get(`/webhook-deliveries/${id}`)).body
  expect(await shown(delivery)).toMatchObject({ state: 'failed', attemptsCount: 1, nextAttemptAt: null })
  expect(await shown(second)).toMatchObject({ state: 'delivered' })
  expect(receiver.received).toHaveLength(3)
  expect((await team.v2.get('/events')).body.data).toHaveLength(2)
})

test('every type of both versions can be tested', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const { paths } = (await team.v2.get('/openapi.json')).body
  const types = paths['/events'].get.parameters.find(({ name }: Shown) => name === 'type').schema.items.enum
  const [two, one] = [await anEndpoint(team, receiver), await anEndpoint(team, receiver, { apiVersion: '1' })]
  const named = types.filter((type: string) => !type.endsWith('.*'))

  for (const type of named) expect((await team.v2.post(`/webhook-endpoints/${two.id}/test`, { type })).status).toBe(202)
  await arrived(receiver, named.length)
  expect(receiver.received.map(({ event }) => event.type).sort()).toEqual([...named].sort())

  for (const type of ['message.created', 'prospect.enriched', 'thread.assigned', 'target.replied'])
    expect((await team.v2.post(`/webhook-endpoints/${one.id}/test`, { type })).status).toBe(202)
  const { body } = await team.v2.post(`/webhook-endpoints/${one.id}/test`, { type: 'message.received' })
  expect([body.code, body.details.issues[0].path]).toEqual(['invalidRequest', ['type']])
  await arrived(receiver, named.length + 4)
})

test('a delivery is sent again with the same bytes, beside a line that is stuck, and tried again when it fails', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const [seq] = await events(team, 1)
  await arrived(receiver, 1)
  await atRest(team, endpoint)
  const [first] = await deliveriesOf(team, endpoint)
  receiver.behave(500)
  await events(team, 1, 'Stuck')
  await atRest(team, endpoint)

  clock.advance(1)
  const { status, body: again } = await team.v2.post(`/webhook-deliveries/${first.id}/redeliver`)
  await atRest(team, endpoint)
  receiver.behave(({ event }) => (event.seq === seq ? 200 : 500))
  await passTime(team, endpoint, { clock, ms: 6_000, stepMs: 6_000 })

  expect(status).toBe(202)
  expect(again).toMatchObject({ cause: 'redelivery', seq, eventId: first.eventId, attemptsCount: 0 })
  const sent = receiver.received.filter(({ event }) => event.seq === seq)
  expect(sent.map(({ body }) => body)).toEqual(Array(3).fill(sent[0]?.body))
  expect(sent.map(({ headers }) => headers['x-inbox-delivery'])).toEqual([first.id, again.id, again.id])
  const shown = await deliveriesOf(team, endpoint)
  expect(shown.find(({ id }) => id === again.id)).toMatchObject({ state: 'delivered', attemptsCount: 2 })
  expect(shown.find(({ id }) => id === first.id)).toEqual(first)
})

test('a stretch of the log is sent again, what the endpoint asks for of it, also what it never got', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  await events(team, 3, 'Before')
  await team.v2.post('/statuses', { name: 'New' })
  const endpoint = await anEndpoint(team, receiver, { types: ['tag.*'] })
  await events(team, 3)
  await arrived(receiver, 3)
  await atRest(team, endpoint)
  const before = receiver.received.map(({ body }) => body)
  receiver.received.length = 0
  const path = `/webhook-endpoints/${endpoint.id}/redeliver`

  expect((await team.v2.post(path, { fromSeq: 2, toSeq: 6 })).body).toEqual({ count: 4 })

  await arrived(receiver, 4)
  expect(seqs(receiver).sort((a, b) => a - b)).toEqual([2, 3, 5, 6])
  const bodies = receiver.received.map(({ body }) => body)
  for (const body of before.slice(0, 2)) expect(bodies).toContain(body)
  for (const range of [
    { fromSeq: 5, toSeq: 4 },
    { fromSeq: 1, toSeq: 1_001 },
    { fromSeq: 0, toSeq: 4 },
  ]) {
    expect((await team.v2.post(path, range)).body.code).toBe('invalidRequest')
  }
  expect((await team.v2.post(path, { fromSeq: 900, toSeq: 1_000 })).body).toEqual({ count: 0 })
})

test('a stretch of the log that is sent again to who wants order comes in order, one after the other', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { types: ['tag.*'] })
  const sent = await events(team, 40)
  await arrived(receiver, 40)
  await atRest(team, endpoint)
  receiver.received.length = 0
  let [underWay, most] = [0, 0]
  receiver.behave(async () => {
    most = Math.max(most, ++underWay)
    // Room for another to arrive.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    underWay--
    return 200
  })

  await team.v2.post(`/webhook-endpoints/${endpoint.id}/redeliver`, { fromSeq: sent[0], toSeq: sent.at(-1) })

  await arrived(receiver, 40)
  await atRest(team, endpoint)
  expect(seqs(receiver)).toEqual(sent)
  expect(most).toBe(1)
})

test('settled deliveries are remembered for thirty days, and what waits is not forgotten', async () => {
  const team = await aTeam()
  const [receiver, dead] = [await aReceiver(), await aReceiver()]
  const endpoint = await anEndpoint(team, receiver)
  const waiting = await anEndpoint(team, dead)
  dead.behave(500)
  await events(team, 2)
  await atRest(team, endpoint)
  await atRest(team, waiting)
  await team.v2.post(`/webhook-endpoints/${waiting.id}/disable`)
  const [first] = await deliveriesOf(team, endpoint)
  const sent = receiver.received.find(({ event }) => event.seq === first.seq)

  clock.advance(29 * DAY)
  const kept = `/webhook-deliveries/${first.id}`
  expect((await team.v2.get(kept)).body.body).toBe(sent?.body)
  clock.advance(2 * DAY)
  await eventually(async () => {
    clock.advance(60_000)
    return (await team.v2.get(kept)).status === 404
  }, 'the delivery to be forgotten')

  // Its events are forgotten, too: it has missed them for good, and the member's change that disabled it.
  await eventually(async () => {
    clock.advance(60_000)
    return (await endpointNow(team, waiting)).missedEvents === 3
  }, 'what was missed')
  await eventually(async () => {
    clock.advance(60_000)
    const [left] = await team.server.core.db.query<{ payloads: number; attempts: number }>`
      select (select count(*)::int from webhook_payloads where team_id = ${team.teamId}) as payloads,
        (select count(*)::int from webhook_attempts where team_id = ${team.teamId}) as attempts`
    return left?.payloads === 0 && left.attempts === 0
  }, 'payloads and attempts to be forgotten with their deliveries')
})

test('events that an enabled endpoint has not got to are not forgotten', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const { db } = team.server.core
  // As if its process had died with a clock that was ahead.
  await db.query`update webhook_endpoints set lease_until = ${new Date(clock.now().getTime() + 30 * DAY)} where id = ${endpoint.id}`
  const sent = await events(team, 3)
  const other = await startTeam()
  await events(other, 1)
  clock.advance(9 * DAY)
  await eventually(async () => {
    clock.advance(60_000)
    return (await other.v2.get('/events')).body.data.length === 0
  }, 'events of others to be forgotten')
  expect(receiver.received).toEqual([])

  await db.query`update webhook_endpoints set lease_until = null where id = ${endpoint.id}`
  await arrived(receiver, 3)

  expect(seqs(receiver)).toEqual(sent)
  expect(await endpointNow(team, endpoint)).toMatchObject({ missedEvents: 0 })
})

test('what was forgotten while the endpoint was disabled is counted, and the rest is sent', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  await team.v2.post(`/webhook-endpoints/${endpoint.id}/disable`)
  await events(team, 3)
  clock.advance(8 * DAY)
  const late = await events(team, 2, 'Late')
  await eventually(async () => {
    clock.advance(60_000)
    return (await team.v2.get('/events')).body.data.length === 2
  }, 'the events to be forgotten')

  expect(await endpointNow(team, endpoint)).toMatchObject({ missedEvents: 4 })
  await team.v2.post(`/webhook-endpoints/${endpoint.id}/enable`)
  await arrived(receiver, 2)
  await atRest(team, endpoint)

  expect(seqs(receiver)).toEqual(late)
  expect(await endpointNow(team, endpoint)).toMatchObject({ missedEvents: 4 })
})
