import { Type } from 'typebox'
import { type Choice, type Folder, listThreads } from '../../domain/thread-lists.ts'
import type { Thread } from '../../domain/threads.ts'
import {
  deleteThread,
  getThread,
  listThreadsByUsername,
  lookUpThread,
  openThread,
  showTyping,
  updateThread,
} from '../../domain/threads.ts'
import { RenderedList } from '../json-body.ts'
import { route } from '../route.ts'
import { type Freshness, freshnessOf, ProspectWithContext, presentProspect, type View } from './prospects.ts'
import { readCursor } from './query.ts'
import {
  Cursor,
  cursorParameters,
  id,
  nullable,
  oneOf,
  platform,
  presentCursor,
  ref,
  timestamp,
  v1Platform,
} from './schemas.ts'

const group = 'Threads'
const params = Type.Object({ threadId: id('The thread.') })

export const ThreadSchema = Type.Object(
  {
    id: id(),
    platform,
    platformId: Type.String({
      description: "The conversation's id: both users' ids, the smaller first.",
      examples: ['17:4711'],
    }),
    done: Type.Boolean({ description: 'Archived.' }),
    assigneeId: nullable(id("A member: the thread's own, else the prospect's.")),
    lastMessageTimestamp: nullable(timestamp()),
    computedSortTimestamp: nullable(
      timestamp('Place in the inbox: the last message or a reaction since, else the creation.'),
    ),
    createdAt: timestamp(),
    status: oneOf(['active', 'idle'], 'Idle threads are in no view.'),
    variant: oneOf(['unencrypted', 'xChat'], 'xChat once both sides have written.'),
    accountLinkId: id(),
    isSyncing: Type.Boolean({ description: 'Older messages are still being imported.' }),
    isRequest: Type.Boolean({ description: 'A message request that was not answered yet.' }),
    typingIndicatorsEnabled: nullable(Type.Boolean({ description: "Null: the team's default." }), null),
    lastMessage: nullable(
      Type.Object({
        id: id(),
        content: Type.String({ examples: ['Thanks, that works for us.'] }),
        authorId: Type.String({
          description: "The thread's account link, or the prospect's `externalId`.",
          examples: ['k2v5n8q1w4e7r0t3y6u9i2o5'],
        }),
        createdAt: timestamp(),
        userId: nullable(id()),
        campaignId: nullable(id(), null),
      }),
    ),
    prospect: ProspectWithContext,
  },
  { description: 'The conversation of one account with one prospect.' },
)

const selectedIds = Type.Optional(Type.Array(Type.String(), { description: 'Any of these.' }))
const none = (what: string) =>
  Type.Optional(Type.Boolean({ description: `Also those without ${what}. False is as if left out.` }))

const Filters = Type.Object({
  tags: Type.Optional(Type.Object({ selectedIds, noTags: none('tags') })),
  statuses: Type.Optional(Type.Object({ selectedIds, noStatus: none('a status') })),
  assignees: Type.Optional(Type.Object({ selectedIds, noAssignee: none('an assignee') })),
  campaigns: Type.Optional(Type.Object({ selectedIds, noCampaign: none('a campaign') })),
  sortOrder: Type.Optional(Type.Unsafe<'asc' | 'desc'>({ enum: ['asc', 'desc'], default: 'desc' })),
})

const accountLinkIds = Type.Optional(nullable(Type.Array(id(), { description: 'Only these accounts.' })))

const personParameters = {
  externalPlatformId: Type.Optional(
    Type.String({ description: "The platform's id of the person.", examples: ['1566123362161725440'] }),
  ),
  externalId: Type.Optional(id("The prospect's `externalId`. With both, they must mean the same person.")),
}

/** `no-reply`: threads of the default view whose latest activity is inbound. */
const folders = {
  default: 'inbox',
  'no-reply': 'noReply',
  requests: 'requests',
  archived: 'archived',
} as const satisfies Record<string, Folder>

