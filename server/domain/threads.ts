import type { AccountLink } from '../store/account-links.ts'
import { findAccountLink } from '../store/account-links.ts'
import { deleteFilesOfThread } from '../store/attachments.ts'
import type { Tx } from '../store/database.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import type { Prospect } from '../store/prospects.ts'
import { lockProspect } from '../store/prospects.ts'
import { findTeam } from '../store/teams.ts'
import type { PageRequest, ThreadFilter } from '../store/thread-lists.ts'
import { listThreads as listThreadRows } from '../store/thread-lists.ts'
import type { Thread, ThreadWithActivity } from '../store/threads.ts'
import {
  claimTyping,
  findThread,
  findThreadOfProspect,
  insertThread,
  listThreadsByUsername as listThreadsByUsernameRows,
  lockThread,
  lockThreadOfProspect,
  markThreadDeleted,
  updateThread as updateThreadRow,
} from '../store/threads.ts'
import { capabilityObstacle } from './capabilities.ts'
import { earlierOf } from './clock.ts'
import { sessionOf } from './connectors.ts'
import type { Context, Core } from './context.ts'
import { notFound } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { requireMember } from './members.ts'
import { type Page, pageOf } from './pages.ts'
import { ensureProspect, fetchProfile, findPerson, type PersonReference } from './people.ts'
import { requirePlatform } from './platforms.ts'

export type { Choice, Folder, ThreadFilter } from '../store/thread-lists.ts'
export type { Activity, Thread, ThreadWithActivity } from '../store/threads.ts'

/** X shows "typing" for some seconds; asking more often changes nothing. */
export const typingIntervalMs = 2_500

/** More threads than a person can have: one per account link. */
const threadsByUsernameMax = 500

export async function getThread(ctx: Context, id: string): Promise<ThreadWithActivity> {
  const thread = await findThread(ctx.db, ctx.actor.teamId, id)
  if (!thread) throw notFound('thread', id)
  return thread
}

/** Throws when it is on a platform the team cannot use. */
export async function getUsableThread(ctx: Context, id: string): Promise<ThreadWithActivity> {
  const thread = await getThread(ctx, id)
  requirePlatform(ctx, thread.platform)
  return thread
}

/** In inbox order. The last item of a page is the cursor of the next. */
export async function listThreads(ctx: Context, filter: ThreadFilter, page: PageRequest): Promise<Page<Thread>> {
  const rows = await listThreadRows(ctx.db, ctx.actor.teamId, filter, { ...page, limit: page.limit + 1 })
  return pageOf(rows, page.limit, (thread) => ({ id: thread.id, timestamp: thread.sortAt }))
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

export interface ThreadChanges {
  archived?: boolean | undefined
  /** Null: whoever the prospect is assigned to. */
  assigneeId?: string | null | undefined
}

export async function updateThread(ctx: Context, id: string, changes: ThreadChanges): Promise<Thread> {
  const { teamId } = ctx.actor
  return change(ctx, teamId, async (tx, record) => {
    const thread = await lockThread(tx, teamId, id)
    if (!thread) throw notFound('thread', id)
    const ownAssigneeId =
      changes.assigneeId == null ? changes.assigneeId : await requireMember(tx, ctx, changes.assigneeId)
    return changeThread(ctx, tx, record, thread, { archived: changes.archived, ownAssigneeId })
  })
}

/** Changes a locked thread, whose prospect is as it is now, and records what became different. */
export async function changeThread(
  ctx: Context,
  tx: Tx,
  record: Recorder,
  before: Thread,
  { archived = before.archived, ownAssigneeId = before.ownAssigneeId }: OwnChanges,
): Promise<Thread> {
  const after = { ...before, archived, ownAssigneeId, assigneeId: ownAssigneeId ?? before.prospect.assigneeId }
  if (archived !== before.archived || ownAssigneeId !== before.ownAssigneeId) {
    await updateThreadRow(tx, ctx.actor.teamId, before.id, { archived, ownAssigneeId })
  }
  if (after.assigneeId !== before.assigneeId) {
    record({ type: after.assigneeId ? 'thread.assigned' : 'thread.unassigned', thread: after })
  }
  if (archived !== before.archived) {
    record({ type: archived ? 'thread.archived' : 'thread.unarchived', thread: after })
  }
  return after
}

interface OwnChanges {
  archived?: boolean | undefined
  ownAssigneeId?: MemberId | null | undefined
}

/** Hides it everywhere. Messages stay in the database, attached files do not, and a later message opens a new thread. */
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

/** Null = what the team does. Not an event: it changes how we behave, not the conversation. */
export async function setTypingIndicators(
  ctx: Context,
  id: string,
  typingIndicators: boolean | null | undefined,
): Promise<Thread> {
  const { teamId } = ctx.actor
  return change(ctx, teamId, async (tx) => {
    const thread = await lockThread(tx, teamId, id)
    if (!thread) throw notFound('thread', id)
    if (typingIndicators === undefined || typingIndicators === thread.typingIndicators) return thread
    await updateThreadRow(tx, teamId, thread.id, { typingIndicators })
    return { ...thread, typingIndicators }
  })
}

export type TypingOutcome =
  | { status: 'sent' }
  | { status: 'skipped'; reason: 'unsupported' | 'outboundDisabled' | 'typingDisabled' | 'rateLimited' }

/** Shows the person that somebody is typing, at most every 2.5 seconds. What stands in the way is an answer, not an error. */
export async function showTyping(ctx: Context, id: string): Promise<TypingOutcome> {
  const { teamId } = ctx.actor
  const thread = await getThread(ctx, id)
  const [team, link] = await Promise.all([
    findTeam(ctx.db, teamId),
    findAccountLink(ctx.db, teamId, thread.accountLinkId),
  ])
  if (!team || !link) throw new Error(`thread ${id} has no team or no account link`)
  const isPossible = !capabilityObstacle(ctx, { needs: ['thread:typing:send'], link, thread })
  if (!isPossible) return { status: 'skipped', reason: 'unsupported' }
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
