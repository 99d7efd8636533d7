import type { AccountLink } from '../store/account-links.ts'
import { findAccountLink } from '../store/account-links.ts'
import { deleteFilesOfThread } from '../store/attachments.ts'
import type { Tx } from '../store/database.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import type { Prospect } from '../store/prospects.ts'
import { lockProspect } from '../store/prospects.ts'
import { findTeam } from '../store/teams.ts'
import type { Thread, ThreadSummary, ThreadWithActivity } from '../store/threads.ts'
import {
  claimTyping,
  findThread,
  findThreadOfProspect,
  findThreadWithActivity,
  insertThread,
  listThreadsByUsername as listThreadsByUsernameRows,
  lockThread,
  lockThreadOfProspect,
  markThreadDeleted,
  updateThread as updateThreadRow,
} from '../store/threads.ts'
import { accountLinkOf } from './account-links.ts'
import { type Capability, capabilityObstacle, connectionObstacle } from './capabilities.ts'
import { earlierOf } from './clock.ts'
import { accomplish, sessionOf } from './connectors.ts'
import { type Context, type Core, tolerate } from './context.ts'
import { type DomainError, notFound } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { requireAssignee, requireMember } from './members.ts'
import { ensureProspect, fetchProfile, findPerson, type PersonReference } from './people.ts'
import { findPlatform, requirePlatform } from './platforms.ts'
import { requireUnlocked } from './teams.ts'

export type { Activity, Thread, ThreadSummary, ThreadWithActivity } from '../store/threads.ts'

/** X shows "typing" for some seconds; asking more often changes nothing. */
export const typingIntervalMs = 2_500

/** More threads than a person can have: one per account link. */
const threadsByUsernameMax = 500

export async function getThread(ctx: Context, id: string): Promise<Thread> {
  const thread = await findThread(ctx.db, ctx.actor.teamId, id)
  if (!thread) throw notFound('thread', id)
  return thread
}

export async function getThreadWithActivity(ctx: Context, id: string): Promise<ThreadWithActivity> {
  const thread = await findThreadWithActivity(ctx.db, ctx.actor.teamId, id)
  if (!thread) throw notFound('thread', id)
  return thread
}

/** Throws when it is on a platform the team cannot use. */
export async function getUsableThread(ctx: Context, id: string): Promise<ThreadWithActivity> {
  const thread = await getThreadWithActivity(ctx, id)
  requirePlatform(ctx, thread.platform)
  return thread
}

/** As lists of v2 have it. */
export function summaryOf(thread: ThreadWithActivity): ThreadSummary {
  const { id: profileId, contactId } = thread.prospect
  return { ...thread, profileId, contactId }
}

/** Null when the account has no thread with the person. */
export async function lookUpThread(
  ctx: Context,
  accountLinkId: string,
  person: PersonReference,
): Promise<Thread | null> {
  const { teamId } = ctx.actor
  const prospect = await findPerson(ctx, person)
  return prospect && findThreadOfProspect(ctx.db, teamId, accountLinkId, prospect.id)
}

/** Over all accounts unless some are named. The username is compared without case; a leading @ does not matter. */
export function listThreadsByUsername(
  ctx: Context,
  search: { platform: string; username: string; accountLinkIds: readonly string[] | null },
): Promise<Thread[]> {
  const username = search.username.trim().replace(/^@/, '')
  return listThreadsByUsernameRows(ctx.db, ctx.actor.teamId, { ...search, username, limit: threadsByUsernameMax })
}

/** The account's thread with the person, made if there is none. An idle one becomes active; an archived one stays archived. */
export async function openThread(ctx: Context, accountLinkId: string, person: PersonReference): Promise<Thread> {
  const { teamId } = ctx.actor
  const link = await findAccountLink(ctx.db, teamId, accountLinkId)
  if (!link) throw notFound('accountLink', accountLinkId)
  const known = await findPerson(ctx, person)
  const profile = known ? known.profile : await fetchProfile(ctx, link, person)
  const now = ctx.clock.now()
  return change(ctx, teamId, async (tx, record) => {
    const prospect =
      known ?? (await ensureProspect(ctx, tx, record, teamId, { platform: link.platform, profile, metAt: now }))
    const thread = await ensureThread(ctx, tx, record, teamId, { link, prospect, isRequest: false, beganAt: now })
    if (!thread.idle) return thread
    await updateThreadRow(tx, teamId, thread.id, { idle: false })
    return { ...thread, idle: false }
  })
}

