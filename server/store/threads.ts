import type { Queryable, Sql, Tx } from './database.ts'
import { assignments, readAfter, remembered, sql } from './database.ts'
import type {
  AccountLinkId,
  ContactId,
  MemberId,
  MessageId,
  ProfileId,
  TeamId,
  ThreadId,
  Timestamp,
  UserId,
} from './ids.ts'
import { newId } from './ids.ts'
import type { Prospect, ProspectRow } from './prospects.ts'
import { prospectColumns, prospectOf } from './prospects.ts'

/** One account link and one person. */
export interface Thread {
  id: ThreadId
  platform: string
  /** Null until the first message makes the conversation exist on the platform. */
  platformId: string | null
  accountLinkId: AccountLinkId
  /** Of the account link: with the person's it makes the conversation's id before there is one. */
  accountPlatformId: string
  /** Hidden from every view until somebody writes or opens it on purpose. */
  idle: boolean
  archived: boolean
  unread: boolean
  /** An incoming request that was neither answered nor accepted. */
  isRequest: boolean
  /** End-to-end encrypted since both sides have written. */
  encrypted: boolean
  /** Older messages are still being imported. */
  syncing: boolean
  /** Null = what the team does. */
  typingIndicators: boolean | null
  ownAssigneeId: MemberId | null
  /** Own, else the contact's. */
  assigneeId: MemberId | null
  /** When the person, and when we, first wrote. */
  firstInboundAt: Timestamp | null
  firstOutboundAt: Timestamp | null
  lastMessage: LastMessage | null
  /** Place in the inbox: the latest activity, else the creation. */
  sortAt: Timestamp
  createdAt: Timestamp
  prospect: Prospect
}

/** What only v2 shows: what v1 lists or gets does not read it. */
interface ShownInV2 {
  /** Whether the platform wants the person to accept before we write on; says nothing of whether this is a request. */
  acceptanceState: 'required' | 'notRequired' | 'unknown'
  activity: Activity | null
}

export interface ThreadWithActivity extends Thread, ShownInV2 {}

/** What v2 shows of a thread: the person is an id there, and of the last message there is only where and when. */
export interface ThreadSummary
  extends ShownInV2,
    Omit<
      Thread,
      'accountPlatformId' | 'idle' | 'ownAssigneeId' | 'firstInboundAt' | 'firstOutboundAt' | 'lastMessage' | 'prospect'
    > {
  profileId: ProfileId
  contactId: ContactId
  lastMessage: Pick<LastMessage, 'id' | 'direction' | 'createdAt'> | null
}

/** The latest message, or a reaction after it. */
export interface Activity {
  /** One line. */
  preview: string | null
  direction: 'inbound' | 'outbound'
  at: Timestamp
}

export interface LastMessage {
  id: MessageId
  content: string
  direction: 'inbound' | 'outbound'
  createdAt: Timestamp
  userId: UserId | null
  campaignId: string | null
}

export interface ThreadRow extends Omit<Thread, 'prospect' | 'lastMessage'>, ProspectRow {
  lastMessageId: MessageId | null
  lastMessageContent: string
  lastMessageDirection: 'inbound' | 'outbound'
  lastMessageAt: Timestamp
  lastMessageUserId: UserId | null
  lastMessageCampaignId: string | null
}

/** Of a row in which `threadJoins` has joined what a thread shows to `t` (threads). */
export const threadColumns = sql`
  t.id, t.platform_id as "platformId", t.account_link_id as "accountLinkId", l.platform_id as "accountPlatformId", t.idle, t.archived, t.unread,
  t.is_request as "isRequest", t.encrypted, t.syncing, t.typing_indicators as "typingIndicators",
  t.own_assignee_id as "ownAssigneeId", t.assignee_id as "assigneeId", t.tag_ids as "tagIds", t.first_inbound_at as "firstInboundAt",
  t.first_outbound_at as "firstOutboundAt", t.sort_at as "sortAt", t.created_at as "createdAt",
  m.id as "lastMessageId", m.content as "lastMessageContent", m.direction as "lastMessageDirection", m.created_at as "lastMessageAt",
  m.user_id as "lastMessageUserId", m.campaign_id as "lastMessageCampaignId",
  ${prospectColumns}`

const activityColumns = sql`t.acceptance_state as "acceptanceState", t.activity_preview as "activityPreview",
  t.activity_direction as "activityDirection", t.activity_at as "activityAt"`

