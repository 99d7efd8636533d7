import type { Database, Queryable } from './database.ts'

const CHANNEL = 'event_signals'

/** Tells every process that listens, this one too. A payload has less than 8,000 bytes. */
export async function notifyOfEvents(db: Queryable, payload: string): Promise<void> {
  await db.query`select pg_notify(${CHANNEL}, ${payload})`
}

/** `heard` gets null after a reconnect: something may have been missed. */
export function listenForEvents(
  db: Pick<Database, 'listen'>,
  heard: (payload: string | null) => void,
): Promise<() => Promise<void>> {
  return db.listen(CHANNEL, heard)
}
