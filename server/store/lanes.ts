import type pg from 'pg'
import { type Done, type Prepared, submit } from './prepared.ts'
import { isUnavailable } from './unavailable.ts'

/**
 * Statements under way on one connection. The next is at the database before the answer to the last has been read, so neither side waits for
 * the other. The more, the longer a short statement may stand behind a long one.
 */
const DEPTH = 4

/** Statements that only read, several of them on each connection of a pool. */
export interface Lanes {
  /** Rejects like the pool itself when there is no connection in time. */
  run(query: Prepared): Promise<object[]>
  /** Statements that wait for a connection with room. */
  waiting(): number
}

/** A connection, for as long as it has something under way. Then it goes back to its pool, which looks after it. */
interface Lane {
  readonly client: pg.PoolClient
  underWay: number
  stopUsing(): void
}

interface Waiting {
  readonly query: Prepared
  readonly done: Done
  readonly timer: NodeJS.Timeout
}

/** Uses all connections the pool may have. `withinMs` is how long a statement waits for room. */
export function createLanes(pool: pg.Pool, withinMs: number): Lanes {
  const lanes = new Set<Lane>()
  const queue = new Set<Waiting>()
  let opening = 0

  function start(query: Prepared, done: Done): void {
    const lane = leastBusy()
    const mayOpen = lanes.size + opening < pool.options.max && lane?.underWay !== 0
    if (mayOpen) open()
    // One that is idle in the pool is here in a moment; a new one takes longer than most statements.
    const isWorthWaiting = mayOpen && pool.idleCount > 0
    if (lane && !isWorthWaiting && queue.size === 0) send(lane, query, done)
    else enqueue(query, done)
  }

  function enqueue(query: Prepared, done: Done): void {
    // Real time, as the pool's own: it is about a database, not about what the product means.
    const timer = setTimeout(() => {
      queue.delete(waiting)
      // In the words of the pool.
      done(new Error('timeout exceeded when trying to connect'), [])
    }, withinMs)
    timer.unref()
    const waiting: Waiting = { query, done, timer }
    queue.add(waiting)
  }

  function open(): void {
    opening++
    pool.connect((error, client) => {
      opening--
      if (client) {
        // What is under way on it fails by itself; unheard, this would end the process.
        const stopUsing = () => lanes.delete(lane)
        const lane: Lane = { client, underWay: 0, stopUsing }
        client.on('error', stopUsing)
        lanes.add(lane)
        startWaiting()
        closeUnused(lane)
      } else if (lanes.size > 0 || opening > 0) {
        startWaiting()
      } else {
        for (const waiting of queue) take(waiting).done(error ?? new Error('Connection terminated'), [])
      }
    })
  }

  function closeUnused(lane: Lane): void {
    if (lane.underWay > 0) return
    lane.stopUsing()
    lane.client.off('error', lane.stopUsing)
    lane.client.release()
  }

  function startWaiting(): void {
    for (const waiting of queue) {
      const lane = leastBusy()
      if (!lane) {
        // They broke, and nothing that is under way will make room.
        if (lanes.size === 0 && opening === 0) open()
        return
      }
      const { query, done } = take(waiting)
      send(lane, query, done)
    }
  }

  function take(waiting: Waiting): Waiting {
    queue.delete(waiting)
    clearTimeout(waiting.timer)
    return waiting
  }

  function send(lane: Lane, query: Prepared, done: Done): void {
    lane.underWay++
    submit(lane.client, query, (error, rows) => {
      lane.underWay--
      // A connection that is being ended says so first to whoever was next, and takes what else it is given along.
      if (isUnavailable(error)) lane.stopUsing()
      startWaiting()
      closeUnused(lane)
      done(error, rows)
    })
  }

  function leastBusy(): Lane | undefined {
    let found: Lane | undefined
    for (const lane of lanes) if (lane.underWay < (found?.underWay ?? DEPTH)) found = lane
    return found
  }

  return {
    run: (query) =>
      new Promise((resolve, reject) => start(query, (error, rows) => (error ? reject(error) : resolve(rows)))),
    waiting: () => queue.size,
  }
}