interface ActivityRow {
  acceptanceState: ThreadWithActivity['acceptanceState']
  activityPreview: string | null
  activityDirection: 'inbound' | 'outbound' | null
  activityAt: Timestamp | null
}

interface ThreadWithActivityRow extends ThreadRow, ActivityRow {}

export const threadJoins = sql`
  join account_links l on l.team_id = t.team_id and l.id = t.account_link_id
  join profiles p on p.team_id = t.team_id and p.id = t.profile_id
  join contacts c on c.team_id = t.team_id and c.id = t.contact_id
  left join messages m on m.team_id = t.team_id and m.id = t.last_message_id`

export function threadOf(row: ThreadRow): Thread {
  return {
    id: row.id,
    platform: row.platform,
    platformId: row.platformId,
    accountLinkId: row.accountLinkId,
    accountPlatformId: row.accountPlatformId,
    idle: row.idle,
    archived: row.archived,
    unread: row.unread,
    isRequest: row.isRequest,
    encrypted: row.encrypted,
    syncing: row.syncing,
    typingIndicators: row.typingIndicators,
    ownAssigneeId: row.ownAssigneeId,
    assigneeId: row.assigneeId,
    firstInboundAt: row.firstInboundAt,
    firstOutboundAt: row.firstOutboundAt,
    lastMessage: lastMessageOf(row),
    sortAt: row.sortAt,
    createdAt: row.createdAt,
    prospect: prospectOf(row),
  }
}

const threadsByRow = new WeakMap<ThreadRow, Thread>()

/** A row that is remembered is the same thread each time, and that is frozen, too. */
export function rememberedThreadOf(row: ThreadRow): Thread {
  if (!Object.isFrozen(row)) return threadOf(row)
  let thread = threadsByRow.get(row)
  if (!thread) {
    thread = Object.freeze(threadOf(row))
    threadsByRow.set(row, thread)
  }
  return thread
}

function threadWithActivityOf(row: ThreadWithActivityRow): ThreadWithActivity {
  // Not spread: that copies all of the thread.
  return Object.assign(threadOf(row), { acceptanceState: row.acceptanceState, activity: activityOf(row) })
}

function activityOf({ activityPreview: preview, activityDirection: direction, activityAt: at }: ActivityRow) {
  return direction && at ? { preview, direction, at } : null
}

/** Of a row of threads, `t`, and the last message, `m`. */
export const summaryColumns = sql`
  t.id, t.platform, t.platform_id as "platformId", t.account_link_id as "accountLinkId", t.profile_id as "profileId",
  t.contact_id as "contactId", t.assignee_id as "assigneeId", t.is_request as "isRequest", t.archived, t.unread, t.encrypted, t.syncing,
  t.typing_indicators as "typingIndicators", t.sort_at as "sortAt", t.created_at as "createdAt",
  m.id as "lastMessageId", m.direction as "lastMessageDirection", m.created_at as "lastMessageAt", ${activityColumns}`

export const summaryJoins = sql`left join messages m on m.team_id = t.team_id and m.id = t.last_message_id`

export type ThreadSummaryRow = Omit<ThreadSummary, 'lastMessage' | 'activity'> &
  ActivityRow &
  Pick<ThreadRow, 'lastMessageId' | 'lastMessageDirection' | 'lastMessageAt'>

export function threadSummaryOf(row: ThreadSummaryRow): ThreadSummary {
  const { lastMessageId: id, lastMessageDirection: direction, lastMessageAt: createdAt } = row
  return {
    id: row.id,
    platform: row.platform,
    platformId: row.platformId,
    accountLinkId: row.accountLinkId,
    profileId: row.profileId,
    contactId: row.contactId,
    assigneeId: row.assigneeId,
    isRequest: row.isRequest,
    acceptanceState: row.acceptanceState,
    archived: row.archived,
    unread: row.unread,
    encrypted: row.encrypted,
    syncing: row.syncing,
    typingIndicators: row.typingIndicators,
    lastMessage: id && { id, direction, createdAt },
    activity: activityOf(row),
    sortAt: row.sortAt,
    createdAt: row.createdAt,
  }
}

