import pg from 'pg'
import { type Database, readsAmong, type Sql, statementOf, type Tx } from '../server/store/database.ts'
import type { EmbeddedConnection } from '../server/store/embedded.ts'
import { parserOf } from '../server/store/prepared.ts'

/** As many as the server has, and shared out as it does: with more at once the driver would be slower. */
const CONNECTIONS_MAX = 16

/** The same statements in the same transactions, prepared by nothing but `pg`: what ours is measured against. */
export function openPlainDatabase(connection: EmbeddedConnection): Database {
  const config: pg.PoolConfig & { pipeline: boolean } = {
    ...connection,
    // Between two turns it must not lose what it has prepared.
    idleTimeoutMillis: 0,
    options: '-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan',
    types: { getTypeParser: (dataTypeID) => parserOf(dataTypeID) ?? ((text: string) => text) },
    pipeline: true,
  }
  const readsMax = readsAmong(CONNECTIONS_MAX)
  const reads = new pg.Pool({ ...config, max: readsMax })
  const transactions = new pg.Pool({ ...config, max: CONNECTIONS_MAX - readsMax })
  for (const pool of [reads, transactions]) pool.on('error', (error) => console.error(error))
  return {
    query: (strings, ...values) => run(reads, strings, values),
    async transaction<T>(work: (tx: Tx) => Promise<T>, last?: (result: T) => Sql | null) {
      const client = await transactions.connect()
      try {
        const begun = client.query('begin')
        const result = await work({ query: (strings, ...values) => run(client, strings, values) } as Tx)
        const final = last?.(result)
        await Promise.all([begun, final && run(client, final.strings, final.values), client.query('commit')])
        client.release()
        return result
      } catch (error) {
        client.release(true)
        throw error
      }
    },
    exclusively: (_key, work) => work(),
    listen: () => Promise.reject(new Error('nothing here listens')),
    usage() {
      throw new Error('nobody here asks')
    },
    close: async () => {
      await Promise.all([reads.end(), transactions.end()])
    },
  }
}

async function run<Row extends object>(
  runner: Pick<pg.Pool, 'query'>,
  strings: readonly string[],
  values: readonly unknown[],
): Promise<Row[]> {
  const { name, text, values: parameters } = statementOf(strings, values)
  const { rows } = await runner.query<Row>({ name, text, values: [...parameters] })
  return rows
}
