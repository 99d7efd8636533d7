import type { Queryable, Tx } from './database.ts'
import { sql } from './database.ts'
import type { TeamId, Timestamp, WebhookEndpointId } from './ids.ts'

export const disabledReasons = ['byMember', 'gone', 'failing', 'secretUnreadable'] as const
export type DisabledReason = (typeof disabledReasons)[number]
export type DeliveryMode = 'ordered' | 'parallel'

export interface WebhookEndpoint {
  id: WebhookEndpointId
  url: string
  description: string | null
  /** As the team wrote them: types of the version and `noun.*`. Null: all of the version's own. */
  types: string[] | null
  apiVersion: '1' | '2'
  deliveryMode: DeliveryMode
  headerNames: string[]
  /** Null while it is enabled. */
  disabledReason: DisabledReason | null
  disabledAt: Timestamp | null
  /** All of the team's log up to here has become deliveries, or was not asked for. */
  position: number
  /** Events, of any type, that were forgotten before they could. */
  missedEvents: number
  /** Since when nothing arrived; null = the last did. */
  failingSince: Timestamp | null
  previousSecretUntil: Timestamp | null
  createdAt: Timestamp
  updatedAt: Timestamp
}

/** What is sealed. */
export interface EndpointSecrets {
  headerValues: Buffer | null
  secret: Buffer
  previousSecret: Buffer | null
}

/** What was forgotten behind an endpoint's back counts as missed as soon as somebody looks. */
const columns = sql`e.id, e.url, e.description, e.types, e.api_version as "apiVersion", e.delivery_mode as "deliveryMode",
  e.header_names as "headerNames", e.disabled_reason as "disabledReason", e.disabled_at as "disabledAt", e.position,
  e.missed_events + greatest(0, coalesce(
    (select min(v.seq) - 1 from events v where v.team_id = e.team_id), (select c.seq from event_counters c where c.team_id = e.team_id)
  ) - e.position) as "missedEvents",
  e.failing_since as "failingSince", e.previous_secret_until as "previousSecretUntil", e.created_at as "createdAt",
  e.updated_at as "updatedAt"`

const secretColumns = sql`e.header_values as "headerValues", e.secret, e.previous_secret as "previousSecret"`

export type NewWebhookEndpoint = Pick<
  WebhookEndpoint,
  'id' | 'url' | 'description' | 'types' | 'apiVersion' | 'deliveryMode' | 'headerNames'
> & { headerValues: Buffer | null; secret: Buffer; now: Date }

/** Gets what happens from now on. */
export async function insertWebhookEndpoint(
  tx: Tx,
  teamId: TeamId,
  endpoint: NewWebhookEndpoint,
): Promise<WebhookEndpoint> {
  const [row] = await tx.query<WebhookEndpoint>`
    insert into webhook_endpoints as e (team_id, id, url, description, types, api_version, delivery_mode, header_names, header_values, secret,
      position, enabled_at, created_at, updated_at)
    select ${teamId}, ${endpoint.id}, ${endpoint.url}, ${endpoint.description}, ${endpoint.types}::text[], ${endpoint.apiVersion},
      ${endpoint.deliveryMode}, ${endpoint.headerNames}::text[], ${endpoint.headerValues}::bytea, ${endpoint.secret}::bytea, c.seq,
      ${endpoint.now}::timestamptz, ${endpoint.now}::timestamptz, ${endpoint.now}::timestamptz
    from event_counters c where c.team_id = ${teamId}
    returning ${columns}`
  if (!row) throw new Error(`the team ${teamId} has no log`)
  return row
}

/** The team's requests to make one wait for each other, so that the count is right. */
export async function countWebhookEndpoints(tx: Tx, teamId: TeamId): Promise<number> {
  await tx.query`select 1 from teams where id = ${teamId} for no key update`
  const [row] = await tx.query<{ count: number }>`
    select count(*)::int as count from webhook_endpoints where team_id = ${teamId} and deleted_at is null`
  return row?.count ?? 0
}

/** Oldest first. */
export function listWebhookEndpoints(db: Queryable, teamId: TeamId): Promise<WebhookEndpoint[]> {
  return db.query<WebhookEndpoint>`
    select ${columns} from webhook_endpoints e where e.team_id = ${teamId} and e.deleted_at is null order by e.created_at, e.id`
}

