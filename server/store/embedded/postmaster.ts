import { execFile, spawn } from 'node:child_process'
import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Binaries, cannotRun } from './binaries.ts'
import { environmentFor } from './cluster.ts'
import { EmbeddedDatabaseError } from './errors.ts'
import { isSameFolder, type Place, PORT, prepareSocketDir } from './place.ts'
import { commandAs, type DatabaseUser } from './privileges.ts'

const run = promisify(execFile)

/** What a running PostgreSQL wrote about itself into postmaster.pid. After a crash the file stays behind. */
export interface PidFile {
  pid: number
  /** The folder as it was called when PostgreSQL started. */
  cluster: string
  socketDir: string
  ready: boolean
}

/** Null when there is none. */
export async function readPidFile(place: Place): Promise<PidFile | null> {
  try {
    return parsePidFile(await readFile(path.join(place.cluster, 'postmaster.pid'), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw error
  }
}

/** Null while PostgreSQL is still writing its first lines. */
function parsePidFile(text: string): PidFile | null {
  const [pid = '', cluster = '', , , socketDir = '', , , status = ''] = text.split('\n').map((line) => line.trim())
  return /^\d+$/.test(pid) && cluster ? { pid: Number(pid), cluster, socketDir, ready: status === 'ready' } : null
}

/**
 * Whether the process in the file is the PostgreSQL of this folder. Process ids are used again after a crash or a
 * reboot, and the file may have come along when the folder was copied, so the id alone says nothing.
 */
export async function isPostmaster(file: PidFile, place: Place): Promise<boolean> {
  const command = await commandLine(file.pid)
  if (!command?.includes(`-D ${file.cluster} `)) return false
  // The second look is for a folder that was moved meanwhile.
  return (await isSameFolder(file.cluster, place.cluster)) || isSameFolder(`/proc/${file.pid}/cwd`, place.cluster)
}

/** Its arguments, each followed by a space. Null for a process that is gone, or is dead and only not yet collected by its parent. */
async function commandLine(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    const { stdout } = await run('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)])
    return stdout.startsWith('Z') ? null : `${stdout.trim()} `
  } catch {
    return null // neither /proc nor `ps` knows it
  }
}

export interface Patience {
  /** In the time of `performance.now()`. */
  deadline: number
  /** Aborted when nobody needs the database any more. */
  signal: AbortSignal
}

export interface Launch extends Patience {
  place: Place
  binaries: Binaries
  user: DatabaseUser
  settings: Record<string, string>
  /** A pid file that was found to be stale. */
  stale: PidFile | null
}

/**
 * Starts PostgreSQL and waits until it accepts connections. False when it gave way to another one that is starting or
 * ending on this folder, or time is up while it recovers from a crash, which it goes on with: then look again.
 */
export async function launchPostmaster(launch: Launch): Promise<boolean> {
  const { place, signal, deadline } = launch
  await prepareSocketDir(place, launch.user)
  const log = await openLog(place)
  try {
    const child = await spawnPostmaster(launch, log)
    while (performance.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) return await explainExit(place, log)
      const file = await readPidFile(place)
      if (file?.ready && file.pid === child.pid) return true
      if (signal.aborted) child.kill('SIGINT')
      await sleep(POLL_MS)
    }
    return false
  } finally {
    await log.handle.close()
  }
}

const POLL_MS = 10

/**
 * In a session of its own, so that Ctrl-C in a terminal reaches only us: the server first drains, then stops it.
 *
 * PG_GRANDPARENT_PID makes PostgreSQL overlook the stale process id, which it would otherwise believe for as long as any
 * process of its user has that number. Its second guard stays in force, which removing the file would disarm: it
 * refuses to start while a process left over from before still has the old shared memory.
 */
async function spawnPostmaster({ place, binaries, user, settings, stale }: Launch, log: Log) {
  const [program, args] = commandAs(user, binaries.postgres, ['-D', place.cluster, ...serverArguments(place, settings)])
  const environment = { ...environmentFor(binaries), ...(stale && { PG_GRANDPARENT_PID: String(stale.pid) }) }
  const child = spawn(program, args, {
    ...user.identity,
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', log.handle.fd, log.handle.fd],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(cannotRun(program, error)))
  })
  child.unref()
  return child
}

function serverArguments(place: Place, overrides: Record<string, string>): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: `"${place.socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: String(PORT),
    ...SETTINGS,
    ...overrides,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Given on the command line, so that a data folder always runs with the settings of the version that opens it. */
const SETTINGS: Record<string, string> = {
  // An acknowledged write is never lost.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Memory is touched only as it is used: idle, all processes together were measured at 30 MB (65 MB if what they share
  // is counted for each). More than this would let a busy laptop pass the 200 MB meant for server and database.
  shared_buffers: '128MB',
  // One server's pool, its listener, and commands beside it. A slot costs a few kilobytes.
  max_connections: '100',
  // Our statements take milliseconds: compiling them or splitting them over processes costs more than it brings, and
  // parallel workers need more shared memory than containers give by default.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  // Fewer idle processes: no I/O workers, no replication launcher.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  random_page_cost: '1.1',
  // A killed server's statement ends, and lets its locks go, within seconds.
  client_connection_check_interval: '5s',
  // Statements that fail are the caller's to report: here they would repeat customers' texts.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

interface Log {
  handle: FileHandle
  /** Where this start's lines begin. */
  start: number
}

const LOG_BYTES_MAX = 1_000_000

/** PostgreSQL writes few lines, so a look at each start keeps the log small: at most this file and one before it. */
async function openLog({ logFile }: Place): Promise<Log> {
  const found = await stat(logFile).catch(() => null)
  if (found && found.size > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`)
  const handle = await open(logFile, 'a', 0o600)
  return { handle, start: (await handle.stat()).size }
}

async function explainExit(place: Place, log: Log): Promise<false> {
  const lines = (await readFile(place.logFile)).subarray(log.start).toString()
  if (GAVE_WAY.test(lines)) return false
  throw new EmbeddedDatabaseError(
    `PostgreSQL did not start. The end of ${place.logFile}:\n${lines.trim().split('\n').slice(-LINES_SHOWN).join('\n')}`,
  )
}

const LINES_SHOWN = 10
/** Another PostgreSQL has the folder, or processes of a killed one have not noticed yet, or it was told to end while starting. */
const GAVE_WAY =
  /lock file .* (already exists|is empty)|pre-existing shared memory block|received (fast|smart) shutdown/

/** Ends the running PostgreSQL: open connections are cut, everything is written. If that takes too long, the next start recovers from its log. */
export async function stopPostmaster(file: PidFile, place: Place, timeoutMs: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', timeoutMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!(await tell(file, place, signal))) return
    if (await isGoneWithin(file, place, patienceMs)) return
  }
  throw new EmbeddedDatabaseError(`PostgreSQL (process ${file.pid}) does not end.`)
}

/** False when it is gone. Never signals a process that is not PostgreSQL on this folder. */
async function tell(file: PidFile, place: Place, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isPostmaster(file, place))) return false
  process.kill(file.pid, signal)
  return true
}

async function isGoneWithin(file: PidFile, place: Place, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    if (!(await isPostmaster(file, place))) return true
    await sleep(POLL_MS)
  }
  return false
}
