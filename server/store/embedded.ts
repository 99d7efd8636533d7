import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './embedded/binaries.ts'
import { ensureCluster, ROLE } from './embedded/cluster.ts'
import { AlreadyRunningError, EmbeddedDatabaseError } from './embedded/errors.ts'
import { findSocket, type Guard, openGuard, type Role } from './embedded/guard.ts'
import { findPlace, openPlace, type Place, PORT } from './embedded/place.ts'
import { isPostmaster, launchPostmaster, type Patience, readPidFile } from './embedded/postmaster.ts'
import { chooseDatabaseUser } from './embedded/privileges.ts'

export { AlreadyRunningError, EmbeddedDatabaseError }

/** Settings for `pg`. The host is the folder of the unix socket; there is no TCP listener and no password. */
export interface EmbeddedConnection {
  host: string
  port: number
  user: string
  database: string
  ssl: false
}

export interface EmbeddedDatabase {
  readonly connection: EmbeddedConnection
  /** Ends our use of the database; close your own connections first. PostgreSQL stops when nobody else uses it. */
  stop(): Promise<void>
}

export interface EmbeddedLog {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export interface EmbeddedOptions {
  dataDir: string
  log?: EmbeddedLog
  /** PostgreSQL settings beside or instead of ours, by name. They count when this call is the one that starts it. */
  settings?: Record<string, string>
  /** A start after a crash has to recover first, which can take minutes on a slow disk. */
  startTimeoutMs?: number
  /** How long PostgreSQL may take to write everything when it stops, before it is cut short and recovers next time. */
  stopTimeoutMs?: number
}

export interface ServerOptions extends EmbeddedOptions {
  /** Told when the database goes and comes while the server runs. */
  onChange?: (change: EmbeddedChange) => void
}

export type EmbeddedChange =
  /** It is being started again; statements fail until then. */
  | { kind: 'down'; cause: Error | null }
  | { kind: 'up' }
  /** While it was down, another server took the data folder: this one must end. */
  | { kind: 'lost'; cause: Error }

/**
 * The database of a data folder, for the one server that runs on it: created, started, or taken over from a server that
 * was killed. Starts it again whenever it dies. Throws `AlreadyRunningError` when another server has the folder, and
 * `EmbeddedDatabaseError` with advice when there can be no database.
 */
export async function startEmbedded(options: ServerOptions): Promise<EmbeddedDatabase> {
  const stopping = new AbortController()
  const opened = await openPlace(options.dataDir)
  const first = await join(opened, 'server', options, stopping.signal)
  // Where it was taken over, its socket may lie elsewhere; a later start must put it there again, where the pool looks.
  const place = { ...opened, socketDir: first.socketDir }

  let current: Promise<Guard | null> = Promise.resolve(first)
  watch(first)
  let stopped: Promise<void> | null = null
  return { connection: connectionTo(place.socketDir), stop: () => (stopped ??= stop()) }

  async function watch(guard: Guard): Promise<void> {
    const cause = await guard.ended
    if (stopping.signal.aborted) return
    options.log?.error(`The database is gone, starting it again (${cause?.message ?? 'the connection was closed'}).`)
    options.onChange?.({ kind: 'down', cause })
    current = rejoin(place, options, stopping.signal)
    const next = await current
    if (next) watch(next)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    const guard = (await current) ?? (await openGuard(place, 'command'))
    const outcome = await guard?.leave(options.stopTimeoutMs ?? STOP_TIMEOUT_MS)
    if (outcome === 'stillUsed') options.log?.info('The database keeps running, because a command still uses it.')
  }
}

/** Within the ten seconds that container runtimes give a process to end. */
const STOP_TIMEOUT_MS = 8_000

/**
 * The database of a data folder, for a command: the running one if there is a server or another command, else started
 * for as long as somebody uses it. A command holds no lock that a server would want.
 */
export async function joinEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const place = await openPlace(options.dataDir)
  const guard = await join(place, 'command', options, new AbortController().signal)
  return {
    connection: connectionTo(guard.socketDir),
    async stop() {
      await guard.leave(options.stopTimeoutMs ?? STOP_TIMEOUT_MS)
    },
  }
}

/** Null when nothing runs on the folder. A look only: what is found may be stopped at any moment; to use it, join it. */
export async function findEmbedded(dataDir: string): Promise<EmbeddedConnection | null> {
  const place = await findPlace(dataDir)
  const socketDir = place && (await findSocket(place))
  return socketDir ? connectionTo(socketDir) : null
}

function connectionTo(socketDir: string): EmbeddedConnection {
  return { host: socketDir, port: PORT, user: ROLE, database: ROLE, ssl: false }
}

/** Enters the running database, or starts it and enters; others may start and stop it in the meantime. */
async function join(place: Place, role: Role, options: EmbeddedOptions, signal: AbortSignal): Promise<Guard> {
  const { startTimeoutMs = 120_000 } = options
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    const guard = await openGuard(place, role)
    if (guard) return guard
    await startUnlessRunning(place, options, { deadline, signal })
  }
  throw new EmbeddedDatabaseError(
    `PostgreSQL did not become ready within ${startTimeoutMs / 1000} s; see ${place.logFile}. ` +
      'If it is still recovering from a crash, the next start will find it further on.',
  )
}

async function startUnlessRunning(place: Place, options: EmbeddedOptions, patience: Patience): Promise<void> {
  const file = await readPidFile(place)
  // Starting or ending. It says which one soon.
  if (file && (await isPostmaster(file, place))) return sleep(20)

  const binaries = await findBinaries(place.dataDir)
  const user = await chooseDatabaseUser(place, binaries)
  await ensureCluster(place, binaries, user)
  const launch = { place, binaries, user, settings: options.settings ?? {}, stale: file, ...patience }
  if (!(await launchPostmaster(launch))) await sleep(100)
}

/** Tries until it succeeds: a server without a database can at least say so. Null when the server stops first, or lost its folder. */
async function rejoin(place: Place, options: ServerOptions, signal: AbortSignal): Promise<Guard | null> {
  for (let waitMs = 0; !signal.aborted; waitMs = Math.min(30_000, Math.max(100, waitMs * 2))) {
    try {
      await sleep(waitMs, undefined, { signal })
      const guard = await join(place, 'server', options, signal)
      options.log?.info('The database is back.')
      options.onChange?.({ kind: 'up' })
      return guard
    } catch (error) {
      if (signal.aborted) return null
      const cause = error instanceof Error ? error : new Error(String(error))
      options.log?.error(`The database could not be started again: ${cause.message}`)
      if (!(cause instanceof AlreadyRunningError)) continue
      options.onChange?.({ kind: 'lost', cause })
      return null
    }
  }
  return null
}
