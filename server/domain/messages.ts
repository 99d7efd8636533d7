import type { AccountLink } from '../store/account-links.ts'
import { insertAttachments } from '../store/attachments.ts'
import type { Tx } from '../store/database.ts'
import type { TeamId } from '../store/ids.ts'
import type { Deletion, Message, Quote, Revision } from '../store/messages.ts'
import {
  findMessage,
  insertMessage,
  listMessages as listMessageRows,
  listMessagesByIds,
  listRevisions,
  lockMessage,
  markMessageDeleted,
  reviseMessage,
} from '../store/messages.ts'
import type { PageRequest } from '../store/thread-lists.ts'
import type { Activity, Thread, ThreadWithActivity } from '../store/threads.ts'
import { accountLinkOf } from './account-links.ts'
import { describeAttachments } from './attachments.ts'
import { requirePossible } from './capabilities.ts'
import { accomplish, sessionOf } from './connectors.ts'
import type { Actor, Context, Core } from './context.ts'
import { parseEntities } from './entities.ts'
import { invalid, messageNotModifiable, notFound } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { type Page, pageOf } from './pages.ts'
import { changeTimesOf, requirePlatform } from './platforms.ts'
import { searchLineOf } from './search.ts'
import { requireUnlocked } from './teams.ts'
import { isInvisible } from './text.ts'
import { getThreadWithActivity } from './threads.ts'

export type { Deletion, Message, MessageEntities, Origin, Quote, Reaction, Revision } from '../store/messages.ts'

/** What the inbox shows of a message, in characters. */
const PREVIEW_LENGTH = 200

/** A message, and the thread it is shown in. */
export interface ShownMessage {
  message: Message
  thread: ThreadWithActivity
}

/** Newest first unless asked otherwise. Deleted messages stay listed. */
export async function listMessages(ctx: Context, thread: Thread, page: PageRequest): Promise<Page<Message>> {
  const rows = await listMessageRows(ctx.db, ctx.actor.teamId, thread.id, { ...page, limit: page.limit + 1 })
  return pageOf(rows, page.limit, (message) => ({ id: message.id, timestamp: message.createdAt }))
}

/** Which message. Said with its thread, it is looked for there only, and the thread's absence is what the caller hears of first. */
export interface MessageAddress {
  id: string
  threadId?: string | undefined
}

export async function getMessage(ctx: Context, { id, threadId }: MessageAddress): Promise<ShownMessage> {
  const namedThread = threadId === undefined ? null : await getThreadWithActivity(ctx, threadId)
  const message = await findMessage(ctx.db, ctx.actor.teamId, id)
  if (!message || (namedThread && message.threadId !== namedThread.id)) throw notFound('message', id)
  return { message, thread: namedThread ?? (await getThreadWithActivity(ctx, message.threadId)) }
}

/** Throws when it is on a platform the team cannot use. */
export async function getUsableMessage(ctx: Context, id: string): Promise<ShownMessage> {
  const shown = await getMessage(ctx, { id })
  requirePlatform(ctx, shown.message.platform)
  return shown
}

/** Those of the ids that the team has. */
export function findMessages(ctx: Context, ids: readonly string[]): Promise<Message[]> {
  return listMessagesByIds(ctx.db, ctx.actor.teamId, ids)
}

export interface MessageHistory {
  /** Original first. */
  versions: Revision[]
  deletion: Deletion | null
  /** Whether edits and deletions carry the platform's own times, or those at which we noticed. */
  times: 'platform' | 'observed'
}

export async function getMessageHistory(ctx: Context, { message, thread }: ShownMessage): Promise<MessageHistory> {
  const [revisions, link] = await Promise.all([
    listRevisions(ctx.db, ctx.actor.teamId, message.id),
    accountLinkOf(ctx, thread),
  ])
  const original = { content: message.content, origin: null, createdAt: message.createdAt }
  const versions = revisions.length > 0 ? revisions : [original]
  return { versions, deletion: message.deletion, times: changeTimesOf(ctx, link) }
}

/** Only our own. Saying the same again changes nothing. */
export async function editMessage(ctx: Context, address: MessageAddress, content: string): Promise<ShownMessage> {
  requireVisible(content)
  requireUnlocked(ctx.actor)
  return inTurn(ctx, address, () => edit(ctx, address, content))
}

