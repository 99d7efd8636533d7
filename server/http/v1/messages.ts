import { Type } from 'typebox'
import type { Actor, Context } from '../../domain/context.ts'
import type { Deletion, Message, Origin, Revision } from '../../domain/messages.ts'
import { deleteMessage, editMessage, getMessage, getMessageHistory, listMessages } from '../../domain/messages.ts'
import { addReaction, removeReaction } from '../../domain/reactions.ts'
import { sendMessage } from '../../domain/sends.ts'
import { getThread } from '../../domain/threads.ts'
import { idempotencyOf } from '../idempotency.ts'
import { route } from '../route.ts'
import { exampleAttachment, presentAttachment } from './attachments.ts'
import { readCursor } from './query.ts'
import { Cursor, cursorParameters, id, nullable, oneOf, platform, presentCursor, ref, timestamp } from './schemas.ts'
import { personOf } from './threads.ts'

const group = 'Messages'
const ofThread = Type.Object({ threadId: id('The thread.') })
const ofMessage = Type.Object({ threadId: id('The thread.'), messageId: id('The message.') })

const origins = ['internal', 'external', 'api'] as const
const originWords = "internal: this product's people. external: the platform. api: the API."
const platformId = nullable(
  Type.String({ description: "The platform's id; null until it has one.", examples: ['1790000000000000042'] }),
)
const success = Type.Boolean({ examples: [true] })
const exampleReaction = { emoji: '👍', senderPlatformId: '1566123362161725440', createdAt: '2026-03-04T05:07:00.000Z' }
const anything = (description: string, ...examples: unknown[]) =>
  Type.Unsafe<unknown>({ description, ...(examples.length > 0 && { examples }) })
const content = Type.String({ minLength: 1, examples: ['Thanks, that works for us.'] })

export const MessageSchema = Type.Object(
  {
    platform,
    teamId: id(),
    threadId: id(),
    id: id(),
    userId: nullable(
      id('The person of the team who sent it; null for inbound messages and for what was sent elsewhere.'),
    ),
    createdAt: timestamp(),
    updatedAt: nullable(timestamp('The last edit.'), null),
    platformId,
    content: Type.String({ description: 'Kept after deletion.', examples: ['Thanks, that works for us.'] }),
    campaignId: nullable(id(), null),
    authorId: Type.String({
      description: "Ours: the thread's account link. Theirs: the prospect's `externalId`.",
      examples: ['k2v5n8q1w4e7r0t3y6u9i2o5'],
    }),
    origin: nullable(oneOf(origins, originWords), 'api'),
    replyData: anything('Null, or the quoted message: { messageId, platformId, content, authorName }.'),
    forwardData: anything('Null, or { content }.'),
    entities: anything(
      'Null, or links, mentions, hashtags and cashtags with their places in the text, counted in code points.',
    ),
    attachment: anything(
      'Null, or the first thing attached: media { kind, url, filename, contentType, sizeBytes, width, height, durationSeconds }, or a card { kind, url, title, description, domain, thumbnail }. The url of media is null until it is ready, and good for an hour; read the message again for a new one.',
      exampleAttachment,
    ),
    reactions: Type.Array(anything('{ emoji, senderPlatformId, createdAt }', exampleReaction)),
    isEncrypted: nullable(Type.Boolean({ examples: [true] })),
    isEdited: Type.Boolean(),
    deletedAt: nullable(timestamp(), null),
    platformDeletedAt: nullable(timestamp('When it was deleted for everybody.'), null),
  },
  { description: 'A message of a thread.' },
)

const Version = Type.Object({
  id: id('The message.'),
  platformId,
  platform,
  content: Type.String({ examples: ['Thanks, that works for us.'] }),
  authorId: Type.String({ examples: ['k2v5n8q1w4e7r0t3y6u9i2o5'] }),
  userId: nullable(id()),
  teamId: id(),
  threadId: id(),
  campaignId: nullable(id(), null),
  campaignStepId: nullable(id(), null),
  origin: nullable(oneOf(origins, originWords), 'api'),
  editOrigin: nullable(oneOf(origins, 'Null on the original.'), null),
  replyData: anything('As on the message.'),
  forwardData: anything('As on the message.'),
  createdAt: timestamp('When this version was written.'),
  isEncrypted: nullable(Type.Boolean({ examples: [true] })),
  expandedData: anything('Always null.'),
  entities: anything('As on the message.'),
  attachment: anything('As on the message.'),
  reactions: Type.Array(anything('As on the message.', exampleReaction)),
})

/** v1's plan is about first messages: who wrote is answered without it. */
const withoutPlan = 'peopleWhoWrote' as const
const idempotency =
  'With an `Idempotency-Key` header the same request can be repeated for seven days: it sends once and is answered the same.'

