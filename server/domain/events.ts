import type { AccountLink } from '../store/account-links.ts'
import type { Tx } from '../store/database.ts'
import { insertEvents, listEvents as listEventRows, type StoredEvent } from '../store/events.ts'
import type { MessageId, StatusId, TagId, TeamId, ThreadId, WebhookEndpointId } from '../store/ids.ts'
import type { Message, Reaction } from '../store/messages.ts'
import type { Prospect } from '../store/prospects.ts'
import type { Status } from '../store/statuses.ts'
import type { Tag } from '../store/tags.ts'
import type { Thread } from '../store/threads.ts'
import type { DisabledReason } from '../store/webhook-endpoints.ts'
import type { Context, Core } from './context.ts'

/**
 * Everything that can happen, in one place. An event carries the thing as it was at that moment; each API version presents it, so a
 * replay shows the same object. `prospect.assigneeChanged` is not part of v1, `prospect.created` and `prospect.enriched` not of v2. A type
 * alone tells whether a version shows the event, and as which of its own.
 */
export type DomainEvent =
  | { type: 'thread.created'; thread: Thread }
  | { type: 'thread.deleted'; threadId: ThreadId; accountLinkId: string; platform: string }
  | { type: 'thread.assigned' | 'thread.unassigned' | 'thread.archived' | 'thread.unarchived'; thread: Thread }
  | { type: 'thread.typing'; threadId: ThreadId; senderPlatformId: string }
  | { type: 'message.sent' | 'message.received'; message: Message; thread: Thread; accountLink: AccountLink }
  | { type: 'message.edited'; message: Message }
  | { type: 'message.deleted'; messageId: MessageId; threadId: ThreadId; scope: 'self' | 'all' }
  | {
      type: 'message.reactionAdded' | 'message.reactionRemoved'
      messageId: MessageId
      threadId: ThreadId
      reaction: Reaction
    }
  | { type: 'prospect.created' | 'prospect.enriched'; prospect: Prospect }
  | { type: ContextEventType; prospect: Prospect }
  | { type: 'prospect.assigneeChanged'; prospect: Prospect }
  | { type: 'tag.created' | 'tag.updated'; tag: Tag }
  | { type: 'tag.deleted'; tagId: TagId }
  | { type: 'status.created' | 'status.updated'; status: Status }
  | { type: 'status.deleted'; statusId: StatusId }
  | { type: 'webhookEndpoint.enabled'; webhookEndpointId: WebhookEndpointId }
  | { type: 'webhookEndpoint.disabled'; webhookEndpointId: WebhookEndpointId; reason: DisabledReason }
  | { type: CampaignEventType; campaign: Campaign }
  | { type: TargetEventType; campaign: Campaign; thread: Thread; message: Message; stepNumber: number | null }

/** What the team says about a person. */
type ContextEventType =
  | 'prospect.statusChanged'
  | 'prospect.tagsChanged'
  | 'prospect.notesChanged'
  | 'prospect.valuationChanged'

type CampaignEventType =
  | 'campaign.created'
  | 'campaign.started'
  | 'campaign.paused'
  | 'campaign.resumed'
  | 'campaign.completed'

type TargetEventType = 'target.contacted' | 'target.followUpSent' | 'target.replied'

/** What campaign and target events show of a campaign. Nothing records these before there are campaigns. */
export interface Campaign {
  id: string
  name: string
  description: string | null
  status: 'draft' | 'active' | 'paused' | 'completed'
  targetsCount: number
  contactedCount: number
  repliesCount: number
  createdAt: string
  updatedAt: string | null
  pausedAt: string | null
  completedAt: string | null
  lastStartedAt: string | null
}

export type Recorder = (event: DomainEvent) => void

/**
 * Runs `work` in one transaction. The events it records are written by the transaction's last statement, together with the
 * commit: that statement takes the team's sequence numbers, so a team's writers wait for each other as briefly as possible.
 */
export async function change<T>(
  core: Core,
  teamId: TeamId,
  work: (tx: Tx, record: Recorder) => Promise<T>,
): Promise<T> {
  let events: DomainEvent[] = []
  const result = await core.db.transaction(
    (tx) => {
      events = []
      return work(tx, (event) => events.push(event))
    },
    () => (events.length > 0 ? insertEvents(teamId, events, core.clock.now()) : null),
  )
  if (events.length > 0) core.eventSignals.recorded(teamId)
  for (const { type } of events) core.meter?.eventRecorded(type)
  return result
}

export type LoggedEvent<E extends DomainEvent = DomainEvent> = StoredEvent<E>

/**
 * A page of the log after `afterSeq`, of the given types only. `lastSeq` is how far the log was read: events of other types are skipped and
 * counted. Null when there was nothing to read.
 */
export async function listEvents<E extends DomainEvent>(
  ctx: Context,
  page: { afterSeq: number; types: readonly E['type'][]; limit: number },
): Promise<{ events: LoggedEvent<E>[]; hasMore: boolean; lastSeq: number | null }> {
  const { events: found, headSeq } = await listEventRows<E>(ctx.db, ctx.actor.teamId, {
    ...page,
    limit: page.limit + 1,
  })
  const events = found.slice(0, page.limit)
  const hasMore = found.length > page.limit
  return { events, hasMore, lastSeq: hasMore ? (events.at(-1)?.seq ?? null) : headSeq }
}
