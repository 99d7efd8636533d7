import type { IncomingAttachment, IncomingMedia, MediaState } from '../connectors/connector.ts'
import type { Attachment, Media } from '../store/attachments.ts'
import { updateMedia } from '../store/attachments.ts'
import type { Tx } from '../store/database.ts'
import type { TeamId } from '../store/ids.ts'
import type { Message } from '../store/messages.ts'
import { findMessage } from '../store/messages.ts'
import type { Context } from './context.ts'
import { invalid, notFound } from './errors.ts'
import { requirePlatform } from './platforms.ts'

export type { Attachment, Card, Media } from '../store/attachments.ts'

/** A longer file has failed for us: its way to the reader leads through memory and the database. X takes up to 15 MB but for films. */
export const ATTACHMENT_BYTES_MAX = 64 * 1024 * 1024

/** Something to look at, listen to or save. Throws `invalidRequest` for a place where there is none, or a card. */
export async function getMedia(
  ctx: Context,
  messageId: string,
  index: number,
): Promise<{ message: Message; media: Media }> {
  const message = await findMessage(ctx.db, ctx.actor.teamId, messageId)
  if (!message) throw notFound('message', messageId)
  requirePlatform(ctx, message.platform)
  const attachment = message.attachments[index]
  if (!attachment) {
    throw invalid({
      path: ['index'],
      message: `must be below ${message.attachments.length}, the number of attachments`,
    })
  }
  if (attachment.kind === 'card') throw invalid({ path: ['index'], message: 'must not be that of a card' })
  return { message, media: attachment }
}

/** As they enter our tables. */
export function newAttachments(incoming: readonly IncomingAttachment[]): Attachment[] {
  return incoming.map((attachment, index) => {
    if (attachment.kind === 'card') return { index, ...attachment, state: 'ready' }
    return { index, ...attachment, state: stateHere(attachment) }
  })
}

/** What is too large for us will never be shown. */
function stateHere({ state, sizeBytes }: IncomingMedia): MediaState {
  return (sizeBytes ?? 0) > ATTACHMENT_BYTES_MAX ? 'failed' : state
}

/** Where each state can lead. A platform may succeed after all, and what was ready can be lost. */
const successors: Record<MediaState, readonly MediaState[]> = {
  pending: ['processing', 'ready', 'failed'],
  processing: ['ready', 'failed'],
  ready: ['failed'],
  failed: ['ready'],
}

/** What the platform reports of something attached to a locked message. Old news, and news about a card, changes nothing. */
export async function recordMediaState(
  tx: Tx,
  teamId: TeamId,
  message: Message,
  { index, media }: { index: number; media: IncomingMedia },
): Promise<void> {
  const before = message.attachments[index]
  const state = stateHere(media)
  if (!before || before.kind === 'card' || !successors[before.state].includes(state)) return
  await updateMedia(tx, teamId, message.id, { ...media, index, kind: before.kind, state })
}

const words = { image: 'Photo', gif: 'GIF', video: 'Video', audio: 'Voice message' } as const

/** What a list says of a message without words. Empty when nothing is attached either. */
export function describeAttachments(attachments: readonly Attachment[]): string {
  const [first, ...others] = attachments
  if (!first) return ''
  const description = describe(first)
  return others.length === 0 ? description : `${description} and ${others.length} more`
}

function describe(attachment: Attachment): string {
  switch (attachment.kind) {
    case 'card':
      return attachment.title || attachment.domain || attachment.url
    case 'file':
      return attachment.filename || 'File'
    default:
      return words[attachment.kind]
  }
}