/** The account's thread with the person, locked; made if there is none, as a request or not. No thread is younger than what began it. */
export async function ensureThread(
  core: Core,
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  { link, prospect, isRequest, beganAt }: { link: AccountLink; prospect: Prospect; isRequest: boolean; beganAt: Date },
): Promise<ThreadWithActivity> {
  const known = await lockThreadOfProspect(tx, teamId, link.id, prospect.id)
  if (known) return known
  // A new thread copies what the team says about the person: nobody may be changing that.
  const current = await lockProspect(tx, teamId, prospect.id)
  if (!current) throw new Error('a prospect was known and then was not')
  const createdId = await insertThread(tx, teamId, {
    accountLinkId: link.id,
    prospect: current,
    platform: link.platform,
    isRequest,
    createdAt: earlierOf(beganAt, core.clock.now()),
  })
  const thread = await lockThreadOfProspect(tx, teamId, link.id, prospect.id)
  if (!thread) throw new Error('a thread was neither new nor known')
  if (createdId) record({ type: 'thread.created', thread })
  return thread
}

/** Undefined = stays. */
export interface ThreadChanges {
  archived?: boolean | undefined
  unread?: boolean | undefined
  /** Null: whoever the prospect is assigned to. */
  assigneeId?: string | null | undefined
  /** Null = what the team does. */
  typingIndicators?: boolean | null | undefined
}

/** All or nothing. A member that is unknown is not found. */
export function updateThread(ctx: Context, id: string, changes: ThreadChanges): Promise<ThreadWithActivity> {
  return update(ctx, id, changes, requireMember)
}

/** Of a platform the team can use. A member that is unknown makes the request invalid. */
export async function updateUsableThread(
  ctx: Context,
  id: string,
  changes: ThreadChanges,
): Promise<ThreadWithActivity> {
  if (changes.assigneeId != null) await requireAssignee(ctx.db, ctx, changes.assigneeId)
  requireUnlocked(ctx.actor)
  await getUsableThread(ctx, id)
  return update(ctx, id, changes, requireAssignee)
}

async function update(
  ctx: Context,
  id: string,
  { assigneeId, ...changes }: ThreadChanges,
  lookUpMember: (tx: Tx, ctx: Context, memberId: string) => Promise<MemberId>,
): Promise<ThreadWithActivity> {
  const { teamId } = ctx.actor
  const { before, after } = await change(ctx, teamId, async (tx, record) => {
    const thread = await lockThread(tx, teamId, id)
    if (!thread) throw notFound('thread', id)
    const ownAssigneeId = assigneeId == null ? assigneeId : await lookUpMember(tx, ctx, assigneeId)
    return { before: thread, after: await changeThread(ctx, tx, record, thread, { ...changes, ownAssigneeId }) }
  })
  await tellPlatform(ctx, before, after)
  return after
}

interface OwnChanges {
  archived?: boolean | undefined
  unread?: boolean | undefined
  ownAssigneeId?: MemberId | null | undefined
  typingIndicators?: boolean | null | undefined
}

/**
 * Changes a locked thread, whose prospect is as it is now, and records what became different. Marks and typing indicators make no event: they
 * say how we treat the conversation.
 */
export async function changeThread<T extends Thread>(
  ctx: Context,
  tx: Tx,
  record: Recorder,
  before: T,
  {
    archived = before.archived,
    unread = before.unread,
    ownAssigneeId = before.ownAssigneeId,
    typingIndicators = before.typingIndicators,
  }: OwnChanges,
): Promise<T> {
  const own = { archived, unread, ownAssigneeId, typingIndicators }
  const after = { ...before, ...own, assigneeId: ownAssigneeId ?? before.prospect.assigneeId }
  const isChanged = ownFields.some((field) => before[field] !== after[field])
  if (isChanged) await updateThreadRow(tx, ctx.actor.teamId, before.id, own)
  if (after.assigneeId !== before.assigneeId) {
    record({ type: after.assigneeId ? 'thread.assigned' : 'thread.unassigned', thread: after })
  }
  if (archived !== before.archived) {
    record({ type: archived ? 'thread.archived' : 'thread.unarchived', thread: after })
  }
  return after
}

const ownFields = ['archived', 'unread', 'ownAssigneeId', 'typingIndicators'] as const

/**
 * What the platform keeps of our inbox follows ours as well as it can: ours has changed already, and stays so when the account cannot act or
 * the platform refuses.
 */
export async function tellPlatform(ctx: Context, before: Thread, after: Thread): Promise<void> {
  if (after.platformId === null || !findPlatform(ctx, after.platform)) return
  const needed: Capability[] = [
    ...(before.archived === after.archived ? [] : ['thread:archive:mutate' as const]),
    ...(before.unread === after.unread ? [] : ['thread:read:mutate' as const]),
  ]
  if (needed.length > 0) await tolerate(ctx.log, 'telling the platform about a thread', tell(ctx, after, needed))
}

