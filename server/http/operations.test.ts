import { expect, onTestFinished, test } from 'vitest'
import type { RunningServer } from '../main.ts'
import { aChat } from '../test/factories.ts'
import { apiAt, createDatabase, eventually, teamOn } from '../test/harness.ts'
import { onDatabase, startLogged } from '../test/logged-server.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { sendAndClose } from '../test/sockets.ts'
import { openUnreliableDatabase } from '../test/unreliable-database.ts'

test('a server in operation is alive and ready, and says so to anybody', async () => {
  const { server } = await startLogged()

  const alive = await fetch(`${server.url}/healthz`)
  const ready = await fetch(`${server.url}/readyz`)

  expect([alive.status, await alive.json()]).toEqual([200, { status: 'alive' }])
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
  expect(ready.headers.get('cache-control')).toBe('no-store')
  expect(ready.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('the metrics count requests by operation and outcome, and name no team', async () => {
  const { server } = await startLogged()
  const { api, teamId } = await teamOn(server)
  await api.get('/team')
  await api.get('/team')
  await api.get('/tags/unknown')
  await fetch(`${server.url}/nothing`)

  const text = await (await fetch(`${server.url}/metrics`)).text()

  expect(text).toContain('open_inbox_http_requests_total{operation="team.get",method="GET",status="2xx"} 2')
  expect(text).toContain('open_inbox_http_requests_total{operation="tags.get",method="GET",status="4xx"} 1')
  expect(text).toContain('open_inbox_http_requests_total{operation="none",method="GET",status="4xx"} 1')
  expect(text).toContain('open_inbox_http_request_duration_seconds_count{operation="team.get"} 2')
  expect(text).toMatch(/open_inbox_database_connections\{state="idle"\} \d/)
  expect(text).toContain('open_inbox_database_waiting 0')
  expect(text).toContain('process_resident_memory_bytes')
  expect(text).not.toContain(teamId)
})

test('the metrics count events, sends by outcome and what came in, from 0', async () => {
  const { server } = await startLogged()
  const team = await teamOn(server)
  const before = await metricsOf(server)
  expect(before).toContain('open_inbox_sends_total{outcome="unconfirmed"} 0')
  expect(before).toContain('open_inbox_sends_unresolved{state="unconfirmed"} 0')
  expect(before).toContain('open_inbox_sends_unresolved_oldest_seconds 0')
  const chat = await aChat(team)
  const send = () => team.api.post(`/threads/${chat.id}/messages`, { content: 'Counted' })
  const fault = (outcome: string) => team.sandbox.post('/faults', { operation: 'send', outcome })

  await send()
  await fault('ambiguous')
  await send()
  await fault('rejected')
  await send()
  await fault('down')
  await send()
  await team.api.post('/tags', { name: 'VIP' })
  await team.api.post('/tags', { name: 'vip' })

  const text = await metricsOf(server)
  expect(text).toContain('open_inbox_events_recorded_total{type="message.sent"} 3')
  expect(text).toContain('open_inbox_events_recorded_total{type="message.received"} 1')
  expect(text).toContain('open_inbox_events_recorded_total{type="tag.created"} 1')
  expect(text).toContain('open_inbox_sends_total{outcome="sent"} 3')
  expect(text).toContain('open_inbox_sends_total{outcome="contentRejected"} 1')
  expect(text).toContain('open_inbox_sends_total{outcome="unavailable"} 1')
  expect(text).toContain('open_inbox_inbound_facts_total{kind="message"} 1')
  expect(text).toContain('open_inbox_inbound_lag_seconds_count 1')
  expect(text).toContain('open_inbox_inbound_failures_total 0')
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
  expect(text).not.toContain(team.teamId)
})

test('a send that nobody could settle yet shows in the metrics, until it is settled', async () => {
  const clock = new ManualClock()
  const { server } = await startLogged('silent', { clock })
  const team = await teamOn(server)
  const chat = await aChat(team)
  await team.sandbox.post('/faults', { operation: 'send', outcome: 'slow', delayMs: 60_000 })

  const sending = team.api.post(`/threads/${chat.id}/messages`, { content: 'Slow' })
  await eventually(async () => (await metricsOf(server)).includes('unresolved{state="sending"} 1'), 'the send')
  await eventually(async () => {
    clock.advance(1_000)
    return (await metricsOf(server)).match(/oldest_seconds ([1-9]\d*)/)
  }, 'its age')

  let isAnswered = false
  const answered = sending.finally(() => {
    isAnswered = true
  })
  await eventually(async () => {
    clock.advance(1_000)
    return isAnswered
  }, 'the end')
  expect((await answered).status).toBe(200)
  const text = await metricsOf(server)
  expect(text).toContain('unresolved{state="sending"} 0')
  expect(text).toContain('unresolved{state="unconfirmed"} 0')
  expect(text).toContain('open_inbox_sends_unresolved_oldest_seconds 0')
})

test('every request leaves one line: who, what, how it ended, how long it took', async () => {
  const { server, lines } = await startLogged()
  const { api, teamId } = await teamOn(server)

  const answer = await api.get('/team')

  const [line, ...others] = await eventually(async () => {
    const found = lines().filter(({ msg }) => msg === 'request')
    return found.length > 0 && found
  })
  expect(others).toEqual([])
  expect(line).toMatchObject({ level: 'info', teamId, method: 'GET', operation: 'team.get', status: 200 })
  expect(line?.requestId).toBe(answer.headers.get('x-request-id'))
  expect(line?.ms).toBeGreaterThan(0)
})

test('whatever is in a request stays out of the log, also when the database quotes it in an error', async () => {
  const { server, lines, database } = await startLogged('debug')
  const { api, token } = await teamOn(server)
  await onDatabase(database, `alter table tags add constraint no_canary check (name not like '%canary%')`)
  const sandbox = apiAt(`${server.url}/api/sandbox`, token)
  const { body: person } = await sandbox.post('/people', { username: 'canaryperson', displayName: 'canary name' })
  const { body: account } = await sandbox.post('/account-links', {})

  const failed = await api.post('/tags', { name: 'canary-name' }, { 'x-secret': 'canary-header' })
  await api.post('/threads/messages', {
    accountLinkId: account.id,
    externalPlatformId: person.platformId,
    content: 'canary text',
  })
  await api.get('/threads/lookup-by-username?username=canary-query')
  await api.get('/tags/CANARY-canary')
  await api.post('/tags', '{"canary')
  await fetch(`${server.url}/canary-path?canary=1`, { headers: { authorization: 'Bearer canary-token' } })
  await sendAndClose(server, 'canary is no HTTP\r\n\r\n')

  expect(failed.status).toBe(500)
  expect(failed.body.error.message).not.toContain('canary')
  await eventually(async () => lines().filter(({ msg }) => msg === 'request').length >= 9)
  const [error] = lines().filter(({ msg }) => msg === 'request failed')
  expect(error).toMatchObject({ level: 'error', requestId: failed.headers.get('x-request-id'), err: { code: '23514' } })
  expect(error?.err.message).toContain('no_canary')
  expect(error?.err.stack).toContain('.ts:')
  // The constraint's name is ours.
  const text = JSON.stringify(lines()).replaceAll('no_canary', '')
  expect(text.toLowerCase()).not.toContain('canary')
  expect(text).not.toContain(token)
})

test('while the database is away requests are refused at once, and when it is back they work again', async () => {
  const database = await createDatabase()
  const unreliable = await openUnreliableDatabase(database)
  const { server } = await startLogged('silent', {
    env: { DATABASE_URL: unreliable.url, OPEN_INBOX_RATE_LIMITS: '1000/minute' },
  })
  onTestFinished(unreliable.close)
  const { api } = await teamOn(server)
  await api.get('/team')

  const writes = Array.from({ length: 100 }, (_, i) => api.post('/tags', { name: `Tag ${i}` }))
  // Now there are transactions in progress.
  await Promise.race(writes)
  unreliable.cut()
  const interrupted = await Promise.all(writes)
  const startedAt = performance.now()
  const refused = await api.get('/threads')
  const ready = await fetch(`${server.url}/readyz`)
  const tookMs = performance.now() - startedAt

  expect(interrupted.map(({ status }) => status).filter((status) => status !== 200 && status !== 503)).toEqual([])
  expect([refused.status, refused.body.error.code, refused.headers.get('retry-after')]).toEqual([
    503,
    'SERVICE_UNAVAILABLE',
    '1',
  ])
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'databaseUnavailable' }])
  expect(tookMs).toBeLessThan(2_000)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)

  unreliable.restore()
  await eventually(async () => (await api.get('/threads')).status === 200, 'the server to recover')
  const { body: tags } = await api.get('/tags')
  const acknowledged = interrupted.filter(({ status }) => status === 200).map(({ body }) => body.id)
  expect(tags.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(acknowledged))
})

