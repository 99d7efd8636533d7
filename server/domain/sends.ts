import type { SendOutcome, SendReceipt } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import { findAccountLink } from '../store/account-links.ts'
import type { Tx } from '../store/database.ts'
import type { MessageId, TeamId } from '../store/ids.ts'
import { newId } from '../store/ids.ts'
import type { Message } from '../store/messages.ts'
import { findMessage } from '../store/messages.ts'
import type { Prospect } from '../store/prospects.ts'
import { findProspectByPlatformId } from '../store/prospects.ts'
import type { Send } from '../store/sends.ts'
import {
  countUnresolvedSends as countUnresolvedSendRows,
  extendSendLease,
  findSendByKey,
  finishSend,
  insertSend,
  leaseUnresolvedSends,
  markSendUnconfirmed,
} from '../store/sends.ts'
import { findTeam } from '../store/teams.ts'
import type { Thread, ThreadWithActivity } from '../store/threads.ts'
import { lockThread } from '../store/threads.ts'
import { getAccountLink } from './account-links.ts'
import { type Act, connectionObstacle, requirePossible } from './capabilities.ts'
import { refusalError, sessionOf } from './connectors.ts'
import { type Context, type Core, tolerate } from './context.ts'
import { DomainError, invalid, notFound } from './errors.ts'
import { change, type Recorder } from './events.ts'
import {
  answerOf,
  type Idempotency,
  type IdempotencyKey,
  idempotencyKeyReused,
  isRepeated,
  readIdempotency,
  sendInProgress,
  sendUnconfirmed,
} from './idempotency.ts'
import { addMessage, newMessage, originOf, quoteOf, requireVisible, type ShownMessage } from './messages.ts'
import type { SendEnd } from './meter.ts'
import { ensureProspect } from './people.ts'
import { requirePlatform } from './platforms.ts'
import { type FoundTarget, findTarget, type Recipient, type SendTarget } from './recipients.ts'
import { requireUnlocked } from './teams.ts'
import { ensureThread } from './threads.ts'

/** How long after the death of its caller a send is left alone; then somebody else asks the platform what became of it. */
const LEASE_MS = 5_000
const RENEW_MS = 1_500
/** When a lost answer is asked about while the caller waits; afterwards a worker goes on asking. */
const QUESTION_DELAYS_MS = [0, 250, 1_000]
/** After this many questions of the worker, an hour apart at the end, a send stays unconfirmed. */
const QUESTIONS_MAX = 30
/** How often a key is found taken and then given back before its request gives up. */
const CLAIMS_MAX = 5

export type { SendTarget } from './recipients.ts'

export interface Sent {
  message: Message
  thread: ThreadWithActivity
  /** The answer of an earlier request with the same key: nothing was sent now. */
  isReplay: boolean
}

interface SendRequest {
  content: string
  replyToMessageId?: string | undefined
  /** A message to reply to that is not of the thread is a mistake in the request. Default: it is not found. */
  unknownReplyIs?: 'invalid'
  /** Whom a team without the plan for first messages writes to all the same. */
  withoutPlan: 'contacts' | 'peopleWhoWrote'
  /** The same key with the same request sends once and answers the same; a key is remembered for seven days. */
  idempotency?: Idempotency | undefined
}

/**
 * Sends into a thread, or to a person with whom one is opened if there is none. A request that was made before under its key is answered as
 * it was then, whatever has become of its thread, unless the team is locked or may not use the platform any more. Of several things in the
 * way the first is told of: a mistake in the request, the team's lock, what is not found, the platform, the key, the account, the
 * recipient, what is possible, the plan; then the platform is asked.
 */
export async function sendMessage(ctx: Context, target: SendTarget, request: SendRequest): Promise<Sent> {
  requireVisible(request.content)
  const key = readIdempotency(request.idempotency)
  const earlier = key && (await findSendByKey(ctx.db, ctx.actor.teamId, key.idempotencyKey))
  if (earlier && isRepeated(earlier, key)) return repeat(ctx, earlier, key)
  const found = await refusalOr(findTarget(ctx, target))
  const quoted = await findQuoted(ctx, found, request)
  requireUnlocked(ctx.actor)
  if (found instanceof DomainError) throw found
  if (quoted instanceof DomainError) throw quoted
  requirePlatform(ctx, found.link.platform)
  if (earlier) throw idempotencyKeyReused()
  const obstacle = connectionObstacle(ctx, found.link)
  if (obstacle) throw obstacle
  return send(ctx, request, key, { ...found, quoted })
}

