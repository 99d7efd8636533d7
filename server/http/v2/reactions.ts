import { Type } from 'typebox'
import type { Message, ShownMessage } from '../../domain/messages.ts'
import { addReaction, type Reactor, reactorOf, removeReaction } from '../../domain/reactions.ts'
import { emojiPattern } from '../../domain/text.ts'
import { route } from '../route.ts'
import { messageChangeErrors } from './errors.ts'
import { id, nullable, object, ref, timestamp } from './schemas.ts'

const group = 'Messages'
const params = object({ messageId: id('The message.') })
const emoji = Type.String({ pattern: emojiPattern, description: 'Exactly one.', examples: ['👍'] })

const ReactionAuthor = Type.Union(
  [
    object({
      type: Type.Unsafe<'profile'>({ const: 'profile' }),
      profileId: id(),
      contactId: nullable(id()),
      profile: Type.Optional(ref('Profile')),
      contact: Type.Optional(ref('Contact')),
    }),
    object({
      type: Type.Unsafe<'accountLink'>({ const: 'accountLink' }),
      accountLinkId: id(),
      accountLink: Type.Optional(ref('AccountLink')),
    }),
    object({
      type: Type.Unsafe<'unknown'>({ const: 'unknown' }),
      platformId: Type.String({ description: "The platform's id.", examples: ['1566123362161725440'] }),
    }),
  ],
  {
    description: 'The person, our account, or somebody we do not know.',
    examples: [{ type: 'profile', profileId: 'p4c7x0z3v6b9n2m5a8s1d4f7', contactId: 'c1o3n5t7a9c2t4s6p8e0r2x4' }],
  },
)

const ReactionSchema = object(
  {
    emoji: Type.String({ examples: ['👍'] }),
    createdAt: nullable(timestamp('Null: the platform does not say.')),
    author: ReactionAuthor,
  },
  { description: 'What somebody thinks of a message.' },
)

const ReactionsSchema = object(
  {
    reactions: Type.Array(ref('Reaction')),
    version: Type.Integer({
      description: 'Counts the changes: of two answers, the higher one is newer.',
      examples: [3],
    }),
  },
  { description: 'All reactions to a message.' },
)

export const reactionComponents = { Reaction: ReactionSchema, Reactions: ReactionsSchema }

export const reactionRoutes = [
  route('messages.react', 'POST /messages/{messageId}/reactions', {
    group,
    summary: 'React to a message',
    description:
      'Our account does. Where a platform allows one reaction each, as X does, it takes the place of the first.',
    params,
    body: object({ emoji }),
    response: ref('Reactions'),
    codes: messageChangeErrors,
    handle: async ({ ctx, params, body }) =>
      presentReactions(await addReaction(ctx, { id: params.messageId }, body.emoji)),
  }),
  route('messages.unreact', 'DELETE /messages/{messageId}/reactions', {
    group,
    summary: 'Take a reaction back',
    description: 'Succeeds when there is none.',
    params,
    query: object({ emoji }),
    response: ref('Reactions'),
    codes: messageChangeErrors,
    handle: async ({ ctx, params, query }) =>
      presentReactions(await removeReaction(ctx, { id: params.messageId }, query.emoji)),
  }),
]

function presentReactions({ message, thread }: ShownMessage) {
  return {
    reactions: message.reactions.map((reaction) => presentReaction(reaction, reactorOf(reaction, thread))),
    version: message.reactionsVersion,
  }
}

/** `whole` is what is shown beside the author's ids. */
export function presentReaction(
  { emoji, createdAt }: Message['reactions'][number],
  author: Reactor,
  whole: object = {},
) {
  return { emoji, createdAt, author: { ...presentAuthor(author), ...whole } }
}

function presentAuthor(author: Reactor) {
  if (author.type !== 'profile') return author
  const { id, contactId } = author.profile
  return { type: author.type, profileId: id, contactId }
}