async function edit(ctx: Context, address: MessageAddress, content: string): Promise<ShownMessage> {
  const { teamId } = ctx.actor
  const { message, thread } = await getMessage(ctx, address)
  const link = await accountLinkOf(ctx, thread)
  requirePossible(ctx, { needs: ['message:edit'], link, thread, message, content })
  const request = { messagePlatformId: requirePlatformId(message), content }
  // Also when it reads so already: after a lost answer the platform may have another text than we do.
  const { at } = await accomplish(link, () => sessionOf(ctx, link).editMessage(request))
  const edited = await change(ctx, teamId, async (tx, record) => {
    const before = await lockMessage(tx, teamId, message.id)
    return before && recordEdit(tx, record, teamId, before, { content, origin: originOf(ctx.actor), at })
  })
  return { message: edited ?? message, thread }
}

/**
 * For everybody, or only on our side. What was deleted at least as widely stays as it is, and whoever repeats a deletion hears of the first
 * one whatever else has changed since.
 */
export function deleteMessage(ctx: Context, address: MessageAddress, scope: Deletion['scope']): Promise<Deletion> {
  return inTurn(ctx, address, () => remove(ctx, address, scope))
}

async function remove(ctx: Context, address: MessageAddress, scope: Deletion['scope']): Promise<Deletion> {
  const { teamId } = ctx.actor
  const { message, thread } = await getMessage(ctx, address)
  requirePlatform(ctx, message.platform)
  const isOurs = message.direction === 'outbound'
  if (message.deletion && covers(message.deletion, scope) && (isOurs || scope === 'self')) return message.deletion
  const link = await accountLinkOf(ctx, thread)
  const capability = scope === 'all' ? 'message:unsend' : 'message:delete:self'
  requirePossible(ctx, { needs: [capability], link, thread, message })
  const request = { messagePlatformId: requirePlatformId(message), scope }
  const { at } = await accomplish(link, () => sessionOf(ctx, link).deleteMessage(request))
  return change(ctx, teamId, async (tx, record) => {
    const before = await lockMessage(tx, teamId, message.id)
    const deletion: Deletion = {
      deletedAt: at.toISOString(),
      scope,
      forAllAt: scope === 'all' ? at.toISOString() : null,
      origin: originOf(ctx.actor),
      authorPlatformId: link.platformId,
    }
    return before ? recordDeletion(tx, record, teamId, before, deletion) : deletion
  })
}

/**
 * What we change about one message happens one after the other, at the platform and here: otherwise a change could overtake
 * another one between the platform's answer and our transaction, and we would show for good what the platform does not.
 */
export function inTurn<T>(ctx: Context, { id }: MessageAddress, work: () => Promise<T>): Promise<T> {
  return ctx.db.exclusively(`message ${ctx.actor.teamId} ${id}`, work)
}

/** Of what somebody does: a token is the API's way in, people have none. */
export function originOf({ tokenId }: Actor): 'inbox' | 'api' {
  return tokenId === null ? 'inbox' : 'api'
}

/** Throws when there is nothing to read in a text. What only the text can get wrong is said before anything is looked up. */
export function requireVisible(content: string): void {
  if (isInvisible(content)) throw invalid({ path: ['content'], message: 'must have at least one visible character' })
}

/** Throws when the platform cannot be told which message is meant. */
export function requirePlatformId(message: Message): string {
  if (message.platformId === null) throw messageNotModifiable('the platform does not know it')
  return message.platformId
}

/** A message as it enters its thread. */
export function newMessage(
  thread: Thread,
  facts: Pick<
    Message,
    | 'id'
    | 'platformId'
    | 'direction'
    | 'content'
    | 'origin'
    | 'memberId'
    | 'userId'
    | 'tokenId'
    | 'replyTo'
    | 'createdAt'
  > & { attachments?: Message['attachments'] },
): Message {
  return {
    attachments: [],
    ...facts,
    threadId: thread.id,
    accountLinkId: thread.accountLinkId,
    platform: thread.platform,
    entities: parseEntities(facts.content),
    encrypted: thread.encrypted,
    agentId: null,
    campaignId: null,
    campaignStepId: null,
    forwarded: null,
    reactions: [],
    reactionsVersion: 0,
    editedAt: null,
    deletion: null,
    profileId: thread.prospect.id,
  }
}

/** How a message reads when another one of its thread quotes it now. */
export function quoteOf(quoted: Message, thread: Thread, link: AccountLink): Quote {
  return {
    messageId: quoted.id,
    platformId: quoted.platformId,
    content: quoted.content,
    authorName: quoted.direction === 'inbound' ? thread.prospect.profile.displayName : link.displayName,
  }
}

