import { createId } from '@paralleldrive/cuid2'

declare const idOf: unique symbol
/** A cuid2. `Id<'tag'>` does not fit where `Id<'thread'>` is wanted. */
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

export function newId<T extends Id<string>>(): T {
  return createId() as T
}

/** ISO 8601 in UTC with milliseconds, `2026-03-04T05:06:07.000Z`: sorts as text, is what the wire shows and what a snapshot keeps. */
export type Timestamp = string