export const threadRoutes = [
  route('threads.list', 'GET /threads', {
    group,
    summary: 'List threads',
    description:
      'By their place in the inbox. Ids inside one filter are alternatives, different filters narrow each other.',
    query: Type.Object({
      accountLinkIds,
      ...cursorParameters('thread'),
      inbox: Type.Optional(
        oneOf(
          ['default', 'no-reply', 'requests', 'archived'],
          'default: neither archived nor requests. no-reply: of those, where the prospect wrote or reacted last. requests: unanswered requests. archived: done.',
        ),
      ),
      filters: Type.Optional(nullable(Filters)),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    }),
    response: Type.Object({ threads: Type.Array(ref('Thread')), nextCursor: nullable(Cursor) }),
    handle: async ({ ctx, query }) => {
      const { tags, statuses, assignees, campaigns, sortOrder = 'desc' } = query.filters ?? {}
      const filter = {
        folder: folders[query.inbox ?? 'default'],
        accountLinkIds: query.accountLinkIds ?? null,
        tags: choice(tags?.selectedIds, tags?.noTags),
        statuses: choice(statuses?.selectedIds, statuses?.noStatus),
        assignees: choice(assignees?.selectedIds, assignees?.noAssignee),
        campaigns: choice(campaigns?.selectedIds, campaigns?.noCampaign),
        contactIds: null,
        text: null,
      }
      const page = await listThreads(ctx, filter, {
        order: sortOrder,
        after: readCursor(query),
        limit: query.limit ?? 20,
      })
      const threads = page.items.map((thread) => renderThread(thread, ctx))
      return new RenderedList('threads', threads, { nextCursor: presentCursor(page.next) })
    },
  }),
  route('threads.create', 'POST /threads', {
    group,
    summary: 'Open a thread',
    description:
      "The account's thread with the person, made if there is none. An idle one becomes active. One of the two ids of the person is required.",
    body: Type.Object(
      { ...personParameters, accountLinkId: id('The account that writes.') },
      { examples: [{ externalPlatformId: '1566123362161725440', accountLinkId: 'k2v5n8q1w4e7r0t3y6u9i2o5' }] },
    ),
    response: ref('Thread'),
    refusals: [404],
    handle: async ({ ctx, body }) => presentThread(await openThread(ctx, body.accountLinkId, personOf(body)), ctx),
  }),
  route('threads.lookup', 'GET /threads/lookup', {
    group,
    summary: 'Look a thread up',
    description: 'Null when the account has no thread with the person. One of the two ids of the person is required.',
    query: Type.Object({ accountLinkId: id('The account.'), ...personParameters }),
    response: nullable(ref('Thread')),
    handle: async ({ ctx, query }) => {
      const thread = await lookUpThread(ctx, query.accountLinkId, personOf(query))
      return thread && presentThread(thread, ctx)
    },
  }),
  route('threads.lookupByUsername', 'GET /threads/lookup-by-username', {
    group,
    summary: 'Look threads up by username',
    description: 'Over all accounts. The username is compared whole and without case.',
    query: Type.Object({
      username: Type.String({ minLength: 1, description: 'Without @.', examples: ['mina_k'] }),
      accountLinkIds,
    }),
    response: Type.Array(ref('Thread')),
    handle: async ({ ctx, query }) => {
      const threads = await listThreadsByUsername(ctx, {
        platform: v1Platform,
        username: query.username,
        accountLinkIds: query.accountLinkIds ?? null,
      })
      return threads.map((thread) => presentThread(thread, ctx))
    },
  }),
  route('threads.thread.get', 'GET /threads/{threadId}', {
    group,
    summary: 'Get a thread',
    params,
    response: ref('Thread'),
    handle: async ({ ctx, params }) => renderThread(await getThread(ctx, params.threadId), ctx),
  }),
  route('threads.thread.update', 'PATCH /threads/{threadId}', {
    group,
    summary: 'Update a thread',
    description:
      'Archives it, takes it back, or assigns it. A null assignee means whoever the prospect is assigned to.',
    params,
    body: Type.Object({
      done: Type.Optional(Type.Boolean({ examples: [true] })),
      assigneeId: Type.Optional(nullable(id())),
    }),
    bodyOptional: true,
    response: ref('Thread'),
    handle: async ({ ctx, params, body }) =>
      presentThread(
        await updateThread(ctx, params.threadId, { archived: body.done, assigneeId: body.assigneeId }),
        ctx,
      ),
  }),
  route('threads.thread.delete', 'DELETE /threads/{threadId}', {
    group,
    summary: 'Delete a thread',
    description: 'It is gone from every view and lookup. A later message opens a new thread.',
    params,
    body: Type.Object({}),
    bodyOptional: true,
    response: null,
    handle: ({ ctx, params }) => deleteThread(ctx, params.threadId),
  }),
  route('threads.thread.typing', 'POST /threads/{threadId}/typing', {
    group,
    summary: 'Show that you are typing',
    description: 'At most every 2.5 seconds, and only in X Chat. What stands in the way is told, not an error.',
    params,
    body: Type.Object({}),
    bodyOptional: true,
    response: Type.Object({
      status: oneOf(['sent', 'skipped']),
      reason: Type.Optional(
        oneOf(['rateLimited', 'typingDisabled', 'unsupported', 'outboundDisabled'], 'Only when skipped.'),
      ),
    }),
    handle: async ({ ctx, params }) => {
      const outcome = await showTyping(ctx, await getThread(ctx, params.threadId))
      return outcome.status === 'sent' ? outcome : { status: outcome.status, reason: outcome.reason }
    },
  }),
  route('threads.thread.settings', 'PATCH /threads/{threadId}/settings', {
    group,
    summary: "Update a thread's settings",
    params,
    body: Type.Object({
      typingIndicatorsEnabled: Type.Optional(nullable(Type.Boolean({ description: "Null: the team's default." }))),
    }),
    bodyOptional: true,
    response: Type.Object({ threadId: id(), typingIndicatorsEnabled: nullable(Type.Boolean()) }),
    handle: async ({ ctx, params, body }) => {
      const thread = await updateThread(ctx, params.threadId, { typingIndicators: body.typingIndicatorsEnabled })
      return { threadId: thread.id, typingIndicatorsEnabled: thread.typingIndicators }
    },
  }),
]