export const messageRoutes = [
  route('threads.thread.messages.list', 'GET /threads/{threadId}/messages', {
    group,
    summary: 'List messages',
    description: 'Newest first. Deleted messages stay listed.',
    params: ofThread,
    query: Type.Object({
      ...cursorParameters('message'),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
    }),
    response: Type.Object({
      teamId: id(),
      threadId: id(),
      messages: Type.Array(ref('Message')),
      nextCursor: nullable(Cursor),
      isSyncing: Type.Boolean({ description: 'Older messages are still being imported; ask again.' }),
    }),
    handle: async ({ ctx, params, query }) => {
      const thread = await getThread(ctx, params.threadId)
      const { items, next } = await listMessages(ctx, thread, {
        order: 'desc',
        after: readCursor(query),
        limit: query.limit ?? 50,
      })
      return {
        teamId: ctx.actor.teamId,
        threadId: thread.id,
        messages: items.map((message) => presentMessage(message, ctx)),
        nextCursor: presentCursor(next),
        isSyncing: thread.syncing,
      }
    },
  }),
  route('threads.thread.messages.create', 'POST /threads/{threadId}/messages', {
    group,
    summary: 'Send a message',
    description: `A reply accepts a message request. ${idempotency}`,
    params: ofThread,
    body: Type.Object({ content, replyToMessageId: Type.Optional(id('A message of this thread.')) }),
    response: ref('Message'),
    refusals: [403, 409, 422, 502],
    handle: async ({ ctx, params, body, headers }) => {
      const { threadId } = params
      const { content, replyToMessageId } = body
      const target = { type: 'thread', threadId } as const
      const idempotency = idempotencyOf(headers, [threadId, content, replyToMessageId])
      const request = { content, replyToMessageId, withoutPlan, idempotency }
      const { message } = await sendMessage(ctx, target, request)
      return presentMessage(message, ctx)
    },
  }),
  route('threads.messages.quickSend', 'POST /threads/messages', {
    group,
    summary: 'Send a message to a person',
    description: `Finds or makes prospect and thread. One of the two ids of the person is required. ${idempotency}`,
    body: Type.Object(
      {
        externalPlatformId: Type.Optional(Type.String({ description: "The platform's id of the person." })),
        externalId: Type.Optional(
          Type.String({ description: "The prospect's `externalId`. With both, they must mean the same person." }),
        ),
        accountLinkId: id('The account that writes.'),
        content,
      },
      {
        examples: [
          {
            externalPlatformId: '1566123362161725440',
            accountLinkId: 'k2v5n8q1w4e7r0t3y6u9i2o5',
            content: 'Thanks, that works for us.',
          },
        ],
      },
    ),
    response: Type.Object({
      message: ref('Message'),
      thread: Type.Object({
        id: id(),
        platformId: nullable(Type.String({ examples: ['1566123362161725440:1790000000000000001'] })),
      }),
    }),
    refusals: [403, 404, 409, 422, 502],
    handle: async ({ ctx, body, headers }) => {
      const { accountLinkId, content, externalId, externalPlatformId } = body
      const target = { type: 'prospect', accountLinkId, person: personOf(body) } as const
      const idempotency = idempotencyOf(headers, [accountLinkId, externalId, externalPlatformId, content, undefined])
      const { message, thread } = await sendMessage(ctx, target, { content, withoutPlan, idempotency })
      return {
        message: presentMessage(message, ctx),
        thread: { id: thread.id, platformId: thread.platformId },
      }
    },
  }),
  route('threads.thread.messages.message.edit', 'PATCH /threads/{threadId}/messages/{messageId}', {
    group,
    summary: 'Edit a message',
    description: 'Our own messages in X Chat conversations.',
    params: ofMessage,
    body: Type.Object({ content }),
    response: Type.Object({
      success,
      messageId: id(),
      content: Type.String({ examples: ['Thanks, that works for us.'] }),
      editedAt: timestamp(),
    }),
    refusals: [409, 422, 502],
    handle: async ({ ctx, params, body }) => {
      const { message } = await editMessage(ctx, addressOf(params), body.content)
      return {
        success: true,
        messageId: message.id,
        content: message.content,
        editedAt: message.editedAt ?? message.createdAt,
      }
    },
  }),
  route('threads.thread.messages.message.delete', 'DELETE /threads/{threadId}/messages/{messageId}', {
    group,
    summary: 'Delete a message',
    description: 'In X Chat conversations: our own for everybody, any on our side only.',
    params: ofMessage,
    body: Type.Object({
      deleteForAll: Type.Optional(Type.Boolean({ default: true, description: 'False: only on our side.' })),
    }),
    bodyOptional: true,
    response: Type.Object({ success, messageId: id(), deletedAt: timestamp() }),
    refusals: [409, 422, 502],
    handle: async ({ ctx, params, body }) => {
      const deletion = await deleteMessage(ctx, addressOf(params), body.deleteForAll === false ? 'self' : 'all')
      return { success: true, messageId: params.messageId, deletedAt: deletion.forAllAt ?? deletion.deletedAt }
    },
  }),
  route('threads.thread.messages.message.history', 'GET /threads/{threadId}/messages/{messageId}/history', {
    group,
    summary: "Get a message's history",
    description: 'Every version, the original first, and the deletion.',
    params: ofMessage,
    response: Type.Object({
      versions: Type.Array(Version),
      deletion: nullable(
        Type.Object({
          deletedAt: timestamp(),
          deletionType: oneOf(['self', 'all']),
          deletionAuthorPlatformId: nullable(Type.String({ examples: ['1790000000000000001'] })),
          origin: nullable(oneOf(origins), 'api'),
        }),
        null,
      ),
    }),
    handle: async ({ ctx, params }) => {
      const shown = await getMessage(ctx, addressOf(params))
      const { versions, deletion } = await getMessageHistory(ctx, shown)
      return {
        versions: versions.map((version) => presentVersion(shown.message, version, ctx)),
        deletion: deletion && presentDeletion(deletion),
      }
    },
  }),
  route(
    'threads.thread.messages.message.reactions.add',
    'POST /threads/{threadId}/messages/{messageId}/reactions/reactions',
    {
      group,
      summary: 'React to a message',
      description: 'With exactly one emoji. It takes the place of an earlier one of ours.',
      params: ofMessage,
      body: Type.Object({ emoji: Type.String({ examples: ['👍'] }) }),
      response: Type.Object({ success, messageId: id() }),
      refusals: [409, 422, 502],
      handle: async ({ ctx, params, body }) => {
        const { message } = await addReaction(ctx, addressOf(params), body.emoji)
        return { success: true, messageId: message.id }
      },
    },
  ),
  route(
    'threads.thread.messages.message.reactions.remove',
    'DELETE /threads/{threadId}/messages/{messageId}/reactions/reactions',
    {
      group,
      summary: 'Take a reaction back',
      description: 'Succeeds when there is none.',
      params: ofMessage,
      body: Type.Object({ emoji: Type.String({ examples: ['👍'] }) }),
      response: Type.Object({ success, messageId: id() }),
      refusals: [409, 422, 502],
      handle: async ({ ctx, params, body }) => {
        const { message } = await removeReaction(ctx, addressOf(params), body.emoji)
        return { success: true, messageId: message.id }
      },
    },
  ),
]

