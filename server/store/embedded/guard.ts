import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { clusterVersion, ROLE } from './cluster.ts'
import { AlreadyRunningError, EmbeddedDatabaseError } from './errors.ts'
import { isSameFolder, type Place, PORT } from './place.ts'
import { isPostmaster, readPidFile, stopPostmaster } from './postmaster.ts'

/**
 * One connection that a process keeps for as long as it uses the database, for the sake of two advisory locks.
 * They end with the process however it ends, which no lock file does:
 *
 * - `inUse`, shared by everyone who uses the database. Whoever leaves and can take it alone is the last, and stops
 *   PostgreSQL; whoever comes and finds it taken alone waits until it has stopped, and starts it again.
 * - `server`, held by the one server of the data folder.
 *
 * It is connected to the database `postgres`: a connection to ours would keep it from serving as a template.
 */
export interface Guard {
  readonly socketDir: string
  /** Resolves when the connection has ended, whoever ended it. */
  readonly ended: Promise<Error | null>
  /** Lets go; the last one out stops PostgreSQL. */
  leave(timeoutMs: number): Promise<'stopped' | 'stillUsed'>
}

export type Role = 'server' | 'command'

const LOCK = { inUse: [0x6f696e62, 1], server: [0x6f696e62, 2] } as const

/** Null when nothing accepts connections on this folder, or what does is about to stop. */
export async function openGuard(place: Place, role: Role): Promise<Guard | null> {
  const client = await connect(place)
  if (!client) return null
  const ended = untilEnded(client)
  try {
    if (!(await shareUse(client))) return null
    if (role === 'server') await takeServerLock(client, place)
    await ensureDatabase(client)
    return { socketDir: client.host, ended, leave: (timeoutMs) => leave(client, place, timeoutMs) }
  } catch (error) {
    await client.end()
    if (isDisconnect(error)) return null
    throw error
  }
}

/** Null when nothing accepts connections on this folder. */
export async function findSocket(place: Place): Promise<string | null> {
  const client = await connect(place)
  await client?.end()
  return client ? client.host : null
}

async function connect(place: Place): Promise<pg.Client | null> {
  if (!(await clusterVersion(place))) return null
  const file = await readPidFile(place)
  if (!file?.ready) return null
  for (const socketDir of new Set([place.socketDir, file.socketDir])) {
    const client = await connectAt(socketDir)
    if (client && (await isOurs(client, place))) return client
    await client?.end()
  }
  return null
}

async function connectAt(socketDir: string): Promise<pg.Client | null> {
  const client = new pg.Client({
    host: socketDir,
    port: PORT,
    user: ROLE,
    database: 'postgres',
    ssl: false,
    application_name: 'open-inbox guard',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {}) // whoever waits for `ended` or for an answer hears of it
  try {
    await client.connect()
    return client
  } catch (error) {
    if (isDisconnect(error)) return null
    throw error
  }
}

/** A copied folder names the socket of the original. A moved one cannot be compared, but then the socket itself moved with it. */
async function isOurs(client: pg.Client, place: Place): Promise<boolean> {
  if (client.host === place.cluster) return true
  const { rows } = await client.query<{ data_directory: string }>('show data_directory')
  return await isSameFolder(rows[0]?.data_directory ?? '', place.cluster)
}

function untilEnded(client: pg.Client): Promise<Error | null> {
  return new Promise((resolve) => {
    let cause: Error | null = null
    client.on('error', (error) => {
      cause = error
    })
    client.once('end', () => resolve(cause))
  })
}

/** False when the last user is stopping the database. If it dies before it does, the lock comes free after all. */
async function shareUse(client: pg.Client): Promise<boolean> {
  for (;;) {
    if (await ask(client, 'pg_try_advisory_lock_shared', LOCK.inUse)) return true
    await sleep(20)
  }
}

/** PostgreSQL needs a moment to notice that a killed server's connection is closed, hence more than one try. */
async function takeServerLock(client: pg.Client, place: Place): Promise<void> {
  for (const waitMs of [0, 20, 50, 100, 200, 400]) {
    await sleep(waitMs)
    if (await ask(client, 'pg_try_advisory_lock', LOCK.server)) return
  }
  throw new AlreadyRunningError(place.dataDir)
}

async function ask(client: pg.Client, lockFunction: string, lock: readonly [number, number]): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`select ${lockFunction}($1, $2) as taken`, [...lock])
  return rows[0]?.taken === true
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select from pg_database where datname = $1', [ROLE])
  if (rows.length > 0) return
  await client.query(`create database ${ROLE}`).catch((error) => {
    // Two first starts at once: the other one made it.
    if (!['42P04', '23505'].includes(error.code)) throw error
  })
}

async function leave(client: pg.Client, place: Place, timeoutMs: number): Promise<'stopped' | 'stillUsed'> {
  try {
    // Our share first: of two that leave at once, each would find the other's.
    await ask(client, 'pg_advisory_unlock_shared', LOCK.inUse)
    if (!(await ask(client, 'pg_try_advisory_lock', LOCK.inUse))) return 'stillUsed'
    const file = await readPidFile(place)
    if (!file || !(await isPostmaster(file, place))) {
      // For instance one that was started in another container, where process ids mean something else.
      throw new EmbeddedDatabaseError(`The database of ${place.dataDir} was not stopped: its process cannot be found.`)
    }
    await stopPostmaster(file, place, timeoutMs)
    return 'stopped'
  } catch (error) {
    if (isDisconnect(error)) return 'stopped'
    throw error
  } finally {
    await client.end()
  }
}

/** Nobody listens, or the connection broke, or PostgreSQL is starting or ending: look again. */
function isDisconnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (
    DISCONNECTS.includes(code) || /^Connection terminated|^Client has encountered|not queryable/.test(error.message)
  )
}

const DISCONNECTS = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', '08006']
