import { type Static, Type } from 'typebox'
import type { Context } from '../../domain/context.ts'
import { type SendTarget, type Sent, sendMessage } from '../../domain/sends.ts'
import { summaryOf } from '../../domain/threads.ts'
import { idempotencyOf } from '../idempotency.ts'
import { Answer, route } from '../route.ts'
import { presentMessage } from './message-presenter.ts'
import { id, object, platform, ref } from './schemas.ts'
import { presentThread } from './threads.ts'

const accountLinkId = id('The account that writes.')
const kind = <const K extends string>(name: K) => Type.Unsafe<K>({ const: name })

const targets = [
  object({ type: kind('thread'), threadId: id() }),
  object({
    type: kind('contact'),
    accountLinkId,
    contactId: id("Of whose profiles exactly one is on the account's platform."),
  }),
  object({
    type: kind('profile'),
    accountLinkId,
    platform: platform("The account's own."),
    platformId: Type.String({ minLength: 1, description: "The platform's id of the person." }),
  }),
] as const

const Target = Type.Unsafe<Static<(typeof targets)[number]>>({
  type: 'object',
  required: ['type'],
  oneOf: targets,
  discriminator: { propertyName: 'type' },
  description: 'Into a thread, or to a person: into the thread with them, which is made if there is none.',
  examples: [{ type: 'thread', threadId: 'tz4a98xxat96iws9zmbrgj3a' }],
})

const SendResultSchema = object(
  { message: ref('Message'), thread: ref('Thread') },
  { description: 'What was sent, and where: the thread may be new.' },
)

export const sendComponents = { SendResult: SendResultSchema }

export const sendRoutes = [
  route('messages.send', 'POST /messages', {
    group: 'Messages',
    summary: 'Send a message',
    description:
      'A reply accepts a message request. With an `Idempotency-Key` the same request can be repeated for seven days, by any token of the team: it sends once and is answered the same.',
    headers: object({
      'Idempotency-Key': Type.Optional(
        Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7E]+$', examples: ['order-17'] }),
      ),
    }),
    body: object({
      target: Target,
      content: Type.String({ minLength: 1, examples: ['Thanks, that works for us.'] }),
      replyToMessageId: Type.Optional(id('A message of the thread it lands in.')),
    }),
    // Whether the message to reply to is one can only be looked up, and comes before the lock.
    asksForLockItself: true,
    status: 201,
    otherStatus: { status: 200, when: 'It was sent before, with the same key.' },
    response: ref('SendResult'),
    codes: [
      'platformNotAvailable',
      'planRequired',
      'workspaceLocked',
      'threadNotFound',
      'contactNotFound',
      'accountLinkNotFound',
      'sendInProgress',
      'accountLinkDisconnected',
      'integrationSetupRequired',
      'idempotencyKeyReused',
      'threadRestricted',
      'contentRejected',
      'recipientUnavailable',
      'platformNotSupported',
      'profileAmbiguous',
      'capabilityNotSupported',
      'platformRateLimited',
      'sendUnconfirmed',
      'platformError',
      'platformUnavailable',
    ],
    handle: async ({ ctx, body, headers }) => {
      const { content, replyToMessageId } = body
      const target = inOrder(body.target)
      const idempotency = idempotencyOf(headers, { target, content, replyToMessageId })
      const request = {
        content,
        replyToMessageId,
        unknownReplyIs: 'invalid',
        withoutPlan: 'contacts',
        idempotency,
      } as const
      const sent = await sendMessage(ctx, target, request)
      const result = presentSent(sent, ctx)
      return sent.isReplay ? new Answer(200, result) : result
    },
  }),
]

/** Its fields in one order, whatever order they came in: the same request has the same text. */
function inOrder(target: SendTarget & Static<typeof Target>): SendTarget {
  switch (target.type) {
    case 'thread':
      return { type: target.type, threadId: target.threadId }
    case 'contact':
      return { type: target.type, accountLinkId: target.accountLinkId, contactId: target.contactId }
    case 'profile': {
      const { type, accountLinkId, platform, platformId } = target
      return { type, accountLinkId, platform, platformId }
    }
  }
}

function presentSent({ message, thread }: Sent, ctx: Context) {
  return { message: presentMessage({ message, thread }, ctx), thread: presentThread(summaryOf(thread), ctx) }
}
