import { type Attachment, type AttachmentRow, attachmentOf } from './attachments.ts'
import type { Queryable, Sql, Tx } from './database.ts'
import { readAfter, sql } from './database.ts'
import type { AccountLinkId, MemberId, MessageId, TeamId, ThreadId, Timestamp, TokenId, UserId } from './ids.ts'
import { type Activity, searchTextWith } from './threads.ts'

/** Where a message, an edit or a deletion came from: this product's people, the platform itself, or the API. */
export type Origin = 'inbox' | 'platform' | 'api'

export interface Message {
  id: MessageId
  threadId: ThreadId
  accountLinkId: AccountLinkId
  platform: string
  platformId: string | null
  direction: 'inbound' | 'outbound'
  /** Kept after deletion. */
  content: string
  /** Null: nothing is marked. */
  entities: MessageEntities | null
  encrypted: boolean
  origin: Origin
  /** Null: inbound, or sent outside this product. */
  memberId: MemberId | null
  userId: UserId | null
  tokenId: TokenId | null
  /** A program that acted for the member. */
  agentId: string | null
  campaignId: string | null
  campaignStepId: string | null
  replyTo: Quote | null
  forwarded: { content: string | null } | null
  /** In their order; place = `index`. Snapshots written before there were any have no such field. */
  attachments: Attachment[]
  reactions: Reaction[]
  reactionsVersion: number
  editedAt: Timestamp | null
  deletion: Deletion | null
  createdAt: Timestamp
  /** The person's profile: who wrote an inbound message. */
  profileId: string
}

/** Where an entity stands in the text, in Unicode code points; `end` is the first one after it. */
export interface Indices {
  start: number
  end: number
}

/** What is marked in a message's text, each kind in the order of the text. */
export interface MessageEntities {
  urls: { url: string; displayUrl: string; indices: Indices }[]
  /** Links to posts on X. They are not repeated among the urls. */
  postShares: { platformId: string; url: string; indices: Indices }[]
  mentions: { username: string; displayName: null; platformId: null; indices: Indices }[]
  hashtags: { tag: string; indices: Indices }[]
  cashtags: { symbol: string; indices: Indices }[]
}

/** A quoted message, as it read when it was quoted. */
export interface Quote {
  /** Null: we have no copy of it. */
  messageId: MessageId | null
  platformId: string | null
  content: string
  authorName: string | null
}

export interface Reaction {
  emoji: string
  authorPlatformId: string
  createdAt: Timestamp
}

export interface Deletion {
  /** When it was deleted first, however widely. */
  deletedAt: Timestamp
  /** 'self' = still there for the other side. */
  scope: 'self' | 'all'
  /** When it went for everybody; null while it is there for the other side. */
  forAllAt: Timestamp | null
  origin: Origin
  authorPlatformId: string | null
}

interface MessageRow extends Omit<Message, 'deletion' | 'reactions' | 'attachments'> {
  deletedAt: Timestamp | null
  deletionScope: 'self' | 'all' | null
  deletedForAllAt: Timestamp | null
  deletionOrigin: Origin | null
  deletionAuthorPlatformId: string | null
  reactions: Reaction[] | null
  attachments: AttachmentRow[] | null
}

const columns = sql`
  m.id, m.thread_id as "threadId", m.account_link_id as "accountLinkId", t.platform, m.platform_id as "platformId", m.direction, m.content,
  m.entities, m.encrypted, m.origin, m.member_id as "memberId", m.user_id as "userId", m.token_id as "tokenId", m.agent_id as "agentId",
  m.campaign_id as "campaignId", m.campaign_step_id as "campaignStepId", m.reply_to as "replyTo", m.forwarded, m.reactions_version as "reactionsVersion",
  m.edited_at as "editedAt", m.deleted_at as "deletedAt", m.deletion_scope as "deletionScope", m.deleted_for_all_at as "deletedForAllAt", m.deletion_origin as "deletionOrigin",
  m.deletion_author_platform_id as "deletionAuthorPlatformId", m.created_at as "createdAt", t.profile_id as "profileId",
  case when m.reactions_version > 0 then (
    select json_agg(json_build_object('emoji', r.emoji, 'authorPlatformId', r.author_platform_id,
      'createdAt', to_char(r.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by r.created_at, r.author_platform_id)
    from reactions r where r.team_id = m.team_id and r.message_id = m.id
  ) end as reactions,
  case when m.attachments_count > 0 then (
    select json_agg(json_build_object('index', a.index, 'kind', a.kind, 'state', a.state, 'facts', a.facts) order by a.index)
    from attachments a where a.team_id = m.team_id and a.message_id = m.id
  ) end as attachments`

