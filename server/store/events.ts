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

/** Strictly after `afterSeq`, in order of `seq`, of these types only. */
interface LogPage {
  afterSeq: number
  types: readonly string[]
  limit: number
}

function pageOf(teamId: TeamId, { afterSeq, types, limit }: LogPage): Sql {
  return sql`
    select seq, id, created_at, data from events
    where team_id = ${teamId} and seq > ${afterSeq} and type = any(${types}::text[])
    order by seq
    limit ${limit}`
}

/** A page of the log. `headSeq` is the end of the log as this very statement saw it; null when there is nothing after `afterSeq`. */
export async function listEvents<Data extends NewEvent>(
  db: Queryable,
  teamId: TeamId,
  page: LogPage,
): Promise<{ events: StoredEvent<Data>[]; headSeq: number | null }> {
  const rows = await db.query<StoredEvent<Data> & { headSeq: number | null }>`
    select head.seq as "headSeq", page.seq, page.id, page.created_at as "createdAt", page.data
    from (select max(seq) as seq from events where team_id = ${teamId} and seq > ${page.afterSeq}) head
    left join (${pageOf(teamId, page)}) page on true
    order by page.seq`
  const events = rows.filter(({ seq }) => seq !== null).map(({ headSeq: _, ...event }) => event)
  return { events, headSeq: rows[0]?.headSeq ?? null }
}

/** Where a team's log begins and ends. */
export interface LogBounds {
  /** The number given last; 0 = none yet. */
  headSeq: number
  /** Of the oldest event that is kept; when none is, the number that comes next. */
  oldestSeq: number
}

/** Null: there is no such team. */
export async function findLogBounds(db: Queryable, teamId: TeamId): Promise<LogBounds | null> {
  const [row] = await db.query<LogBounds>`select bounds.* from (${boundsOf(teamId)}) bounds`
  return row ?? null
}

/** Like `listEvents`, with the bounds of the log as this very statement saw it: whether something was forgotten after `afterSeq` shows. */
export async function followEvents<Data extends NewEvent>(
  db: Queryable,
  teamId: TeamId,
  page: LogPage,
): Promise<{ events: StoredEvent<Data>[]; bounds: LogBounds }> {
  const rows = await db.query<StoredEvent<Data> & LogBounds>`
    select bounds.*, page.seq, page.id, page.created_at as "createdAt", page.data
    from (${boundsOf(teamId)}) bounds
    left join (${pageOf(teamId, page)}) page on true
    order by page.seq`
  const [first] = rows
  if (!first) throw new Error(`there is no team ${teamId}`)
  const { headSeq, oldestSeq } = first
  const events = rows.filter(({ seq }) => seq !== null)
  return {
    events: events.map(({ seq, id, createdAt, data }) => ({ seq, id, createdAt, data })),
    bounds: { headSeq, oldestSeq },
  }
}

function boundsOf(teamId: TeamId): Sql {
  return sql`
    select c.seq as "headSeq", coalesce((select min(e.seq) from events e where e.team_id = ${teamId}), c.seq + 1) as "oldestSeq"
    from event_counters c where c.team_id = ${teamId}`
}

/** Where the logs of these teams end. */
export function listHeadSeqs(
  db: Queryable,
  teamIds: readonly TeamId[],
): Promise<{ teamId: TeamId; headSeq: number }[]> {
  return db.query`
    select team_id as "teamId", seq as "headSeq" from event_counters where team_id = any(${teamIds}::text[])`
}

/**
 * Deletes up to `limit` events that are older than `before` or beyond the newest `keep` of their team; says how many went. What an enabled
 * webhook endpoint is still to get stays.
 */
export async function deleteOldEvents(
  db: Queryable,
  old: { before: Date; keep: number; limit: number },
): Promise<number> {
  const rows = await db.query`
    with passed as (
      select team_id, min(position) as seq from webhook_endpoints where disabled_reason is null and deleted_at is null group by team_id
    ), doomed as (
      select e.team_id, e.seq from events e left join passed p on p.team_id = e.team_id
      where e.created_at < ${old.before} and (p.seq is null or e.seq <= p.seq)
      union
      select e.team_id, e.seq from event_counters c left join passed p on p.team_id = c.team_id
      join events e on e.team_id = c.team_id and e.seq <= least(c.seq - ${old.keep}::int, p.seq)
      limit ${old.limit}
    )
    delete from events e using doomed where e.team_id = doomed.team_id and e.seq = doomed.seq
    returning e.seq`
  return rows.length
}
