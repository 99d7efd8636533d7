import { createHash } from 'node:crypto'
import type { SendOutcome, SendReceipt } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import { findAccountLink } from '../store/account-links.ts'
import type { Tx } from '../store/database.ts'
import type { MessageId, TeamId } from '../store/ids.ts'
import { newId } from '../store/ids.ts'
import type { Message } from '../store/messages.ts'
import { findMessage } from '../store/messages.ts'
import type { Prospect } from '../store/prospects.ts'
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
import { findThreadOfProspect, lockThread } from '../store/threads.ts'
import { accountLinkOf } from './account-links.ts'
import { type Act, requirePossible } from './capabilities.ts'
import { refusalError, sessionOf } from './connectors.ts'
import { type Context, type Core, tolerate } from './context.ts'
import { DomainError, invalid, notFound } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { addMessage, newMessage, originOf, quoteOf } from './messages.ts'
import type { SendEnd } from './meter.ts'
import { ensureProspect, fetchProfile, findPerson, type PersonReference } from './people.ts'
import { ensureThread, getThread } from './threads.ts'

/** How long after the death of its caller a send is left alone; then somebody else asks the platform what became of it. */
const LEASE_MS = 5_000
const RENEW_MS = 1_500
/** When a lost answer is asked about while the caller waits; afterwards a worker goes on asking. */
const QUESTION_DELAYS_MS = [0, 250, 1_000]
/** After this many questions of the worker, an hour apart at the end, a send stays unconfirmed. */
const QUESTIONS_MAX = 30
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/

export interface Sent {
  message: Message
  thread: ThreadWithActivity
}

interface SendRequest {
  content: string
  replyToMessageId?: string | undefined
  /** The same key with the same request sends once and answers the same; a key is remembered for seven days. */
  idempotencyKey?: string | undefined
}

/** Sends into an existing thread. */
export async function sendToThread(ctx: Context, threadId: string, request: SendRequest): Promise<Sent> {
  return once(ctx, request, [threadId], async (key) => {
    const thread = await getThread(ctx, threadId)
    return send(ctx, request, key, { link: await accountLinkOf(ctx, thread), thread, person: thread.prospect.profile })
  })
}

/** Sends to a person: into the account's thread with them, or opening one. */
export async function sendToPerson(
  ctx: Context,
  accountLinkId: string,
  person: PersonReference,
  request: SendRequest,
): Promise<Sent> {
  const { teamId } = ctx.actor
  return once(ctx, request, [accountLinkId, person.prospectId, person.platformId], async (key) => {
    const link = await findAccountLink(ctx.db, teamId, accountLinkId)
    if (!link) throw notFound('accountLink', accountLinkId)
    const prospect = await findPerson(ctx, person)
    const thread = prospect && (await findThreadOfProspect(ctx.db, teamId, link.id, prospect.id))
    const profile = prospect?.profile ?? (await fetchProfile(ctx, link, person))
    return send(ctx, request, key, { link, thread, person: profile })
  })
}

/** An idempotency key, and what tells its request from another one. */
interface Key {
  idempotencyKey: string
  requestHash: Buffer
}

/** A request that was made before under its key is answered as it was then, whatever has become of its thread. */
async function once(
  ctx: Context,
  { idempotencyKey, content, replyToMessageId }: SendRequest,
  target: readonly (string | undefined)[],
  sendNow: (key: Key | null) => Promise<Sent>,
): Promise<Sent> {
  if (idempotencyKey === undefined) return sendNow(null)
  if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw invalid({ path: ['Idempotency-Key'], message: 'must be 1 to 255 printable ASCII characters' })
  }
  const request = JSON.stringify([...target, content, replyToMessageId])
  const key = { idempotencyKey, requestHash: createHash('sha256').update(request).digest() }
  const earlier = await findSendByKey(ctx.db, ctx.actor.teamId, idempotencyKey)
  return earlier ? replay(earlier, key) : sendNow(key)
}

interface Target {
  link: AccountLink
  /** Null: the message opens the conversation. */
  thread: Thread | null
  person: Prospect['profile']
}

