import { expect, test } from 'vitest'
import { eventually, startTeam } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { aReceiver, isSignedWith } from '../test/receiver.ts'
import {
  anEndpoint,
  arrived,
  atRest,
  deliveriesOf,
  endpointNow,
  events,
  passTime,
  seqs,
  webhookEnv,
} from '../test/webhooks.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clock = new ManualClock()
const aTeam = () => startTeam({ env: { ...webhookEnv, OPEN_INBOX_LOG_LEVEL: 'error' }, clock })

test('what happens is sent in order, signed, as the list of events has it', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)

  await events(team, 20)
  await arrived(receiver, 20)

  const { body: log } = await team.v2.get('/events?type=tag.created')
  expect(receiver.received.map(({ event }) => event)).toEqual(log.data)
  for (const [i, one] of receiver.received.entries()) {
    expect(isSignedWith(endpoint.secret, one)).toBe(true)
    expect(one.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': expect.stringMatching(/^open-inbox\/\d+\.\d+\.\d+$/),
      'webhook-id': log.data[i].id,
      'x-inbox-event-type': 'tag.created',
      'x-inbox-attempt': '1',
    })
  }
  await atRest(team, endpoint)
  const ids = (await deliveriesOf(team, endpoint)).map(({ id }) => id)
  expect(receiver.received.map(({ headers }) => headers['x-inbox-delivery']).sort()).toEqual(ids.sort())
})

test('an endpoint of version 1 gets what the list of events of version 1 has', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  await anEndpoint(team, receiver, { apiVersion: '1', types: ['tag.*'] })

  const { body: tag } = await team.api.post('/tags', { name: 'VIP' })
  await team.api.post('/statuses', { name: 'Won' })
  await team.api.delete(`/tags/${tag.id}`)
  await arrived(receiver, 2)

  const { body: log } = await team.api.get('/events')
  expect(receiver.received.map(({ event }) => event)).toEqual([log.events[0], log.events[2]])
})

test('a delivery that was not taken keeps the line waiting, and all come in order when it is', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const sent = await events(team, 1, 'Before')
  await arrived(receiver, 1)

  receiver.behave(500)
  sent.push(...(await events(team, 5, 'Down')))
  await arrived(receiver, 2)
  await atRest(team, endpoint)
  expect(await endpointNow(team, endpoint)).toMatchObject({ failingSince: expect.any(String) })
  receiver.behave(200)
  await passTime(team, endpoint, { clock, ms: 6_000, stepMs: 6_000 })

  expect(seqs(receiver)).toEqual([sent[0], sent[1], ...sent.slice(1)])
  const [first, again] = receiver.received.slice(1)
  expect(again?.body).toBe(first?.body)
  expect(again?.headers['x-inbox-attempt']).toBe('2')
  expect(again?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp'])
  expect(isSignedWith(endpoint.secret, again as NonNullable<typeof again>)).toBe(true)
  expect(await endpointNow(team, endpoint)).toMatchObject({ failingSince: null })
})

test('a receiver that is back after a day gets everything, in order, within five minutes', {
  timeout: 240_000,
}, async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  await receiver.close()
  const sent = await events(team, 30, 'First')

  await passTime(team, endpoint, { clock, ms: 24 * HOUR - 20 * MINUTE, stepMs: 20 * MINUTE })
  sent.push(...(await events(team, 30, 'Last')))
  await receiver.open()
  await passTime(team, endpoint, { clock, ms: 5 * MINUTE, stepMs: 5 * MINUTE })

  await arrived(receiver, sent.length)
  await atRest(team, endpoint)
  expect(seqs(receiver)).toEqual(sent)
  const delivered = await deliveriesOf(team, endpoint, 'state=delivered')
  expect(delivered.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(sent)
  expect(delivered.find(({ seq }) => seq === sent.at(-1))).toMatchObject({ attemptsCount: 1 })
})

