// Long because all of it happens beside one server, which takes seconds to start.

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import { findEmbedded } from './store/embedded.ts'
import { projectFile } from './store/project-file.ts'
import { apiAt, eventually } from './test/harness.ts'

// The built command line in processes of its own, on the embedded database, as people run it.

const program = projectFile('bin/open-inbox.mjs')
let temporary: string
/** A folder with a server on it, for everything that happens beside one. */
let shared: Server
const running = new Set<Server>()

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'cli-'))
  await chmod(temporary, 0o755)
  shared = await startServer({ dataDir: join(temporary, 'shared') })
})

afterEach(async () => {
  for (const server of running) if (server !== shared) await server.stop()
})

afterAll(async () => {
  // Also one that did not come up in time.
  for (const server of running) await server.stop()
  await rm(temporary, { recursive: true, force: true })
})

test('a team made beside a running server can use its token at once, and loses it within a second', async () => {
  const created = await json(shared, ['team', 'create', 'Café & Söhne', '--owner-email', 'jo@cafe.example'])
  equal(created.team.slug, 'cafe-sohne')
  equal(created.member.role, 'owner')
  equal(await statusWith(shared, created.token), 200)
  const [first] = (await json(shared, ['token', 'list', '--team', 'cafe-sohne'])).apiTokens
  equal(first.name, 'first token')
  equal(first.hint, created.token.slice(-4))

  await json(shared, ['token', 'revoke', first.id, '--team', 'cafe-sohne'])

  const revokedAt = performance.now()
  await eventually(async () => (await statusWith(shared, created.token)) === 401, 'the token to be refused')
  ok(performance.now() - revokedAt < 1_500, 'the promise is a second; the rest is for a busy machine')
})

test('a team can be locked, and kept to some platforms', async () => {
  const slug = await aTeam()
  const { team } = await json(shared, ['team', 'show', slug])
  deepEqual([team.lockedAt, team.platforms], [null, null])

  const { lockedAt } = (await json(shared, ['team', 'lock', slug])).team
  ok(Date.parse(lockedAt) > 0)
  equal((await json(shared, ['team', 'lock', slug])).team.lockedAt, lockedAt)
  equal((await json(shared, ['team', 'unlock', slug])).team.lockedAt, null)

  deepEqual((await json(shared, ['team', 'platforms', slug, 'twitter', 'linkedin'])).team.platforms, [
    'twitter',
    'linkedin',
  ])
  match((await run(shared, ['team', 'platforms', slug])).stdout, /can use: twitter, linkedin/)
  equal((await run(shared, ['team', 'platforms', slug, 'X!'])).code, 1)
  equal((await run(shared, ['team', 'platforms', slug, 'twitter', '--all'])).code, 1)
  equal((await json(shared, ['team', 'platforms', slug, '--all'])).team.platforms, null)
})

test('a token is printed alone on stdout, so that a script can take it', async () => {
  const slug = await aTeam()

  const { stdout, stderr } = await run(shared, [
    'token',
    'create',
    '--team',
    slug,
    '--name',
    'zapier',
    '--expires',
    '2w',
  ])

  match(stdout, /^ibt_\w{40}\n$/)
  equal(stderr, 'The token is shown only now.\n')
  const { apiTokens } = await json(shared, ['token', 'list', '--team', slug])
  const days = (Date.parse(apiTokens[1].expiresAt) - Date.parse(apiTokens[1].createdAt)) / 86_400_000
  ok(Math.abs(days - 14) < 0.01)
  equal(JSON.stringify(apiTokens).includes(stdout.trim()), false)
})

test('members join, change roles and leave with their tokens; the last owner stays', async () => {
  const slug = await aTeam()
  const { member } = await json(shared, ['member', 'add', '--team', slug, '--email', 'mo@team.example', '--name', 'Mo'])
  equal(member.role, 'user')
  const asMo = ['token', 'create', '--team', slug, '--name', 'mo', '--member', 'MO@team.example']
  const { token } = await json(shared, asMo)
  equal(await statusWith(shared, token), 200)
  const changed = await json(shared, ['member', 'role', '--team', slug, member.id, 'admin'])
  equal(changed.member.role, 'admin')

  await json(shared, ['member', 'remove', '--team', slug, 'mo@team.example'])

  await eventually(async () => (await statusWith(shared, token)) === 401, "the member's token to be refused")
  const { members } = await json(shared, ['member', 'list', '--team', slug])
  equal(members.length, 1)
  const refused = await run(shared, ['member', 'remove', '--team', slug, members[0].id])
  equal(refused.code, 1)
  match(refused.stderr, /A team needs an owner/)
})

