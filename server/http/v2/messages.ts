import { Type } from 'typebox'
import {
  deleteMessage,
  editMessage,
  getMessageHistory,
  getUsableMessage,
  listMessages,
  type MessageHistory,
} from '../../domain/messages.ts'
import { getUsableThread } from '../../domain/threads.ts'
import { route } from '../route.ts'
import { AttachmentSchema } from './attachments.ts'
import { pageOfList } from './cursors.ts'
import { EntitiesSchema } from './entities.ts'
import { messageChangeErrors } from './errors.ts'
import { messageExpansions, messagePresenter, presentMessage } from './message-presenter.ts'
import {
  expandParameter,
  id,
  nullable,
  object,
  oneOf,
  page,
  pageParameters,
  platform,
  ref,
  timestamp,
} from './schemas.ts'
import { SenderSchema } from './senders.ts'

const group = 'Messages'
const params = object({ messageId: id('The message.') })
const expand = expandParameter(messageExpansions)
const content = Type.String({ minLength: 1, examples: ['Thanks, that works for us.'] })
const scopes = ['self', 'all'] as const
const scope = oneOf(scopes, 'self: gone on our side only. all: gone for everybody.')
const origin = nullable(oneOf(['inbox', 'platform', 'api']))
const platformId = nullable(
  Type.String({ description: "The platform's id; null until it has one.", examples: ['1790000000000000042'] }),
)

const PlatformData = Type.Union(
  [
    object({
      _tag: Type.Unsafe<'twitter'>({ const: 'twitter' }),
      encrypted: Type.Boolean({ description: 'End-to-end encrypted: X Chat.' }),
    }),
    Type.Object({
      _tag: Type.String({ description: 'The platform.', not: { const: 'twitter' }, examples: ['linkedin'] }),
    }),
  ],
  { description: 'What only its platform has.' },
)

const Quote = object({
  messageId: nullable(id('Null: we have no copy of it.')),
  platformId,
  content: Type.String({ description: 'As it was quoted.', examples: ['Is Friday possible?'] }),
  authorName: nullable(Type.String({ examples: ['Mina Kovac'] })),
  message: Type.Optional(ref('Message')),
})

const MessageSchema = object(
  {
    id: id(),
    threadId: id(),
    accountLinkId: id(),
    platform: platform(),
    platformId,
    direction: oneOf(['inbound', 'outbound']),
    sentBy: nullable(SenderSchema),
    content: Type.String({
      description: 'As last seen; kept after deletion.',
      examples: ['Thanks, that works for us.'],
    }),
    entities: EntitiesSchema,
    attachments: Type.Array(AttachmentSchema, { description: 'In their own order; at most one card.', examples: [[]] }),
    forwarded: nullable(object({ content: nullable(Type.String()) }), null),
    reactions: Type.Array(ref('Reaction')),
    editedAt: nullable(timestamp(), null),
    deletedAt: nullable(timestamp('It stays listed.'), null),
    createdAt: timestamp("The platform's time."),
    platformData: PlatformData,
    replyTo: nullable(Quote, null),
    thread: Type.Optional(ref('Thread')),
    accountLink: Type.Optional(ref('AccountLink')),
  },
  { description: 'A message of a thread.' },
)

const HistorySchema = object(
  {
    versions: Type.Array(
      object({ content: Type.String({ examples: ['Thanks, that works for us.'] }), createdAt: timestamp(), origin }),
      { description: 'The original first, then each edit.' },
    ),
    deletion: nullable(object({ deletedAt: timestamp(), scope, origin }), null),
    times: oneOf(
      ['platform', 'observed'],
      "Whether edits and deletion have the platform's own times, or those at which we noticed.",
    ),
  },
  { description: 'What a message said, and what became of it.' },
)

const DeletionSchema = object({ messageId: id(), scope, deletedAt: timestamp() }, { description: 'A deleted message.' })

export const messageComponents = {
  Message: MessageSchema,
  MessageHistory: HistorySchema,
  MessageDeletion: DeletionSchema,
}

export const messageRoutes = [
  route('messages.list', 'GET /threads/{threadId}/messages', {
    group,
    summary: 'List messages',
    description: 'Newest first unless asked otherwise. Deleted messages stay listed.',
    params: object({ threadId: id('The thread.') }),
    query: object({
      order: Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['desc', 'asc'], default: 'desc' }),
      expand,
      ...pageParameters,
    }),
    response: page(ref('Message')),
    codes: ['invalidCursor', 'platformNotAvailable', 'threadNotFound'],
    handle: async ({ ctx, params, query }) => {
      const list = pageOfList(ctx, 'messages.list', { ...query, ...params })
      const thread = await getUsableThread(ctx, params.threadId)
      const messages = await listMessages(ctx, thread, { ...list, order: query.order })
      const present = await messagePresenter(ctx, { thread, messages: messages.items }, query.expand)
      return list.present(messages, present)
    },
  }),
  route('messages.get', 'GET /messages/{messageId}', {
    group,
    summary: 'Get a message',
    params,
    query: object({ expand }),
    response: ref('Message'),
    codes: ['platformNotAvailable', 'messageNotFound'],
    handle: async ({ ctx, params, query }) => {
      const { message, thread } = await getUsableMessage(ctx, params.messageId)
      const present = await messagePresenter(ctx, { thread, messages: [message] }, query.expand)
      return present(message)
    },
  }),
  route('messages.edit', 'PATCH /messages/{messageId}', {
    group,
    summary: 'Edit a message',
    description: 'Our own, where the conversation allows it and while the platform does.',
    params,
    body: object({ content }),
    asksForLockItself: true,
    response: ref('Message'),
    codes: messageChangeErrors,
    handle: async ({ ctx, params, body }) =>
      presentMessage(await editMessage(ctx, { id: params.messageId }, body.content), ctx),
  }),
  route('messages.unsend', 'DELETE /messages/{messageId}', {
    group,
    summary: 'Delete a message',
    description:
      'Any on our side only, our own for everybody. What was deleted at least as widely stays as it is, and is answered as it was then.',
    params,
    query: object({ scope }),
    response: ref('MessageDeletion'),
    codes: messageChangeErrors,
    handle: async ({ ctx, params, query }) => {
      const { scope, deletedAt } = await deleteMessage(ctx, { id: params.messageId }, query.scope)
      return { messageId: params.messageId, scope, deletedAt }
    },
  }),
  route('messages.history', 'GET /messages/{messageId}/history', {
    group,
    summary: "Get a message's history",
    params,
    response: ref('MessageHistory'),
    codes: ['platformNotAvailable', 'messageNotFound'],
    handle: async ({ ctx, params }) => {
      const shown = await getUsableMessage(ctx, params.messageId)
      return presentHistory(await getMessageHistory(ctx, shown), shown.message.origin)
    },
  }),
]

/** The original came about as the message did. */
function presentHistory({ versions, deletion, times }: MessageHistory, originalOrigin: string) {
  return {
    versions: versions.map(({ content, createdAt, origin }) => ({
      content,
      createdAt,
      origin: origin ?? originalOrigin,
    })),
    deletion: deletion && { deletedAt: deletion.deletedAt, scope: deletion.scope, origin: deletion.origin },
    times,
  }
}