const fromMessages = sql`from messages m join threads t on t.team_id = m.team_id and t.id = m.thread_id and t.deleted_at is null`

function messageOf(row: MessageRow): Message {
  return {
    id: row.id,
    threadId: row.threadId,
    accountLinkId: row.accountLinkId,
    platform: row.platform,
    platformId: row.platformId,
    direction: row.direction,
    content: row.content,
    entities: row.entities,
    encrypted: row.encrypted,
    origin: row.origin,
    memberId: row.memberId,
    userId: row.userId,
    tokenId: row.tokenId,
    agentId: row.agentId,
    campaignId: row.campaignId,
    campaignStepId: row.campaignStepId,
    replyTo: row.replyTo,
    forwarded: row.forwarded,
    attachments: row.attachments?.map(attachmentOf) ?? [],
    reactions: row.reactions ?? [],
    reactionsVersion: row.reactionsVersion,
    editedAt: row.editedAt,
    deletion: deletionOf(row),
    createdAt: row.createdAt,
    profileId: row.profileId,
  }
}

function deletionOf({
  deletedAt,
  deletionScope: scope,
  deletedForAllAt: forAllAt,
  deletionOrigin: origin,
  deletionAuthorPlatformId: authorPlatformId,
}: MessageRow): Deletion | null {
  return deletedAt && scope && origin ? { deletedAt, scope, forAllAt, origin, authorPlatformId } : null
}

export async function findMessage(db: Queryable, teamId: TeamId, id: string): Promise<Message | null> {
  const [row] =
    await db.query<MessageRow>`select ${columns} ${fromMessages} where m.team_id = ${teamId} and m.id = ${id}`
  return row ? messageOf(row) : null
}

