import { findLogBounds, listEvents } from '../store/events.ts'
import { type EventId, newId } from '../store/ids.ts'
import {
  type DeliveryState,
  findDelivery,
  insertDeliveryBeside,
  insertPayloads,
  insertRedeliveries,
  listAttempts,
  listDeliveries,
  type StoredPayload,
  type WebhookAttempt,
  type WebhookDelivery,
} from '../store/webhook-deliveries.ts'
import type { Context } from './context.ts'
import { DomainError, invalid, notFound } from './errors.ts'
import { sampleEvent } from './event-samples.ts'
import { compileTypes, nounPatternOf } from './event-types.ts'
import type { DomainEvent } from './events.ts'
import { type Page, type PageCursor, pageOf } from './pages.ts'
import { requireAdmin } from './teams.ts'
import { getWebhookEndpoint, type WebhookEndpoint } from './webhook-endpoints.ts'

export {
  type DeliveryState,
  deliveryCauses,
  deliveryStates,
  type WebhookAttempt,
  type WebhookDelivery,
} from '../store/webhook-deliveries.ts'
export { attemptErrors } from './webhook-delivery/attempt.ts'

/** Numbers of the log that one request may ask for again: more would keep a server busy with rendering them. */
export const redeliveredSeqsMax = 1_000
/** More than the longest schedule makes. */
export const attemptsShownMax = 1_000

/** Newest first. */
export async function listWebhookDeliveries(
  ctx: Context,
  endpointId: string,
  { state, type }: { state: DeliveryState | null; type: string | null },
  { after, limit }: { after: PageCursor | null; limit: number },
): Promise<Page<WebhookDelivery>> {
  const { id } = await getWebhookEndpoint(ctx, endpointId)
  const types = type === null ? null : namesLike(ctx, type)
  const rows = await listDeliveries(ctx.db, ctx.actor.teamId, id, { state, types, after, limit: limit + 1 })
  return pageOf(rows, limit, ({ id, createdAt }) => ({ id, timestamp: createdAt }))
}

/** In the words of any version: what was sent before an endpoint changed to another is still in its log. */
function namesLike({ eventVersions }: Context, pattern: string): string[] {
  const names = [...new Set(Object.values(eventVersions).flatMap(({ catalogue }) => Object.keys(catalogue)))]
  const found = names.filter((name) => name === pattern || nounPatternOf(name) === pattern)
  if (found.length > 0) return found
  throw invalid({ path: ['type'], message: `names no type of event with "${pattern}"` })
}

export interface DeliveryDetails {
  delivery: WebhookDelivery
  /** What is sent, byte for byte; null: it has been forgotten. */
  body: string | null
  /** Newest first. */
  attempts: WebhookAttempt[]
}

export async function getWebhookDelivery(ctx: Context, id: string): Promise<DeliveryDetails> {
  requireAdmin(ctx.actor)
  const { teamId } = ctx.actor
  const [found, attempts] = await Promise.all([
    findDelivery(ctx.db, teamId, id),
    listAttempts(ctx.db, teamId, id, attemptsShownMax),
  ])
  if (!found) throw notFound('webhookDelivery', id)
  return { ...found, attempts }
}

/** The same body once more, now, beside whatever waits. */
export async function redeliver(ctx: Context, id: string): Promise<WebhookDelivery> {
  const { delivery } = await getWebhookDelivery(ctx, id)
  requireEnabled(await getWebhookEndpoint(ctx, delivery.endpointId))
  const { endpointId, eventId, apiVersion } = delivery
  const again = { endpointId, eventId, apiVersion, cause: 'redelivery' as const, now: ctx.clock.now() }
  const made = await ctx.db.transaction((tx) => insertDeliveryBeside(tx, ctx.actor.teamId, again))
  if (!made) throw new DomainError('conflict', 'webhookPayloadForgotten', 'What was sent then is not kept any more.')
  ctx.eventSignals.recorded(ctx.actor.teamId)
  return made
}

