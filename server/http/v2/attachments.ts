import { Type } from 'typebox'
import type { FileAddress } from '../../domain/attachment-urls.ts'
import type { Attachment, Card, Media } from '../../domain/attachments.ts'
import { getMedia } from '../../domain/attachments.ts'
import type { Context } from '../../domain/context.ts'
import type { Message } from '../../domain/messages.ts'
import { Answer, route } from '../route.ts'
import { id, nullable, object, oneOf, ref, timestamp } from './schemas.ts'

const index = Type.Integer({
  minimum: 0,
  description: 'Its place among the attachments of its message, for good.',
  examples: [0],
})
const fileUrl = Type.String({
  description: 'Readable without a token.',
  examples: [
    'https://inbox.example.com/attachments/tz4a98xxat96iws9zmbrgj3a/k2v5n8q1w4e7r0t3y6u9i2o5/0/media?expires=1772604300&signature=aB1',
  ],
})
const expiresAt = nullable(timestamp('When `url` stops working; ask for the attachment again before. Null: never.'))
const pixels = nullable(Type.Integer({ minimum: 0, examples: [800] }))
const text = (...examples: string[]) => nullable(Type.String({ examples }))

export const AttachmentMediaSchema = object(
  {
    index,
    kind: oneOf(['image', 'gif', 'video', 'audio', 'file']),
    filename: nullable(Type.String({ description: 'As the sender called it.', examples: ['offer.pdf'] })),
    contentType: nullable(
      Type.String({ description: 'As the sender or the platform says.', examples: ['image/jpeg'] }),
    ),
    sizeBytes: nullable(Type.Integer({ minimum: 0, examples: [48_211] })),
    width: pixels,
    height: pixels,
    aspectRatio: nullable(Type.Number({ description: 'Width by height.', examples: [1.5] })),
    durationSeconds: nullable(Type.Number({ description: 'Of video and audio.', examples: [12.4] })),
    status: oneOf(
      ['ready', 'pending', 'processing', 'failed'],
      'pending, processing: the platform is still at it. failed: it cannot be had.',
    ),
    url: nullable(fileUrl),
    expiresAt,
    poster: nullable(object({ url: fileUrl, expiresAt, width: pixels, height: pixels }), null),
  },
  { description: 'Something to look at, listen to or save.' },
)

export const AttachmentCardSchema = object(
  {
    index,
    kind: oneOf(['card']),
    url: Type.String({ description: 'Where the link leads.', examples: ['https://example.org/x'] }),
    title: text('A longer read'),
    description: text('How a small team answers within minutes.'),
    domain: text('example.org'),
    thumbnail: nullable(
      object({
        url: fileUrl,
        width: Type.Integer({ minimum: 0, examples: [400] }),
        height: Type.Integer({ minimum: 0, examples: [210] }),
        alt: text('A desk by a window'),
      }),
    ),
  },
  { description: 'A link with what its page says of itself.' },
)

/** An element of a message's `attachments`; `kind` tells which. */
export const AttachmentSchema = Type.Union([ref('AttachmentMedia'), ref('AttachmentCard')])

/** What the document names. */
export const attachmentComponents = { AttachmentMedia: AttachmentMediaSchema, AttachmentCard: AttachmentCardSchema }

export const attachmentRoutes = [
  route('messages.attachment', 'GET /messages/{messageId}/attachments/{index}', {
    group: 'Messages',
    summary: 'Get an attachment',
    description: 'With a fresh address. Cards have none of their own: only media can be asked for.',
    params: object({
      messageId: id('The message.'),
      index: Type.Integer({ minimum: 0, description: 'The `index` of the attachment.', examples: [0] }),
    }),
    response: ref('AttachmentMedia'),
    otherStatus: { status: 202, when: 'It is not ready yet: ask again.' },
    codes: ['platformNotAvailable', 'messageNotFound'],
    handle: async ({ ctx, params }) => {
      const { message, media } = await getMedia(ctx, params.messageId, params.index)
      const body = presentMedia(media, placeOf(message, media, ctx), ctx)
      return media.state === 'pending' || media.state === 'processing' ? new Answer(202, body) : body
    },
  }),
]

/** Who is shown a message. */
type Viewer = Pick<Context, 'actor' | 'attachmentUrls'>

/** All of a message's, in their order. */
export function presentAttachments(message: Message, viewer: Viewer) {
  // Undefined in snapshots that are older than attachments.
  return (message.attachments ?? []).map((attachment) => presentAttachment(message, attachment, viewer))
}

export function presentAttachment(message: Pick<Message, 'id'>, attachment: Attachment, viewer: Viewer) {
  const place = placeOf(message, attachment, viewer)
  return attachment.kind === 'card' ? presentCard(attachment, place, viewer) : presentMedia(attachment, place, viewer)
}

type Place = Omit<FileAddress, 'part'>

function placeOf({ id }: Pick<Message, 'id'>, { index }: Attachment, { actor }: Viewer): Place {
  return { teamId: actor.teamId, messageId: id, index }
}

function presentMedia(media: Media, place: Place, { attachmentUrls }: Viewer) {
  const { index, kind, filename, contentType, sizeBytes, width, height, durationSeconds, state, poster } = media
  const isReady = state === 'ready'
  const address = isReady ? attachmentUrls.expiring({ ...place, part: 'media' }) : { url: null, expiresAt: null }
  return {
    index,
    kind,
    filename,
    contentType,
    sizeBytes,
    width,
    height,
    aspectRatio: width && height ? width / height : null,
    durationSeconds,
    status: state,
    ...address,
    poster: isReady && poster ? { ...attachmentUrls.expiring({ ...place, part: 'preview' }), ...poster } : null,
  }
}

function presentCard(card: Card, place: Place, { attachmentUrls }: Viewer) {
  const { index, kind, url, title, description, domain, thumbnail } = card
  return {
    index,
    kind,
    url,
    title,
    description,
    domain,
    thumbnail: thumbnail && { url: attachmentUrls.lasting({ ...place, part: 'preview' }), ...thumbnail },
  }
}
