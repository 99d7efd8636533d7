import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { readConfig } from '../config.ts'
import { createApiToken } from '../domain/api-tokens.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { addMember } from '../domain/members.ts'
import { createTeam } from '../domain/teams.ts'
import { createLogger, type RunningServer, type Surroundings, startServer } from '../main.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import { requireDocumented } from './documented.ts'

/** For every server of the tests: no rate limits, no logs, any free port. */
export const testEnvironment = {
  PORT: '0',
  HOST: '127.0.0.1',
  OPEN_INBOX_RATE_LIMITS: 'off',
  OPEN_INBOX_LOG_LEVEL: 'silent',
  // The tests' PostgreSQL does not wait for the disk.
  OPEN_INBOX_ALLOW_UNSAFE_DATABASE: 'true',
}

/** One server per test file, on a database of its own. */
let running: Promise<RunningServer> | null = null

export interface TestServerOptions {
  /** Environment variables, over `testEnvironment`. */
  env?: Record<string, string>
  clock?: Clock
  outbound?: Surroundings['outbound']
}

/** The file's server; options count on the first call. */
export function testServer(options: TestServerOptions = {}): Promise<RunningServer> {
  running ??= startOwnServer(options)
  return running
}

/** For the setup file, which knows when a test file is over: stops its server and drops its databases. */
export async function endTestFile(): Promise<void> {
  const stopping = running
  running = null
  await (await stopping)?.stop()
  for (const name of databases.splice(0)) await administer(`drop database ${name} with (force)`)
}

/** A server beside the file's one; the caller stops it. `database` names an existing database to share. */
export async function startOwnServer(
  { env = {}, clock = systemClock, outbound }: TestServerOptions,
  database?: string,
): Promise<RunningServer> {
  const config = readConfig({
    ...testEnvironment,
    DATABASE_URL: urlOf(database ?? (await createDatabase())),
    ...env,
  })
  return startServer(config, { clock, outbound, logger: createLogger(config) })
}

/** A server beside the file's one, on a database of its own, for the time of the test. */
export async function startServerOfTest(options: TestServerOptions = {}): Promise<RunningServer> {
  const server = await startOwnServer(options)
  onTestFinished(() => server.stop())
  return server
}

/** The file's databases. */
const databases: string[] = []

/** A copy of the migrated template, dropped at the end of the file. */
export async function createDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // Copied file by file, which is quicker than page by page through the log where nothing waits for the disk.
  await administer(`create database ${name} template ${inject('postgres').database} strategy file_copy`)
  databases.push(name)
  return name
}

async function administer(statement: string): Promise<void> {
  admin ??= new pg.Pool({ ...inject('postgres'), database: 'postgres', max: 1, allowExitOnIdle: true })
  await admin.query(statement)
}

let admin: pg.Pool | null = null

export function urlOf(database: string): string {
  const { host, port, user, password } = inject('postgres')
  const credentials = `${encodeURIComponent(String(user))}${password ? `:${encodeURIComponent(String(password))}` : ''}`
  return `postgres://${credentials}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape; the document checks their form
  body: any
  headers: Headers
}

export interface Api {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

/** Calls with a token, or with none. Every exchange must be as the API's own document says. */
export function apiAt(base: string, token: string | null): Api {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await textOf(response)
    const answer = {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: response.headers,
    }
    requireDocumented(method, new URL(response.url).pathname, answer)
    return answer
  }
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    put: (path, body, headers) => call('PUT', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, body, headers) => call('DELETE', path, body, headers),
  }
}

/** A stream has no end: tests that want to see it read it with `openStream`. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  await response.body?.cancel()
  return ''
}

export interface TestTeam {
  /** API v1 with the owner's token. */
  api: Api
  /** API v2 with the same token. */
  v2: Api
  /** The sandbox's control API with the same token. */
  sandbox: Api
  token: string
  teamId: string
  ownerId: string
  /** Types of everything in the log so far (what v1 shows of it), oldest first. */
  events(): Promise<string[]>
  /** Another member, with a token of their own. */
  addMember(name?: string): Promise<{ memberId: string; userId: string; token: string; api: Api }>
  server: RunningServer
}

let teamsMade = 0

/** A new, empty team on the file's server. */
export async function startTeam(options: TestServerOptions = {}): Promise<TestTeam> {
  const server = await testServer(options)
  return teamOn(server)
}

export async function teamOn(server: RunningServer): Promise<TestTeam> {
  const number = ++teamsMade
  const owner = { email: `owner-${number}-${randomUUID()}@example.com`, name: 'Olga Owner' }
  const { team, member } = await createTeam(server.core, { name: `Team ${number} ${randomUUID()}`, owner })
  return existingTeam(server, team.id, member.id)
}

/** As one of its owners, with a new token. */
export async function existingTeam(server: RunningServer, teamId: TeamId, ownerId: MemberId): Promise<TestTeam> {
  const { token } = await createApiToken(server.core, teamId, { memberId: ownerId, name: 'tests', expiresAt: null })
  const api = apiAt(`${server.url}/api/v1`, token)
  return {
    api,
    v2: apiAt(`${server.url}/api/v2`, token),
    sandbox: apiAt(`${server.url}/api/sandbox`, token),
    token,
    teamId,
    ownerId,
    server,
    async events() {
      const { body } = await api.get('/events?limit=1000')
      return body.events.map((event: { type: string }) => event.type)
    },
    async addMember(name = 'Mo Member') {
      const added = await addMember(server.core, teamId, { email: `${randomUUID()}@example.com`, name, role: 'user' })
      const { token } = await createApiToken(server.core, teamId, {
        memberId: added.id,
        name: 'tests',
        expiresAt: null,
      })
      return { memberId: added.id, userId: added.userId, token, api: apiAt(`${server.url}/api/v1`, token) }
    },
  }
}

/** Asks until the answer is there; gives up after a while, saying what it waited for. */
export async function eventually<T>(
  ask: () => Promise<T | null | undefined | false>,
  what = 'the condition',
  patienceMs = 10_000,
): Promise<T> {
  const end = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