test('accounts on the simulated platform can be added, paused and resumed', async () => {
  const slug = await aTeam()
  const { accountLink } = await json(shared, ['account', 'add-sandbox', '--team', slug, '--username', '@harbor'])
  equal(accountLink.username, 'harbor')

  equal((await json(shared, ['account', 'pause', '--team', slug, 'Harbor'])).accountLink.status, 'paused')
  equal((await json(shared, ['account', 'resume', '--team', slug, accountLink.id])).accountLink.status, 'active')

  const { accountLinks } = await json(shared, ['account', 'list', '--team', slug])
  deepEqual(
    accountLinks.map(({ id }: { id: string }) => id),
    [accountLink.id],
  )
  equal((await run(shared, ['account', 'add-sandbox', '--team', slug, '--username', 'HARBOR'])).code, 1)
})

test.each([
  [1, ['team', 'show', 'nobody'], /^There is no team "nobody".\n$/],
  [1, ['token', 'revoke', 'x', '--team', 'nobody'], /^There is no team "nobody".\n$/],
  [1, ['team', 'create', 'X', '--owner-email', 'nonsense'], /e-mail address/],
  [2, ['team', 'create', 'X'], /--owner-email/],
  [2, ['tema', 'list'], /unknown command 'tema'\n\(Did you mean team\?\)/],
  [2, ['token', 'create', '--team', 'x', '--name', 'x', '--expires', 'soon'], /90d, 12h, 2w or a date/],
  [2, ['token', 'create', '--team', 'x', '--name', 'x', '--expires', '2020-01-01'], /That time is over/],
  [2, ['member', 'role', '--team', 'x', 'y', 'boss'], /owner, admin, user/],
  [2, [], /Usage: open-inbox/],
])('exit code %d and a reason on stderr: %j', async (code, words, reason) => {
  const result = await run(shared, words)

  equal(result.code, code)
  match(result.stderr, reason)
  equal(result.stdout, '')
})

test('every command has help, and the version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'))
  equal((await run(shared, ['--version'])).stdout, `${version}\n`)
  const { stdout, code } = await run(shared, ['token', 'create', '--help'])
  equal(code, 0)
  match(stdout, /--expires <when>.*--json/s)
})

test('a second server on the folder says one sentence, and so does one whose port is taken', async () => {
  const second = await run(shared, ['serve'])
  equal(second.code, 1)
  equal(
    second.stderr,
    `Another open-inbox server is already running on the data folder ${join(temporary, 'shared')}.\n`,
  )

  const { port, release } = await takePort()
  const dataDir = join(temporary, 'taken-port')
  const blocked = await run({ dataDir }, ['serve'], { PORT: port, HOST: '127.0.0.1', OPEN_INBOX_LOG_LEVEL: 'silent' })
  await release()
  equal(blocked.code, 1)
  match(blocked.stderr, new RegExp(`^Port ${port} is in use already: .*\n$`))
  equal(await findEmbedded(dataDir), null)
})

test('a server that is asked to stop stops its database too, and exits with 0', async () => {
  const server = await startServer({ dataDir: join(temporary, 'stopped') })
  notEqual(await findEmbedded(server.dataDir), null)

  server.child.kill('SIGTERM')

  equal(await server.exited, 0)
  equal(await findEmbedded(server.dataDir), null)
})

test('after a killed server the next start works and knows what was written; without a server, commands do too', async () => {
  const dataDir = join(temporary, 'killed')
  const killed = await startServer({ dataDir })
  const { token } = await json(killed, ['team', 'create', 'Lasting', '--owner-email', 'jo@lasting.example'])
  killed.child.kill('SIGKILL')
  await killed.exited
  running.delete(killed)

  const next = await startServer({ dataDir })
  equal(await statusWith(next, token), 200)
  next.child.kill('SIGHUP')
  equal(await next.exited, 0)

  const { teams } = await json({ dataDir }, ['team', 'list'])
  deepEqual(
    teams.map(({ slug }: { slug: string }) => slug),
    ['lasting'],
  )
  deepEqual(await json({ dataDir }, ['migrate']), { applied: [] })
  equal(await findEmbedded(dataDir), null)
})