async function tell(ctx: Context, thread: Thread, needed: readonly Capability[]): Promise<void> {
  const link = await accountLinkOf(ctx, thread)
  const able = needed.filter((capability) => !capabilityObstacle(ctx, { needs: [capability], link, thread }))
  if (able.length === 0 || link.status !== 'active') return
  const state = {
    personPlatformId: thread.prospect.profile.platformId,
    ...(able.includes('thread:archive:mutate') && { archived: thread.archived }),
    ...(able.includes('thread:read:mutate') && { unread: thread.unread }),
  }
  await accomplish(link, () => sessionOf(ctx, link).updateConversation(state))
}

/** Hides it everywhere here. Messages stay in the database, attached files do not, and a later message opens a new thread. */
export async function deleteThread(ctx: Context, id: string): Promise<void> {
  const { teamId } = ctx.actor
  await change(ctx, teamId, async (tx, record) => {
    const thread = await lockThread(tx, teamId, id)
    if (!thread) throw notFound('thread', id)
    await markThreadDeleted(tx, teamId, thread.id, ctx.clock.now())
    await deleteFilesOfThread(tx, teamId, thread.id)
    record({
      type: 'thread.deleted',
      threadId: thread.id,
      accountLinkId: thread.accountLinkId,
      platform: thread.platform,
    })
  })
}

/**
 * The same, and on the platform too where it can be: then the account has to be connected, and nothing is deleted here unless it was there.
 * The person keeps their side. Where the platform deletes no conversations, or never had this one, deleting it here is all there is to do.
 */
export async function deleteThreadEverywhere(ctx: Context, id: string): Promise<{ scope: 'remoteAndLocal' | 'local' }> {
  const thread = await getUsableThread(ctx, id)
  const link = await accountLinkOf(ctx, thread)
  const isRemote =
    thread.platformId !== null && !capabilityObstacle(ctx, { needs: ['thread:delete:remote'], link, thread })
  if (isRemote) await deleteRemotely(ctx, link, thread)
  await deleteThread(ctx, id)
  return { scope: isRemote ? 'remoteAndLocal' : 'local' }
}

/** Deleting it there again is fine, so whoever heard of a failure can simply repeat everything. */
async function deleteRemotely(ctx: Context, link: AccountLink, thread: Thread): Promise<void> {
  const obstacle = connectionObstacle(ctx, link)
  if (obstacle) throw obstacle
  const session = sessionOf(ctx, link)
  await accomplish(link, async () => {
    const outcome = await session.deleteConversation(thread.prospect.profile.platformId)
    switch (outcome.kind) {
      case 'recipientUnavailable':
      case 'contentRejected':
      case 'notModifiable':
        // There is no recipient, no text and no message to object to.
        return { kind: 'failed', detail: `a deletion was refused: ${outcome.kind}` }
      default:
        return outcome
    }
  })
}

export type TypingOutcome =
  | { status: 'sent' }
  | { status: 'skipped'; reason: 'outboundDisabled' | 'typingDisabled' | 'rateLimited' }
  /** `obstacle` says whether the account or the conversation is the reason. */
  | { status: 'skipped'; reason: 'unsupported'; obstacle: DomainError }

/** Shows the person that somebody is typing, at most every 2.5 seconds. What stands in the way is an answer, not an error. */
export async function showTyping(ctx: Context, thread: Thread): Promise<TypingOutcome> {
  const { teamId } = ctx.actor
  const [team, link] = await Promise.all([findTeam(ctx.db, teamId), accountLinkOf(ctx, thread)])
  if (!team) throw new Error(`thread ${thread.id} has no team`)
  const obstacle = capabilityObstacle(ctx, { needs: ['thread:typing:send'], link, thread })
  if (obstacle) return { status: 'skipped', reason: 'unsupported', obstacle }
  if (link.status !== 'active') return { status: 'skipped', reason: 'outboundDisabled' }
  if (!(thread.typingIndicators ?? team.typingIndicators)) return { status: 'skipped', reason: 'typingDisabled' }
  const claimed = await claimTyping(ctx.db, teamId, thread.id, { now: ctx.clock.now(), intervalMs: typingIntervalMs })
  if (!claimed) return { status: 'skipped', reason: 'rateLimited' }
  const outcome = await sessionOf(ctx, link).showTyping(thread.prospect.profile.platformId)
  switch (outcome.kind) {
    case 'done':
      return { status: 'sent' }
    case 'rateLimited':
      return { status: 'skipped', reason: 'rateLimited' }
    default:
      return { status: 'skipped', reason: 'outboundDisabled' }
  }
}
