import { type TProperties, Type } from 'typebox'
import { compileTypes, type EventCatalogue, type EventVersion, patternsOf } from '../../domain/event-types.ts'
import type { DomainEvent, LoggedEvent } from '../../domain/events.ts'
import { listEvents } from '../../domain/events.ts'
import { disabledReasons } from '../../domain/webhook-endpoints.ts'
import { route } from '../route.ts'
import { anyOfThese, id, nullable, object, oneOf, platform, ref, timestamp } from './schemas.ts'

/** v2's catalogue, and what each type is called in the log. */
const logTypes = {
  'thread.created': 'thread.created',
  'thread.deleted': 'thread.deleted',
  'thread.assigned': 'thread.assigned',
  'thread.unassigned': 'thread.unassigned',
  'thread.archived': 'thread.archived',
  'thread.unarchived': 'thread.unarchived',
  'thread.typing': 'thread.typing',
  'message.sent': 'message.sent',
  'message.received': 'message.received',
  'message.edited': 'message.edited',
  'message.deleted': 'message.deleted',
  'message.reactionAdded': 'message.reactionAdded',
  'message.reactionRemoved': 'message.reactionRemoved',
  'contact.statusChanged': 'prospect.statusChanged',
  'contact.tagsChanged': 'prospect.tagsChanged',
  'contact.notesChanged': 'prospect.notesChanged',
  'contact.valuationChanged': 'prospect.valuationChanged',
  'contact.assigneeChanged': 'prospect.assigneeChanged',
  'tag.created': 'tag.created',
  'tag.updated': 'tag.updated',
  'tag.deleted': 'tag.deleted',
  'status.created': 'status.created',
  'status.updated': 'status.updated',
  'status.deleted': 'status.deleted',
  'campaign.created': 'campaign.created',
  'campaign.started': 'campaign.started',
  'campaign.paused': 'campaign.paused',
  'campaign.resumed': 'campaign.resumed',
  'campaign.completed': 'campaign.completed',
  'target.contacted': 'target.contacted',
  'target.followUpSent': 'target.followUpSent',
  'target.replied': 'target.replied',
  'webhookEndpoint.enabled': 'webhookEndpoint.enabled',
  'webhookEndpoint.disabled': 'webhookEndpoint.disabled',
} as const satisfies Record<string, DomainEvent['type']>

type V2Type = keyof typeof logTypes
type LogType = (typeof logTypes)[V2Type]
type ShownEvent = Extract<DomainEvent, { type: LogType }>

const v2Types = Object.keys(logTypes) as V2Type[]
/** Not of the hosted API. */
const ourTypes: ReadonlySet<string> = new Set<V2Type>(['webhookEndpoint.enabled', 'webhookEndpoint.disabled'])
const catalogue: EventCatalogue = Object.fromEntries(
  v2Types.map((name) => [name, { logTypes: [logTypes[name]], ...(ourTypes.has(name) && { onlyWhenNamed: true }) }]),
)
const v2TypeOf = Object.fromEntries(v2Types.map((type) => [logTypes[type], type])) as Record<LogType, V2Type>

type ObjectType = 'thread' | 'message' | 'contact' | 'tag' | 'status' | 'campaign' | 'webhookEndpoint'

const threadId = id('Its thread.')

/** An event of some types: what it is about, and what it tells of the change. */
const eventOf = (object_: ObjectType, types: readonly V2Type[], data: TProperties) =>
  object({
    id: id('Whoever sees it twice knows it by this.'),
    seq: Type.Integer({ description: "Position in the team's log.", examples: [318] }),
    type: oneOf(types),
    apiVersion: Type.Unsafe<'2'>({ const: '2' }),
    createdAt: timestamp(),
    object: object({
      type: Type.Unsafe<ObjectType>({ const: object_ }),
      id: id(),
      url: Type.String({
        description: 'Where to read it, under the base of this API; answers 404 once it is gone.',
        examples: [`/${collections[object_]}/tz4a98xxat96iws9zmbrgj3a`],
      }),
    }),
    data: object(data),
  })

const collections = {
  thread: 'threads',
  message: 'messages',
  contact: 'contacts',
  tag: 'tags',
  status: 'statuses',
  campaign: 'campaigns',
  webhookEndpoint: 'webhook-endpoints',
} as const satisfies Record<ObjectType, string>

const EventSchema = Type.Union(
  [
    eventOf('message', ['message.sent', 'message.received', 'message.edited'], { threadId }),
    eventOf('message', ['message.deleted'], { threadId, scope: oneOf(['self', 'all']) }),
    eventOf('message', ['message.reactionAdded', 'message.reactionRemoved'], {
      threadId,
      emoji: Type.String({ examples: ['👍'] }),
      authorPlatformId: Type.String({ examples: ['1566123362161725440'] }),
    }),
    eventOf('thread', ['thread.created', 'thread.archived', 'thread.unarchived', 'thread.typing'], {}),
    eventOf('thread', ['thread.deleted'], { accountLinkId: id(), platform: platform() }),
    eventOf('thread', ['thread.assigned', 'thread.unassigned'], { assigneeId: nullable(id('A member.')) }),
    eventOf('contact', ['contact.statusChanged'], { statusId: nullable(id()) }),
    eventOf('contact', ['contact.tagsChanged'], { tagIds: Type.Array(id(), { description: 'All it has now.' }) }),
    eventOf('contact', ['contact.notesChanged'], { notes: nullable(Type.String()) }),
    eventOf('contact', ['contact.valuationChanged'], { valuation: nullable(Type.Number()) }),
    eventOf('contact', ['contact.assigneeChanged'], { assigneeId: nullable(id('A member.')) }),
    eventOf('tag', ['tag.created', 'tag.updated', 'tag.deleted'], {}),
    eventOf('status', ['status.created', 'status.updated', 'status.deleted'], {}),
    eventOf(
      'campaign',
      ['campaign.created', 'campaign.started', 'campaign.paused', 'campaign.resumed', 'campaign.completed'],
      {},
    ),
    eventOf('campaign', ['target.contacted', 'target.followUpSent', 'target.replied'], {
      threadId,
      messageId: id(),
      contactId: nullable(id()),
      stepNumber: nullable(Type.Integer()),
    }),
    eventOf('webhookEndpoint', ['webhookEndpoint.enabled'], {}),
    eventOf('webhookEndpoint', ['webhookEndpoint.disabled'], { reason: oneOf(disabledReasons) }),
  ],
  { description: 'Something that happened to the team: the change, and where to read the rest.' },
)

