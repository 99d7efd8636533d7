import { sandboxConnector } from '../connectors/sandbox/connector.ts'
import type { Sandbox } from '../connectors/sandbox/sandbox.ts'
import type { Core } from '../domain/context.ts'
import { noEventSignals } from '../domain/event-signals.ts'
import { eventsKeptMs } from '../domain/retention.ts'
import type { Database, Tx } from '../store/database.ts'

/** The whole server inside one transaction, at a time that is set by hand: what happens on it happens then, or not at all. */
export interface Stage {
  core: Core
  sandbox: Sandbox
  tx: Tx
  /** Time only moves forward for what has a feed. */
  setTime(at: Date): void
  /** Things that are listed oldest first should not all be of the same moment. */
  wait(ms: number): void
}

export function createStage(tx: Tx, real: { core: Core; sandbox: Sandbox }): Stage {
  const now = real.core.clock.now()
  let time = now
  const clock = { ...real.core.clock, now: () => time }
  const db = within(tx, real.core.db, () => now.getTime() - time.getTime() < eventsKeptMs)
  const sandbox: Sandbox = { ...real.sandbox, database: db, clock }
  const connectors = new Map([['sandbox', sandboxConnector(sandbox)]])
  // What is played happened long ago: nobody wants to see it in today's metrics.
  const { meter: _, ...core } = real.core
  return {
    core: { ...core, db, clock, connectors, eventSignals: noEventSignals },
    sandbox,
    tx,
    setTime(at) {
      time = at
    },
    wait(ms) {
      time = new Date(time.getTime() + ms)
    },
  }
}

/**
 * Operations that open a transaction of their own take part in the one that is open. What a transaction does last is to
 * record events; where those would be forgotten by now, they are not written at all, so the log begins with number 1.
 */
function within(tx: Tx, real: Database, keepsEvents: () => boolean): Database {
  return {
    ...real,
    query: tx.query,
    async transaction(work, last) {
      const result = await work(tx)
      const final = last?.(result)
      if (final && keepsEvents()) await tx.query`${final}`
      return result
    },
    // Nobody else can see what is being played.
    exclusively: (_key, work) => work(),
    listen: () => Promise.reject(new Error('nobody listens on a stage')),
    close: () => Promise.reject(new Error('a stage closes with its transaction')),
  }
}