test('a command refuses tables of another version and says what to do; it does not touch them', async () => {
  const outdated = await startServer({ dataDir: join(temporary, 'outdated') })
  const newest = (await onDatabase(outdated, 'select max(name) as name from schema_migrations'))[0]?.name ?? ''
  await onDatabase(outdated, `delete from schema_migrations where name = '${newest}'`)
  await onDatabase(outdated, 'create database empty')

  const refused = await run(outdated, ['team', 'list'])
  equal(refused.code, 1)
  match(refused.stderr, /^The database is older than this version .*it lacks 0\d+_.*open-inbox migrate.*\n$/)
  equal((await onDatabase(outdated, 'select from schema_migrations where name = $1', [newest])).length, 0)

  const DATABASE_URL = `postgres:///empty?host=${encodeURIComponent(join(outdated.dataDir, 'postgres'))}&user=open_inbox`
  const nowhere = await run(outdated, ['team', 'create', 'X', '--owner-email', 'jo@x.example'], { DATABASE_URL })
  equal(nowhere.code, 1)
  match(nowhere.stderr, /^The database has no tables of open-inbox yet\. Run "open-inbox migrate"/)
  equal((await run(outdated, ['migrate'], { DATABASE_URL })).code, 0)
  equal((await run(outdated, ['team', 'create', 'X', '--owner-email', 'jo@x.example'], { DATABASE_URL })).code, 0)
})

test('a data folder that is new is ready for the first command', async () => {
  const dataDir = join(temporary, 'new')

  const { team } = await json({ dataDir }, ['team', 'create', 'First', '--owner-email', 'jo@first.example'])

  equal(team.slug, 'first')
  equal(await findEmbedded(dataDir), null)
})

test('the demo is ready only when its team can be read, and prints where it is and the same token as before', async () => {
  const dataDir = join(temporary, 'demo')
  const port = await aFreePort()
  const first = spawnProgram({ dataDir }, ['demo', '--json'], { PORT: port })
  running.add(first)
  const said = new Set<string>()
  const isReady = async () => {
    const answer = await fetch(`http://localhost:${port}/readyz`).catch(() => null)
    if (answer) said.add(`${answer.status} ${await answer.text()}`)
    return answer?.status === 200
  }
  await eventually(isReady, 'the demo to be ready', PATIENCE_MS)
  deepEqual([...said], ['503 {"status":"seeding"}', '200 {"status":"ready"}'])
  const token = (await readFile(join(dataDir, 'demo-token'), 'utf8')).trim()
  const { body } = await apiAt(`http://localhost:${port}/api/v2`, token).get('/threads')
  ok(body.data.length >= 8)
  equal((await stat(join(dataDir, 'demo-token'))).mode & 0o777, 0o600)
  equal(JSON.parse(await untilPrinted(first, /\n/)).token, token)
  await first.stop()

  const second = spawnProgram({ dataDir }, ['demo'])
  running.add(second)
  const text = await untilPrinted(second, /curl .*\n/)
  match(
    text,
    /^Base URL: http:\/\/localhost:\d+\/api\/v1\nDocs: {5}http:\/\/localhost:\d+\/docs\nToken: {4}ibt_\w{40}\n/,
  )
  equal(/^Token: +(\S+)$/m.exec(text)?.[1], token)
  await second.stop()

  await rm(join(dataDir, 'demo-token'))
  const third = await startServer({ dataDir, command: 'demo' })
  notEqual(third.facts.token, token)
  equal(await statusWith(third, third.facts.token), 200)
})

test('a command whose reader has gone away still leaves the database', async () => {
  const dataDir = join(temporary, 'stopped')
  const child = spawn(process.execPath, [program, 'team', 'list'], { env: environment({ dataDir }), stdio: 'pipe' })
  child.stdout.destroy()

  equal(await new Promise((resolve) => child.once('exit', resolve)), 0)
  equal(await findEmbedded(dataDir), null)
})

test('every mistake in the settings is named at once, and secrets are not', async () => {
  const file = join(temporary, 'port')
  await writeFile(file, 'many\n')
  const env = { PORT: '', PORT_FILE: file, OPEN_INBOX_LOG_LEVEL: 'loud', DATABASE_URL: 'postgres://jo:sesame@db/x' }

  const refused = await run(shared, ['serve'], env)
  equal(refused.code, 1)
  match(refused.stderr, /mistakes:\n {2}PORT must be .*\n {2}OPEN_INBOX_LOG_LEVEL must be one of .*\n$/)

  const printed = await run(shared, ['config', 'print', '--json'], env)
  equal(printed.code, 1)
  const { settings, mistakes } = JSON.parse(printed.stdout)
  equal(mistakes.length, 2)
  deepEqual(sourced(settings, 'PORT'), ['many', 'file'])
  deepEqual(sourced(settings, 'DATABASE_URL'), ['postgres://jo:***@db/x', 'environment'])
  deepEqual(sourced(settings, 'HOST'), ['localhost', 'default'])
  equal(`${printed.stdout}${printed.stderr}`.includes('sesame'), false)
})

