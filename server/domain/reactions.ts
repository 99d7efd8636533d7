import type { Tx } from '../store/database.ts'
import type { AccountLinkId, TeamId } from '../store/ids.ts'
import type { Message, Reaction } from '../store/messages.ts'
import {
  deleteReaction,
  findLatestReaction,
  findMessage,
  insertReaction,
  lockMessage,
  replaceActivity,
  updateActivity,
} from '../store/messages.ts'
import type { Prospect } from '../store/prospects.ts'
import type { Activity, Thread } from '../store/threads.ts'
import { lockThread } from '../store/threads.ts'
import { accountLinkOf } from './account-links.ts'
import { requirePossible } from './capabilities.ts'
import { accomplish, sessionOf } from './connectors.ts'
import type { Context } from './context.ts'
import { invalid } from './errors.ts'
import { change, type Recorder } from './events.ts'
import {
  activityOf,
  getMessage,
  inTurn,
  type MessageAddress,
  requirePlatformId,
  type ShownMessage,
} from './messages.ts'
import { searchLineOf } from './search.ts'
import { isSingleEmoji } from './text.ts'

/** One reaction of ours per message, as on X: another emoji takes the place of the first. The same again changes nothing. */
export function addReaction(ctx: Context, address: MessageAddress, emoji: string): Promise<ShownMessage> {
  return inTurn(ctx, address, () => react(ctx, address, emoji))
}

async function react(ctx: Context, address: MessageAddress, emoji: string): Promise<ShownMessage> {
  const { message, thread, link } = await getReactable(ctx, address, emoji)
  const fact = { authorPlatformId: link.platformId, emoji }
  const reaction = { messagePlatformId: requirePlatformId(message), emoji }
  // Also when we have it already: after a lost answer the platform may have another one than we do.
  const { at } = await accomplish(link, () => sessionOf(ctx, link).addReaction(reaction))
  const after = await changeReactions(ctx, message, (tx, record, before) =>
    recordReaction(tx, record, ctx.actor.teamId, before, { ...fact, direction: 'outbound', at }),
  )
  return { message: after, thread }
}

/** Removing a reaction that is not there changes nothing. */
export function removeReaction(ctx: Context, address: MessageAddress, emoji: string): Promise<ShownMessage> {
  return inTurn(ctx, address, () => unreact(ctx, address, emoji))
}

async function unreact(ctx: Context, address: MessageAddress, emoji: string): Promise<ShownMessage> {
  const { message, thread, link } = await getReactable(ctx, address, emoji)
  const fact = { authorPlatformId: link.platformId, emoji }
  const reaction = { messagePlatformId: requirePlatformId(message), emoji }
  await accomplish(link, () => sessionOf(ctx, link).removeReaction(reaction))
  const after = await changeReactions(ctx, message, (tx, record, before) =>
    recordReactionRemoval(tx, record, ctx.actor.teamId, before, fact),
  )
  return { message: after, thread }
}

async function getReactable(ctx: Context, address: MessageAddress, emoji: string) {
  if (!isSingleEmoji(emoji)) throw invalid({ path: ['emoji'], message: 'must be exactly one emoji' })
  const { message, thread } = await getMessage(ctx, address)
  const link = await accountLinkOf(ctx, thread)
  requirePossible(ctx, { needs: ['message:react'], link, thread, message })
  return { message, thread, link }
}

async function changeReactions(
  ctx: Context,
  message: Message,
  work: (tx: Tx, record: Recorder, before: Message) => Promise<Message>,
): Promise<Message> {
  return change(ctx, ctx.actor.teamId, async (tx, record) => {
    const before = await lockMessage(tx, ctx.actor.teamId, message.id)
    return before ? work(tx, record, before) : message
  })
}

/** Somebody who reacted, as far as we know them. */
export type Reactor =
  | { type: 'accountLink'; accountLinkId: AccountLinkId }
  | { type: 'profile'; profile: Prospect }
  | { type: 'unknown'; platformId: string }

