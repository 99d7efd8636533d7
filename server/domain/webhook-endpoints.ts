import type { Tx } from '../store/database.ts'
import { newId, type TeamId, type WebhookEndpointId } from '../store/ids.ts'
import type { DeliveryMode, DisabledReason, EndpointSecrets, WebhookEndpoint } from '../store/webhook-endpoints.ts'
import {
  countWebhookEndpoints,
  deleteWebhookEndpoint as deleteWebhookEndpointRow,
  disableWebhookEndpoint as disableWebhookEndpointRow,
  enableWebhookEndpoint as enableWebhookEndpointRow,
  findWebhookEndpoint,
  insertWebhookEndpoint,
  listWebhookEndpoints as listWebhookEndpointRows,
  lockWebhookEndpoint,
  replaceWebhookSecret,
  updateWebhookEndpoint as updateWebhookEndpointRow,
} from '../store/webhook-endpoints.ts'
import type { Context } from './context.ts'
import { DomainError, notFound } from './errors.ts'
import { compileTypes } from './event-types.ts'
import { change, type Recorder } from './events.ts'
import { requireAdmin } from './teams.ts'
import { type CustomHeader, type HeaderWish, readHeaders } from './webhook-headers.ts'
import {
  newWebhookSecret,
  openHeaderValues,
  openSecret,
  type SecretsOwner,
  sealHeaderValues,
  sealSecret,
} from './webhook-secrets.ts'

export {
  type DeliveryMode,
  type DisabledReason,
  disabledReasons,
  type WebhookEndpoint,
} from '../store/webhook-endpoints.ts'

export const webhookEndpointsMax = 50

/** Oldest first. Addresses may hold what is not every member's to know, so reading takes an admin as well. */
export function listWebhookEndpoints(ctx: Context): Promise<WebhookEndpoint[]> {
  requireAdmin(ctx.actor)
  return listWebhookEndpointRows(ctx.db, ctx.actor.teamId)
}

export async function getWebhookEndpoint(ctx: Context, id: string): Promise<WebhookEndpoint> {
  requireAdmin(ctx.actor)
  const endpoint = await findWebhookEndpoint(ctx.db, ctx.actor.teamId, id)
  if (!endpoint) throw notFound('webhookEndpoint', id)
  return endpoint
}

export interface EndpointWish {
  url: string
  description: string | null
  types: string[] | null
  apiVersion: '1' | '2'
  deliveryMode: DeliveryMode
  headers: HeaderWish[]
}

/** The secret is shown this once. */
export interface WithSecret {
  endpoint: WebhookEndpoint
  secret: string
}

/** Gets what happens from now on. */
export async function createWebhookEndpoint(ctx: Context, wish: EndpointWish): Promise<WithSecret> {
  requireAdmin(ctx.actor)
  const { teamId } = ctx.actor
  requireUrl(ctx, wish.url)
  requireTypes(ctx, wish)
  const headers = readHeaders(wish.headers, [])
  const owner = { teamId, endpointId: newId<WebhookEndpointId>() }
  const secret = newWebhookSecret()
  const endpoint = await ctx.db.transaction(async (tx) => {
    const count = await countWebhookEndpoints(tx, teamId)
    if (count >= webhookEndpointsMax) throw limitReached()
    return insertWebhookEndpoint(tx, teamId, {
      ...wish,
      ...sealedHeaders(ctx, owner, headers),
      id: owner.endpointId,
      secret: sealSecret(ctx.webhooks, owner, secret),
      now: ctx.clock.now(),
    })
  })
  return { endpoint, secret }
}

/** Undefined fields stay. What was made of events stays as it is, and goes to the new address. */
export function updateWebhookEndpoint(
  ctx: Context,
  id: string,
  changes: { [K in keyof EndpointWish]?: EndpointWish[K] | undefined },
): Promise<WebhookEndpoint> {
  if (changes.url !== undefined) requireUrl(ctx, changes.url)
  return changeEndpoint(ctx, id, async (tx, before) => {
    const owner = ownerOf(ctx.actor.teamId, before)
    const known = knownHeaders(ctx, owner, before)
    const headers = changes.headers ? readHeaders(changes.headers, known ?? []) : known
    const after = {
      id: before.id,
      url: changes.url ?? before.url,
      description: changes.description === undefined ? before.description : changes.description,
      types: changes.types === undefined ? before.types : changes.types,
      apiVersion: changes.apiVersion ?? before.apiVersion,
      deliveryMode: changes.deliveryMode ?? before.deliveryMode,
    }
    if (changes.types !== undefined || changes.apiVersion !== undefined) requireTypes(ctx, after)
    // What cannot be read stays as it is until it is replaced.
    const { headerNames, headerValues } = headers ? sealedHeaders(ctx, owner, headers) : before
    return updateWebhookEndpointRow(tx, ctx.actor.teamId, { ...after, headerNames, headerValues, now: ctx.clock.now() })
  })
}

