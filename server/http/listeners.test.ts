import { once } from 'node:events'
import { Agent, get as httpGet, type IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../logger.ts'
import type { RunningServer } from '../main.ts'
import { apiAt, eventually, teamOn, urlOf } from '../test/harness.ts'
import { onDatabase, startLogged } from '../test/logged-server.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { open, sendAndClose, textOf } from '../test/sockets.ts'
import { createHttpServer, listen } from './server.ts'
import { v1 } from './v1/api.ts'

test('headers that do not arrive are not waited for', async () => {
  const { server } = await startLogged()
  const logger = createLogger({ logLevel: 'silent' })
  const http = createHttpServer(server.core, {
    apis: [v1],
    logger,
    rateLimiter: null,
    streamsPerTeamMax: 1,
    timeouts: { headersMs: 100 },
  })
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
  const http = createHttpServer(server.core, { apis: [v1], logger, rateLimiter: null, streamsPerTeamMax: 1 })
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