/** Everything between the two numbers that the endpoint asks for now, and that the log or a delivery still has. Says how much. */
export async function redeliverRange(
  ctx: Context,
  endpointId: string,
  { fromSeq, toSeq }: { fromSeq: number; toSeq: number },
): Promise<number> {
  const endpoint = await getWebhookEndpoint(ctx, endpointId)
  if (toSeq < fromSeq) throw invalid({ path: ['toSeq'], message: 'must not be less than "fromSeq"' })
  if (toSeq - fromSeq >= redeliveredSeqsMax) {
    throw invalid({ path: ['toSeq'], message: `must be less than ${redeliveredSeqsMax} after "fromSeq"` })
  }
  requireEnabled(endpoint)
  const payloads = await renderRange(ctx, endpoint, { fromSeq, toSeq })
  const stretch = {
    apiVersion: endpoint.apiVersion,
    types: namesOf(ctx, endpoint),
    fromSeq,
    toSeq,
    now: ctx.clock.now(),
  }
  const count = await ctx.db.transaction(async (tx) => {
    await insertPayloads(tx, ctx.actor.teamId, payloads, stretch.now)
    return insertRedeliveries(tx, ctx.actor.teamId, endpoint.id, stretch)
  })
  ctx.eventSignals.recorded(ctx.actor.teamId)
  return count
}

/** What the log still has of it. */
async function renderRange(
  ctx: Context,
  { types, apiVersion }: WebhookEndpoint,
  { fromSeq, toSeq }: { fromSeq: number; toSeq: number },
): Promise<StoredPayload[]> {
  const version = ctx.eventVersions[apiVersion]
  const { events } = await listEvents<DomainEvent>(ctx.db, ctx.actor.teamId, {
    afterSeq: fromSeq - 1,
    types: compileTypes(version.catalogue, types, ['types']),
    limit: toSeq - fromSeq + 1,
  })
  return events
    .filter(({ seq }) => seq <= toSeq)
    .map((event) => {
      const { type, json } = version.render(event, ctx.actor.teamId)
      return { eventId: event.id, apiVersion, seq: event.seq, type, body: json }
    })
}

/** The types that an endpoint asks for, in the words of its version. */
function namesOf(ctx: Context, { types, apiVersion }: WebhookEndpoint): string[] {
  const { catalogue } = ctx.eventVersions[apiVersion]
  const wanted = new Set(compileTypes(catalogue, types, ['types']))
  return Object.keys(catalogue).filter((name) => catalogue[name]?.logTypes.some((type) => wanted.has(type)))
}

/** What most people subscribe for first, by version. */
const usualTestType = { 1: 'message.created', 2: 'message.received' } as const

/**
 * A made-up event of the type, sent once and at once, also to an endpoint that is disabled. It is in no log of events; its number is that of
 * the last event, so that nobody who counts is led astray. No type = a message's, or the first that the endpoint asks for.
 */
export async function testWebhookEndpoint(
  ctx: Context,
  endpointId: string,
  wanted: string | null,
): Promise<WebhookDelivery> {
  const endpoint = await getWebhookEndpoint(ctx, endpointId)
  const { teamId } = ctx.actor
  const now = ctx.clock.now()
  const payload = await renderSample(ctx, endpoint, wanted ?? testTypeOf(ctx, endpoint))
  const { id, apiVersion } = endpoint
  const { eventId } = payload
  const delivery = await ctx.db.transaction(async (tx) => {
    await insertPayloads(tx, teamId, [payload], now)
    return insertDeliveryBeside(tx, teamId, { endpointId: id, eventId, apiVersion, cause: 'test', now })
  })
  if (!delivery) throw new Error(`the test ${eventId} was not made`)
  ctx.eventSignals.recorded(teamId)
  return delivery
}

async function renderSample(
  { db, clock, eventVersions, actor }: Context,
  { apiVersion }: WebhookEndpoint,
  name: string,
): Promise<StoredPayload> {
  const version = eventVersions[apiVersion]
  const logType = Object.hasOwn(version.catalogue, name) ? version.catalogue[name]?.logTypes[0] : undefined
  if (!logType) throw invalid({ path: ['type'], message: `names no type of event with "${name}"` })
  const bounds = await findLogBounds(db, actor.teamId)
  const event = {
    id: newId<EventId>(),
    seq: bounds?.headSeq ?? 0,
    createdAt: clock.now().toISOString(),
    data: sampleEvent(logType),
  }
  const { type, json } = version.render(event, actor.teamId)
  return { eventId: event.id, apiVersion, seq: null, type, body: json }
}

function testTypeOf(ctx: Context, endpoint: WebhookEndpoint): string {
  const names = namesOf(ctx, endpoint)
  const usual = usualTestType[endpoint.apiVersion]
  return names.includes(usual) ? usual : (names[0] ?? usual)
}

function requireEnabled({ disabledReason }: WebhookEndpoint): void {
  if (disabledReason === null) return
  throw new DomainError('conflict', 'webhookEndpointDisabled', 'The webhook endpoint is disabled.', {
    reason: disabledReason,
  })
}
