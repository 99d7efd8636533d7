import pg from 'pg'

/** The database cannot be reached, does not answer in time or will not work now. The same may succeed a moment later. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database does not answer', { cause })
  }
}

/** Connection lost (08), resources exhausted (53), shutting down or stopped by statement_timeout (57), read-only after a failover (25006). */
const UNAVAILABLE = /^(08|53|57)|^25006$/
/** The driver's own words: these have no code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (was closed|has encountered)|Cannot use a pool)/

/** What a failed statement means to whoever ran it. */
export function orUnavailable(error: unknown): unknown {
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error
}

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof pg.DatabaseError) return UNAVAILABLE.test(code)
  return LOST.test(error.message) || /^E[A-Z]+$/.test(code)
}
