import type { Queryable, Sql } from './database.ts'
import { sql, unionAll } from './database.ts'
import type { TeamId, Timestamp, WebhookEndpointId } from './ids.ts'
import type { DeliveryMode, DisabledReason, EndpointSecrets } from './webhook-endpoints.ts'

/** Who works for an endpoint: nobody else does while the number is this one. */
export interface WebhookLease {
  teamId: TeamId
  endpointId: WebhookEndpointId
  number: number
}

/** An endpoint as whoever sends for it needs it. */
export interface LeasedEndpoint extends EndpointSecrets {
  url: string
  types: string[] | null
  apiVersion: '1' | '2'
  deliveryMode: DeliveryMode
  headerNames: string[]
  disabledReason: DisabledReason | null
  previousSecretUntil: Timestamp | null
  enabledAt: Timestamp
  position: number
  failingSince: Timestamp | null
  hurryBefore: Timestamp | null
  version: number
}

const columns = sql`e.url, e.types, e.api_version as "apiVersion", e.delivery_mode as "deliveryMode", e.header_names as "headerNames",
  e.header_values as "headerValues", e.secret, e.previous_secret as "previousSecret", e.previous_secret_until as "previousSecretUntil",
  e.disabled_reason as "disabledReason", e.enabled_at as "enabledAt", e.position, e.failing_since as "failingSince",
  e.hurry_before as "hurryBefore", e.version`

/** Of webhook_endpoints e, while the lease is held. */
export function heldBy({ teamId, endpointId, number }: WebhookLease): Sql {
  return sql`e.team_id = ${teamId} and e.id = ${endpointId} and e.lease_number = ${number} and e.deleted_at is null`
}

export interface WorkSearch {
  /** With news; null = it may be any. */
  teamIds: readonly TeamId[] | null
  now: Date
  limit: number
}

export interface EndpointKey {
  teamId: TeamId
  endpointId: WebhookEndpointId
}

/**
 * Endpoints nobody works for that have something to do: it is due, or the log of their team has grown. Those that wait longest come first:
 * since something was due, or since the next event happened. One whose next event the log has forgotten waits since it was enabled.
 */
export function listEndpointsWithWork(
  db: Queryable,
  { teamIds, now, limit }: WorkSearch,
): Promise<(EndpointKey & { since: Timestamp })[]> {
  const ofTeams = teamIds === null ? sql`true` : sql`e.team_id = any(${teamIds}::text[])`
  const isFree = sql`e.deleted_at is null and (e.lease_until is null or e.lease_until <= ${now})`
  return db.query<EndpointKey & { since: Timestamp }>`
    select team_id as "teamId", id as "endpointId", since from (${unionAll([
      sql`(select e.team_id, e.id, e.due_at as since from webhook_endpoints e where e.due_at <= ${now} and ${isFree}
        order by e.due_at limit ${limit})`,
      sql`(select e.team_id, e.id, coalesce(
          (select created_at from events where team_id = e.team_id and seq = e.position + 1), e.enabled_at) as since
        from webhook_endpoints e join event_counters c on c.team_id = e.team_id
        where ${ofTeams} and ${isFree} and e.disabled_reason is null and e.position < c.seq and (e.due_at is null or e.due_at > ${now})
        order by since limit ${limit})`,
    ])}) work
    order by since
    limit ${limit}`
}

/** When the earliest of those that nobody works for is due; null = none is. */
export async function findNextDue(db: Queryable, now: Date): Promise<Timestamp | null> {
  const [row] = await db.query<{ dueAt: Timestamp | null }>`
    select min(due_at) as "dueAt" from webhook_endpoints where due_at > ${now}`
  return row?.dueAt ?? null
}

/** Takes those of the endpoints that nobody has taken meanwhile. */
export function leaseWebhookEndpoints(
  db: Queryable,
  endpoints: readonly EndpointKey[],
  { now, until }: { now: Date; until: Date },
): Promise<(WebhookLease & LeasedEndpoint)[]> {
  return db.query`
    with free as (
      select e.team_id, e.id from webhook_endpoints e
      join unnest(${endpoints.map(({ teamId }) => teamId)}::text[], ${endpoints.map(({ endpointId }) => endpointId)}::text[])
        as wanted (team_id, id) on wanted.team_id = e.team_id and wanted.id = e.id
      where e.deleted_at is null and (e.lease_until is null or e.lease_until <= ${now})
      for update of e skip locked
    )
    update webhook_endpoints e
    set lease_number = e.lease_number + 1, lease_until = ${until}, due_at = coalesce(e.due_at, ${now})
    from free where e.team_id = free.team_id and e.id = free.id
    returning e.team_id as "teamId", e.id as "endpointId", e.lease_number as number, ${columns}`
}

/** The endpoint as it is now. Null: the lease is another's, or the endpoint is gone. */
export async function renewWebhookLease(
  db: Queryable,
  lease: WebhookLease,
  until: Date,
): Promise<LeasedEndpoint | null> {
  const [row] = await db.query<LeasedEndpoint>`
    update webhook_endpoints e set lease_until = ${until} where ${heldBy(lease)} returning ${columns}`
  return row ?? null
}

/** What goes one after the other and is not settled, in the words of its own index alone. */
export const isInLine = sql`settled_at is null and cause = 'event'`

/**
 * Gives it back and notes when there is something to do next; what was due before is due now, behind those that waited meanwhile. False when
 * something changed since `version`: whoever changed it may have added work that this statement does not see. Also false when the lease is
 * another's.
 */
export async function releaseWebhookLease(
  db: Queryable,
  lease: WebhookLease,
  { version, now }: { version: number; now: Date },
): Promise<boolean> {
  const { teamId, endpointId } = lease
  const ofEndpoint = sql`d.team_id = ${teamId} and d.endpoint_id = ${endpointId}`
  // Said of a minimum, too, so that a plan made for an empty queue does not walk past all that wait for their turn.
  const isTimed = sql`d.state = 'pending' and d.next_attempt_at is not null`
  const rows = await db.query`
    update webhook_endpoints e
    set lease_until = null, due_at = (select greatest(at, ${now}::timestamptz) from (select case
      when e.disabled_reason is not null then (
        select min(d.next_attempt_at) from webhook_deliveries d where ${ofEndpoint} and ${isTimed} and d.cause = 'test')
      when e.hurry_before is not null then ${now}::timestamptz
      when e.delivery_mode = 'parallel' then (
        select min(d.next_attempt_at) from webhook_deliveries d where ${ofEndpoint} and ${isTimed})
      else least(
        (select coalesce(d.next_attempt_at, ${now}::timestamptz) from webhook_deliveries d where ${ofEndpoint} and ${isInLine}
          order by d.seq limit 1),
        (select min(d.next_attempt_at) from webhook_deliveries d where ${ofEndpoint} and ${isTimed} and d.cause <> 'event'))
      end as at) next where at is not null)
    where ${heldBy(lease)} and e.version = ${version}
    returning e.id`
  return rows.length === 1
}

/** Those of the teams that have endpoints; null = of all teams. */
export async function listTeamsWithEndpoints(db: Queryable, teamIds: readonly TeamId[] | null): Promise<TeamId[]> {
  const isAsked = teamIds === null ? sql`true` : sql`team_id = any(${teamIds}::text[])`
  const rows = await db.query<{ teamId: TeamId }>`
    select distinct team_id as "teamId" from webhook_endpoints where ${isAsked} and deleted_at is null`
  return rows.map(({ teamId }) => teamId)
}