/** Those of the ids that the team has, in no order. */
export async function listMessagesByIds(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Message[]> {
  const rows = await db.query<MessageRow>`
    select ${columns} ${fromMessages} where m.team_id = ${teamId} and m.id = any(${ids}::text[])`
  return rows.map(messageOf)
}

/** As it is once nobody else is changing it. */
export function lockMessage(tx: Tx, teamId: TeamId, id: string): Promise<Message | null> {
  const lock = tx.query`select from messages where team_id = ${teamId} and id = ${id} for update`
  return readAfter(lock, findMessage(tx, teamId, id))
}

/** As it is once nobody else is changing it. */
export async function lockMessageByPlatformId(
  tx: Tx,
  teamId: TeamId,
  accountLinkId: AccountLinkId,
  platformId: string,
): Promise<Message | null> {
  const lock = tx.query`
    select from messages where team_id = ${teamId} and account_link_id = ${accountLinkId} and platform_id = ${platformId} for update`
  const read = tx.query<MessageRow>`
    select ${columns} ${fromMessages}
    where m.team_id = ${teamId} and m.account_link_id = ${accountLinkId} and m.platform_id = ${platformId}`
  const [row] = await readAfter(lock, read)
  return row ? messageOf(row) : null
}

/** Newest first unless asked otherwise; deleted ones stay listed. */
export async function listMessages(
  db: Queryable,
  teamId: TeamId,
  threadId: ThreadId,
  page: { order: 'asc' | 'desc'; after: { timestamp: Timestamp; id: string } | null; limit: number },
): Promise<Message[]> {
  const direction = page.order === 'asc' ? sql`asc` : sql`desc`
  const comparison = page.order === 'asc' ? sql`>` : sql`<`
  const start = page.after
    ? sql`and (m.created_at, m.id) ${comparison} (${page.after.timestamp}::timestamptz, ${page.after.id})`
    : sql``
  const rows = await db.query<MessageRow>`
    select ${columns}
    from (
      select * from messages m where m.team_id = ${teamId} and m.thread_id = ${threadId} ${start}
      order by m.created_at ${direction}, m.id ${direction}
      limit ${page.limit}
    ) m join threads t on t.team_id = m.team_id and t.id = m.thread_id
    order by m.created_at ${direction}, m.id ${direction}`
  return rows.map(messageOf)
}

/**
 * Adds a message and writes what its thread became. False when the platform's id is known already, in which case nothing changes. The
 * caller holds the thread's lock.
 */
export async function insertMessage(
  tx: Tx,
  teamId: TeamId,
  message: Message,
  thread: ThreadAfter,
  now: Date,
): Promise<boolean> {
  const rows = await tx.query`
    with message as (
      insert into messages (team_id, id, thread_id, account_link_id, platform_id, direction, content, entities, encrypted, origin,
        member_id, user_id, token_id, agent_id, campaign_id, campaign_step_id, reply_to, forwarded, created_at, recorded_at)
      values (${teamId}, ${message.id}, ${message.threadId}, ${message.accountLinkId}, ${message.platformId}, ${message.direction},
        ${message.content}, ${message.entities}::json, ${message.encrypted}, ${message.origin}, ${message.memberId}, ${message.userId},
        ${message.tokenId}, ${message.agentId}, ${message.campaignId}, ${message.campaignStepId}, ${message.replyTo}::json, ${message.forwarded}::json,
        ${message.createdAt}::timestamptz, ${now})
      on conflict (team_id, account_link_id, platform_id) where platform_id is not null do nothing
      returning id
    )
    update threads set
      platform_id = ${thread.platformId}, idle = ${thread.idle}, archived = ${thread.archived}, is_request = ${thread.isRequest},
      encrypted = ${thread.encrypted}, first_inbound_at = ${thread.firstInboundAt}::timestamptz,
      first_outbound_at = ${thread.firstOutboundAt}::timestamptz, last_message_id = ${thread.lastMessageId},
      last_message_at = ${thread.lastMessageAt}::timestamptz,
      activity_preview = ${thread.activity?.preview ?? null}, activity_direction = ${thread.activity?.direction ?? null},
      activity_at = ${thread.activity?.at ?? null}::timestamptz, sort_at = ${thread.sortAt}::timestamptz,
      search_text = ${searchTextWith(thread.activityLine)}
    from message
    where threads.team_id = ${teamId} and threads.id = ${message.threadId}
    returning threads.id`
  return rows.length === 1
}

/** What a message makes of its thread. */
export interface ThreadAfter {
  platformId: string | null
  idle: boolean
  archived: boolean
  isRequest: boolean
  encrypted: boolean
  firstInboundAt: Timestamp | null
  firstOutboundAt: Timestamp | null
  lastMessageId: MessageId | null
  lastMessageAt: Timestamp | null
  activity: Activity | null
  /** Of the search text. */
  activityLine: string
  sortAt: Timestamp
}

export interface Revision {
  content: string
  /** Null on the original. */
  origin: Origin | null
  createdAt: Timestamp
}

/** Original first. Empty when the message was never edited. */
export function listRevisions(db: Queryable, teamId: TeamId, messageId: MessageId): Promise<Revision[]> {
  return db.query<Revision>`
    select content, origin, created_at as "createdAt" from message_revisions
    where team_id = ${teamId} and message_id = ${messageId} order by version`
}

/** Replaces the text and keeps the one before. */
export async function reviseMessage(
  tx: Tx,
  teamId: TeamId,
  message: Message,
  edit: { content: string; entities: object | null; preview: string; activityLine: string; origin: Origin; at: Date },
): Promise<void> {
  await tx.query`
    with original as (
      insert into message_revisions (team_id, message_id, version, content, origin, created_at)
      values (${teamId}, ${message.id}, 0, ${message.content}, null, ${message.createdAt}::timestamptz)
      on conflict do nothing
    ), previewed as (
      update threads set activity_preview = ${edit.preview}, search_text = ${searchTextWith(edit.activityLine)}
      where team_id = ${teamId} and id = ${message.threadId} and last_message_id = ${message.id} and activity_at = last_message_at
    ), revision as (
      insert into message_revisions (team_id, message_id, version, content, origin, created_at)
      select ${teamId}, ${message.id}, 1 + coalesce((
        select max(version) from message_revisions where team_id = ${teamId} and message_id = ${message.id}), 0), ${edit.content}, ${edit.origin}, ${edit.at}
    )
    update messages set content = ${edit.content}, entities = ${edit.entities}::json, edited_at = ${edit.at}
    where team_id = ${teamId} and id = ${message.id}`
}

/** Content and history stay. */
export async function markMessageDeleted(tx: Tx, teamId: TeamId, id: MessageId, deletion: Deletion): Promise<void> {
  await tx.query`
    update messages
    set deleted_at = ${deletion.deletedAt}::timestamptz, deletion_scope = ${deletion.scope}, deleted_for_all_at = ${deletion.forAllAt}::timestamptz,
      deletion_origin = ${deletion.origin}, deletion_author_platform_id = ${deletion.authorPlatformId}
    where team_id = ${teamId} and id = ${id}`
}

/** Adds a reaction. */
export async function insertReaction(tx: Tx, teamId: TeamId, messageId: MessageId, reaction: Reaction): Promise<void> {
  await tx.query`
    with counted as (
      update messages set reactions_version = reactions_version + 1 where team_id = ${teamId} and id = ${messageId}
    )
    insert into reactions (team_id, message_id, author_platform_id, emoji, created_at)
    values (${teamId}, ${messageId}, ${reaction.authorPlatformId}, ${reaction.emoji}, ${reaction.createdAt}::timestamptz)`
}

export async function deleteReaction(tx: Tx, teamId: TeamId, messageId: MessageId, reaction: Reaction): Promise<void> {
  await tx.query`
    with counted as (
      update messages set reactions_version = reactions_version + 1 where team_id = ${teamId} and id = ${messageId}
    )
    delete from reactions
    where team_id = ${teamId} and message_id = ${messageId} and author_platform_id = ${reaction.authorPlatformId} and emoji = ${reaction.emoji}`
}

/** The latest in a thread since a time; null = none. */
export async function findLatestReaction(
  tx: Tx,
  teamId: TeamId,
  threadId: ThreadId,
  since: Timestamp,
): Promise<Reaction | null> {
  const [reaction] = await tx.query<Reaction>`
    select r.emoji, r.author_platform_id as "authorPlatformId", r.created_at as "createdAt"
    from messages m join reactions r on r.team_id = m.team_id and r.message_id = m.id and r.created_at >= ${since}::timestamptz
    where m.team_id = ${teamId} and m.thread_id = ${threadId} and m.reactions_version > 0
    order by r.created_at desc limit 1`
  return reaction ?? null
}

/** With its line of the search text. */
type SearchableActivity = Activity & { activityLine: string }

/** A reaction is activity: the inbox shows it, and the thread where it belongs, until something newer happens. */
export async function updateActivity(
  tx: Tx,
  teamId: TeamId,
  threadId: ThreadId,
  activity: SearchableActivity,
): Promise<void> {
  await tx.query`
    update threads set ${showing(activity)}
    where team_id = ${teamId} and id = ${threadId} and (activity_at is null or activity_at <= ${activity.at}::timestamptz)`
}

/** What a locked thread shows instead of something that was taken back. */
export async function replaceActivity(
  tx: Tx,
  teamId: TeamId,
  threadId: ThreadId,
  activity: SearchableActivity,
): Promise<void> {
  await tx.query`update threads set ${showing(activity)} where team_id = ${teamId} and id = ${threadId}`
}

function showing({ preview, direction, at, activityLine }: SearchableActivity): Sql {
  return sql`activity_preview = ${preview}, activity_direction = ${direction}, activity_at = ${at}::timestamptz, sort_at = ${at}::timestamptz,
    search_text = ${searchTextWith(activityLine)}`
}
