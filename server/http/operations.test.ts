import { once } from 'node:events'
import { Agent, get as httpGet, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Writable } from 'node:stream'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../config.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { createLogger } from '../logger.ts'
import { type RunningServer, startServer } from '../main.ts'
import { aChat } from '../test/factories.ts'
import { apiAt, createDatabase, eventually, teamOn, urlOf } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { openUnreliableDatabase } from '../test/unreliable-database.ts'
import { createHttpServer, listen } from './server.ts'
import { v1 } from './v1/api.ts'

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

test('headers that do not arrive are not waited for', async () => {
  const { server } = await startLogged()
  const logger = createLogger({ logLevel: 'silent' })
  const http = createHttpServer(server.core, { apis: [v1], logger, rateLimiter: null, timeouts: { headersMs: 100 } })
  const url = await http.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => http.close())

  const text = await sendAndClose({ url }, 'GET /api/v1/team HTTP/1.1\r\nhost: x\r\n')

  expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(text).toContain('"code":"REQUEST_TIMEOUT"')
  expect(text).toMatch(/\r\nX-Request-Id: [0-9a-f-]{36}\r\n/)
})

test('a server that stops finishes what it has begun, and takes on nothing new', async () => {
  const { server, database } = await startLogged()
  const { api } = await teamOn(server)
  const { release } = await holdTags(database)
  const running = api.post('/tags', { name: 'Late' })
  await eventually(() => isWaiting(database), 'the request to wait')
  const agent = new Agent({ keepAlive: true })
  await asked(server, agent)
  const halfway = await open(server)
  halfway.write('GET /api/v1/team HTTP/1.1\r\nhost: x\r\n')
  const silent = await open(server)

  const stopped = server.stop()

  await once(silent, 'close')
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  halfway.write('\r\n')
  const refusal = await textOf(halfway)
  expect(refusal).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
  expect(refusal).toMatch(/\r\nconnection: close\r\n/i)
  expect(refusal).toContain('"code":"SERVICE_UNAVAILABLE"')
  await release()
  const answer = await running
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
  await stopped
  agent.destroy()
})

test('a host with two addresses is served at both, and requests at both are finished before the end', async () => {
  const { server, database } = await startLogged()
  const { token } = await teamOn(server)
  const logger = createLogger({ logLevel: 'silent' })
  const http = createHttpServer(server.core, { apis: [v1], logger, rateLimiter: null })
  const second = hasIpv6() ? '[::1]' : '127.0.0.2'
  // An address of documentation, which no machine has.
  const port = await listen(http, { host: ['127.0.0.1', '192.0.2.1', second.replaceAll(/[[\]]/g, '')], port: 0 })
  const { release } = await holdTags(database)
  const running = apiAt(`http://${second}:${port}/api/v1`, token).post('/tags', { name: 'Second' })
  await eventually(() => isWaiting(database), 'the request to wait')

  let isClosed = false
  const closed = http.close().then(() => {
    isClosed = true
  })
  await eventually(() => isRefused(`http://${second}:${port}`), 'the door to be closed')

  expect(isClosed).toBe(false)
  await release()
  expect((await running).status).toBe(200)
  await closed
})

test('a stopping server says that it is not ready, and serves until the load balancer had time to notice', async () => {
  const clock = new ManualClock()
  const { server } = await startLogged('silent', { clock, env: { OPEN_INBOX_SHUTDOWN_DELAY: '5000' } })
  const { api } = await teamOn(server)

  const stopped = server.stop()

  const ready = await eventually(async () => {
    const answer = await fetch(`${server.url}/readyz`)
    return answer.status === 503 && answer
  }, 'the server to be not ready')
  expect(await ready.json()).toEqual({ status: 'stopping' })
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await api.get('/team')).status).toBe(200)
  clock.advance(5_000)
  await stopped
})

test('a request that takes longer than ten seconds does not keep a server from stopping', async () => {
  const clock = new ManualClock()
  const { server, database } = await startLogged('silent', { clock })
  const { api } = await teamOn(server)
  const { release } = await holdTags(database)
  const running = api.post('/tags', { name: 'Endless' })
  await eventually(() => isWaiting(database), 'the request to wait')

  const stopped = server.stop()
  await eventually(() => isRefused(server.url), 'the door to be closed')
  clock.advance(9_999)
  const early = await Promise.race([running, 'nothing yet'])
  clock.advance(1)

  expect(early).toBe('nothing yet')
  await expect(running).rejects.toThrow()
  await release()
  await stopped
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

interface LogLine {
  msg: string
  level: string
  [field: string]: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  err?: any
}

/** A server of its own, on a database of its own, whose log can be read. */
async function startLogged(
  logLevel = 'info',
  { env = {}, clock = systemClock }: { env?: Record<string, string>; clock?: Clock } = {},
) {
  const database = await createDatabase()
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const config = readConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    OPEN_INBOX_RATE_LIMITS: 'off',
    DATABASE_URL: urlOf(database),
    OPEN_INBOX_LOG_LEVEL: logLevel,
    ...env,
  })
  const server = await startServer(config, { clock, logger: createLogger(config, stream) })
  onTestFinished(() => server.stop())
  const lines = (): LogLine[] =>
    chunks
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  return { server, database, lines }
}

async function onDatabase(database: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(urlOf(database))
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** Nobody can write tags until they are released. */
async function holdTags(database: string) {
  const client = new pg.Client(urlOf(database))
  await client.connect()
  await client.query('begin; lock table tags in exclusive mode')
  return {
    async release() {
      await client.query('commit')
      await client.end()
    },
  }
}

async function isWaiting(database: string): Promise<boolean> {
  const { rows } = await onDatabase(
    database,
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}

function isRefused(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
}

async function asked({ url }: RunningServer, agent: Agent): Promise<void> {
  const [response] = (await once(httpGet(`${url}/healthz`, { agent }), 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
}

async function open({ url }: { url: string }): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  await once(socket, 'connect')
  return socket
}

async function sendAndClose(server: { url: string }, text: string): Promise<string> {
  const socket = await open(server)
  socket.write(text)
  return textOf(socket)
}

/** Everything until the other side closes. */
async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}
