import { Type } from 'typebox'
import { capabilities, restrictionsOf } from '../../domain/capabilities.ts'
import type { Core } from '../../domain/context.ts'
import type { ThreadWithActivity } from '../../domain/threads.ts'
import { id, nullable, object, oneOf, platform, ref, timestamp } from './schemas.ts'

const direction = oneOf(['inbound', 'outbound'])

export const ThreadSchema = object(
  {
    id: id(),
    platform: platform(),
    platformId: nullable(
      Type.String({
        description: 'Null until the first message makes the conversation exist on the platform.',
        examples: ['17:4711'],
      }),
    ),
    accountLinkId: id('The account of ours.'),
    profileId: id("The person's account."),
    contactId: id('The person.'),
    assigneeId: nullable(id("A member: the thread's own, else the contact's.")),
    isRequest: Type.Boolean({ description: 'An incoming request that was neither answered nor accepted.' }),
    acceptanceState: oneOf(
      ['required', 'notRequired', 'unknown'],
      'Whether the platform wants the person to accept first; says nothing of `isRequest`.',
    ),
    archived: Type.Boolean(),
    unread: Type.Boolean({ description: 'Marked as unread on purpose; a thread nobody opened is not.' }),
    restrictions: Type.Array(oneOf(capabilities), {
      description: 'What the account can do elsewhere, but the platform does not allow in this conversation.',
    }),
    syncing: Type.Boolean({ description: 'Older messages are still being imported.' }),
    typingIndicators: oneOf(['enabled', 'disabled', 'teamDefault']),
    lastMessage: nullable(object({ id: id(), direction, createdAt: timestamp() })),
    activity: nullable(
      object({
        preview: nullable(Type.String({ description: 'One line.', examples: ['Thanks, that works for us.'] })),
        direction,
        at: timestamp(),
      }),
    ),
    createdAt: timestamp(),
    accountLink: Type.Optional(ref('AccountLink')),
    profile: Type.Optional(ref('Profile')),
    contact: Type.Optional(ref('Contact')),
    assignee: Type.Optional(ref('Member')),
  },
  {
    description:
      'The conversation of one of our accounts with one person. `activity` is the latest message, or a reaction after it.',
  },
)

/** Without what is shown beside its ids. */
export function presentThread(thread: ThreadWithActivity, core: Core) {
  const { lastMessage, activity, typingIndicators } = thread
  return {
    id: thread.id,
    platform: thread.platform,
    platformId: thread.platformId,
    accountLinkId: thread.accountLinkId,
    profileId: thread.prospect.id,
    contactId: thread.prospect.contactId,
    assigneeId: thread.assigneeId,
    isRequest: thread.isRequest,
    acceptanceState: thread.acceptanceState,
    archived: thread.archived,
    unread: thread.unread,
    restrictions: restrictionsOf(core, thread),
    syncing: thread.syncing,
    typingIndicators: typingIndicators === null ? 'teamDefault' : typingIndicators ? 'enabled' : 'disabled',
    lastMessage: lastMessage && {
      id: lastMessage.id,
      direction: lastMessage.direction,
      createdAt: lastMessage.createdAt,
    },
    activity: activity && { preview: activity.preview, direction: activity.direction, at: activity.at },
    createdAt: thread.createdAt,
  }
}
