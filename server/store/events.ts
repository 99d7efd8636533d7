import type { Queryable, Sql } from './database.ts'
import { sql } from './database.ts'
import type { EventId, TeamId, Timestamp } from './ids.ts'
import { newId } from './ids.ts'

export interface NewEvent {
  type: string
}

export interface StoredEvent<Data extends NewEvent = NewEvent> {
  seq: number
  id: EventId
  createdAt: Timestamp
  data: Data
}

/**
 * Takes the team's next sequence numbers and writes the events under them. Must be the last statement of its transaction: from here
 * to the commit every other writer of the team waits, which is what makes `seq` gap-free and visible in commit order.
 */
export function insertEvents(teamId: TeamId, events: readonly NewEvent[], now: Date): Sql {
  const ids = events.map(() => newId<EventId>())
  const types = events.map((event) => event.type)
  const data = events.map((event) => JSON.stringify(event))
  return sql`
    with counter as (
      update event_counters set seq = seq + ${events.length}::int where team_id = ${teamId} returning seq - ${events.length}::int as before
    )
    insert into events (team_id, seq, id, type, data, created_at)
    select ${teamId}, counter.before + new.position, new.id, new.type, new.data::json, ${now}::timestamptz
    from counter, unnest(${ids}::text[], ${types}::text[], ${data}::text[]) with ordinality as new (id, type, data, position)`
}

/**
 * In order of `seq`, strictly after `afterSeq`. `headSeq` is the end of the log as this very statement saw it; null when there is nothing
 * after `afterSeq`.
 */
export async function listEvents<Data extends NewEvent>(
  db: Queryable,
  teamId: TeamId,
  page: { afterSeq: number; types: readonly string[]; limit: number },
): Promise<{ events: StoredEvent<Data>[]; headSeq: number | null }> {
  const rows = await db.query<StoredEvent<Data> & { headSeq: number | null }>`
    select head.seq as "headSeq", page.seq, page.id, page.created_at as "createdAt", page.data
    from (select max(seq) as seq from events where team_id = ${teamId} and seq > ${page.afterSeq}) head
    left join (
      select seq, id, created_at, data from events
      where team_id = ${teamId} and seq > ${page.afterSeq} and type = any(${page.types}::text[])
      order by seq
      limit ${page.limit}
    ) page on true
    order by page.seq`
  const events = rows.filter(({ seq }) => seq !== null).map(({ headSeq: _, ...event }) => event)
  return { events, headSeq: rows[0]?.headSeq ?? null }
}

/** Deletes up to `limit` events that are older than `before` or beyond the newest `keep` of their team; says how many went. */
export async function deleteOldEvents(
  db: Queryable,
  old: { before: Date; keep: number; limit: number },
): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select team_id, seq from events where created_at < ${old.before}
      union
      select e.team_id, e.seq from event_counters c join events e on e.team_id = c.team_id and e.seq <= c.seq - ${old.keep}::int
      limit ${old.limit}
    )
    delete from events e using doomed where e.team_id = doomed.team_id and e.seq = doomed.seq
    returning e.seq`
  return rows.length
}