/** Adds a message to its locked thread. Null when the platform's id is known already: nothing changed. */
export async function addMessage(
  core: Core,
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  {
    message,
    thread,
    link,
    conversationPlatformId,
  }: { message: Message; thread: ThreadWithActivity; link: AccountLink; conversationPlatformId: string },
): Promise<ShownMessage | null> {
  const after = threadWith(thread, message, conversationPlatformId)
  const threadAfter = {
    ...after,
    lastMessageId: after.lastMessage?.id ?? null,
    lastMessageAt: after.lastMessage?.createdAt ?? null,
    activityLine: searchLineOf(after.activity?.preview ?? null),
  }
  const added = await insertMessage(tx, teamId, message, threadAfter, core.clock.now())
  if (!added) return null
  if (message.attachments.length > 0) await insertAttachments(tx, teamId, message.id, message.attachments)
  const type = message.direction === 'outbound' ? 'message.sent' : 'message.received'
  record({ type, message, thread: after, accountLink: link })
  if (thread.archived && !after.archived) record({ type: 'thread.unarchived', thread: after })
  return { message, thread: after }
}

/**
 * What a message makes of its thread: an idle one becomes active, a reply accepts a request, an inbound message un-archives, and once both
 * sides have written the conversation is encrypted. What is older than its latest activity neither
 * moves the thread nor is shown as that.
 */
function threadWith(thread: ThreadWithActivity, message: Message, conversationPlatformId: string): ThreadWithActivity {
  const inbound = message.direction === 'inbound'
  const firstInboundAt = inbound ? earlier(thread.firstInboundAt, message.createdAt) : thread.firstInboundAt
  const firstOutboundAt = inbound ? thread.firstOutboundAt : earlier(thread.firstOutboundAt, message.createdAt)
  const { lastMessage, activity } = thread
  const isNewest =
    !lastMessage ||
    message.createdAt > lastMessage.createdAt ||
    (message.createdAt === lastMessage.createdAt && message.id > lastMessage.id)
  return {
    ...thread,
    platformId: thread.platformId ?? conversationPlatformId,
    idle: false,
    archived: thread.archived && !inbound,
    isRequest: thread.isRequest && inbound,
    encrypted: thread.encrypted || (firstInboundAt !== null && firstOutboundAt !== null),
    firstInboundAt,
    firstOutboundAt,
    ...(isNewest && { lastMessage: lastMessageOf(message) }),
    ...(isNewest &&
      (!activity || activity.at <= message.createdAt) && { activity: activityOf(message), sortAt: message.createdAt }),
  }
}

function earlier(known: string | null, at: string): string {
  return known !== null && known < at ? known : at
}

function lastMessageOf({
  id,
  content,
  direction,
  createdAt,
  userId,
  campaignId,
}: Message): NonNullable<Thread['lastMessage']> {
  return { id, content, direction, createdAt, userId, campaignId }
}

/** What the inbox shows of a message. */
export function activityOf(message: Message): Activity {
  return { preview: previewOf(message), direction: message.direction, at: message.createdAt }
}

/** One line. */
function previewOf({ content, attachments }: Pick<Message, 'content' | 'attachments'>): string {
  const text = isInvisible(content) ? describeAttachments(attachments) : content
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return Array.from(line.slice(0, PREVIEW_LENGTH * 2))
    .slice(0, PREVIEW_LENGTH)
    .join('')
}

/** Replaces the text of a locked message; the one before stays in its history. A deleted message, and the same text, stay as they are. */
export async function recordEdit(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  { content, origin, at }: { content: string; origin: Message['origin']; at: Date },
): Promise<Message> {
  if (before.deletion || before.content === content) return before
  const entities = parseEntities(content)
  const preview = previewOf({ ...before, content })
  await reviseMessage(tx, teamId, before, {
    content,
    entities,
    preview,
    activityLine: searchLineOf(preview),
    origin,
    at,
  })
  const after = { ...before, content, entities, editedAt: at.toISOString() }
  record({ type: 'message.edited', message: after })
  return after
}

/** Marks a locked message deleted; its content and history stay. What was deleted at least as widely stays as it is. */
export async function recordDeletion(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  deletion: Deletion,
): Promise<Deletion> {
  if (before.deletion && covers(before.deletion, deletion.scope)) return before.deletion
  // The first time stays when a deletion only becomes wider.
  const deletedAt = before.deletion?.deletedAt ?? deletion.deletedAt
  const widened = { ...deletion, deletedAt }
  await markMessageDeleted(tx, teamId, before.id, widened)
  record({ type: 'message.deleted', messageId: before.id, threadId: before.threadId, scope: deletion.scope })
  return widened
}

/** Whether what was deleted once is gone at least as widely as `scope` says. */
function covers(deletion: Deletion, scope: Deletion['scope']): boolean {
  return deletion.scope === 'all' || scope === 'self'
}
