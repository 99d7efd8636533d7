import type { Queryable } from './database.ts'
import { sql } from './database.ts'
import type { EventId, Timestamp, WebhookDeliveryId } from './ids.ts'
import { newId } from './ids.ts'
import type { DeliveryCause, DeliveryState } from './webhook-deliveries.ts'
import { heldBy, isInLine, type WebhookLease } from './webhook-leases.ts'

/** An event as it will be sent. */
export interface NewPayload {
  eventId: EventId
  seq: number
  type: string
  body: string
}

/** A stretch of the log that becomes deliveries. */
export interface LogStretch {
  /** Where the endpoint stands, and where it will. */
  from: number
  to: number
  /** Forgotten events in it. */
  missed: number
  apiVersion: '1' | '2'
  payloads: readonly NewPayload[]
  /** When they are due; null = each in its turn. */
  dueAt: Date | null
  now: Date
  leaseUntil: Date
}

/**
 * Makes deliveries of the events and moves the endpoint from where it stood. False when it stands elsewhere, is disabled, or the lease is
 * another's: then nothing happened.
 */
export async function insertEventDeliveries(
  db: Queryable,
  lease: WebhookLease,
  { from, to, missed, apiVersion, payloads, dueAt, now, leaseUntil }: LogStretch,
): Promise<boolean> {
  // Those of one moment are listed by their ids: in the order of the log.
  const ids = payloads.map(() => newId<WebhookDeliveryId>()).sort()
  const eventIds = payloads.map(({ eventId }) => eventId)
  const seqs = payloads.map(({ seq }) => seq)
  const types = payloads.map(({ type }) => type)
  const bodies = payloads.map(({ body }) => body)
  const rows = await db.query`
    with moved as (
      update webhook_endpoints e
      set position = ${to}, missed_events = e.missed_events + ${missed}::bigint, lease_until = ${leaseUntil}
      where ${heldBy(lease)} and e.position = ${from} and e.disabled_reason is null
      returning e.team_id, e.id
    ), rendered as (
      insert into webhook_payloads (team_id, event_id, api_version, seq, type, body, used_at)
      select moved.team_id, new.event_id, ${apiVersion}, new.seq, new.type, new.body, ${now}::timestamptz
      from moved, unnest(${eventIds}::text[], ${seqs}::bigint[], ${types}::text[], ${bodies}::text[]) as new (event_id, seq, type, body)
      -- Held, so that nobody forgets it now. It stays as it is; only what is about to be forgotten is used again.
      on conflict (team_id, event_id, api_version) do update set used_at = excluded.used_at
      where webhook_payloads.used_at < excluded.used_at - interval '12 hours'
    ), made as (
      insert into webhook_deliveries (team_id, id, endpoint_id, event_id, api_version, seq, type, cause, state, next_attempt_at, created_at)
      select moved.team_id, new.id, moved.id, new.event_id, ${apiVersion}, new.seq, new.type, 'event', 'pending', ${dueAt}::timestamptz,
        ${now}::timestamptz
      from moved, unnest(${ids}::text[], ${eventIds}::text[], ${seqs}::bigint[], ${types}::text[]) as new (id, event_id, seq, type)
    )
    select id from moved`
  return rows.length === 1
}

/** A delivery that waits to be sent. */
export interface QueuedDelivery {
  id: WebhookDeliveryId
  eventId: EventId
  /** Null: a test's. */
  seq: number | null
  type: string
  cause: DeliveryCause
  attemptsCount: number
  /** By the schedule it is on, which began at `triedSince`. */
  tries: number
  triedSince: Timestamp | null
  nextAttemptAt: Timestamp | null
  lastAttemptAt: Timestamp | null
  body: string
}

const queueColumns = sql`q.id, q.event_id as "eventId", q.seq, q.type, q.cause, q.attempts_count as "attemptsCount", q.tries,
  q.tried_since as "triedSince", q.next_attempt_at as "nextAttemptAt", q.last_attempt_at as "lastAttemptAt", p.body`

/** One by one: a plan for any length of page would read all bodies there are. */
const withBody = sql`cross join lateral (
    select body from webhook_payloads where team_id = q.team_id and event_id = q.event_id and api_version = q.api_version limit 1
  ) p`

/** Those that go one after the other, strictly after `afterSeq`, whether they are due or not. */
export function listDeliveriesInLine(
  db: Queryable,
  { teamId, endpointId }: WebhookLease,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): Promise<QueuedDelivery[]> {
  return db.query<QueuedDelivery>`
    select ${queueColumns} from (
      select * from webhook_deliveries
      where team_id = ${teamId} and endpoint_id = ${endpointId} and ${isInLine} and seq > ${afterSeq}
      order by seq, id limit ${limit}
    ) q ${withBody}
    order by q.seq, q.id`
}

/** Those that are due, the longest first, and of one moment in the order they were made: tests only, those beside the line, or all. */
export function listDueDeliveries(
  db: Queryable,
  { teamId, endpointId }: WebhookLease,
  { which, now, limit }: { which: 'tests' | 'besideLine' | 'all'; now: Date; limit: number },
): Promise<QueuedDelivery[]> {
  const isWanted = { tests: sql`cause = 'test'`, besideLine: sql`cause <> 'event'`, all: sql`true` }[which]
  return db.query<QueuedDelivery>`
    select ${queueColumns} from (
      select * from webhook_deliveries
      where team_id = ${teamId} and endpoint_id = ${endpointId} and state = 'pending' and next_attempt_at <= ${now} and ${isWanted}
      order by next_attempt_at limit ${limit}
    ) q ${withBody}
    order by q.next_attempt_at, q.seq, q.id`
}

