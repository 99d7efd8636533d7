import type { Queryable, Sql, Tx } from './database.ts'
import { sql } from './database.ts'
import type { EventId, TeamId, Timestamp, WebhookDeliveryId, WebhookEndpointId } from './ids.ts'
import { newId } from './ids.ts'

export const deliveryStates = ['pending', 'delivered', 'failed'] as const
export type DeliveryState = (typeof deliveryStates)[number]
export const deliveryCauses = ['event', 'test', 'redelivery'] as const
export type DeliveryCause = (typeof deliveryCauses)[number]

export interface WebhookDelivery {
  id: WebhookDeliveryId
  endpointId: WebhookEndpointId
  eventId: EventId
  apiVersion: '1' | '2'
  /** Of the event in the team's log; null: a test is in no log. */
  seq: number | null
  /** In the words of the version. */
  type: string
  cause: DeliveryCause
  state: DeliveryState
  attemptsCount: number
  lastAttempt: WebhookAttempt | null
  /** Null: it waits for its turn, or it is settled. */
  nextAttemptAt: Timestamp | null
  settledAt: Timestamp | null
  createdAt: Timestamp
}

export interface WebhookAttempt {
  number: number
  at: Timestamp
  durationMs: number
  /** Of the answer; null = there was none. */
  status: number | null
  /** Why it did not arrive; null = it did. */
  error: string | null
  /** The beginning of the answer, or what is known about the error. */
  answer: string
}

const columns = sql`d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", d.api_version as "apiVersion", d.seq, d.type, d.cause,
  d.state, d.attempts_count as "attemptsCount", d.next_attempt_at as "nextAttemptAt", d.settled_at as "settledAt",
  d.created_at as "createdAt"`

const attemptColumns = sql`a.number, a.at, a.duration_ms as "durationMs", a.status, a.error, a.answer`

type DeliveryRow = Omit<WebhookDelivery, 'lastAttempt'> & { [K in keyof WebhookAttempt]: WebhookAttempt[K] | null }

/** With the last of its attempts, if there was one. One by one: a plan for any length of page would read all attempts there are. */
const withLastAttempt = sql`left join lateral (
    select * from webhook_attempts where team_id = d.team_id and delivery_id = d.id and number = d.attempts_count limit 1
  ) a on true`

function deliveryOf({ number, at, durationMs, status, error, answer, ...delivery }: DeliveryRow): WebhookDelivery {
  const isTried = number !== null && at !== null && durationMs !== null && answer !== null
  return { ...delivery, lastAttempt: isTried ? { number, at, durationMs, status, error, answer } : null }
}

export interface DeliveryPage {
  /** Null: in any. */
  state: DeliveryState | null
  /** Null: any. */
  types: readonly string[] | null
  after: { timestamp: Timestamp; id: string } | null
  limit: number
}

const isInState = {
  pending: sql`state = 'pending'`,
  delivered: sql`state = 'delivered'`,
  failed: sql`state = 'failed'`,
} as const satisfies Record<DeliveryState, Sql>

/** Of one type they are in order already. */
function isOfTypes(types: readonly string[] | null): Sql {
  if (types === null) return sql`true`
  return types.length === 1 ? sql`type = ${types[0]}` : sql`type = any(${types}::text[])`
}

/** Newest first. */
export async function listDeliveries(
  db: Queryable,
  teamId: TeamId,
  endpointId: WebhookEndpointId,
  { state, types, after, limit }: DeliveryPage,
): Promise<WebhookDelivery[]> {
  const rows = await db.query<DeliveryRow>`
    select ${columns}, ${attemptColumns} from (
      select * from webhook_deliveries
      where team_id = ${teamId} and endpoint_id = ${endpointId} and ${state === null ? sql`true` : isInState[state]}
        and ${isOfTypes(types)}
        and ${after === null ? sql`true` : sql`(created_at, id) < (${after.timestamp}::timestamptz, ${after.id})`}
      order by created_at desc, id desc
      limit ${limit}
    ) d
    ${withLastAttempt}
    order by d.created_at desc, d.id desc`
  return rows.map(deliveryOf)
}

/** `body`: null when what was sent has been forgotten. Null when there is no such delivery, or its endpoint is gone. */
export async function findDelivery(
  db: Queryable,
  teamId: TeamId,
  id: string,
): Promise<{ delivery: WebhookDelivery; body: string | null } | null> {
  const [row] = await db.query<DeliveryRow & { body: string | null }>`
    select ${columns}, ${attemptColumns}, p.body from webhook_deliveries d
    join webhook_endpoints e on e.team_id = d.team_id and e.id = d.endpoint_id and e.deleted_at is null
    left join webhook_payloads p on p.team_id = d.team_id and p.event_id = d.event_id and p.api_version = d.api_version
    ${withLastAttempt}
    where d.team_id = ${teamId} and d.id = ${id}`
  if (!row) return null
  const { body, ...delivery } = row
  return { delivery: deliveryOf(delivery), body }
}

