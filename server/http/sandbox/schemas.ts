import { Type } from 'typebox'
import { capabilities } from '../../domain/capabilities.ts'
import { nullable, oneOf, timestamp } from '../v1/schemas.ts'

const platformId = (description: string) => Type.String({ description, examples: ['2029100000000000001'] })
const count = Type.Integer({ minimum: 0 })
const text = nullable(Type.String({ maxLength: 1_000 }))
const accountLinkId = Type.String({
  description: 'One of your accounts in the sandbox.',
  examples: ['k2v5n8q1w4e7r0t3y6u9i2o5'],
})
const conversationPlatformId = Type.String({ examples: ['17:2029100000000000001'] })
const content = Type.String({ minLength: 1, maxLength: 10_000, examples: ['Do you ship to Portugal?'] })

const profile = {
  username: Type.String({ description: 'Unique whatever its case.', examples: ['mina_k'] }),
  displayName: Type.String({ minLength: 1, maxLength: 100, examples: ['Mina Kovac'] }),
  bio: text,
  location: text,
  websiteUrl: text,
  badge: nullable(oneOf(['blue', 'gold', 'gray'])),
  profileType: oneOf(['personal', 'business', 'government']),
  professionalCategory: text,
  isProtected: Type.Boolean(),
  followerCount: count,
  followingCount: count,
  postCount: count,
  engagementCount: nullable(count),
  listedCount: nullable(count),
  bannerUrl: text,
  urlEntities: Type.Array(
    Type.Object({
      url: Type.String({ examples: ['https://t.co/a1B2c3D4e5'] }),
      expandedUrl: Type.String({ examples: ['https://harbor.example'] }),
      displayUrl: Type.String({ examples: ['harbor.example'] }),
      indices: Type.Unsafe<[number, number]>({
        type: 'array',
        items: { type: 'integer' },
        minItems: 2,
        maxItems: 2,
        examples: [[22, 45]],
      }),
    }),
  ),
  accountStatus: oneOf(['active', 'suspended', 'notFound']),
  createdAt: nullable(timestamp('When the account was opened.')),
  lastActiveAt: nullable(timestamp()),
}

const settings = {
  acceptsMessages: Type.Boolean({ description: 'Whether your messages reach them.' }),
  autoReply: oneOf(['off', 'echo', 'friendly'], 'echo: repeats what you write. friendly: makes conversation.'),
  replyDelayMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
}

export const PersonBody = Type.Partial(Type.Object({ ...profile, ...settings }))

export const PersonSchema = Type.Object({
  platformId: platformId('Their id on the platform.'),
  avatarUrl: nullable(Type.String()),
  ...profile,
  ...settings,
})

export const personParams = Type.Object({ platformId: platformId('The person.') })
export const messageParams = Type.Object({
  platformId: platformId('The person.'),
  messagePlatformId: platformId('The message.'),
})

const kind = oneOf(['image', 'gif', 'video', 'audio', 'file'])
const state = oneOf(['pending', 'processing', 'ready', 'failed'], 'pending, processing: it has no bytes yet.')
const measure = Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 }))

export const MediaBody = Type.Object({
  kind,
  filename: Type.Optional(nullable(Type.String({ maxLength: 1_000 }))),
  contentType: Type.Optional(nullable(Type.String({ maxLength: 1_000, examples: ['image/png'] }))),
  state: Type.Optional(state),
  readyAfterMs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 600_000,
      description: 'When one that is pending or processing becomes ready.',
    }),
  ),
  dataBase64: Type.Optional(
    Type.String({ description: 'What is in it. Left out: something of its kind is made up.', examples: ['aGVsbG8='] }),
  ),
  sizeBytes: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Instead of data: so many bytes, all alike.' }),
  ),
  width: measure,
  height: measure,
  durationSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
})

export const CardBody = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2_000, examples: ['https://example.org/x'] }),
  title: Type.Optional(text),
  description: Type.Optional(text),
  domain: Type.Optional(text),
  picture: Type.Optional(Type.Boolean({ default: true, description: 'Whether the card has one.' })),
})

export const MessageSchema = Type.Object({
  accountLinkId,
  content: Type.Optional(
    Type.String({ maxLength: 10_000, description: 'May be left out when something is attached.', examples: ['Hi!'] }),
  ),
  attachments: Type.Optional(Type.Array(MediaBody, { maxItems: 10 })),
  card: Type.Optional(CardBody),
  replyToPlatformId: Type.Optional(nullable(platformId('A message of the same conversation.'))),
})

export const EditBody = Type.Object({ content })

export const attachmentParams = Type.Object({
  platformId: platformId('The person.'),
  messagePlatformId: platformId('The message.'),
  index: Type.Integer({ minimum: 0, description: 'Its place in the message.' }),
})

export const AttachmentChange = Type.Object({ state })

export const WrittenMessage = Type.Object({
  platformId: platformId('The message.'),
  conversationPlatformId,
  sentAt: timestamp(),
})

export const ReactionBody = Type.Object({
  messagePlatformId: platformId("A message of the person's conversations, whoever wrote it."),
  emoji: Type.String({ minLength: 1, maxLength: 40, examples: ['👍'] }),
})

export const TypingBody = Type.Object({ accountLinkId })

export const NewAccountLink = Type.Partial(Type.Pick(Type.Object(profile), ['username', 'displayName']))

export const AccountLinkChange = Type.Object({
  status: Type.Optional(oneOf(['active', 'offline', 'paused'])),
  pauseReasons: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100, examples: ['unverified'] }), {
      maxItems: 20,
      description: 'Of a paused account. "no-xchat" alone: it has to be set up first.',
    }),
  ),
  missingCapabilities: Type.Optional(
    Type.Array(oneOf(capabilities), { uniqueItems: true, description: 'What the account cannot do.' }),
  ),
})

const fault = {
  operation: oneOf(
    ['send', 'edit', 'delete', 'react', 'typing', 'fetch', 'mark'],
    'delete: of a message or a conversation. fetch: the bytes of an attachment. mark: a conversation as unread or read.',
  ),
  outcome: oneOf(
    ['rejected', 'rateLimited', 'down', 'ambiguous', 'slow'],
    'ambiguous: done, but the answer is lost. slow: done after delayMs.',
  ),
}

export const FaultBody = Type.Object({
  ...fault,
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
  accountLinkId: Type.Optional(nullable(accountLinkId)),
  retryAfterSeconds: Type.Optional(nullable(Type.Number({ minimum: 0, maximum: 86_400 }))),
  delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
})

export const FaultSchema = Type.Object({
  id: Type.String({ examples: ['f3a6u9l2t5b8c1d4e7g0h3j6'] }),
  ...fault,
  times: Type.Integer({ description: 'Calls still to fail.' }),
  accountLinkId: nullable(accountLinkId),
  retryAfterSeconds: nullable(Type.Number()),
  delayMs: Type.Integer(),
  createdAt: timestamp(),
})

export const DeliverySchema = Type.Object({
  platformId: platformId('The message.'),
  conversationPlatformId,
  from: platformId('The account.'),
  to: platformId('The person.'),
  content,
  replyToPlatformId: nullable(platformId('The quoted message.')),
  sentAt: timestamp(),
  editedAt: nullable(timestamp()),
  deletedAt: nullable(timestamp('When it was deleted for both sides.')),
})
