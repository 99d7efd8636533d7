import { execFile } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { projectFile } from '../store/project-file.ts'
import { createDatabase, testEnvironment, urlOf } from '../test/harness.ts'
import { startLogged } from '../test/logged-server.ts'
import { type ServerProcess, startServerProcess } from '../test/processes.ts'
import { openUnreliableDatabase } from '../test/unreliable-database.ts'

test('a process that only works answers probes and metrics, and has nothing anywhere else', async () => {
  const DATABASE_URL = urlOf(await createDatabase())
  const [web, worker] = await Promise.all(['web', 'worker'].map((role) => aProcess(DATABASE_URL, role)))
  const said = async (server: ServerProcess | undefined, path: string) => {
    const response = await fetch(`${server?.url}${path}`)
    const { status, headers } = response
    const text = (await response.text()).replaceAll(headers.get('x-request-id') ?? '', 'its id')
    return { status, type: headers.get('content-type'), text }
  }

  for (const path of ['/healthz', '/readyz']) {
    expect(await said(worker, path)).toEqual(await said(web, path))
    expect((await said(worker, path)).status).toBe(200)
  }
  const metrics = await said(worker, '/metrics')
  expect([metrics.status, metrics.type]).toEqual([200, (await said(web, '/metrics')).type])
  expect(metrics.text).toMatch(/^open_inbox_database_connections\{state="idle"\} \d/m)
  expect(metrics.text).toMatch(/^open_inbox_webhook_attempts_total/m)
  expect(metrics.text).toMatch(/^process_resident_memory_bytes/m)
  expect(await said(worker, '/nothing')).toEqual(await said(web, '/nothing'))
  expect(await said(worker, '/api/v2/nothing')).toEqual(await said(web, '/api/v2/nothing'))
  for (const path of ['/', '/api/v1/team', '/api/v2/team', '/api/v2/events/stream', '/api/sandbox/people', '/docs']) {
    expect([path, (await said(worker, path)).status]).toEqual([path, 404])
  }
})

test('a process that only works is not ready while its database is away', async () => {
  const unreliable = await openUnreliableDatabase(await createDatabase())
  const env = { DATABASE_URL: unreliable.url, OPEN_INBOX_ROLES: 'worker' }
  const { server } = await startLogged('silent', { env })
  onTestFinished(unreliable.close)
  unreliable.cut()

  const ready = await fetch(`${server.url}/readyz`)

  expect([ready.status, await ready.json()]).toEqual([503, { status: 'databaseUnavailable' }])
})

test('of two processes with the same port, the worker that comes second says one sentence', async () => {
  const DATABASE_URL = urlOf(await createDatabase())
  const web = await aProcess(DATABASE_URL, 'web')
  const { port } = new URL(web.url)
  const env = { ...process.env, ...testEnvironment, DATABASE_URL, PORT: port, OPEN_INBOX_ROLES: 'worker' }

  const ended = await new Promise((resolve) => {
    const words = [projectFile('bin/open-inbox.mjs'), 'serve']
    execFile(process.execPath, words, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error?.code, stdout, stderr })
    })
  })

  const sentence = `Port ${port} is in use already: stop the other program, or set PORT to another one.\n`
  expect(ended).toEqual({ code: 1, stdout: '', stderr: sentence })
})

async function aProcess(DATABASE_URL: string, OPEN_INBOX_ROLES: string): Promise<ServerProcess> {
  const server = await startServerProcess({ DATABASE_URL, OPEN_INBOX_ROLES })
  onTestFinished(() => server.kill())
  return server
}