async function repeat(ctx: Context, earlier: Send, key: IdempotencyKey): Promise<Sent> {
  requireUnlocked(ctx.actor)
  const { platform } = await getAccountLink(ctx, earlier.accountLinkId)
  requirePlatform(ctx, platform)
  return replay(ctx, earlier, key)
}

/** What is told later than other things is kept until then. */
async function refusalOr<T>(looking: Promise<T>): Promise<T | DomainError> {
  try {
    return await looking
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return error
    throw error
  }
}

/** Null: none is wanted. Where it is not known in which thread the message lands, any of the team may be the one to reply to. */
async function findQuoted(
  ctx: Context,
  found: FoundTarget | DomainError,
  { replyToMessageId: messageId, unknownReplyIs }: SendRequest,
): Promise<Message | DomainError | null> {
  if (messageId === undefined) return null
  const quoted = await findMessage(ctx.db, ctx.actor.teamId, messageId)
  const isAnywhere = found instanceof DomainError || found.recipient.kind === 'nobody'
  if (quoted && (isAnywhere || quoted.threadId === threadOf(found.recipient)?.id)) return quoted
  if (unknownReplyIs !== 'invalid') return notFound('message', messageId)
  throw invalid({ path: ['replyToMessageId'], message: 'must be a message of the thread' })
}

function threadOf(recipient: Recipient): Thread | null {
  return recipient.kind === 'contact' ? recipient.thread : null
}

async function send(
  ctx: Context,
  request: SendRequest,
  key: IdempotencyKey | null,
  { link, recipient, quoted }: FoundTarget & { quoted: Message | null },
): Promise<Sent> {
  if (recipient.kind === 'nobody') throw recipient.obstacle
  const { content } = request
  const thread = threadOf(recipient)
  const needs: Act['needs'] = quoted ? ['message:send', 'message:reply'] : ['message:send']
  requirePossible(ctx, { needs, link, thread, content })
  await requirePlan(ctx, recipient, request.withoutPlan)
  const person = recipient.kind === 'stranger' ? await recipient.ask() : recipient.person
  const attempt: Send = {
    ...ctx.actor,
    id: newId<MessageId>(),
    accountLinkId: link.id,
    threadId: thread?.id ?? null,
    recipientPlatformId: person.platformId,
    content,
    replyToMessageId: quoted?.id ?? null,
    origin: originOf(ctx.actor),
    state: 'sending',
    idempotencyKey: key?.idempotencyKey ?? null,
    requestHash: key?.requestHash ?? null,
    answer: null,
    createdAt: ctx.clock.now().toISOString(),
  }
  const earlier = await claim(ctx, attempt)
  if (earlier && key) return replay(ctx, earlier, key)
  if (!(await isStillOurs(ctx, attempt))) throw refusalError(link, { kind: 'unavailable', retryAfterMs: null })
  const outcome = await callPlatform(ctx, link, attempt, quoted)
  return { ...(await settle(ctx, link, attempt, outcome, person)), isReplay: false }
}

function replay(ctx: Context, earlier: Send, key: IdempotencyKey): Sent {
  return { ...answerOf(earlier, key, ctx.clock.now()), isReplay: true }
}

/**
 * Null when the send is ours to make: committed before the platform is called, so that from here on a crash can neither lose nor repeat it.
 * Else the one that holds its key.
 */
async function claim(ctx: Context, attempt: Send): Promise<Send | null> {
  const now = new Date(attempt.createdAt)
  const leaseUntil = new Date(now.getTime() + LEASE_MS)
  for (let tries = 0; tries < CLAIMS_MAX; tries++) {
    if (await insertSend(ctx.db, { ...attempt, leaseUntil, now })) return null
    // Only a key can be in the way, and its holder may have given it back since.
    const holder = attempt.idempotencyKey && (await findSendByKey(ctx.db, attempt.teamId, attempt.idempotencyKey))
    if (holder) return holder
  }
  throw sendInProgress(attempt.id)
}

