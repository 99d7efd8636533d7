import { Type } from 'typebox'
import type { Core } from '../../domain/context.ts'
import type { EventCatalogue, EventVersion } from '../../domain/event-types.ts'
import type { Campaign, DomainEvent, LoggedEvent } from '../../domain/events.ts'
import { listEvents } from '../../domain/events.ts'
import { route } from '../route.ts'
import { presentMessage, presentReaction, type Viewer } from './messages.ts'
import { presentProspect, type View } from './prospects.ts'
import { nullable, timestamp } from './schemas.ts'
import { presentStatus } from './statuses.ts'
import { presentTag } from './tags.ts'
import { presentAccountLink } from './team.ts'
import { presentThread } from './threads.ts'

/** What v1 shows. Its catalogue is closed: what else happens takes a number of the log and is not shown here. */
const shownTypes = [
  'thread.created',
  'thread.deleted',
  'thread.assigned',
  'thread.unassigned',
  'thread.archived',
  'thread.unarchived',
  'thread.typing',
  'message.sent',
  'message.received',
  'message.edited',
  'message.deleted',
  'message.reactionAdded',
  'message.reactionRemoved',
  'prospect.created',
  'prospect.statusChanged',
  'prospect.tagsChanged',
  'prospect.notesChanged',
  'prospect.valuationChanged',
  'prospect.enriched',
  'tag.created',
  'tag.updated',
  'tag.deleted',
  'status.created',
  'status.updated',
  'status.deleted',
  'campaign.created',
  'campaign.started',
  'campaign.paused',
  'campaign.resumed',
  'campaign.completed',
  'target.contacted',
  'target.followUpSent',
  'target.replied',
] as const satisfies DomainEvent['type'][]

type ShownEvent = Extract<DomainEvent, { type: (typeof shownTypes)[number] }>

/** v1 has one name for messages in both directions. */
const v1Types = [...new Set(shownTypes.map(v1TypeOf))]

const catalogue: EventCatalogue = Object.fromEntries(
  v1Types.map((name) => [name, { logTypes: shownTypes.filter((type) => v1TypeOf(type) === name) }]),
)

function v1TypeOf(type: ShownEvent['type']) {
  return type === 'message.sent' || type === 'message.received' ? 'message.created' : type
}