function lastMessageOf(row: ThreadRow): LastMessage | null {
  if (!row.lastMessageId) return null
  return {
    id: row.lastMessageId,
    content: row.lastMessageContent,
    direction: row.lastMessageDirection,
    createdAt: row.lastMessageAt,
    userId: row.lastMessageUserId,
    campaignId: row.lastMessageCampaignId,
  }
}

/** Remembered as in a list of v1, and from there. */
export async function findThread(db: Queryable, teamId: TeamId, id: string): Promise<Thread | null> {
  const [row] = await db.query<ThreadRow>`
    select ${remembered} ${threadColumns} from threads t ${threadJoins} where t.team_id = ${teamId} and t.id = ${id} and t.deleted_at is null`
  return row ? rememberedThreadOf(row) : null
}

export async function findThreadWithActivity(
  db: Queryable,
  teamId: TeamId,
  id: string,
): Promise<ThreadWithActivity | null> {
  const [row] = await db.query<ThreadWithActivityRow>`
    select ${threadColumns}, ${activityColumns} from threads t ${threadJoins} where t.team_id = ${teamId} and t.id = ${id} and t.deleted_at is null`
  return row ? threadWithActivityOf(row) : null
}

/** As it is once nobody else is changing it. */
export function lockThread(tx: Tx, teamId: TeamId, id: string): Promise<ThreadWithActivity | null> {
  const lock = tx.query`select from threads where team_id = ${teamId} and id = ${id} for update`
  return readAfter(lock, findThreadWithActivity(tx, teamId, id))
}

export async function findThreadOfProspect(
  db: Queryable,
  teamId: TeamId,
  accountLinkId: string,
  profileId: ProfileId,
): Promise<ThreadWithActivity | null> {
  const [row] = await db.query<ThreadWithActivityRow>`
    select ${threadColumns}, ${activityColumns} from threads t ${threadJoins}
    where t.team_id = ${teamId} and t.account_link_id = ${accountLinkId} and t.profile_id = ${profileId} and t.deleted_at is null`
  return row ? threadWithActivityOf(row) : null
}

/** As it is once nobody else is changing it. */
export function lockThreadOfProspect(
  tx: Tx,
  teamId: TeamId,
  accountLinkId: string,
  profileId: ProfileId,
): Promise<ThreadWithActivity | null> {
  const lock = tx.query`
    select from threads
    where team_id = ${teamId} and account_link_id = ${accountLinkId} and profile_id = ${profileId} and deleted_at is null
    for update`
  return readAfter(lock, findThreadOfProspect(tx, teamId, accountLinkId, profileId))
}

/** Over all accounts unless some are named, newest first. The username is compared without case. */
export async function listThreadsByUsername(
  db: Queryable,
  teamId: TeamId,
  search: { platform: string; username: string; accountLinkIds: readonly string[] | null; limit: number },
): Promise<Thread[]> {
  const rows = await db.query<ThreadRow>`
    select ${threadColumns} from threads t ${threadJoins}
    where t.team_id = ${teamId} and t.deleted_at is null
      and p.team_id = ${teamId} and p.platform = ${search.platform} and p.username_key = lower(${search.username})
      and (${search.accountLinkIds}::text[] is null or t.account_link_id = any(${search.accountLinkIds}::text[]))
    order by t.sort_at desc, t.id desc
    limit ${search.limit}`
  return rows.map(threadOf)
}

/** Every thread of the contact, locked in a fixed order so that two writers cannot wait for each other. */
export async function lockThreadsOfContact(tx: Tx, teamId: TeamId, contactId: ContactId): Promise<Thread[]> {
  const lock = tx.query`
    select from threads where team_id = ${teamId} and contact_id = ${contactId} and deleted_at is null order by id for update`
  const read = tx.query<ThreadRow>`
    select ${threadColumns} from threads t ${threadJoins}
    where t.team_id = ${teamId} and t.contact_id = ${contactId} and t.deleted_at is null
    order by t.id`
  return (await readAfter(lock, read)).map(threadOf)
}

/**
 * Null when the account already has a thread with the person. Copies the contact's status, tags and assignee, and what the person is found
 * by: whoever is changing that is waited for.
 */