test('the head of a line is given up after three days, and the next is tried', { timeout: 240_000 }, async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  receiver.behave(({ event }) => (event.seq === 1 ? { status: 422, body: 'I do not like it' } : 200))
  const [poison] = await events(team, 2)
  await atRest(team, endpoint)

  await passTime(team, endpoint, { clock, ms: 75 * HOUR, stepMs: HOUR })
  expect(await deliveriesOf(team, endpoint, 'state=failed')).toEqual([])
  await passTime(team, endpoint, { clock, ms: 1 * HOUR, stepMs: 5 * MINUTE })

  const [failed] = await deliveriesOf(team, endpoint, 'state=failed')
  expect(failed).toMatchObject({ seq: poison, nextAttemptAt: null, settledAt: expect.any(String) })
  expect(failed.lastAttempt).toMatchObject({ status: 422, error: 'status', answer: 'I do not like it' })
  expect(seqs(receiver).at(-1)).toBe((poison ?? 0) + 1)
})

test('where order does not matter each delivery is tried by its own schedule, and the others do not wait', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { deliveryMode: 'parallel' })
  const first = await events(team, 1)
  receiver.behave(({ event }) => (event.seq === first[0] ? 500 : 200))
  await arrived(receiver, 1)
  receiver.received.length = 0

  const rest = await events(team, 10, 'Rest')
  await arrived(receiver, 10)
  expect(seqs(receiver).sort((a, b) => a - b)).toEqual(rest)

  const gaps = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
  const failing = await anEndpoint(team, receiver, { deliveryMode: 'parallel', types: ['status.created'] })
  receiver.behave(({ event }) => (event.type === 'status.created' ? 503 : 200))
  await team.v2.post('/statuses', { name: 'New' })
  for (const [i, gap] of gaps.entries()) {
    await atRest(team, failing)
    const [{ attemptsCount, nextAttemptAt, lastAttempt }] = await deliveriesOf(team, failing)
    expect(attemptsCount).toBe(i + 1)
    const waits = Date.parse(nextAttemptAt) - Date.parse(lastAttempt.at)
    expect(waits).toBeGreaterThanOrEqual(gap * 0.9)
    expect(waits).toBeLessThanOrEqual(gap * 1.1)
    await passTime(team, failing, { clock, ms: waits, stepMs: waits })
  }
  expect(await deliveriesOf(team, failing)).toMatchObject([{ state: 'failed', attemptsCount: 10, nextAttemptAt: null }])
  await atRest(team, endpoint)
})

test('the first success after an outage makes everything due that waits', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { deliveryMode: 'parallel' })
  receiver.behave(500)
  const sent = await events(team, 12)
  for (let i = 0; i < 4; i++) await passTime(team, endpoint, { clock, ms: 40 * MINUTE, stepMs: 40 * MINUTE })

  receiver.behave(200)
  receiver.received.length = 0
  const more = await events(team, 1, 'More')

  await arrived(receiver, 13)
  await atRest(team, endpoint)
  expect(seqs(receiver).sort((a, b) => a - b)).toEqual([...sent, ...more])
  expect(await deliveriesOf(team, endpoint, 'state=pending')).toEqual([])
})

test('a line that is stuck dissolves when order stops to matter, and forms again', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const path = `/webhook-endpoints/${endpoint.id}`
  receiver.behave(({ event }) => (event.seq === 1 ? 500 : 200))
  const sent = await events(team, 5)
  await atRest(team, endpoint)
  expect(new Set(seqs(receiver))).toEqual(new Set([1]))

  await team.v2.patch(path, { deliveryMode: 'parallel' })
  await eventually(async () => new Set(seqs(receiver)).size === 5, 'all of them')
  await atRest(team, endpoint)
  await team.v2.patch(path, { deliveryMode: 'ordered' })
  sent.push(...(await events(team, 2, 'Behind')))
  await atRest(team, endpoint)
  expect(seqs(receiver).filter((seq) => seq > 5)).toEqual([])
  receiver.behave(200)
  await passTime(team, endpoint, { clock, ms: 5 * MINUTE, stepMs: 5 * MINUTE })

  expect(seqs(receiver).slice(-3)).toEqual([1, ...sent.slice(-2)])
})

