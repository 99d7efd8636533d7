import { Type } from 'typebox'
import { capabilities, restrictionsOf } from '../../domain/capabilities.ts'
import type { Context, Core } from '../../domain/context.ts'
import { searchThreads } from '../../domain/thread-lists.ts'
import {
  deleteThreadEverywhere,
  getUsableThread,
  showTyping,
  summaryOf,
  type ThreadSummary,
  type TypingOutcome,
  updateUsableThread,
} from '../../domain/threads.ts'
import { route } from '../route.ts'
import { accountLinkKind } from './account-links.ts'
import { contactKind } from './contacts.ts'
import { pageOfList } from './cursors.ts'
import { beside, expansions } from './expand.ts'
import { profileKind } from './profiles.ts'
import {
  anyOfThese,
  expandParameter,
  id,
  nullable,
  object,
  oneOf,
  page,
  pageParameters,
  platform,
  ref,
  reference,
  timestamp,
} from './schemas.ts'
import { memberKind } from './team.ts'

const group = 'Threads'
const params = object({ threadId: id('The thread.') })
const expandable = ['profile', 'contact', 'accountLink', 'assignee'] as const
const expand = expandParameter(expandable)
const folders = ['inbox', 'noReply', 'requests', 'archived', 'all'] as const
const typingSettings = ['enabled', 'disabled', 'teamDefault'] as const
const direction = oneOf(['inbound', 'outbound'])

const ThreadSchema = object(
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
    typingIndicators: oneOf(typingSettings),
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

const ThreadDeletionSchema = object(
  {
    scope: oneOf(['remoteAndLocal', 'local'], 'local: the platform deletes no conversations, or never had this one.'),
  },
  { description: 'A deleted thread.' },
)

const TypingSignalSchema = object(
  {
    status: oneOf(['sent', 'skipped']),
    reason: nullable(
      oneOf(
        ['rateLimited', 'disabled'],
        'Why it was skipped. rateLimited: the last one was less than 2.5 seconds ago. disabled: switched off, not possible in this conversation, or the account is not connected.',
      ),
      null,
    ),
  },
  { description: 'What became of a typing signal.' },
)

export const threadComponents = {
  Thread: ThreadSchema,
  ThreadDeletion: ThreadDeletionSchema,
  TypingSignal: TypingSignalSchema,
}

export const threadRoutes = [
  route('threads.list', 'GET /threads', {
    group,
    summary: 'List threads',
    description:
      'In the order of the inbox. A key that is repeated means any of its values; different keys narrow. What the team does not have matches nothing.',
    query: object({
      accountLinkId: anyOfThese(id(), 'Of any of these accounts.'),
      platform: anyOfThese(platform(), 'On any of these platforms.'),
      contactId: anyOfThese(id(), 'With any of these people.'),
      folder: Type.Unsafe<(typeof folders)[number]>({
        type: 'string',
        enum: [...folders],
        default: 'inbox',
        description:
          "inbox: neither archived nor requests. noReply: of those, where the latest activity is the person's. requests: not archived. archived: requests, too.",
      }),
      tag: anyOfThese(reference('tag'), 'With people who have any of these tags.'),
      status: anyOfThese(reference('status'), 'With people in any of these statuses.'),
      assigneeId: anyOfThese(id(), "Assigned to any of these members: the thread's own assignee, else the contact's."),
      unassigned: Type.Optional(Type.Boolean({ description: 'true: only without assignee. Not with `assigneeId`.' })),
      campaignId: anyOfThese(id(), 'In which any of these campaigns sent a message.'),
      q: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            "Part of the profile's display name, its username, or the preview of the activity, in any case and with or without accents. It needs a letter, a digit or a sign. Without three letters or digits in a row it is looked for piece by piece: a page can then be short or empty while `nextCursor` leads on.",
          examples: ['mina'],
        }),
      ),
      order: Type.Unsafe<'asc' | 'desc'>({
        type: 'string',
        enum: ['desc', 'asc'],
        default: 'desc',
        description: 'desc: what happened last comes first.',
      }),
      expand,
      ...pageParameters,
    }),
    response: page(ref('Thread')),
    codes: ['invalidCursor', 'platformNotAvailable'],
    handle: async ({ ctx, query }) => {
      const list = pageOfList(ctx, 'threads.list', query)
      const search = {
        folder: query.folder,
        accountLinkIds: query.accountLinkId,
        platforms: query.platform,
        contactIds: query.contactId,
        tags: query.tag,
        statuses: query.status,
        assigneeIds: query.assigneeId,
        unassigned: query.unassigned,
        campaignIds: query.campaignId,
        text: query.q,
      }
      const threads = await searchThreads(ctx, search, { after: list.after, limit: list.limit, order: query.order })
      return list.present(threads, await threadPresenter(ctx, threads.items, query.expand))
    },
  }),
  route('threads.get', 'GET /threads/{threadId}', {
    group,
    summary: 'Get a thread',
    params,
    query: object({ expand }),
    response: ref('Thread'),
    codes: ['platformNotAvailable', 'threadNotFound'],
    handle: async ({ ctx, params, query }) => {
      const thread = summaryOf(await getUsableThread(ctx, params.threadId))
      const present = await threadPresenter(ctx, [thread], query.expand)
      return present(thread)
    },
  }),
  route('threads.update', 'PATCH /threads/{threadId}', {
    group,
    summary: 'Update a thread',
    description:
      'Fields left out stay as they are. All of it is applied, or nothing. What the platform keeps of it, too, follows as far as it can.',
    params,
    body: object({
      archived: Type.Optional(Type.Boolean({ examples: [true] })),
      unread: Type.Optional(Type.Boolean({ description: 'The mark; nothing else sets or removes it.' })),
      assigneeId: Type.Optional(nullable(id("A member. Null: the contact's."))),
      typingIndicators: Type.Optional(oneOf(typingSettings)),
    }),
    asksForLockItself: true,
    response: ref('Thread'),
    codes: ['platformNotAvailable', 'workspaceLocked', 'threadNotFound'],
    handle: async ({ ctx, params, body: { typingIndicators, ...changes } }) => {
      const thread = await updateUsableThread(ctx, params.threadId, {
        ...changes,
        typingIndicators: typingIndicators && typingSetting[typingIndicators],
      })
      return presentThread(summaryOf(thread), ctx)
    },
  }),
  route('threads.delete', 'DELETE /threads/{threadId}', {
    group,
    summary: 'Delete a thread',
    description:
      'Gone from every list and lookup, and from our side of the platform where that can be. The person keeps theirs. A later message opens a new thread.',
    params,
    response: ref('ThreadDeletion'),
    codes: [
      'platformNotAvailable',
      'workspaceLocked',
      'threadNotFound',
      'accountLinkDisconnected',
      'integrationSetupRequired',
      'capabilityNotSupported',
      'platformRateLimited',
      'platformError',
      'platformUnavailable',
    ],
    handle: ({ ctx, params }) => deleteThreadEverywhere(ctx, params.threadId),
  }),
  route('threads.typing', 'POST /threads/{threadId}/typing', {
    group,
    summary: 'Show that you are typing',
    description: 'At most every 2.5 seconds. Repeat it while typing goes on.',
    params,
    status: 202,
    response: ref('TypingSignal'),
    codes: ['platformNotAvailable', 'workspaceLocked', 'threadNotFound', 'capabilityNotSupported'],
    handle: async ({ ctx, params }) => {
      const thread = await getUsableThread(ctx, params.threadId)
      return presentTyping(await showTyping(ctx, thread))
    },
  }),
]

