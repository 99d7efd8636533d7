import type { Queryable } from './database.ts'

/** By the database's clock, at the moment it answers: milliseconds since 1970. */
export async function readDatabaseTime(db: Queryable): Promise<number> {
  const [row] = await db.query<{ ms: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`
  if (!row) throw new Error('the database has no time')
  return row.ms
}