test('the doctor finds a sound server sound, and says what is wrong with a database that does not answer', async () => {
  const port = new URL(shared.facts.baseUrl).port
  const sound = await run(shared, ['doctor', '--json'], { PORT: port })
  const { ok: isOk, findings } = JSON.parse(sound.stdout)
  deepEqual([sound.code, isOk], [0, true], sound.stdout)
  match(findings.find(({ name }: { name: string }) => name === 'Port').message, /an open-inbox server answers/)
  match(findings.find(({ name }: { name: string }) => name === 'Tables').message, /up to date/)

  const ill = await run(shared, ['doctor'], { DATABASE_URL: 'postgres://jo:sesame@127.0.0.1:1/x' })
  equal(ill.code, 1)
  match(ill.stdout, /^fail {2}Database: The database cannot be reached \(connect ECONNREFUSED 127.0.0.1:1\)/m)
  equal(ill.stdout.includes('sesame'), false)
})

// ---- the program

interface Place {
  dataDir: string
}

interface Result {
  code: number
  stdout: string
  stderr: string
}

/** Only what the test says: the settings of whoever runs the tests must not matter. */
function environment({ dataDir }: Place, env: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, PORT: '0', OPEN_INBOX_DATA_DIR: dataDir, OPEN_INBOX_RATE_LIMITS: 'off', ...env }
}

function run(place: Place, words: string[], env?: Record<string, string>): Promise<Result> {
  return new Promise((resolve) => {
    const options = { env: environment(place, env), timeout: 60_000 }
    execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
    })
  })
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape, looked into by the tests
async function json(place: Place, words: string[]): Promise<any> {
  const { code, stdout, stderr } = await run(place, [...words, '--json'])
  equal(code, 0, stderr)
  equal(stderr, '')
  return JSON.parse(stdout)
}

interface Server extends Place {
  child: ChildProcess
  /** What it said on stdout so far. */
  printed(): string
  /** What its first line says. */
  facts: { baseUrl: string; token: string }
  exited: Promise<number | null>
  stop(): Promise<void>
}

async function startServer({ dataDir, command = 'serve' }: Place & { command?: string }): Promise<Server> {
  const server = spawnProgram({ dataDir }, [command, '--json'])
  running.add(server)
  server.facts = JSON.parse(await untilPrinted(server, /\n/))
  return server
}

function spawnProgram({ dataDir }: Place, words: string[], settings: Record<string, string> = {}): Server {
  const env = environment({ dataDir }, { OPEN_INBOX_LOG_LEVEL: 'warn', ...settings })
  const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const server: Server = {
    dataDir,
    child,
    printed: () => printed,
    facts: { baseUrl: '', token: '' },
    exited,
    async stop() {
      running.delete(server)
      child.kill('SIGTERM')
      await exited
    },
  }
  return server
}

/** The first start builds, and the machine may be busy. */
const PATIENCE_MS = 60_000

function untilPrinted(server: Server, wanted: RegExp): Promise<string> {
  return eventually(
    async () => {
      if (server.child.exitCode !== null) throw new Error(`the server ended with ${server.child.exitCode}`)
      return wanted.test(server.printed()) && server.printed()
    },
    `the server to print ${wanted}`,
    PATIENCE_MS,
  )
}

async function statusWith(server: Server, token: string): Promise<number> {
  const response = await fetch(`${server.facts.baseUrl}/team`, { headers: { authorization: `Bearer ${token}` } })
  await response.body?.cancel()
  return response.status
}

async function onDatabase({ dataDir }: Place, text: string, values: string[] = []): Promise<{ name: string }[]> {
  const connection = await findEmbedded(dataDir)
  if (!connection) throw new Error(`no database runs in ${dataDir}`)
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

/** Nobody else can listen there until it is released. */
async function takePort(): Promise<{ port: string; release(): Promise<void> }> {
  const blocker = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => blocker.once('listening', resolve))
  const address = blocker.address()
  if (typeof address !== 'object' || !address) throw new Error('the blocker has no port')
  const release = () => new Promise<void>((resolve) => blocker.close(() => resolve()))
  return { port: String(address.port), release }
}

/** Known before the server says it. */
async function aFreePort(): Promise<string> {
  const { port, release } = await takePort()
  await release()
  return port
}

let teamsMade = 0

async function aTeam(): Promise<string> {
  const words = ['team', 'create', `Team ${++teamsMade}`, '--owner-email', 'olga@team.example']
  return (await json(shared, words)).team.slug
}

function sourced(settings: { name: string; value: string; source: string }[], name: string): unknown {
  const setting = settings.find((each) => each.name === name)
  return [setting?.value, setting?.source]
}