export const eventComponents = { Event: EventSchema }

export const eventRoutes = [
  route('events.list', 'GET /events', {
    group: 'Events',
    summary: 'List events',
    description:
      'What happened, in order, whichever version of the API caused it. Kept for seven days, and at most 25,000 per team.',
    query: object({
      afterSeq: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Only events after this one. Left out: from the oldest kept.',
        }),
      ),
      type: anyOfThese(
        oneOf(patternsOf(catalogue)),
        'Only these types; `thread.*` stands for all of a noun. Left out: all but those of webhook endpoints.',
      ),
      limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Length of the page.' }),
    }),
    response: object({
      data: Type.Array(ref('Event')),
      lastSeq: nullable(
        Type.Integer({
          description:
            'How far the log was read: the `afterSeq` of the next page. Null when there was nothing to read.',
          examples: [318],
        }),
      ),
      hasMore: Type.Boolean({ description: 'Whether to ask again at once.' }),
    }),
    handle: async ({ ctx, query }) => {
      const { events, lastSeq, hasMore } = await listEvents<ShownEvent>(ctx, {
        afterSeq: query.afterSeq ?? 0,
        // No others are in the catalogue.
        types: compileTypes(catalogue, query.type ?? null, ['type']) as LogType[],
        limit: query.limit,
      })
      return { data: events.map(presentEvent), lastSeq, hasMore }
    },
  }),
]

export const v2Events: EventVersion = {
  catalogue,
  render(event) {
    // Nobody asks for types that are not in the catalogue.
    const shown = presentEvent(event as LoggedEvent<ShownEvent>)
    return { type: shown.type, json: JSON.stringify(shown) }
  },
}

/** Thin: the change, and where to read the rest. */
export function presentEvent({ id, seq, createdAt, data }: LoggedEvent<ShownEvent>) {
  return { id, seq, type: v2TypeOf[data.type], apiVersion: '2', createdAt, ...presentChange(data) }
}

interface Change {
  object: { type: ObjectType; id: string; url: string }
  data: object
}

function presentChange(event: ShownEvent): Change {
  switch (event.type) {
    case 'thread.created':
    case 'thread.archived':
    case 'thread.unarchived':
      return about('thread', event.thread.id, {})
    case 'thread.assigned':
    case 'thread.unassigned':
      return about('thread', event.thread.id, { assigneeId: event.thread.assigneeId })
    case 'thread.typing':
      return about('thread', event.threadId, {})
    case 'thread.deleted':
      return about('thread', event.threadId, { accountLinkId: event.accountLinkId, platform: event.platform })
    case 'message.sent':
    case 'message.received':
    case 'message.edited':
      return about('message', event.message.id, { threadId: event.message.threadId })
    case 'message.deleted':
      return about('message', event.messageId, { threadId: event.threadId, scope: event.scope })
    case 'message.reactionAdded':
    case 'message.reactionRemoved': {
      const { emoji, authorPlatformId } = event.reaction
      return about('message', event.messageId, { threadId: event.threadId, emoji, authorPlatformId })
    }
    case 'prospect.statusChanged':
      return about('contact', event.prospect.contactId, { statusId: event.prospect.statusId })
    case 'prospect.tagsChanged':
      return about('contact', event.prospect.contactId, { tagIds: event.prospect.tagIds })
    case 'prospect.notesChanged':
      return about('contact', event.prospect.contactId, { notes: event.prospect.notes })
    case 'prospect.valuationChanged':
      return about('contact', event.prospect.contactId, { valuation: event.prospect.valuation })
    case 'prospect.assigneeChanged':
      return about('contact', event.prospect.contactId, { assigneeId: event.prospect.assigneeId })
    case 'tag.created':
    case 'tag.updated':
      return about('tag', event.tag.id, {})
    case 'tag.deleted':
      return about('tag', event.tagId, {})
    case 'status.created':
    case 'status.updated':
      return about('status', event.status.id, {})
    case 'status.deleted':
      return about('status', event.statusId, {})
    case 'campaign.created':
    case 'campaign.started':
    case 'campaign.paused':
    case 'campaign.resumed':
    case 'campaign.completed':
      return about('campaign', event.campaign.id, {})
    case 'target.contacted':
    case 'target.followUpSent':
    case 'target.replied':
      return about('campaign', event.campaign.id, {
        threadId: event.thread.id,
        messageId: event.message.id,
        contactId: event.thread.prospect.contactId,
        stepNumber: event.stepNumber,
      })
    case 'webhookEndpoint.enabled':
      return about('webhookEndpoint', event.webhookEndpointId, {})
    case 'webhookEndpoint.disabled':
      return about('webhookEndpoint', event.webhookEndpointId, { reason: event.reason })
  }
}

function about(type: ObjectType, id: string, data: object): Change {
  return { object: { type, id, url: `/${collections[type]}/${id}` }, data }
}