export function reactorOf({ authorPlatformId }: Reaction, { prospect, ...thread }: Thread): Reactor {
  if (authorPlatformId === thread.accountPlatformId) return { type: 'accountLink', accountLinkId: thread.accountLinkId }
  if (authorPlatformId === prospect.profile.platformId) return { type: 'profile', profile: prospect }
  return { type: 'unknown', platformId: authorPlatformId }
}

interface ReactionFact {
  authorPlatformId: string
  emoji: string
}

interface NewReaction extends ReactionFact {
  /** Ours is outbound. */
  direction: 'inbound' | 'outbound'
  at: Date
}

/** The author's earlier reaction to a locked message gives way. Answers with the message as it is then. */
export async function recordReaction(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  { authorPlatformId, emoji, direction, at }: NewReaction,
): Promise<Message> {
  const earlierOnes = before.reactions.filter((reaction) => reaction.authorPlatformId === authorPlatformId)
  if (earlierOnes.some((reaction) => reaction.emoji === emoji)) return before
  let after = before
  for (const earlier of earlierOnes) after = await recordReactionRemoval(tx, record, teamId, after, earlier)
  const reaction = { authorPlatformId, emoji, createdAt: at.toISOString() }
  await insertReaction(tx, teamId, before.id, reaction)
  await updateActivity(tx, teamId, before.threadId, withSearchLine(activityOfReaction(reaction, direction)))
  record({ type: 'message.reactionAdded', messageId: before.id, threadId: before.threadId, reaction })
  return withReactions(after, [...after.reactions, reaction])
}

export async function recordReactionRemoval(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  fact: ReactionFact,
): Promise<Message> {
  const reaction = reactionLike(before, fact)
  if (!reaction) return before
  await deleteReaction(tx, teamId, before.id, reaction)
  await withdrawActivity(tx, teamId, before, reaction)
  record({ type: 'message.reactionRemoved', messageId: before.id, threadId: before.threadId, reaction })
  return withReactions(
    before,
    before.reactions.filter((one) => one !== reaction),
  )
}

function activityOfReaction({ emoji, createdAt }: Reaction, direction: Activity['direction']) {
  const preview = direction === 'outbound' ? `You reacted with ${emoji}` : `Reacted with ${emoji}`
  return { preview, direction, at: createdAt }
}

function withSearchLine<A extends Activity>(activity: A) {
  return { ...activity, activityLine: searchLineOf(activity.preview) }
}

/** A reaction that is gone is no activity: where the inbox showed it, it shows what came before. */
async function withdrawActivity(tx: Tx, teamId: TeamId, message: Message, gone: Reaction): Promise<void> {
  const thread = await lockThread(tx, teamId, message.threadId)
  if (!thread?.activity || !thread.lastMessage) return
  const { activity, lastMessage, accountPlatformId } = thread
  const shown = (reaction: Reaction) =>
    activityOfReaction(reaction, reaction.authorPlatformId === accountPlatformId ? 'outbound' : 'inbound')
  if (activity.at !== gone.createdAt || activity.preview !== shown(gone).preview) return
  const latest = await findLatestReaction(tx, teamId, thread.id, lastMessage.createdAt)
  const newest = await findMessage(tx, teamId, lastMessage.id)
  const before = latest ? shown(latest) : newest && activityOf(newest)
  if (before) await replaceActivity(tx, teamId, thread.id, withSearchLine(before))
}

function reactionLike({ reactions }: Message, { authorPlatformId, emoji }: ReactionFact): Reaction | undefined {
  return reactions.find((one) => one.authorPlatformId === authorPlatformId && one.emoji === emoji)
}

/** In the order in which they are listed. Each change counts one. */
function withReactions(message: Message, reactions: Reaction[]): Message {
  const inOrder = reactions.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  return { ...message, reactions: inOrder, reactionsVersion: message.reactionsVersion + 1 }
}

function placeOf({ createdAt, authorPlatformId }: Reaction): string {
  return `${createdAt} ${authorPlatformId}`
}