const typingSetting = { enabled: true, disabled: false, teamDefault: null } as const

/** What the account cannot do anywhere is an error; everything else is a signal that was skipped. */
function presentTyping(outcome: TypingOutcome) {
  if (outcome.status === 'sent') return { status: outcome.status, reason: null }
  if (outcome.reason === 'unsupported' && outcome.obstacle.code === 'capabilityNotSupported') throw outcome.obstacle
  return { status: outcome.status, reason: outcome.reason === 'rateLimited' ? outcome.reason : 'disabled' }
}

/** Shows any of the threads, with what was asked for beside its ids. */
async function threadPresenter(
  ctx: Context,
  threads: readonly ThreadSummary[],
  expand: readonly (typeof expandable)[number][] | undefined,
) {
  if (!expand) return (thread: ThreadSummary) => presentThread(thread, ctx)
  const referenced = expansions(ctx, expand)
  const [profile, contact, accountLink, assignee] = await Promise.all([
    referenced(
      'profile',
      threads.map(({ profileId }) => profileId),
      profileKind,
    ),
    referenced(
      'contact',
      threads.map(({ contactId }) => contactId),
      contactKind,
    ),
    referenced(
      'accountLink',
      threads.map(({ accountLinkId }) => accountLinkId),
      accountLinkKind,
    ),
    referenced(
      'assignee',
      threads.map(({ assigneeId }) => assigneeId),
      memberKind,
    ),
  ])
  return (thread: ThreadSummary) => ({
    ...presentThread(thread, ctx),
    ...beside('profile', profile(thread.profileId)),
    ...beside('contact', contact(thread.contactId)),
    ...beside('accountLink', accountLink(thread.accountLinkId)),
    ...beside('assignee', assignee(thread.assigneeId)),
  })
}

/** Without what is shown beside its ids. */
export function presentThread(thread: ThreadSummary, core: Core) {
  const { lastMessage, activity, typingIndicators } = thread
  return {
    id: thread.id,
    platform: thread.platform,
    platformId: thread.platformId,
    accountLinkId: thread.accountLinkId,
    profileId: thread.profileId,
    contactId: thread.contactId,
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
