import { randomFillSync } from 'node:crypto'

declare const idOf: unique symbol
/** `Id<'tag'>` does not fit where `Id<'thread'>` is wanted. */
export type Id<Noun extends string> = string & { readonly [idOf]: Noun }

export type TeamId = Id<'team'>
export type UserId = Id<'user'>
export type MemberId = Id<'member'>
export type TokenId = Id<'token'>
export type AccountLinkId = Id<'accountLink'>
export type TagId = Id<'tag'>
export type StatusId = Id<'status'>
export type ContactId = Id<'contact'>
export type ProfileId = Id<'profile'>
export type ThreadId = Id<'thread'>
export type MessageId = Id<'message'>
export type EventId = Id<'event'>
export type WebhookEndpointId = Id<'webhookEndpoint'>
export type WebhookDeliveryId = Id<'webhookDelivery'>

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const ALPHABET = `${LETTERS}0123456789`
const LENGTH = 24

/**
 * A letter and 23 letters or digits at random, 123 bits: the form of a cuid2, which is what clients of the hosted API expect. Its library
 * hashes for a quarter of a millisecond per id, more than the statement that uses it; the system's random numbers need no hashing.
 */
export function newId<T extends Id<string>>(): T {
  let id = LETTERS[randomBelow(LETTERS.length)] ?? ''
  while (id.length < LENGTH) id += ALPHABET[randomBelow(ALPHABET.length)]
  return id as T
}

const pool = Buffer.allocUnsafe(4096)
let used = pool.length

/** Each number is equally likely: bytes beyond the largest multiple of `bound` are thrown away. */
function randomBelow(bound: number): number {
  const fair = 256 - (256 % bound)
  for (;;) {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const byte = pool[used++] ?? 0
    if (byte < fair) return byte % bound
  }
}

/** ISO 8601 in UTC with milliseconds, `2026-03-04T05:06:07.000Z`: sorts as text, is what the wire shows and what a snapshot keeps. */
export type Timestamp = string