/** Newest first. */
export function listAttempts(db: Queryable, teamId: TeamId, id: string, limit: number): Promise<WebhookAttempt[]> {
  return db.query<WebhookAttempt>`
    select ${attemptColumns} from webhook_attempts a where a.team_id = ${teamId} and a.delivery_id = ${id}
    order by a.number desc limit ${limit}`
}

/** What is stored of an event to be sent. */
export interface StoredPayload {
  eventId: EventId
  apiVersion: '1' | '2'
  /** Null: a test's. */
  seq: number | null
  type: string
  body: string
}

/** Those that are there already stay as they are. */
export async function insertPayloads(
  tx: Tx,
  teamId: TeamId,
  payloads: readonly StoredPayload[],
  now: Date,
): Promise<void> {
  await tx.query`
    insert into webhook_payloads (team_id, event_id, api_version, seq, type, body, used_at)
    select ${teamId}, new.event_id, new.api_version, new.seq, new.type, new.body, ${now}::timestamptz
    from unnest(${payloads.map(({ eventId }) => eventId)}::text[], ${payloads.map(({ apiVersion }) => apiVersion)}::text[],
      ${payloads.map(({ seq }) => seq)}::bigint[], ${payloads.map(({ type }) => type)}::text[], ${payloads.map(({ body }) => body)}::text[])
      as new (event_id, api_version, seq, type, body)
    on conflict (team_id, event_id, api_version) do nothing`
}

/** A delivery beside the line, due at once, of a payload that is stored. Null when the payload is not. */
export async function insertDeliveryBeside(
  tx: Tx,
  teamId: TeamId,
  delivery: Pick<WebhookDelivery, 'endpointId' | 'eventId' | 'apiVersion'> & {
    cause: 'test' | 'redelivery'
    now: Date
  },
): Promise<WebhookDelivery | null> {
  const { endpointId, eventId, apiVersion, cause, now } = delivery
  const [row] = await tx.query<Omit<WebhookDelivery, 'lastAttempt'>>`
    with payload as (
      update webhook_payloads set used_at = ${now} where team_id = ${teamId} and event_id = ${eventId} and api_version = ${apiVersion}
      returning seq, type
    ), due as (${noteWork(teamId, endpointId, now)})
    insert into webhook_deliveries as d (team_id, id, endpoint_id, event_id, api_version, seq, type, cause, state, next_attempt_at, created_at)
    select ${teamId}, ${newId<WebhookDeliveryId>()}, ${endpointId}, ${eventId}, ${apiVersion}, payload.seq, payload.type, ${cause}, 'pending',
      ${now}::timestamptz, ${now}::timestamptz
    from payload
    returning ${columns}`
  return row ? { ...row, lastAttempt: null } : null
}

/** Of every stored payload of these types in the stretch of the log; says how many. */
export async function insertRedeliveries(
  tx: Tx,
  teamId: TeamId,
  endpointId: WebhookEndpointId,
  stretch: { apiVersion: '1' | '2'; types: readonly string[]; fromSeq: number; toSeq: number; now: Date },
): Promise<number> {
  const { apiVersion, types, fromSeq, toSeq, now } = stretch
  // Those of one moment are listed by their ids: in the order of the log.
  const ids = Array.from({ length: toSeq - fromSeq + 1 }, () => newId<WebhookDeliveryId>()).sort()
  const rows = await tx.query`
    with payload as (
      update webhook_payloads set used_at = ${now}
      where team_id = ${teamId} and api_version = ${apiVersion} and seq between ${fromSeq} and ${toSeq} and type = any(${types}::text[])
      returning event_id, seq, type
    ), due as (${noteWork(teamId, endpointId, now)})
    insert into webhook_deliveries (team_id, id, endpoint_id, event_id, api_version, seq, type, cause, state, next_attempt_at, created_at)
    select ${teamId}, (${ids}::text[])[seq - ${fromSeq} + 1], ${endpointId}, event_id, ${apiVersion}, seq, type, 'redelivery', 'pending',
      ${now}::timestamptz, ${now}::timestamptz
    from payload
    returning id`
  return rows.length
}

/** Whoever sends for the endpoint learns of it by the version, and everybody else by the time. */
function noteWork(teamId: TeamId, endpointId: WebhookEndpointId, now: Date): Sql {
  return sql`update webhook_endpoints set due_at = least(due_at, ${now}::timestamptz), version = version + 1
    where team_id = ${teamId} and id = ${endpointId} and deleted_at is null returning id`
}