/** First messages can be switched off for a team. */
async function requirePlan(ctx: Context, recipient: Recipient, withoutPlan: SendRequest['withoutPlan']): Promise<void> {
  const needsNone =
    withoutPlan === 'contacts' ? recipient.kind === 'contact' : Boolean(threadOf(recipient)?.firstInboundAt)
  if (needsNone) return
  const team = await findTeam(ctx.db, ctx.actor.teamId)
  if (team?.outboundEnabled) return
  const whom = withoutPlan === 'contacts' ? 'who are no contacts of it' : 'who have not written first'
  throw new DomainError('forbidden', 'planRequired', `This team may not write to people ${whom}.`, {
    feature: 'advancedApi',
  })
}

/** A caller that was held up (a suspended machine) may have been given up on: it takes its send back before it calls the platform. */
async function isStillOurs(ctx: Context, attempt: Send): Promise<boolean> {
  const now = ctx.clock.now().getTime()
  if (now - Date.parse(attempt.createdAt) < LEASE_MS / 2) return true
  return extendSendLease(ctx.db, attempt, new Date(now + LEASE_MS))
}

async function callPlatform(
  ctx: Context,
  link: AccountLink,
  attempt: Send,
  quoted: Message | null,
): Promise<SendOutcome> {
  const stopRenewing = keepLease(ctx, attempt)
  try {
    return await sessionOf(ctx, link).send({
      reference: attempt.id,
      personPlatformId: attempt.recipientPlatformId,
      content: attempt.content,
      replyToPlatformId: quoted?.platformId ?? null,
    })
  } catch (error) {
    ctx.log.error({ err: error, messageId: attempt.id }, 'a send ended in a surprise')
    return { kind: 'lostAnswer' }
  } finally {
    stopRenewing()
  }
}

/** Tells the other workers that the caller is alive, for as long as the platform takes. */
function keepLease(ctx: Context, attempt: Send): () => void {
  let cancel = ctx.clock.after(RENEW_MS, renew)
  return () => cancel()

  function renew(): void {
    const until = new Date(ctx.clock.now().getTime() + LEASE_MS)
    void tolerate(ctx.log, 'renewing the lease of a send', extendSendLease(ctx.db, attempt, until))
    cancel = ctx.clock.after(RENEW_MS, renew)
  }
}

async function settle(
  ctx: Context,
  link: AccountLink,
  attempt: Send,
  outcome: SendOutcome,
  person: Prospect['profile'],
): Promise<ShownMessage> {
  switch (outcome.kind) {
    case 'sent':
      return completeSend(ctx, link, attempt, outcome, person)
    case 'lostAnswer':
      return settleLostAnswer(ctx, link, attempt, person)
    default:
      await failSend(ctx, attempt, outcome.kind)
      throw refusalError(link, outcome)
  }
}

async function settleLostAnswer(
  ctx: Context,
  link: AccountLink,
  attempt: Send,
  person: Prospect['profile'],
): Promise<ShownMessage> {
  for (const delayMs of QUESTION_DELAYS_MS) {
    await new Promise<void>((resolve) => ctx.clock.after(delayMs, resolve))
    const found = await askPlatform(ctx, link, attempt)
    if (found === 'unknown') continue
    if (found !== 'notSent') return completeSend(ctx, link, attempt, found, person)
    await failSend(ctx, attempt, 'notSent')
    throw refusalError(link, { kind: 'unavailable', retryAfterMs: null })
  }
  const now = ctx.clock.now()
  await markSendUnconfirmed(ctx.db, attempt, new Date(now.getTime() + retryDelayMs(1)))
  ctx.meter?.sendEnded('unconfirmed')
  throw sendUnconfirmed(attempt.id)
}

/** Counted by whoever settles it: another worker may have been faster. */
async function failSend(core: Core, attempt: Send, end: SendEnd): Promise<void> {
  const now = core.clock.now()
  if (await finishSend(core.db, attempt, { state: 'failed', answer: null, now })) core.meter?.sendEnded(end)
}

async function askPlatform(core: Core, link: AccountLink, attempt: Send): Promise<SendReceipt | 'notSent' | 'unknown'> {
  try {
    return await sessionOf(core, link).findSent(attempt.id)
  } catch (error) {
    core.log.warn({ err: error, messageId: attempt.id }, 'the platform could not be asked about a send')
    return 'unknown'
  }
}

