import type { FileAddress } from '../../domain/attachment-urls.ts'
import type { Card, Media } from '../../domain/attachments.ts'
import type { Message } from '../../domain/messages.ts'
import type { Viewer } from './messages.ts'

export const exampleAttachment = {
  kind: 'image',
  url: 'https://inbox.example.com/attachments/tz4a98xxat96iws9zmbrgj3a/k2v5n8q1w4e7r0t3y6u9i2o5/0/media?expires=1772604300&signature=aB1',
  filename: null,
  contentType: 'image/jpeg',
  sizeBytes: 48_211,
  width: 800,
  height: 600,
  durationSeconds: null,
}

/** v1 shows one: the first. What becomes of it, how it is called there and when its address expires v1 cannot say. */
export function presentAttachment(message: Message, viewer: Viewer) {
  // Undefined in snapshots that are older than attachments.
  const attachment = message.attachments?.[0]
  if (!attachment) return null
  const { teamId } = viewer.actor
  const place = { teamId, messageId: message.id, index: attachment.index }
  return attachment.kind === 'card' ? presentCard(attachment, place, viewer) : presentMedia(attachment, place, viewer)
}

type Place = Omit<FileAddress, 'part'>

function presentMedia(media: Media, place: Place, { attachmentUrls }: Viewer) {
  return {
    kind: media.kind,
    url: media.state === 'ready' ? attachmentUrls.expiring({ ...place, part: 'media' }).url : null,
    filename: media.filename,
    contentType: media.contentType,
    sizeBytes: media.sizeBytes,
    width: media.width,
    height: media.height,
    durationSeconds: media.durationSeconds,
  }
}

function presentCard({ url, title, description, domain, thumbnail }: Card, place: Place, { attachmentUrls }: Viewer) {
  return {
    kind: 'card',
    url,
    title,
    description,
    domain,
    thumbnail: thumbnail && { url: attachmentUrls.lasting({ ...place, part: 'preview' }), ...thumbnail },
  }
}
