import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import pg from 'pg'
import { createExclusion, type Exclusion } from './exclusion.ts'
import { createLanes } from './lanes.ts'
import { Prepared, type Statement, submit } from './prepared.ts'
import { DatabaseUnavailable, orUnavailable } from './unavailable.ts'

/** A piece of SQL with its values. Made by the `sql` tag; pieces nest inside other pieces and inside `query`. */
export class Sql {
  constructor(
    readonly strings: readonly string[],
    readonly values: readonly unknown[],
  ) {}
}

export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  return new Sql(strings, values)
}

/** Joins conditions; an empty list is always true. */
export function and(conditions: readonly Sql[]): Sql {
  return joined(conditions, ' and ', sql`true`)
}

/** Joins conditions; an empty list is never true. */
export function or(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql`false`
  return new Sql(['(', ')'], [joined(conditions, ' or ', sql`false`)])
}

/** Joins selects; there must be at least one. */
export function unionAll(selects: readonly Sql[]): Sql {
  if (selects.length === 0) throw new Error('a union needs something to select')
  return joined(selects, ' union all ', sql``)
}

/** Joins the assignments of a `set`; there must be at least one. */
export function assignments(pieces: readonly Sql[]): Sql {
  if (pieces.length === 0) throw new Error('an update needs something to set')
  return joined(pieces, ', ', sql``)
}

function joined(pieces: readonly Sql[], separator: string, whenEmpty: Sql): Sql {
  if (pieces.length === 0) return whenEmpty
  return new Sql(['', ...pieces.slice(1).map(() => separator), ''], pieces)
}

/** No rows when a unique index refused the statement. Its transaction can only be rolled back then. */
export async function noRowsWhenTaken<Row>(statement: Promise<Row[]>): Promise<Row[]> {
  try {
    return await statement
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION) return []
    throw error
  }
}

/**
 * What `read` finds once `lock` has the rows. They must be two statements: one that waits for a row and joins others sees the row as it is
 * then, but the others as they were when it began to wait. Both travel in one flight.
 */
export async function readAfter<T>(lock: Promise<unknown>, read: Promise<T>): Promise<T> {
  const [, result] = await Promise.all([lock, read])
  return result
}

const UNIQUE_VIOLATION = '23505'

export interface Queryable {
  /** Runs one statement, prepared once per connection under a name of its own. */
  query<Row extends object>(strings: TemplateStringsArray, ...values: unknown[]): Promise<Row[]>
}

declare const inTransaction: unique symbol
/** A transaction in progress. There is no pool in reach, so a statement cannot slip outside it. */
export interface Tx extends Queryable {
  readonly [inTransaction]: true
}

export interface Database extends Queryable, Exclusion {
  /** Commits what `work` did, or nothing if it throws. `work` runs again after a deadlock, so it must do nothing but statements. `last`, if given, is sent together with the commit: its locks are held for one round trip. */
  transaction<T>(work: (tx: Tx) => Promise<T>, last?: (result: T) => Sql | null): Promise<T>
  /** Calls `heard` for each notification on a channel until the returned function is called. Reconnects by itself; `heard` is also called after a reconnect, with null, because something may have been missed. */
  listen(channel: string, heard: (payload: string | null) => void): Promise<() => Promise<void>>
  usage(): PoolUsage
}

export interface PoolUsage {
  /** Connections, busy or idle. */
  open: number
  idle: number
  /** Statements and transactions that wait for a connection. */
  waiting: number
}

export interface DatabaseOptions {
  connection: pg.PoolConfig
  /** Connections at the most; each serves one statement or one transaction at a time. */
  connectionsMax: number
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  onError: (error: Error) => void
}

/** For a free or a new connection. Whoever waits longer is told to come back, instead of everybody waiting behind them. */
const CONNECT_WITHIN_MS = 5_000
/** Later than the database's own statement_timeout: only a database that is gone without a word gets here. */
const ANSWER_WITHIN_MS = 35_000

/**
 * Statements outside of transactions hardly wait for anybody, so more of them at once than the processor can run only get into each
 * other's way: sixteen at once were half as many a second as four, on two cores. Transactions wait for each other's locks and have the
 * other connections, so that nobody who only reads waits behind them.
 */
const READS_PER_CORE = 2

/** At most half of all connections; 0 = statements share the one there is. */
export function readsAmong(connectionsMax: number): number {
  return Math.min(READS_PER_CORE * availableParallelism(), Math.floor(connectionsMax / 2))
}

/** Opens a pool for statements and one for transactions. Nothing is connected until the first statement. */
export function openDatabase({ connection, connectionsMax, onError }: DatabaseOptions): Database {
  const config: pg.PoolConfig & { pipeline: boolean } = {
    ...connection,
    max: connectionsMax,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
    // Our statements say themselves how they want to be run; planning the long ones anew for each call takes longer than running them.
    options:
      '-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s',
    // Statements that do not wait for each other travel in one flight (begin + first, last + commit).
    pipeline: true,
  }
  const readsMax = readsAmong(connectionsMax)
  const transactions = new pg.Pool({ ...config, max: connectionsMax - readsMax })
  const reads = new pg.Pool({ ...config, max: readsMax })
  const pools = [transactions, reads]
  for (const each of pools) each.on('error', onError)
  const lanes = createLanes(reads, CONNECT_WITHIN_MS)
  const exclusion = createExclusion(config, onError)
  return {
    query(strings, ...values) {
      const statement = statementOf(strings, values)
      return readsMax > 0 && statement.onlyReads
        ? answerOf(lanes.run(new Prepared(statement)))
        : runOn(transactions, statement)
    },
    transaction: (work, last) => transactionOn(transactions, work, last),
    listen: (channel, heard) => listenOn(config, channel, heard, onError),
    usage: () => ({
      open: sum(pools, ({ totalCount }) => totalCount),
      idle: sum(pools, ({ idleCount }) => idleCount),
      waiting: transactions.waitingCount + lanes.waiting(),
    }),
    exclusively: exclusion.exclusively,
    async close() {
      await exclusion.close()
      await Promise.all([...pools].map((each) => each.end()))
    },
  }
}

