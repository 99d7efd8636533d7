import type { AccountLink } from '../store/account-links.ts'
import type { Message } from '../store/messages.ts'
import type { Prospect } from '../store/prospects.ts'
import type { Status } from '../store/statuses.ts'
import type { Tag } from '../store/tags.ts'
import type { Thread } from '../store/threads.ts'
import type { LogType } from './event-types.ts'
import type { Campaign, DomainEvent } from './events.ts'

/** An event as it might happen to a team, for whoever wants to see what their receiver does with it. Nothing in it exists. */
export function sampleEvent(type: LogType): DomainEvent {
  switch (type) {
    case 'thread.created':
    case 'thread.assigned':
    case 'thread.unassigned':
    case 'thread.archived':
    case 'thread.unarchived':
      return { type, thread: threads[type] ?? thread }
    case 'thread.deleted':
      return { type, threadId: thread.id, accountLinkId: accountLink.id, platform: thread.platform }
    case 'thread.typing':
      return { type, threadId: thread.id, senderPlatformId: prospect.profile.platformId }
    case 'message.sent':
      return { type, message: answer, thread, accountLink }
    case 'message.received':
      return { type, message: question, thread, accountLink }
    case 'message.edited':
      return { type, message: { ...answer, content: 'It ships on Friday.', editedAt: at(9) } }
    case 'message.deleted':
      return { type, messageId: answer.id, threadId: thread.id, scope: 'all' }
    case 'message.reactionAdded':
    case 'message.reactionRemoved': {
      const reaction = { emoji: '👍', authorPlatformId: prospect.profile.platformId, createdAt: at(8) }
      return { type, messageId: answer.id, threadId: thread.id, reaction }
    }
    case 'prospect.created':
    case 'prospect.enriched':
    case 'prospect.statusChanged':
    case 'prospect.tagsChanged':
    case 'prospect.notesChanged':
    case 'prospect.valuationChanged':
    case 'prospect.assigneeChanged':
      return { type, prospect }
    case 'tag.created':
    case 'tag.updated':
      return { type, tag }
    case 'tag.deleted':
      return { type, tagId: tag.id }
    case 'status.created':
    case 'status.updated':
      return { type, status }
    case 'status.deleted':
      return { type, statusId: status.id }
    case 'campaign.created':
    case 'campaign.started':
    case 'campaign.paused':
    case 'campaign.resumed':
    case 'campaign.completed':
      return { type, campaign: campaignAfter(type) }
    case 'target.contacted':
    case 'target.followUpSent':
    case 'target.replied': {
      const message = type === 'target.replied' ? question : answer
      return { type, campaign: campaignAfter('campaign.started'), thread, message, stepNumber: 1 }
    }
    case 'webhookEndpoint.enabled':
      return { type, webhookEndpointId: sampleId('h4') }
    case 'webhookEndpoint.disabled':
      return { type, webhookEndpointId: sampleId('h4'), reason: 'failing' }
  }
}

/** Of the form of our ids, and plainly none of them. */
function sampleId<T extends string>(start: string): T {
  return start.padEnd(24, '0sample') as T
}

function at(minute: number): string {
  return `2026-03-04T05:${String(minute).padStart(2, '0')}:07.000Z`
}

const tag: Tag = { id: sampleId('g1'), name: 'VIP', color: '#14b8a6', createdAt: at(0) }

const status: Status = { id: sampleId('s1'), name: 'Interested', color: '#3b82f6', createdAt: at(0) }

const accountLink: AccountLink = {
  id: sampleId('a1'),
  connector: 'sandbox',
  platform: 'twitter',
  platformId: '1790000000000000001',
  username: 'harbor_co',
  displayName: 'Harbor Co',
  avatarUrl: null,
  status: 'active',
  pauseReasons: [],
  missingCapabilities: [],
  syncedAt: at(0),
  createdAt: at(0),
}