test('what failed at one address is tried at once at the next', async () => {
  const team = await aTeam()
  const [broken, right] = [await aReceiver(), await aReceiver()]
  for (const deliveryMode of ['ordered', 'parallel']) {
    const endpoint = await anEndpoint(team, broken, { deliveryMode })
    broken.behave(500)
    right.received.length = 0
    const sent = await events(team, 2, deliveryMode)
    for (let i = 0; i < 3; i++) await passTime(team, endpoint, { clock, ms: 40 * MINUTE, stepMs: 40 * MINUTE })

    await team.v2.patch(`/webhook-endpoints/${endpoint.id}`, { url: right.url })

    await arrived(right, 2)
    await atRest(team, endpoint)
    expect(seqs(right).sort((a, b) => a - b)).toEqual(sent)
    await team.v2.delete(`/webhook-endpoints/${endpoint.id}`)
  }
})

test('Retry-After of a busy receiver is waited for, and that of another is not', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { deliveryMode: 'parallel' })
  const waits: Record<number, number> = {}
  for (const status of [429, 503, 500]) {
    receiver.behave({ status, headers: { 'retry-after': '3600' } })
    await events(team, 1, `Busy ${status}`)
    await atRest(team, endpoint)
    const [{ nextAttemptAt, lastAttempt }] = await deliveriesOf(team, endpoint)
    waits[status] = Date.parse(nextAttemptAt) - Date.parse(lastAttempt.at)
  }

  expect(waits).toMatchObject({ 429: HOUR, 503: HOUR })
  expect(waits[500]).toBeLessThan(10_000)
  receiver.behave({ status: 503, headers: { 'retry-after': String(60 * 24 * 3600) } })
  await events(team, 1, 'Very busy')
  await atRest(team, endpoint)
  const [{ nextAttemptAt }] = await deliveriesOf(team, endpoint)
  expect(Date.parse(nextAttemptAt) - clock.now().getTime()).toBe(DAY)
})

test('what a receiver asked to wait waits, though it takes something else meanwhile, until the endpoint is enabled anew', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { deliveryMode: 'parallel' })
  receiver.behave({ status: 503, headers: { 'retry-after': '36000' } })
  const [asked] = await events(team, 1, 'Busy')
  await atRest(team, endpoint)
  receiver.behave(500)
  const [broken] = await events(team, 1, 'Broken')
  for (let i = 0; i < 2; i++) await passTime(team, endpoint, { clock, ms: 40 * MINUTE, stepMs: 40 * MINUTE })
  receiver.behave(200)
  receiver.received.length = 0

  const [taken] = await events(team, 1, 'Taken')
  await arrived(receiver, 2)
  await atRest(team, endpoint)
  expect(seqs(receiver).sort((a, b) => a - b)).toEqual([broken, taken])
  const [waiting] = await deliveriesOf(team, endpoint, 'state=pending')
  expect(waiting).toMatchObject({ seq: asked, attemptsCount: 1 })
  expect(Date.parse(waiting.nextAttemptAt) - Date.parse(waiting.lastAttempt.at)).toBe(10 * HOUR)

  await team.v2.post(`/webhook-endpoints/${endpoint.id}/disable`)
  await team.v2.post(`/webhook-endpoints/${endpoint.id}/enable`)
  await arrived(receiver, 3)
  await atRest(team, endpoint)
  expect(seqs(receiver).at(-1)).toBe(asked)
})

test('a redirect is not followed', async () => {
  const team = await aTeam()
  const [receiver, other] = [await aReceiver(), await aReceiver()]
  const endpoint = await anEndpoint(team, receiver)
  receiver.behave({ status: 302, headers: { location: other.url } })
  await events(team, 1)
  await atRest(team, endpoint)

  const [delivery] = await deliveriesOf(team, endpoint)
  expect(delivery.lastAttempt).toMatchObject({ status: 302, error: 'redirect' })
  expect(other.received).toEqual([])
})

