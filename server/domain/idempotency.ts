import { createHash } from 'node:crypto'
import type { MessageId } from '../store/ids.ts'
import type { Send } from '../store/sends.ts'
import { DomainError, invalid } from './errors.ts'

const KEY = /^[\x20-\x7e]{1,255}$/
/** Longer than anybody waits for an answer: whose caller has not settled a send by then is dead, and nobody knows what became of it. */
const RUNNING_MAX_MS = 120_000

/** A key, and all that has to be the same when it is used again. */
export interface Idempotency {
  key: string
  request: unknown
}

/** As it is stored. */
export interface IdempotencyKey {
  idempotencyKey: string
  requestHash: Buffer
}

/** Null without a key. Throws `invalidRequest` unless it is one. */
export function readIdempotency(idempotency: Idempotency | undefined): IdempotencyKey | null {
  if (!idempotency) return null
  const { key, request } = idempotency
  if (!KEY.test(key)) {
    throw invalid({ path: ['Idempotency-Key'], message: 'must be 1 to 255 printable ASCII characters' })
  }
  return { idempotencyKey: key, requestHash: createHash('sha256').update(JSON.stringify(request)).digest() }
}

export function isRepeated(earlier: Send, key: IdempotencyKey): boolean {
  return earlier.requestHash?.equals(key.requestHash) ?? false
}

/** What the first request with this key was answered; throws when that was, or is still going to be, no message. */
export function answerOf(earlier: Send, key: IdempotencyKey, now: Date): NonNullable<Send['answer']> {
  if (!isRepeated(earlier, key)) throw idempotencyKeyReused()
  if (earlier.answer) return earlier.answer
  const isOverdue = now.getTime() - Date.parse(earlier.createdAt) > RUNNING_MAX_MS
  throw earlier.state === 'unconfirmed' || isOverdue ? sendUnconfirmed(earlier.id) : sendInProgress(earlier.id)
}

export function idempotencyKeyReused(): DomainError {
  return new DomainError(
    'unprocessable',
    'idempotencyKeyReused',
    'The Idempotency-Key was used for a different request.',
  )
}

export function sendInProgress(messageId: MessageId): DomainError {
  return new DomainError(
    'conflict',
    'sendInProgress',
    'A request with this Idempotency-Key is still running. Repeat it later.',
    { messageId, retryAfterSeconds: 1 },
  )
}

export function sendUnconfirmed(messageId: MessageId): DomainError {
  return new DomainError(
    'upstream',
    'sendUnconfirmed',
    'The platform did not say whether the message arrived. Do not send it again: it appears in the thread once that is known.',
    { messageId },
  )
}