async function send(ctx: Context, request: SendRequest, key: Key | null, target: Target): Promise<Sent> {
  const { link, thread, person } = target
  const { content, replyToMessageId } = request
  const needs: Act['needs'] = replyToMessageId === undefined ? ['message:send'] : ['message:send', 'message:reply']
  requirePossible(ctx, { needs, link, thread, content })
  await requireOutbound(ctx, thread)
  const quoted = thread && replyToMessageId !== undefined ? await requireQuoted(ctx, thread, replyToMessageId) : null

  const now = ctx.clock.now()
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
    createdAt: now.toISOString(),
  }
  // Committed before the platform is called: from here on a crash can neither lose the send nor repeat it.
  const claimed = await insertSend(ctx.db, { ...attempt, leaseUntil: new Date(now.getTime() + LEASE_MS), now })
  if (!claimed) {
    // Only a key can be in the way. Its holder may have given it back since.
    const earlier = key && (await findSendByKey(ctx.db, ctx.actor.teamId, key.idempotencyKey))
    if (!earlier) throw sendInProgress(null)
    return replay(earlier, key)
  }
  if (!(await isStillOurs(ctx, attempt))) throw refusalError(link, { kind: 'unavailable', retryAfterMs: null })
  const outcome = await callPlatform(ctx, link, attempt, quoted)
  return settle(ctx, link, attempt, outcome, person)
}

/** What the first request with this key was, or will be, answered. */
function replay(earlier: Send, key: Key): Sent {
  if (!earlier.requestHash?.equals(key.requestHash)) {
    throw new DomainError(
      'unprocessable',
      'idempotencyKeyReused',
      'The Idempotency-Key was used for a different request.',
    )
  }
  if (earlier.answer) return earlier.answer
  throw earlier.state === 'unconfirmed' ? sendUnconfirmed(earlier.id) : sendInProgress(earlier.id)
}

function sendInProgress(messageId: MessageId | null): DomainError {
  return new DomainError(
    'conflict',
    'sendInProgress',
    'A request with this Idempotency-Key is still running. Repeat it later.',
    { messageId },
  )
}

function sendUnconfirmed(messageId: MessageId): DomainError {
  return new DomainError(
    'upstream',
    'sendUnconfirmed',
    'The platform did not say whether the message arrived. Do not send it again: it appears in the thread once that is known.',
    { messageId },
  )
}

/** First messages to people who never wrote can be switched off for a team. */
async function requireOutbound(ctx: Context, thread: Thread | null): Promise<void> {
  if (thread?.firstInboundAt) return
  const team = await findTeam(ctx.db, ctx.actor.teamId)
  if (!team?.outboundEnabled) {
    throw new DomainError(
      'forbidden',
      'planRequired',
      'This team may not write to people who have not written first.',
      { feature: 'outboundMessages' },
    )
  }
}

async function requireQuoted(ctx: Context, thread: Thread, messageId: string): Promise<Message> {
  const quoted = await findMessage(ctx.db, ctx.actor.teamId, messageId)
  if (quoted?.threadId !== thread.id) throw notFound('message', messageId)
  return quoted
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
): Promise<Sent> {
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
): Promise<Sent> {
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
  person: Prospect['profile'],
): Promise<Sent> {
  const { teamId } = attempt
  let isOurs = false
  const sent = await change(core, teamId, async (tx, record) => {
    const before = await threadFor(core, tx, record, link, attempt, person)
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

/** The thread the send was meant for; a new one when it was deleted meanwhile or never was. */
async function threadFor(
  core: Core,
  tx: Tx,
  record: Recorder,
  link: AccountLink,
  { teamId, threadId }: Send,
  person: Prospect['profile'],
): Promise<ThreadWithActivity> {
  const thread = threadId && (await lockThread(tx, teamId, threadId))
  if (thread) return thread
  const prospect = await ensureProspect(core, tx, record, teamId, { platform: link.platform, profile: person })
  return ensureThread(core, tx, record, teamId, { link, prospect, isRequest: false })
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
  if (!person) throw new Error(`the recipient of send ${attempt.id} is gone`)
  await completeSend(core, link, attempt, found, person)
  core.log.info({ teamId, messageId: attempt.id }, 'an interrupted send had arrived')
}

/** 5 s, 10 s, 20 s, ... up to an hour; a day after QUESTIONS_MAX. */
function retryDelayMs(attempts: number): number {
  if (attempts >= QUESTIONS_MAX) return 86_400_000
  return Math.min(5_000 * 2 ** Math.max(0, attempts - 1), 3_600_000)
}