/** Makes the message of a send that arrived. When another worker was faster, its message is the answer. */
async function completeSend(
  core: Core,
  link: AccountLink,
  attempt: Send,
  receipt: SendReceipt,
  person: Prospect['profile'] | null,
): Promise<ShownMessage> {
  const { teamId } = attempt
  let isOurs = false
  const sent = await change(core, teamId, async (tx, record) => {
    const before = await threadFor(core, tx, record, link, attempt, { person, sentAt: receipt.sentAt })
    const quoted = attempt.replyToMessageId && (await findMessage(tx, teamId, attempt.replyToMessageId))
    const message = newMessage(before, {
      id: attempt.id,
      platformId: receipt.messagePlatformId,
      direction: 'outbound',
      content: attempt.content,
      origin: attempt.origin,
      memberId: attempt.memberId,
      userId: attempt.userId,
      tokenId: attempt.tokenId,
      replyTo: quoted ? quoteOf(quoted, before, link) : null,
      createdAt: receipt.sentAt.toISOString(),
    })
    const added = await addMessage(core, tx, record, teamId, {
      message,
      thread: before,
      link,
      conversationPlatformId: receipt.conversationPlatformId,
    })
    const answer = added ?? { message, thread: before }
    isOurs = await finishSend(tx, attempt, {
      state: 'sent',
      answer: attempt.idempotencyKey === null ? null : answer,
      now: core.clock.now(),
    })
    return answer
  })
  if (isOurs) core.meter?.sendEnded('sent')
  return sent
}

/** The thread the send was meant for; a new one when it was deleted meanwhile or never was. Who has left the platform since is still known here. */
async function threadFor(
  core: Core,
  tx: Tx,
  record: Recorder,
  link: AccountLink,
  { teamId, threadId, recipientPlatformId }: Send,
  { person, sentAt }: { person: Prospect['profile'] | null; sentAt: Date },
): Promise<ThreadWithActivity> {
  const { platform } = link
  const thread = threadId && (await lockThread(tx, teamId, threadId))
  if (thread) return thread
  const prospect = person
    ? await ensureProspect(core, tx, record, teamId, { platform, profile: person, metAt: sentAt })
    : await findProspectByPlatformId(tx, teamId, platform, recipientPlatformId)
  if (!prospect) throw new Error('a message arrived at somebody nobody knows any more')
  return ensureThread(core, tx, record, teamId, { link, prospect, isRequest: false, beganAt: sentAt })
}

/** Sends in all teams of which nobody knows yet whether they arrived, and how long ago the oldest of them began. */
export async function countUnresolvedSends(
  core: Core,
): Promise<{ sending: number; unconfirmed: number; oldestMs: number }> {
  const { sending, unconfirmed, oldestAt } = await countUnresolvedSendRows(core.db)
  const oldestMs = oldestAt === null ? 0 : Math.max(0, core.clock.now().getTime() - Date.parse(oldestAt))
  return { sending, unconfirmed, oldestMs }
}

/** Asks the platform about sends whose caller is gone. Says how many it looked at. */
export async function resolveUnfinishedSends(core: Core, limit: number): Promise<number> {
  const now = core.clock.now()
  const attempts = await leaseUnresolvedSends(core.db, { now, until: new Date(now.getTime() + LEASE_MS), limit })
  for (const attempt of attempts) await tolerate(core.log, 'resolving a send', resolve(core, attempt.teamId, attempt))
  return attempts.length
}

async function resolve(core: Core, teamId: TeamId, attempt: Send & { attempts: number }): Promise<void> {
  const link = await findAccountLink(core.db, teamId, attempt.accountLinkId)
  if (!link) throw new Error(`send ${attempt.id} has no account link`)
  const found = await askPlatform(core, link, attempt)
  if (found === 'unknown') {
    const retryAt = new Date(core.clock.now().getTime() + retryDelayMs(attempt.attempts))
    return markSendUnconfirmed(core.db, attempt, retryAt)
  }
  if (found === 'notSent') {
    await failSend(core, attempt, 'notSent')
    core.log.info({ teamId, messageId: attempt.id }, 'an interrupted send had not arrived')
    return
  }
  const person = await sessionOf(core, link).findPerson(attempt.recipientPlatformId)
  await completeSend(core, link, attempt, found, person)
  core.log.info({ teamId, messageId: attempt.id }, 'an interrupted send had arrived')
}

/** 5 s, 10 s, 20 s, ... up to an hour; a day after QUESTIONS_MAX. */
function retryDelayMs(attempts: number): number {
  if (attempts >= QUESTIONS_MAX) return 86_400_000
  return Math.min(5_000 * 2 ** Math.max(0, attempts - 1), 3_600_000)
}