export function personOf({
  externalId,
  externalPlatformId,
}: {
  externalId?: string | undefined
  externalPlatformId?: string | undefined
}) {
  return { prospectId: externalId, platformId: externalPlatformId, platform: v1Platform }
}

/** A category without ids and without its "none" switch does not filter. */
function choice(ids: readonly string[] = [], orNone = false): Choice | null {
  return ids.length > 0 || orNone ? { ids, orNone } : null
}

/** What the JSON of a thread follows from, beside the thread. */
interface Rendered extends Freshness {
  image: string | null
  json: Buffer
}

const rendered = new WeakMap<Thread, Rendered>()

/** A thread as JSON. What is asked for again and again is the same frozen object each time, until something changes. */
function renderThread(thread: Thread, view: View): Buffer {
  if (!Object.isFrozen(thread)) return toJson(thread, view)
  const freshness = freshnessOf(thread.prospect, view.clock)
  const image = view.publicUrl(thread.prospect.profile.avatarUrl)
  const known = rendered.get(thread)
  if (known && known.image === image && isSame(known, freshness)) return known.json
  const json = toJson(thread, view)
  rendered.set(thread, { ...freshness, image, json })
  return json
}

function toJson(thread: Thread, view: View): Buffer {
  return Buffer.from(JSON.stringify(presentThread(thread, view)))
}

function isSame(one: Freshness, other: Freshness): boolean {
  return one.confidence === other.confidence && one.isFresh === other.isFresh && one.isStale === other.isStale
}

export function presentThread(thread: Thread, view: View) {
  const { lastMessage, prospect } = thread
  return {
    id: thread.id,
    platform: thread.platform,
    platformId: thread.platformId ?? conversationId(thread.accountPlatformId, prospect.profile.platformId),
    done: thread.archived,
    assigneeId: thread.assigneeId,
    lastMessageTimestamp: lastMessage?.createdAt ?? null,
    computedSortTimestamp: thread.sortAt,
    createdAt: thread.createdAt,
    status: thread.idle ? 'idle' : 'active',
    variant: thread.encrypted ? 'xChat' : 'unencrypted',
    accountLinkId: thread.accountLinkId,
    isSyncing: thread.syncing,
    isRequest: thread.isRequest,
    typingIndicatorsEnabled: thread.typingIndicators,
    lastMessage: lastMessage && {
      id: lastMessage.id,
      content: lastMessage.content,
      authorId: lastMessage.direction === 'outbound' ? thread.accountLinkId : prospect.id,
      createdAt: lastMessage.createdAt,
      userId: lastMessage.userId,
      campaignId: lastMessage.campaignId,
    },
    prospect: presentProspect(prospect, view),
  }
}

/** v1 shows the id a conversation will have before there is one: its type allows no null. */
function conversationId(one: string, other: string): string {
  const ids = [one, other]
  const smallerFirst =
    /^\d+$/.test(one) && /^\d+$/.test(other) ? ids.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)) : ids.sort()
  return smallerFirst.join(':')
}