test('a database that does not say a word makes a server not ready within two seconds', async () => {
  const clock = new ManualClock()
  const unreliable = await openUnreliableDatabase(await createDatabase())
  const { server } = await startLogged('silent', { clock, env: { DATABASE_URL: unreliable.url } })
  onTestFinished(unreliable.close)
  await fetch(`${server.url}/readyz`)
  unreliable.hang()

  const asked = fetch(`${server.url}/readyz`)
  const ready = await eventually(async () => {
    clock.advance(500)
    return Promise.race([asked, null])
  }, 'an answer')

  expect(ready.status).toBe(503)
  unreliable.restore()
  await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200, 'the server to be ready again')
})

test('a probe that says no is no failed request in the log', async () => {
  const unreliable = await openUnreliableDatabase(await createDatabase())
  const { server, lines } = await startLogged('info', { env: { DATABASE_URL: unreliable.url } })
  onTestFinished(unreliable.close)
  unreliable.cut()

  const ready = await fetch(`${server.url}/readyz`)
  await fetch(`${server.url}/nothing`)

  expect(ready.status).toBe(503)
  const requests = () => lines().filter(({ msg }) => msg === 'request')
  await eventually(async () => requests().some(({ status }) => status === 404), 'the line of the later request')
  expect(requests().map(({ status }) => status)).toEqual([404])
})

test('without a database the metrics still come, without what only the database knows', async () => {
  const unreliable = await openUnreliableDatabase(await createDatabase())
  const { server } = await startLogged('silent', { env: { DATABASE_URL: unreliable.url } })
  onTestFinished(unreliable.close)
  expect(await metricsOf(server)).toContain('open_inbox_sends_unresolved{')
  unreliable.cut()

  const text = await metricsOf(server)

  expect(text).toContain('open_inbox_database_waiting')
  expect(text).not.toContain('open_inbox_sends_unresolved{')
  expect(text).not.toMatch(/^open_inbox_sends_unresolved_oldest_seconds/m)
})

async function metricsOf({ url }: RunningServer): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}