function addressOf({ threadId, messageId }: { threadId: string; messageId: string }) {
  return { threadId, id: messageId }
}

const originNames = { inbox: 'internal', platform: 'external', api: 'api' } as const satisfies Record<Origin, string>

/** For whom a message is shown. */
export type Viewer = { actor: Pick<Actor, 'teamId'> } & Pick<Context, 'attachmentUrls'>

export function presentMessage(message: Message, viewer: Viewer) {
  const { teamId } = viewer.actor
  return {
    platform: message.platform,
    teamId,
    threadId: message.threadId,
    id: message.id,
    userId: message.userId,
    createdAt: message.createdAt,
    updatedAt: message.editedAt,
    platformId: message.platformId,
    content: message.content,
    campaignId: message.campaignId,
    authorId: authorOf(message),
    origin: originNames[message.origin],
    replyData: message.replyTo,
    forwardData: message.forwarded,
    entities: message.entities,
    attachment: presentAttachment(message, viewer),
    reactions: message.reactions.map(presentReaction),
    isEncrypted: message.encrypted,
    isEdited: message.editedAt !== null,
    deletedAt: message.deletion?.deletedAt ?? null,
    platformDeletedAt: message.deletion?.forAllAt ?? null,
  }
}

function presentVersion(message: Message, version: Revision, viewer: Viewer) {
  const { teamId } = viewer.actor
  return {
    id: message.id,
    platformId: message.platformId,
    platform: message.platform,
    content: version.content,
    authorId: authorOf(message),
    userId: message.userId,
    teamId,
    threadId: message.threadId,
    campaignId: message.campaignId,
    campaignStepId: message.campaignStepId,
    origin: originNames[message.origin],
    editOrigin: version.origin && originNames[version.origin],
    replyData: message.replyTo,
    forwardData: message.forwarded,
    createdAt: version.createdAt,
    isEncrypted: message.encrypted,
    expandedData: null,
    entities: version.content === message.content ? message.entities : null,
    attachment: presentAttachment(message, viewer),
    reactions: message.reactions.map(presentReaction),
  }
}

function presentDeletion(deletion: Deletion) {
  return {
    deletedAt: deletion.forAllAt ?? deletion.deletedAt,
    deletionType: deletion.scope,
    deletionAuthorPlatformId: deletion.authorPlatformId,
    origin: originNames[deletion.origin],
  }
}

export function presentReaction({ emoji, authorPlatformId, createdAt }: Message['reactions'][number]) {
  return { emoji, senderPlatformId: authorPlatformId, createdAt }
}

/** Direction is told by the author: the account link or the prospect. */
function authorOf(message: Message): string {
  return message.direction === 'outbound' ? message.accountLinkId : message.profileId
}