export const eventRoutes = [
  route('events.list', 'GET /events', {
    group: 'Events',
    summary: 'List events',
    description: 'What happened, in order. Kept for seven days, and at most 25,000 per team.',
    query: Type.Object({
      afterSeq: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Only events after this one. Left out: from the oldest kept.',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    }),
    response: Type.Object({
      events: Type.Array(
        Type.Object({
          id: Type.String({ examples: ['e5v8n1t4i7d0s3e6q9a2b5c8'] }),
          seq: Type.Number({
            description: 'Position in the log of the team, which v1 shows in part.',
            examples: [318],
          }),
          teamId: Type.String({ examples: ['tz4a98xxat96iws9zmbrgj3a'] }),
          type: Type.Unsafe<(typeof v1Types)[number]>({ type: 'string', enum: v1Types, examples: ['thread.deleted'] }),
          timestamp: timestamp(),
          version: Type.Unsafe<'1.0'>({ const: '1.0' }),
          data: Type.Optional(
            Type.Unsafe<unknown>({
              description: 'The thing as it was then; its form depends on the type.',
              examples: [{ threadId: 'tz4a98xxat96iws9zmbrgj3a' }],
            }),
          ),
        }),
      ),
      hasMore: Type.Boolean(),
      lastSeq: nullable(
        Type.Number({ description: 'The `afterSeq` of the next page; null when this one is empty.', examples: [318] }),
      ),
    }),
    handle: async ({ ctx, query }) => {
      const { events, hasMore } = await listEvents<ShownEvent>(ctx, {
        afterSeq: query.afterSeq ?? 0,
        types: shownTypes,
        limit: query.limit ?? 100,
      })
      return {
        events: events.map((event) => presentEvent(event, ctx)),
        hasMore,
        lastSeq: events.at(-1)?.seq ?? null,
      }
    },
  }),
]

type EventViewer = Viewer & Pick<Core, 'publicUrl'>

export function createV1Events(core: Pick<Core, 'publicUrl' | 'attachmentUrls'>): EventVersion {
  return {
    catalogue,
    render(event, teamId) {
      // Nobody asks for types that are not in the catalogue.
      const shown = presentEvent(event as LoggedEvent<ShownEvent>, { ...core, actor: { teamId } })
      return { type: shown.type, json: JSON.stringify(shown) }
    },
  }
}

/** Seen from the moment it happened: a replay a week later shows the same. */
export function presentEvent({ id, seq, createdAt, data }: LoggedEvent<ShownEvent>, viewer: EventViewer) {
  const { teamId } = viewer.actor
  const view: View = { publicUrl: viewer.publicUrl, clock: { now: () => new Date(createdAt) } }
  return {
    id,
    seq,
    teamId,
    type: v1TypeOf(data.type),
    timestamp: createdAt,
    version: '1.0',
    data: presentData(data, viewer, view),
  }
}

function presentData(event: ShownEvent, viewer: Viewer, view: View): object {
  switch (event.type) {
    case 'thread.created':
      return {
        thread: presentThread(event.thread, view),
        prospect: withId(presentProspect(event.thread.prospect, view)),
      }
    case 'thread.assigned':
    case 'thread.unassigned':
    case 'thread.archived':
    case 'thread.unarchived':
      return { thread: presentThread(event.thread, view) }
    case 'thread.deleted':
      return { threadId: event.threadId }
    case 'thread.typing':
      return { threadId: event.threadId, senderPlatformId: event.senderPlatformId }
    case 'message.sent':
    case 'message.received':
      return {
        message: presentMessage(event.message, viewer),
        thread: presentThread(event.thread, view),
        prospect: withId(presentProspect(event.thread.prospect, view)),
        accountLink: presentAccountLink(event.accountLink, view.publicUrl),
      }
    case 'message.edited':
      return { message: presentMessage(event.message, viewer), threadId: event.message.threadId }
    case 'message.deleted':
      return { messageId: event.messageId, threadId: event.threadId }
    case 'message.reactionAdded':
    case 'message.reactionRemoved':
      return { messageId: event.messageId, threadId: event.threadId, reaction: presentReaction(event.reaction) }
    case 'prospect.created':
    case 'prospect.statusChanged':
    case 'prospect.tagsChanged':
    case 'prospect.notesChanged':
    case 'prospect.valuationChanged':
    case 'prospect.enriched':
      return { prospect: withId(presentProspect(event.prospect, view)) }
    case 'tag.created':
    case 'tag.updated':
      return { tag: presentTag(event.tag) }
    case 'tag.deleted':
      return { tagId: event.tagId }
    case 'status.created':
    case 'status.updated':
      return { status: presentStatus(event.status) }
    case 'status.deleted':
      return { statusId: event.statusId }
    case 'campaign.created':
    case 'campaign.started':
    case 'campaign.paused':
    case 'campaign.resumed':
    case 'campaign.completed':
      return { campaign: presentCampaign(event.campaign) }
    case 'target.contacted':
    case 'target.followUpSent':
    case 'target.replied':
      return {
        campaign: presentCampaign(event.campaign),
        thread: presentThread(event.thread, view),
        message: presentMessage(event.message, viewer),
        prospect: withId(presentProspect(event.thread.prospect, view)),
      }
  }
}

/** Events name a prospect by `id` as well: consumers of the hosted API rely on either. */
function withId<P extends { externalId: string }>(prospect: P) {
  return { id: prospect.externalId, ...prospect }
}

function presentCampaign(campaign: Campaign) {
  const { targetsCount, contactedCount, repliesCount } = campaign
  return {
    ...campaign,
    dryRun: false,
    completionRate: rate(contactedCount, targetsCount),
    replyRate: rate(repliesCount, contactedCount),
  }
}

function rate(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 1000
}