/** What came of an attempt, and how its delivery goes on. */
export interface AttemptRecord {
  deliveryId: WebhookDeliveryId
  number: number
  at: Date
  durationMs: number
  status: number | null
  error: string | null
  answer: string
  state: DeliveryState
  tries: number
  triedSince: Date
  nextAttemptAt: Date | null
  /** The receiver asked not to be asked before; null = it did not. */
  waitUntil: Date | null
  settledAt: Date | null
}

/** What the attempts say about the endpoint. */
export interface EndpointHealth {
  failingSince: Date | null
  /** Null = nothing has to hurry that does not already. */
  hurryBefore: Date | null
}

/**
 * Still to be sent, in words that no partial index knows. Until it has statistics of a burst, the planner takes the queue for nearly empty,
 * and would rather read all of it than look a few ids up. For the same reason the ids are named, and not only joined.
 */
const isPending = sql`d.settled_at is null`

/** Writes down attempts and what follows from them. The endpoint's version now; null when the lease is another's: then nothing happened. */
export async function recordAttempts(
  db: Queryable,
  lease: WebhookLease,
  attempts: readonly AttemptRecord[],
  { failingSince, hurryBefore, leaseUntil }: EndpointHealth & { leaseUntil: Date },
): Promise<number | null> {
  const ids = attempts.map(({ deliveryId }) => deliveryId)
  const texts = (pick: (attempt: AttemptRecord) => string | null) => attempts.map(pick)
  const numbers = (pick: (attempt: AttemptRecord) => number | null) => attempts.map(pick)
  const times = (pick: (attempt: AttemptRecord) => Date | null) =>
    attempts.map((one) => pick(one)?.toISOString() ?? null)
  const [row] = await db.query<{ version: number }>`
    with held as (
      update webhook_endpoints e
      set failing_since = ${failingSince}, hurry_before = coalesce(${hurryBefore}::timestamptz, e.hurry_before), lease_until = ${leaseUntil}
      where ${heldBy(lease)}
      returning e.team_id, e.version
    ), made as (
      select * from unnest(${ids}::text[], ${numbers((one) => one.number)}::int[],
        ${times((one) => one.at)}::timestamptz[], ${numbers((one) => one.durationMs)}::int[], ${numbers((one) => one.status)}::int[],
        ${texts((one) => one.error)}::text[], ${texts((one) => one.answer)}::text[], ${texts((one) => one.state)}::text[],
        ${numbers((one) => one.tries)}::int[], ${times((one) => one.triedSince)}::timestamptz[],
        ${times((one) => one.nextAttemptAt)}::timestamptz[], ${times((one) => one.waitUntil)}::timestamptz[],
        ${times((one) => one.settledAt)}::timestamptz[])
        as made (delivery_id, number, at, duration_ms, status, error, answer, state, tries, tried_since, next_attempt_at, wait_until, settled_at)
    ), changed as (
      update webhook_deliveries d
      set state = made.state, attempts_count = made.number, tries = made.tries, tried_since = made.tried_since, last_attempt_at = made.at,
        next_attempt_at = made.next_attempt_at, wait_until = made.wait_until, settled_at = made.settled_at
      from held, made where ${isPending} and d.team_id = ${lease.teamId} and d.id = any(${ids}::text[]) and d.id = made.delivery_id
      returning d.team_id, d.id
    ), logged as (
      insert into webhook_attempts (team_id, delivery_id, number, at, duration_ms, status, error, answer)
      select changed.team_id, made.delivery_id, made.number, made.at, made.duration_ms, made.status, made.error, made.answer
      from changed join made on made.delivery_id = changed.id
    )
    select version from held`
  return row?.version ?? null
}

export interface Hurry {
  before: Timestamp
  enabledAt: Timestamp
  alsoUntried: boolean
  now: Date
  limit: number
}

/**
 * Up to `limit` deliveries that were last tried before that moment are due now, but for those that the receiver put off since the endpoint was
 * enabled; says how many. With `alsoUntried` those that wait for a turn are, too: there are no turns where order does not matter.
 */
export async function hurryDeliveries(
  db: Queryable,
  { teamId, endpointId }: WebhookLease,
  { before, enabledAt, alsoUntried, now, limit }: Hurry,
): Promise<number> {
  const rows = await db.query`
    with waiting as (
      select team_id, id from webhook_deliveries
      where team_id = ${teamId} and endpoint_id = ${endpointId} and state = 'pending'
        and (next_attempt_at > ${now} and last_attempt_at <= ${before}
            and (wait_until is null or wait_until <= ${now} or last_attempt_at < ${enabledAt}) or ${alsoUntried}::boolean and next_attempt_at is null)
      limit ${limit}
    )
    update webhook_deliveries d set next_attempt_at = ${now}
    from waiting where d.team_id = waiting.team_id and d.id = waiting.id
    returning d.id`
  return rows.length
}

/** Everybody in a hurry has been told. */
export async function endHurry(db: Queryable, lease: WebhookLease, before: Timestamp): Promise<void> {
  await db.query`update webhook_endpoints e set hurry_before = null where ${heldBy(lease)} and e.hurry_before = ${before}`
}
