import type { Queryable } from './database.ts'
import { sql } from './database.ts'
import type { AccountLinkId, MemberId, MessageId, TeamId, ThreadId, Timestamp, TokenId, UserId } from './ids.ts'
import type { Message } from './messages.ts'
import type { ThreadWithActivity } from './threads.ts'

/** What we set out to send, and what became of it. */
export interface Send {
  teamId: TeamId
  /** The id its message has or would have; what the platform knows it by. */
  id: MessageId
  accountLinkId: AccountLinkId
  /** Null: it opens a conversation, and the thread is made when it arrived. */
  threadId: ThreadId | null
  recipientPlatformId: string
  content: string
  replyToMessageId: MessageId | null
  memberId: MemberId
  userId: UserId
  tokenId: TokenId | null
  origin: 'inbox' | 'api'
  state: 'sending' | 'sent' | 'failed' | 'unconfirmed'
  idempotencyKey: string | null
  requestHash: Buffer | null
  /** As it was answered; kept only under a key. */
  answer: { message: Message; thread: ThreadWithActivity } | null
  createdAt: Timestamp
}

const columns = sql`s.team_id as "teamId", s.id, s.account_link_id as "accountLinkId", s.thread_id as "threadId",
  s.recipient_platform_id as "recipientPlatformId", s.content, s.reply_to_message_id as "replyToMessageId", s.member_id as "memberId",
  m.user_id as "userId", s.token_id as "tokenId", s.origin, s.state, s.idempotency_key as "idempotencyKey", s.request_hash as "requestHash",
  s.answer, s.created_at as "createdAt"`

const fromSends = sql`from sends s join members m on m.team_id = s.team_id and m.id = s.member_id`

/** False when the key is taken: the unique index decides, so of two requests with one key only one calls the platform. */
export async function insertSend(
  db: Queryable,
  send: Omit<Send, 'state' | 'answer' | 'createdAt'> & { leaseUntil: Date; now: Date },
): Promise<boolean> {
  const rows = await db.query`
    insert into sends (team_id, id, account_link_id, thread_id, recipient_platform_id, content, reply_to_message_id, member_id, token_id, origin,
      state, idempotency_key, request_hash, lease_until, created_at)
    values (${send.teamId}, ${send.id}, ${send.accountLinkId}, ${send.threadId}, ${send.recipientPlatformId}, ${send.content},
      ${send.replyToMessageId}, ${send.memberId}, ${send.tokenId}, ${send.origin}, 'sending', ${send.idempotencyKey}, ${send.requestHash},
      ${send.leaseUntil}, ${send.now})
    on conflict (team_id, idempotency_key) where idempotency_key is not null and state <> 'failed' do nothing
    returning id`
  return rows.length === 1
}

/** Its caller is alive and has not called the platform, or still waits for it. False when somebody else has settled the send meanwhile. */
export async function extendSendLease(db: Queryable, send: Pick<Send, 'teamId' | 'id'>, until: Date): Promise<boolean> {
  const rows = await db.query`
    update sends set lease_until = ${until} where team_id = ${send.teamId} and id = ${send.id} and state = 'sending'
    returning id`
  return rows.length === 1
}

/** The send that holds the key. */
export async function findSendByKey(db: Queryable, teamId: TeamId, idempotencyKey: string): Promise<Send | null> {
  const [row] = await db.query<Send>`
    select ${columns} ${fromSends} where s.team_id = ${teamId} and s.idempotency_key = ${idempotencyKey} and s.state <> 'failed'`
  return row ?? null
}

/** False when somebody else has finished it. */
export async function finishSend(
  db: Queryable,
  send: Pick<Send, 'teamId' | 'id'>,
  outcome: { state: 'sent' | 'failed'; answer: Send['answer']; now: Date },
): Promise<boolean> {
  const rows = await db.query`
    update sends set state = ${outcome.state}, answer = ${outcome.answer}::json, finished_at = ${outcome.now}
    where team_id = ${send.teamId} and id = ${send.id} and state in ('sending', 'unconfirmed')
    returning id`
  return rows.length === 1
}

/** Nobody could tell yet whether it arrived; it is asked about again after `retryAt`. */
export async function markSendUnconfirmed(
  db: Queryable,
  send: Pick<Send, 'teamId' | 'id'>,
  retryAt: Date,
): Promise<void> {
  await db.query`
    update sends set state = 'unconfirmed', lease_until = ${retryAt}
    where team_id = ${send.teamId} and id = ${send.id} and state in ('sending', 'unconfirmed')`
}

/** Takes over up to `limit` sends whose caller is gone or which are due for another question; no two servers take the same. */
export function leaseUnresolvedSends(
  db: Queryable,
  lease: { now: Date; until: Date; limit: number },
): Promise<(Send & { attempts: number })[]> {
  return db.query`
    with due as (
      select team_id, id from sends
      where state in ('sending', 'unconfirmed') and lease_until <= ${lease.now}
      order by lease_until
      limit ${lease.limit}
      for update skip locked
    ), leased as (
      update sends s set lease_until = ${lease.until}, attempts = attempts + 1
      from due where s.team_id = due.team_id and s.id = due.id
      returning s.*
    )
    select ${columns}, s.attempts from leased s join members m on m.team_id = s.team_id and m.id = s.member_id`
}

/** In all teams. `oldestAt`: null when there are none. */
export async function countUnresolvedSends(
  db: Queryable,
): Promise<{ sending: number; unconfirmed: number; oldestAt: Timestamp | null }> {
  const [row] = await db.query<{ sending: number; unconfirmed: number; oldestAt: Timestamp | null }>`
    select count(*) filter (where state = 'sending') as sending, count(*) filter (where state = 'unconfirmed') as unconfirmed,
      min(created_at) as "oldestAt"
    from sends where state in ('sending', 'unconfirmed')`
  if (!row) throw new Error('a count gave no row')
  return row
}

/** Deletes up to `limit` settled sends from before; says how many. */
export async function deleteOldSends(db: Queryable, old: { before: Date; limit: number }): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select team_id, id from sends where created_at < ${old.before} and state in ('sent', 'failed') order by created_at limit ${old.limit}
    )
    delete from sends s using doomed where s.team_id = doomed.team_id and s.id = doomed.id
    returning s.id`
  return rows.length
}
