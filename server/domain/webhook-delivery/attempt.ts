import type { LeasedEndpoint } from '../../store/webhook-leases.ts'
import type { AttemptRecord, QueuedDelivery } from '../../store/webhook-queue.ts'
import type { Core } from '../context.ts'
import { type OutboundOutcome, outboundErrors } from '../outbound.ts'
import { openHeaderValues, openSecret, type SecretsOwner } from '../webhook-secrets.ts'
import { signatureHeaders } from '../webhook-signatures.ts'
import { withoutValues } from './answer.ts'
import { nextTryAt } from './schedule.ts'

/** For everything together: the name, the connection, the request and its answer. */
const TIMEOUT_MS = 10_000
/** The receiver says when it is worth another try. */
const BUSY: readonly number[] = [429, 503]
const GONE = 410
/** Longer than anybody should ask for: the schedule's own longest gap. */
const ASKED_MAX_MS = 24 * 60 * 60_000

/** Why an attempt failed: what went wrong on the way, a redirect, which is never followed, or any other answer that is no success. */
export const attemptErrors = [...outboundErrors, 'redirect', 'status'] as const
export type AttemptError = (typeof attemptErrors)[number]

/** An endpoint as requests to it need it. */
export interface Receiver {
  url: string
  headers: Readonly<Record<string, string>>
  secret: string
  previous: { secret: string; until: Date } | null
}

/** Null when its secrets or headers were sealed with another key. */
export function receiverOf({ webhooks }: Core, owner: SecretsOwner, endpoint: LeasedEndpoint): Receiver | null {
  const { url, headerNames, headerValues, previousSecret, previousSecretUntil } = endpoint
  const values = openHeaderValues(webhooks, owner, headerValues)
  const secret = openSecret(webhooks, owner, endpoint.secret)
  if (values === null || secret === null) return null
  const previous = previousSecret && openSecret(webhooks, owner, previousSecret)
  return {
    url,
    headers: Object.fromEntries(headerNames.map((name, i) => [name, values[i] ?? ''])),
    secret,
    previous: previous && previousSecretUntil ? { secret: previous, until: new Date(previousSecretUntil) } : null,
  }
}

/** Sends a delivery once, signed afresh. */
export async function post(core: Core, receiver: Receiver, delivery: QueuedDelivery): Promise<OutboundOutcome> {
  const { url, headers, secret, previous } = receiver
  const at = core.clock.now()
  const body = Buffer.from(delivery.body)
  const secrets = previous && at < previous.until ? [secret, previous.secret] : [secret]
  return core.outbound.post(url, {
    headers: {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'user-agent': core.webhooks.userAgent,
      'x-inbox-delivery': delivery.id,
      'x-inbox-event-type': delivery.type,
      'x-inbox-attempt': String(delivery.attemptsCount + 1),
      ...signatureHeaders(secrets, { id: delivery.eventId, body, at }),
    },
    body,
    timeoutMs: TIMEOUT_MS,
  })
}

interface Circumstances {
  /** When it was sent. */
  at: Date
  now: Date
  gapsMs: readonly number[]
  inOrder: boolean
  /** Of the endpoint's own headers, which are never shown. */
  headerValues: readonly string[]
  /** What was tried before is on a schedule that is over. */
  enabledAt: Date
}

/** What is written down of an attempt, and how its delivery goes on. */
export function recordOf(
  delivery: QueuedDelivery,
  outcome: OutboundOutcome,
  { at, now, gapsMs, inOrder, enabledAt, headerValues }: Circumstances,
): AttemptRecord {
  const error = errorOf(outcome)
  const begins = delivery.lastAttemptAt === null || new Date(delivery.lastAttemptAt) < enabledAt
  const tries = begins ? 1 : delivery.tries + 1
  const triedSince = begins || delivery.triedSince === null ? at : new Date(delivery.triedSince)
  const waitUntil = askedToWaitUntil(outcome, now)
  const failed = { at: now, tries, triedSince, waitUntil }
  // Somebody is waiting to see what comes of a test.
  const isTriedAgain = error !== null && delivery.cause !== 'test'
  const nextAttemptAt = isTriedAgain ? nextTryAt(failed, { gapsMs, inOrder }) : null
  return {
    deliveryId: delivery.id,
    number: delivery.attemptsCount + 1,
    at,
    durationMs: outcome.durationMs,
    status: outcome.answered ? outcome.status : null,
    error,
    answer: outcome.answered ? withoutValues(outcome.answer, headerValues) : outcome.detail,
    state: error === null ? 'delivered' : nextAttemptAt ? 'pending' : 'failed',
    tries,
    triedSince,
    nextAttemptAt,
    waitUntil,
    settledAt: nextAttemptAt ? null : now,
  }
}

export function isGone({ status }: AttemptRecord): boolean {
  return status === GONE
}

function errorOf(outcome: OutboundOutcome): AttemptError | null {
  if (!outcome.answered) return outcome.error
  if (outcome.status >= 200 && outcome.status < 300) return null
  return outcome.status >= 300 && outcome.status < 400 ? 'redirect' : 'status'
}

function askedToWaitUntil(outcome: OutboundOutcome, now: Date): Date | null {
  const askedMs = outcome.answered && BUSY.includes(outcome.status) ? outcome.retryAfterMs : null
  return askedMs === null ? null : new Date(now.getTime() + Math.min(askedMs, ASKED_MAX_MS))
}