function sum(pools: Iterable<pg.Pool>, count: (pool: pg.Pool) => number): number {
  return [...pools].reduce((total, pool) => total + count(pool), 0)
}

function runOn<Row extends object>(
  runner: Pick<pg.Pool | pg.PoolClient, 'query'>,
  statement: Statement,
): Promise<Row[]> {
  return answerOf(
    new Promise((resolve, reject) => {
      submit(runner, new Prepared(statement), (error, rows) => (error ? reject(error) : resolve(rows)))
    }),
  )
}

async function answerOf<Row extends object>(answer: Promise<object[]>): Promise<Row[]> {
  try {
    return (await answer) as Row[]
  } catch (error) {
    // Where the answer was read says nothing; who asked does.
    if (error instanceof pg.DatabaseError) Error.captureStackTrace(error)
    throw orUnavailable(error)
  }
}

/** Two transactions that wait for each other are nobody's mistake: the one that was stopped starts over. */
async function transactionOn<T>(
  pool: pg.Pool,
  work: (tx: Tx) => Promise<T>,
  last?: (result: T) => Sql | null,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, work, last)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== DEADLOCK) throw orUnavailable(error)
      if (attempt >= ATTEMPTS_MAX) throw new DatabaseUnavailable(error)
    }
  }
}

const ATTEMPTS_MAX = 4
const DEADLOCK = '40P01'

async function attemptTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>, last?: (result: T) => Sql | null) {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection that breaks between two statements says so here, and unheard it would end the process. The next statement fails anyway.
  const lost = (error: Error) => {
    broken = error
  }
  client.on('error', lost)
  try {
    // Not awaited: it travels with the first statement, which fails too if this one does.
    client.query('begin').catch(() => {})
    const tx = { query: (strings, ...values) => runOn(client, statementOf(strings, values)) } as Tx
    const result = await work(tx)
    const final = last?.(result)
    const finalRun = final && runOn(client, statementOf(final.strings, final.values))
    const commit = client.query('commit')
    // Both are in flight: whichever fails, the other's failure must not go unheard.
    const [finalOutcome, commitOutcome] = await Promise.allSettled([finalRun, commit])
    if (finalOutcome.status === 'rejected') throw finalOutcome.reason
    if (commitOutcome.status === 'rejected') throw commitOutcome.reason
    if (commitOutcome.value.command !== 'COMMIT') throw new Error('the database rolled the transaction back')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.off('error', lost)
    client.release(broken)
  }
}

async function listenOn(
  config: pg.PoolConfig,
  channel: string,
  heard: (payload: string | null) => void,
  onError: (error: Error) => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | null = null
  let stopped = false
  let retry: NodeJS.Timeout | undefined

  async function connect() {
    const next = new pg.Client(config)
    next.on('error', lost)
    next.on('end', () => lost())
    next.on('notification', (message) => heard(message.payload ?? ''))
    await next.connect()
    await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    client = next
  }

  function lost(error?: Error) {
    if (stopped || retry) return
    if (error) onError(error)
    client = null
    // Not the clock's time: a test that holds that still must get its connection back.
    retry = setTimeout(reconnect, 500)
  }

  async function reconnect() {
    retry = undefined
    try {
      await connect()
      heard(null)
    } catch (error) {
      lost(error as Error)
    }
  }

  await connect()
  return async () => {
    stopped = true
    clearTimeout(retry)
    await client?.end().catch(() => {})
  }
}

/** What its text alone tells of a statement. */
type Description = Pick<Statement, 'name' | 'onlyReads' | 'remembersRows'>

const descriptions = new Map<string, Description>()

/** Flattens nested pieces into one text with numbered values, and names it by its text so that every connection prepares it once. */
export function statementOf(strings: readonly string[], values: readonly unknown[]): Statement {
  const flat: unknown[] = []
  const text = flatten(strings, values, flat)
  let description = descriptions.get(text)
  if (!description) {
    description = {
      name: createHash('sha256').update(text).digest('base64url').slice(0, 22),
      onlyReads: !CHANGES.test(text),
      remembersRows: text.includes(REMEMBERED),
    }
    descriptions.set(text, description)
  }
  return { ...description, text, values: flat }
}

/** A word too many here costs a statement its lane, a word too few may let readers stand behind somebody who waits for a lock. */
const CHANGES = /\b(insert|update|delete|truncate|lock|share|notify|pg_\w+)\b/i

const REMEMBERED = '/* remembered */'
/**
 * Before the columns of a statement: a row that reads as it did before is the same object as before, so that whoever makes something of it can
 * remember what. The first column says which row it is. For what is read again and again.
 */
export const remembered = new Sql([REMEMBERED], [])

function flatten(strings: readonly string[], values: readonly unknown[], flat: unknown[]): string {
  let text = strings[0] ?? ''
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value instanceof Sql) text += flatten(value.strings, value.values, flat)
    else text += `$${flat.push(value)}`
    text += strings[i + 1] ?? ''
  }
  return text
}