/** It goes on from where it stood; what waits is due at once. */
export function enableWebhookEndpoint(ctx: Context, id: string): Promise<WebhookEndpoint> {
  return changeEndpoint(ctx, id, async (tx, before, record) => {
    if (before.disabledReason === null) return before
    record({ type: 'webhookEndpoint.enabled', webhookEndpointId: before.id })
    return enableWebhookEndpointRow(tx, ctx.actor.teamId, id, ctx.clock.now())
  })
}

/** It stands still, and what waits goes on waiting. */
export function disableWebhookEndpoint(ctx: Context, id: string): Promise<WebhookEndpoint> {
  return changeEndpoint(ctx, id, async (tx, before, record) => {
    if (before.disabledReason !== null) return before
    return disable(tx, ctx.actor.teamId, { id: before.id, reason: 'byMember', now: ctx.clock.now() }, record)
  })
}

/** In the transaction of whatever it follows from. */
export function disable(
  tx: Tx,
  teamId: TeamId,
  { id, reason, now }: { id: WebhookEndpointId; reason: DisabledReason; now: Date },
  record: Recorder,
): Promise<WebhookEndpoint> {
  record({ type: 'webhookEndpoint.disabled', webhookEndpointId: id, reason })
  return disableWebhookEndpointRow(tx, teamId, id, { reason, now })
}

/** The secret before signs beside the new one for the time of the overlap, unless it cannot be read any more. */
export async function rotateWebhookSecret(ctx: Context, id: string, overlapMs: number): Promise<WithSecret> {
  const secret = newWebhookSecret()
  const endpoint = await changeEndpoint(ctx, id, (tx, before) => {
    const now = ctx.clock.now()
    const owner = ownerOf(ctx.actor.teamId, before)
    const overlaps = overlapMs > 0 && openSecret(ctx.webhooks, owner, before.secret) !== null
    return replaceWebhookSecret(tx, ctx.actor.teamId, id, {
      secret: sealSecret(ctx.webhooks, owner, secret),
      previousSecret: overlaps ? before.secret : null,
      previousSecretUntil: overlaps ? new Date(now.getTime() + overlapMs) : null,
      now,
    })
  })
  return { endpoint, secret }
}

/** With its log. What waits is not sent. */
export async function deleteWebhookEndpoint(ctx: Context, id: string): Promise<void> {
  requireAdmin(ctx.actor)
  const { teamId } = ctx.actor
  if (!(await deleteWebhookEndpointRow(ctx.db, teamId, id, ctx.clock.now()))) throw notFound('webhookEndpoint', id)
}

async function changeEndpoint(
  ctx: Context,
  id: string,
  work: (tx: Tx, before: WebhookEndpoint & EndpointSecrets, record: Recorder) => Promise<WebhookEndpoint>,
): Promise<WebhookEndpoint> {
  requireAdmin(ctx.actor)
  const { teamId } = ctx.actor
  const after = await change(ctx, teamId, async (tx, record) => {
    const before = await lockWebhookEndpoint(tx, teamId, id)
    if (!before) throw notFound('webhookEndpoint', id)
    return work(tx, before, record)
  })
  // Whoever sends for it looks at it anew.
  ctx.eventSignals.recorded(teamId)
  return after
}

/** Null when they cannot be read. */
function knownHeaders(
  ctx: Context,
  owner: SecretsOwner,
  { headerNames, headerValues }: WebhookEndpoint & EndpointSecrets,
): CustomHeader[] | null {
  const values = openHeaderValues(ctx.webhooks, owner, headerValues)
  return values && headerNames.map((name, i) => ({ name, value: values[i] ?? '' }))
}

function sealedHeaders(ctx: Context, owner: SecretsOwner, headers: readonly CustomHeader[]) {
  return {
    headerNames: headers.map(({ name }) => name),
    headerValues: sealHeaderValues(
      ctx.webhooks,
      owner,
      headers.map(({ value }) => value),
    ),
  }
}

function ownerOf(teamId: TeamId, { id }: WebhookEndpoint): SecretsOwner {
  return { teamId, endpointId: id }
}

function requireUrl({ outbound }: Context, url: string): void {
  const reason = outbound.refusalOf(url)
  if (reason === null) return
  throw new DomainError('unprocessable', 'webhookUrlRefused', `This server does not call that address: ${reason}.`, {
    reason,
  })
}

function requireTypes(
  { eventVersions }: Context,
  { types, apiVersion }: Pick<WebhookEndpoint, 'types' | 'apiVersion'>,
): void {
  compileTypes(eventVersions[apiVersion].catalogue, types, ['types'])
}

function limitReached(): DomainError {
  const message = `A team has at most ${webhookEndpointsMax} webhook endpoints.`
  return new DomainError('unprocessable', 'webhookEndpointLimitReached', message, { max: webhookEndpointsMax })
}