export async function findWebhookEndpoint(db: Queryable, teamId: TeamId, id: string): Promise<WebhookEndpoint | null> {
  const [row] = await db.query<WebhookEndpoint>`
    select ${columns} from webhook_endpoints e where e.team_id = ${teamId} and e.id = ${id} and e.deleted_at is null`
  return row ?? null
}

/** Waits for whoever is changing it. */
export async function lockWebhookEndpoint(
  tx: Tx,
  teamId: TeamId,
  id: string,
): Promise<(WebhookEndpoint & EndpointSecrets) | null> {
  const [row] = await tx.query<WebhookEndpoint & EndpointSecrets>`
    select ${columns}, ${secretColumns} from webhook_endpoints e
    where e.team_id = ${teamId} and e.id = ${id} and e.deleted_at is null for update of e`
  return row ?? null
}

/** Whatever else changes about it is told to whoever sends for it by its new version. */
export async function updateWebhookEndpoint(
  tx: Tx,
  teamId: TeamId,
  endpoint: Omit<NewWebhookEndpoint, 'secret'>,
): Promise<WebhookEndpoint> {
  // What failed at another address, or stood in a line, has no reason left to wait.
  const isTurned = sql`(e.url <> ${endpoint.url} or e.delivery_mode <> ${endpoint.deliveryMode})`
  const [row] = await tx.query<WebhookEndpoint>`
    update webhook_endpoints e
    set url = ${endpoint.url}, description = ${endpoint.description}, types = ${endpoint.types}::text[], api_version = ${endpoint.apiVersion},
      delivery_mode = ${endpoint.deliveryMode}, header_names = ${endpoint.headerNames}::text[], header_values = ${endpoint.headerValues}::bytea,
      hurry_before = case when ${isTurned} then ${endpoint.now}::timestamptz else e.hurry_before end,
      due_at = case when ${isTurned} then least(e.due_at, ${endpoint.now}::timestamptz) else e.due_at end,
      version = e.version + 1, updated_at = ${endpoint.now}
    where e.team_id = ${teamId} and e.id = ${endpoint.id}
    returning ${columns}`
  return found(row, endpoint.id)
}

/** What waits is due at once. */
export async function enableWebhookEndpoint(tx: Tx, teamId: TeamId, id: string, now: Date): Promise<WebhookEndpoint> {
  const [row] = await tx.query<WebhookEndpoint>`
    update webhook_endpoints e
    set disabled_reason = null, disabled_at = null, enabled_at = ${now}, hurry_before = ${now}, failing_since = null,
      due_at = least(e.due_at, ${now}::timestamptz), version = e.version + 1, updated_at = ${now}
    where e.team_id = ${teamId} and e.id = ${id}
    returning ${columns}`
  return found(row, id)
}

export async function disableWebhookEndpoint(
  tx: Tx,
  teamId: TeamId,
  id: string,
  { reason, now }: { reason: DisabledReason; now: Date },
): Promise<WebhookEndpoint> {
  const [row] = await tx.query<WebhookEndpoint>`
    update webhook_endpoints e set disabled_reason = ${reason}, disabled_at = ${now}, version = e.version + 1, updated_at = ${now}
    where e.team_id = ${teamId} and e.id = ${id}
    returning ${columns}`
  return found(row, id)
}

export async function replaceWebhookSecret(
  tx: Tx,
  teamId: TeamId,
  id: string,
  secrets: { secret: Buffer; previousSecret: Buffer | null; previousSecretUntil: Date | null; now: Date },
): Promise<WebhookEndpoint> {
  const [row] = await tx.query<WebhookEndpoint>`
    update webhook_endpoints e
    set secret = ${secrets.secret}, previous_secret = ${secrets.previousSecret}, previous_secret_until = ${secrets.previousSecretUntil},
      version = e.version + 1, updated_at = ${secrets.now}
    where e.team_id = ${teamId} and e.id = ${id}
    returning ${columns}`
  return found(row, id)
}

/** Nothing more is sent to it, and nothing about it can be read. False: there is no such endpoint. */
export async function deleteWebhookEndpoint(db: Queryable, teamId: TeamId, id: string, now: Date): Promise<boolean> {
  const rows = await db.query`
    update webhook_endpoints
    set deleted_at = ${now}, secret = null, previous_secret = null, header_values = null, due_at = null, version = version + 1
    where team_id = ${teamId} and id = ${id} and deleted_at is null
    returning id`
  return rows.length === 1
}

function found(row: WebhookEndpoint | undefined, id: string): WebhookEndpoint {
  if (!row) throw new Error(`the webhook endpoint ${id} went away under a lock`)
  return row
}