export async function insertThread(
  tx: Tx,
  teamId: TeamId,
  thread: { accountLinkId: AccountLinkId; prospect: Prospect; platform: string; isRequest: boolean; createdAt: Date },
): Promise<ThreadId | null> {
  const { prospect } = thread
  const [row] = await tx.query<{ id: ThreadId }>`
    insert into threads (team_id, id, account_link_id, profile_id, contact_id, platform, assignee_id, status_id, tag_ids,
      is_request, sort_at, created_at, search_text)
    select ${teamId}, ${newId<ThreadId>()}, ${thread.accountLinkId}, ${prospect.id}, ${prospect.contactId}, ${thread.platform},
      ${prospect.assigneeId}, ${prospect.statusId}, ${prospect.tagIds}::text[],
      ${thread.isRequest}::boolean, ${thread.createdAt}::timestamptz, ${thread.createdAt}::timestamptz, p.search_text || E'\\n'
    from (select search_text from profiles where team_id = ${teamId} and id = ${prospect.id} for share) p
    on conflict (team_id, account_link_id, profile_id) where deleted_at is null do nothing
    returning id`
  return row?.id ?? null
}

/** What a search for the person's name finds, in all their threads. Whoever opens one at the same time waits for the profile. */
export async function renameInThreads(tx: Tx, teamId: TeamId, profileId: ProfileId, names: string): Promise<void> {
  await tx.query`
    update threads set search_text = ${names} || E'\\n' || split_part(search_text, E'\\n', 3)
    where team_id = ${teamId} and profile_id = ${profileId} and deleted_at is null`
}

/** The search text of a thread with another line for its activity. */
export function searchTextWith(activityLine: string): Sql {
  return sql`split_part(threads.search_text, E'\\n', 1) || E'\\n' || split_part(threads.search_text, E'\\n', 2) || E'\\n' || ${activityLine}::text`
}

/** Settings a person can change. Undefined = stays. */
export interface ThreadChange {
  archived?: boolean | undefined
  unread?: boolean | undefined
  idle?: boolean | undefined
  isRequest?: boolean | undefined
  ownAssigneeId?: MemberId | null | undefined
  typingIndicators?: boolean | null | undefined
}

/** Writes the fields a change names; the effective assignee follows. */
export async function updateThread(tx: Tx, teamId: TeamId, id: ThreadId, change: ThreadChange): Promise<void> {
  const { archived, unread, idle, isRequest, ownAssigneeId, typingIndicators } = change
  const sets: Sql[] = []
  if (archived !== undefined) sets.push(sql`archived = ${archived}`)
  if (unread !== undefined) sets.push(sql`unread = ${unread}`)
  if (idle !== undefined) sets.push(sql`idle = ${idle}`)
  if (isRequest !== undefined) sets.push(sql`is_request = ${isRequest}`)
  if (typingIndicators !== undefined) sets.push(sql`typing_indicators = ${typingIndicators}`)
  if (ownAssigneeId !== undefined) {
    sets.push(sql`own_assignee_id = ${ownAssigneeId}, assignee_id = coalesce(${ownAssigneeId},
      (select c.assignee_id from contacts c where c.team_id = threads.team_id and c.id = threads.contact_id))`)
  }
  await tx.query`update threads set ${assignments(sets)} where team_id = ${teamId} and id = ${id}`
}

/** Gone everywhere; a later message opens a new thread. */
export async function markThreadDeleted(tx: Tx, teamId: TeamId, id: ThreadId, now: Date): Promise<void> {
  await tx.query`update threads set deleted_at = ${now} where team_id = ${teamId} and id = ${id}`
}

/** False when one was sent less than `intervalMs` ago: the row decides, so that all servers together send one. */
export async function claimTyping(
  db: Queryable,
  teamId: TeamId,
  id: ThreadId,
  claim: { now: Date; intervalMs: number },
): Promise<boolean> {
  const notAfter = new Date(claim.now.getTime() - claim.intervalMs)
  const rows = await db.query`
    update threads set typing_sent_at = ${claim.now}
    where team_id = ${teamId} and id = ${id} and (typing_sent_at is null or typing_sent_at <= ${notAfter})
    returning id`
  return rows.length === 1
}

/** Whether the account ever wrote to the person, in threads since deleted too. */
export async function hasWrittenTo(
  tx: Tx,
  teamId: TeamId,
  accountLinkId: AccountLinkId,
  profileId: ProfileId,
): Promise<boolean> {
  const rows = await tx.query`
    select from threads
    where team_id = ${teamId} and account_link_id = ${accountLinkId} and profile_id = ${profileId} and first_outbound_at is not null
    limit 1`
  return rows.length === 1
}