const prospect: Prospect = {
  id: sampleId('p1'),
  contactId: sampleId('c1'),
  platform: 'twitter',
  profile: {
    platformId: '1566123362161725440',
    username: 'mina_k',
    displayName: 'Mina K',
    avatarUrl: null,
    bio: 'Boats, mostly wooden ones.',
    location: 'Lisbon',
    websiteUrl: null,
    badge: null,
    profileType: 'personal',
    professionalCategory: null,
    isProtected: false,
    followerCount: 1_204,
    followingCount: 310,
    postCount: 2_871,
    engagementCount: 4_090,
    listedCount: 12,
    bannerUrl: null,
    urlEntities: [],
    accountStatus: 'active',
    createdAt: '2019-05-06T07:08:09.000Z',
    lastActiveAt: at(5),
  },
  firstSeenAt: at(1),
  updatedAt: at(1),
  enrichedAt: at(1),
  tagIds: [tag.id],
  statusId: status.id,
  valuation: 1_200,
  notes: 'Asked for the spring catalogue.',
  assigneeId: sampleId('m1'),
}

const question: Message = {
  id: sampleId('q1'),
  threadId: sampleId('t1'),
  accountLinkId: accountLink.id,
  platform: 'twitter',
  platformId: '1898000000000000001',
  direction: 'inbound',
  content: 'Hi! When does the small sail ship?',
  entities: null,
  encrypted: true,
  origin: 'platform',
  memberId: null,
  userId: null,
  tokenId: null,
  agentId: null,
  campaignId: null,
  campaignStepId: null,
  replyTo: null,
  forwarded: null,
  attachments: [],
  reactions: [],
  reactionsVersion: 0,
  editedAt: null,
  deletion: null,
  createdAt: at(6),
  profileId: prospect.id,
}

const answer: Message = {
  ...question,
  id: sampleId('q2'),
  platformId: '1898000000000000002',
  direction: 'outbound',
  content: 'It ships on Thursday.',
  origin: 'api',
  memberId: sampleId('m1'),
  userId: sampleId('u1'),
  tokenId: sampleId('k1'),
  createdAt: at(7),
}

const thread: Thread = {
  id: question.threadId,
  platform: 'twitter',
  platformId: '1566123362161725440:1790000000000000001',
  accountLinkId: accountLink.id,
  accountPlatformId: accountLink.platformId,
  idle: false,
  archived: false,
  unread: false,
  isRequest: false,
  encrypted: true,
  syncing: false,
  typingIndicators: null,
  ownAssigneeId: prospect.assigneeId,
  assigneeId: prospect.assigneeId,
  firstInboundAt: at(2),
  firstOutboundAt: at(3),
  lastMessage: {
    id: question.id,
    content: question.content,
    direction: question.direction,
    createdAt: question.createdAt,
    userId: null,
    campaignId: null,
  },
  sortAt: question.createdAt,
  createdAt: at(2),
  prospect,
}

/** After what happened to it. */
const threads: Partial<Record<LogType, Thread>> = {
  'thread.unassigned': { ...thread, ownAssigneeId: null, assigneeId: null },
  'thread.archived': { ...thread, archived: true },
}

function campaignAfter(type: LogType): Campaign {
  const stages = {
    'campaign.created': 'draft',
    'campaign.paused': 'paused',
    'campaign.completed': 'completed',
  } as const
  const status = stages[type as keyof typeof stages] ?? 'active'
  return {
    id: sampleId('n1'),
    name: 'Spring catalogue',
    description: null,
    status,
    targetsCount: 120,
    contactedCount: status === 'draft' ? 0 : 30,
    repliesCount: status === 'draft' ? 0 : 6,
    createdAt: at(0),
    updatedAt: null,
    pausedAt: status === 'paused' ? at(9) : null,
    completedAt: status === 'completed' ? at(9) : null,
    lastStartedAt: status === 'draft' ? null : at(1),
  }
}