test('an answer of 410 disables the endpoint, and enabled again it goes on where it stood', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const watcher = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const watching = await anEndpoint(team, watcher, { types: ['webhookEndpoint.*'] })
  receiver.behave(410)
  const sent = await events(team, 3)
  await arrived(watcher, 1)
  await atRest(team, endpoint)

  expect(await endpointNow(team, endpoint)).toMatchObject({ state: 'disabled', disabledReason: 'gone' })
  expect(receiver.received).toHaveLength(1)
  expect(watcher.received[0]?.event).toMatchObject({
    type: 'webhookEndpoint.disabled',
    object: { type: 'webhookEndpoint', id: endpoint.id, url: `/webhook-endpoints/${endpoint.id}` },
    data: { reason: 'gone' },
  })

  receiver.behave(200)
  sent.push(...(await events(team, 3, 'Meanwhile')))
  await team.v2.post(`/webhook-endpoints/${endpoint.id}/enable`)
  await arrived(receiver, 7)
  await atRest(team, endpoint)
  expect(seqs(receiver)).toEqual([sent[0], ...sent])
  expect(await endpointNow(team, endpoint)).toMatchObject({ state: 'enabled', disabledReason: null, missedEvents: 0 })
  await arrived(watcher, 2)
  await atRest(team, watching)
  const { body } = await team.v2.get('/events?type=webhookEndpoint.*')
  expect(body.data.map(({ type }: { type: string }) => type)).toEqual([
    'webhookEndpoint.disabled',
    'webhookEndpoint.enabled',
  ])
})

test('after five days of nothing but failures the endpoint is disabled', { timeout: 240_000 }, async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  receiver.behave('reset')
  await events(team, 2)
  await arrived(receiver, 1)
  await atRest(team, endpoint)
  await passTime(team, endpoint, { clock, ms: 5 * DAY - HOUR, stepMs: HOUR })
  expect(await endpointNow(team, endpoint)).toMatchObject({ state: 'enabled' })

  await passTime(team, endpoint, { clock, ms: 2 * HOUR, stepMs: HOUR })

  expect(await endpointNow(team, endpoint)).toMatchObject({ state: 'disabled', disabledReason: 'failing' })
  const { body } = await team.v2.get('/events?type=webhookEndpoint.disabled')
  expect(body.data).toMatchObject([{ object: { id: endpoint.id }, data: { reason: 'failing' } }])
})

test('an endpoint whose secret cannot be read is disabled with that reason, until it is given a new one', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver, { headers: [{ name: 'X-Key', value: 'one' }] })
  // As if the server had been given another secret key.
  await team.server.core.db
    .query`update webhook_endpoints set secret = ${Buffer.from('x')}, header_values = ${Buffer.from('x')} where id = ${endpoint.id}`
  await events(team, 1)
  await atRest(team, endpoint)
  expect(await endpointNow(team, endpoint)).toMatchObject({ state: 'disabled', disabledReason: 'secretUnreadable' })

  const { body: rotated } = await team.v2.post(`/webhook-endpoints/${endpoint.id}/rotate-secret`)
  await team.v2.patch(`/webhook-endpoints/${endpoint.id}`, { headers: [{ name: 'X-Key', value: 'two' }] })
  await team.v2.post(`/webhook-endpoints/${endpoint.id}/enable`)
  const [one] = await arrived(receiver, 1)
  expect(rotated.previousSecretUntil).toBe(null)
  expect(isSignedWith(rotated.secret, one as NonNullable<typeof one>)).toBe(true)
  expect(one?.headers['x-key']).toBe('two')
})

test('a dead endpoint and a slow one delay no other', async () => {
  const team = await aTeam()
  const [dead, slow, good] = [await aReceiver(), await aReceiver(), await aReceiver()]
  dead.behave('hang')
  let release = () => {}
  slow.behave(() => new Promise((resolve) => (release = () => resolve(200))))
  for (const receiver of [dead, slow, good]) await anEndpoint(team, receiver)

  const sent = await events(team, 10)
  await arrived(good, 10)

  expect(seqs(good)).toEqual(sent)
  expect([dead.received.length, slow.received.length]).toEqual([1, 1])
  slow.behave(200)
  release()
  await arrived(slow, 10)
})

test('a rotated secret signs beside the new one for as long as was asked for', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const { body: rotated } = await team.v2.post(`/webhook-endpoints/${endpoint.id}/rotate-secret`, {
    overlapSeconds: 600,
  })
  expect(rotated.previousSecretUntil).toBe(new Date(clock.now().getTime() + 600_000).toISOString())

  await events(team, 1)
  await arrived(receiver, 1)
  await atRest(team, endpoint)
  clock.advance(600_000)
  await events(team, 1, 'Later')
  const [during, after] = await arrived(receiver, 2)

  const signers = (one: typeof during) =>
    [endpoint.secret, rotated.secret].map((secret) => one && isSignedWith(secret, one))
  expect(signers(during)).toEqual([true, true])
  expect(signers(after)).toEqual([false, true])
})
