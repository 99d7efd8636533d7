import type { Queryable } from './database.ts'
import type { Timestamp } from './ids.ts'

/** Requests of a team that one server accepted within a second (`span` 1) or a minute (60). */
export interface RateLimitUsage {
  teamId: string
  span: 1 | 60
  startsAt: Date
  requests: number
}

/** What another server accepted within a second. */
export interface HeardUsage {
  teamId: string
  nodeId: string
  startsAt: Timestamp
  requests: number
  writtenAt: Timestamp
}

/** Longer than any exchange takes: what was being written during the last reading is read again. */
const OVERLAP_SECONDS = 3

/**
 * Writes this server's counts and reads the seconds others have written since `heardUntil`, in one statement. Counts are totals of their
 * second or minute, so writing or reading them twice does no harm.
 */
export function exchangeRateLimitUsage(
  db: Queryable,
  nodeId: string,
  exchange: { own: readonly RateLimitUsage[]; since: Date; heardUntil: Timestamp | null },
): Promise<HeardUsage[]> {
  const { own, since, heardUntil } = exchange
  return db.query<HeardUsage>`
    with written as (
      insert into rate_limit_usage (team_id, span, starts_at, node_id, requests, written_at)
      select own.team_id, own.span, own.starts_at, ${nodeId}, own.requests, clock_timestamp()
      from unnest(${own.map(({ teamId }) => teamId)}::text[], ${own.map(({ span }) => span)}::integer[],
        ${own.map(({ startsAt }) => startsAt)}::timestamptz[], ${own.map(({ requests }) => requests)}::integer[])
        as own (team_id, span, starts_at, requests)
      on conflict (team_id, span, starts_at, node_id) do update
        set requests = excluded.requests, written_at = excluded.written_at
    )
    select team_id as "teamId", node_id as "nodeId", starts_at as "startsAt", requests, written_at as "writtenAt"
    from rate_limit_usage
    where span = 1 and starts_at > ${since} and node_id <> ${nodeId}
      and (${heardUntil}::timestamptz is null or written_at > ${heardUntil}::timestamptz - make_interval(secs => ${OVERLAP_SECONDS}))
    order by starts_at`
}

/** Whole minutes before `until`, all servers together, oldest first. */
export function listRateLimitMinutes(
  db: Queryable,
  { since, until }: { since: Date; until: Date },
): Promise<{ teamId: string; startsAt: Timestamp; requests: number }[]> {
  return db.query`
    select team_id as "teamId", starts_at as "startsAt", sum(requests)::integer as requests
    from rate_limit_usage
    where span = 60 and starts_at >= ${since} and starts_at < ${until}
    group by team_id, starts_at
    order by starts_at`
}

/** Seconds and minutes that no window reaches back to. */
export async function deleteRateLimitUsage(
  db: Queryable,
  before: { secondsBefore: Date; minutesBefore: Date },
): Promise<void> {
  await db.query`
    delete from rate_limit_usage
    where (span = 1 and starts_at < ${before.secondsBefore}) or (span = 60 and starts_at < ${before.minutesBefore})`
}
