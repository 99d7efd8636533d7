import type { Tx } from '../store/database.ts'
import type { TeamId } from '../store/ids.ts'
import type { Message } from '../store/messages.ts'
import { deleteReaction, insertReaction, lockMessage, updateActivity } from '../store/messages.ts'
import { accountLinkOf } from './account-links.ts'
import { requirePossible } from './capabilities.ts'
import { requireDone, sessionOf } from './connectors.ts'
import type { Context } from './context.ts'
import { invalid } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { getMessage, inTurn, requirePlatformId } from './messages.ts'
import { isSingleEmoji } from './text.ts'

/** One reaction of ours per message, as on X: another emoji takes the place of the first. */
export function addReaction(ctx: Context, threadId: string, id: string, emoji: string): Promise<Message> {
  return inTurn(ctx, id, () => react(ctx, threadId, id, emoji))
}

async function react(ctx: Context, threadId: string, id: string, emoji: string): Promise<Message> {
  const { message, link } = await getReactable(ctx, threadId, id, emoji)
  if (message.reactions.some((reaction) => reaction.authorPlatformId === link.platformId && reaction.emoji === emoji))
    return message
  const reaction = { messagePlatformId: requirePlatformId(message), emoji }
  const { at } = requireDone(link, await sessionOf(ctx, link).addReaction(reaction))
  await change(ctx, ctx.actor.teamId, async (tx, record) => {
    const before = await lockMessage(tx, ctx.actor.teamId, message.id)
    if (before)
      await recordReaction(tx, record, ctx.actor.teamId, before, {
        authorPlatformId: link.platformId,
        emoji,
        direction: 'outbound',
        at,
      })
  })
  return message
}

/** Removing a reaction that is not there changes nothing. */
export function removeReaction(ctx: Context, threadId: string, id: string, emoji: string): Promise<Message> {
  return inTurn(ctx, id, () => unreact(ctx, threadId, id, emoji))
}

async function unreact(ctx: Context, threadId: string, id: string, emoji: string): Promise<Message> {
  const { message, link } = await getReactable(ctx, threadId, id, emoji)
  if (!message.reactions.some((reaction) => reaction.authorPlatformId === link.platformId && reaction.emoji === emoji))
    return message
  const reaction = { messagePlatformId: requirePlatformId(message), emoji }
  requireDone(link, await sessionOf(ctx, link).removeReaction(reaction))
  await change(ctx, ctx.actor.teamId, async (tx, record) => {
    const before = await lockMessage(tx, ctx.actor.teamId, message.id)
    if (before)
      await recordReactionRemoval(tx, record, ctx.actor.teamId, before, { authorPlatformId: link.platformId, emoji })
  })
  return message
}

async function getReactable(ctx: Context, threadId: string, id: string, emoji: string) {
  if (!isSingleEmoji(emoji)) throw invalid({ path: ['emoji'], message: 'must be exactly one emoji' })
  const { message, thread } = await getMessage(ctx, threadId, id)
  const link = await accountLinkOf(ctx, thread)
  requirePossible(ctx, { needs: ['message:react'], link, thread, message })
  return { message, link }
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

/** The author's earlier reaction to a locked message gives way. */
export async function recordReaction(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  { authorPlatformId, emoji, direction, at }: NewReaction,
): Promise<void> {
  const earlierOnes = before.reactions.filter((reaction) => reaction.authorPlatformId === authorPlatformId)
  if (earlierOnes.some((reaction) => reaction.emoji === emoji)) return
  for (const reaction of earlierOnes) await recordReactionRemoval(tx, record, teamId, before, reaction)
  const reaction = { authorPlatformId, emoji, createdAt: at.toISOString() }
  await insertReaction(tx, teamId, before.id, reaction)
  const preview = direction === 'outbound' ? `You reacted with ${emoji}` : `Reacted with ${emoji}`
  await updateActivity(tx, teamId, before.threadId, { preview, direction, at: reaction.createdAt })
  record({ type: 'message.reactionAdded', messageId: before.id, threadId: before.threadId, reaction })
}

export async function recordReactionRemoval(
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  before: Message,
  { authorPlatformId, emoji }: ReactionFact,
): Promise<void> {
  const reaction = before.reactions.find((one) => one.authorPlatformId === authorPlatformId && one.emoji === emoji)
  if (!reaction) return
  await deleteReaction(tx, teamId, before.id, reaction)
  record({ type: 'message.reactionRemoved', messageId: before.id, threadId: before.threadId, reaction })
}
