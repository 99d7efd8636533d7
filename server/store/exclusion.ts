import { createHash } from 'node:crypto'
import pg from 'pg'
import { DatabaseUnavailable, orUnavailable } from './unavailable.ts'

/** Lets work on one thing happen one after the other, on all servers of a database, for longer than a transaction may last. */
export interface Exclusion {
  /** Runs `work` once everything that began earlier under the same key has ended. Whoever dies leaves the way free at once. */
  exclusively<T>(key: string, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How long another server's work is waited for before the database is asked again: little, and less and less often. */
const ASK_AGAIN_MIN_MS = 5
const ASK_AGAIN_MAX_MS = 250

/**
 * A lock is the database's own, held by one connection for all of this process: it ends with the process. Within the process
 * everybody stands in a queue of their key, because the database lets a connection through that holds the lock already.
 */
export function createExclusion(connection: pg.ClientConfig, onError: (error: Error) => void): Exclusion {
  const queues = new Map<string, Promise<unknown>>()
  let connecting: Promise<pg.Client> | null = null
  let closed = false

  function connected(): Promise<pg.Client> {
    if (closed) throw new DatabaseUnavailable(new Error('the database was closed'))
    if (connecting) return connecting
    const client = new pg.Client(connection)
    const attempt = client.connect().then(() => client)
    // Its locks are gone with it; the next one who wants a lock connects anew.
    const forget = () => {
      if (connecting === attempt) connecting = null
    }
    client.on('error', onError)
    client.on('end', forget)
    attempt.catch(forget)
    connecting = attempt
    return attempt
  }

  /** On the connection that holds it. */
  async function lock(id: string): Promise<pg.Client> {
    for (let waitMs = ASK_AGAIN_MIN_MS; ; waitMs = Math.min(2 * waitMs, ASK_AGAIN_MAX_MS)) {
      const client = await connected()
      const { rows } = await client.query('select pg_try_advisory_lock($1) as locked', [id])
      if (rows[0].locked) return client
      // Not the clock's time: another process lets go when it does, however still a test holds ours.
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }

  async function unlock(client: pg.Client, id: string): Promise<void> {
    try {
      await client.query('select pg_advisory_unlock($1)', [id])
    } catch (error) {
      if (!closed) onError(error as Error)
      // Nobody knows whether it holds the lock. Without it nothing does.
      await client.end().catch(onError)
    }
  }

  async function locked<T>(id: string, work: () => Promise<T>): Promise<T> {
    const client = await lock(id).catch((error) => {
      throw orUnavailable(error)
    })
    try {
      return await work()
    } finally {
      await unlock(client, id)
    }
  }

  return {
    exclusively(key, work) {
      const id = lockIdOf(key)
      const before = queues.get(id) ?? Promise.resolve()
      const turn = before.then(() => locked(id, work))
      const over = turn
        .catch(() => {})
        .then(() => {
          if (queues.get(id) === over) queues.delete(id)
        })
      queues.set(id, over)
      return turn
    },
    async close() {
      closed = true
      const client = await connecting?.catch(() => null)
      await client?.end()
    },
  }
}

/** The database knows locks by 64 bits. Two keys that share them only wait for each other. */
function lockIdOf(key: string): string {
  return createHash('sha256').update(key).digest().readBigInt64BE().toString()
}
