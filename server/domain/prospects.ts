import type { Tx } from '../store/database.ts'
import type { ProfileId, TeamId } from '../store/ids.ts'
import type { Prospect, ProspectThread } from '../store/prospects.ts'
import {
  findProspectByPlatformId,
  findProspectOfContact,
  listThreadsOfProspect as listThreadsOfProspectRows,
  lockProspect,
} from '../store/prospects.ts'
import { holdStatus } from '../store/statuses.ts'
import { lockThreadsOfContact, type Thread } from '../store/threads.ts'
import { changeContact, checkLimits } from './contacts.ts'
import type { Context } from './context.ts'
import { notFound } from './errors.ts'
import { change } from './events.ts'
import { requireMember } from './members.ts'
import { findProspectByReference } from './people.ts'
import { changeThread, tellPlatform } from './threads.ts'

export type { Prospect, ProspectThread } from '../store/prospects.ts'

export async function getProspect(ctx: Context, id: string): Promise<Prospect> {
  const prospect = await findProspectByReference(ctx.db, ctx.actor.teamId, id)
  if (!prospect) throw notFound('prospect', id)
  return prospect
}

/** By the platform's id; null when the team has not met the person. */
export function lookUpProspect(
  ctx: Context,
  { platform, platformId }: { platform: string; platformId: string },
): Promise<Prospect | null> {
  return findProspectByPlatformId(ctx.db, ctx.actor.teamId, platform, platformId)
}

/** The person's threads over all accounts, oldest first. */
export function listThreadsOfProspect(ctx: Context, id: ProfileId): Promise<ProspectThread[]> {
  return listThreadsOfProspectRows(ctx.db, ctx.actor.teamId, id)
}

/** Undefined = stays, null = cleared. */
export interface ProspectChanges {
  notes?: string | null | undefined
  valuation?: number | null | undefined
  statusId?: string | null | undefined
  addTags?: readonly string[] | undefined
  removeTags?: readonly string[] | undefined
  /** Goes to the prospect and to each of its threads. */
  assigneeId?: string | null | undefined
  /** Goes to each of its threads. */
  archived?: boolean | undefined
}

/** All or nothing: an unknown id among the changes is not found, and nothing was changed. */
export async function updateProspect(
  ctx: Context,
  id: string,
  { archived, statusId, assigneeId, ...rest }: ProspectChanges,
): Promise<Prospect> {
  checkLimits(rest)
  const { teamId } = ctx.actor
  const changed: [Thread, Thread][] = []
  const prospect = await change(ctx, teamId, async (tx, record) => {
    changed.length = 0
    // Before the prospect, as whoever deletes a status has it first, too; whether there is one is the second question.
    const status = statusId == null ? null : await holdStatus(tx, teamId, statusId)
    const before = (await lockProspect(tx, teamId, id)) ?? (await lockProspectOfContact(tx, teamId, id))
    if (!before) throw notFound('prospect', id)
    if (statusId != null && !status) throw notFound('status', statusId)
    const changes = {
      ...rest,
      statusId: statusId == null ? statusId : status?.id,
      assigneeId: assigneeId == null ? assigneeId : await requireMember(tx, ctx, assigneeId),
    }
    const fansOut = assigneeId !== undefined || archived !== undefined
    // Read before the contact changes: what its threads inherit changes with it.
    const threads = fansOut ? await lockThreadsOfContact(tx, teamId, before.contactId) : []
    const after = await changeContact(ctx, tx, record, { before, changes, now: ctx.clock.now() })
    for (const thread of threads) {
      const own = { ownAssigneeId: changes.assigneeId, archived }
      changed.push([thread, await changeThread(ctx, tx, record, { ...thread, prospect: after }, own)])
    }
    return after
  })
  for (const [before, after] of changed) await tellPlatform(ctx, before, after)
  return prospect
}

async function lockProspectOfContact(tx: Tx, teamId: TeamId, contactId: string): Promise<Prospect | null> {
  const prospect = await findProspectOfContact(tx, teamId, contactId)
  return prospect && lockProspect(tx, teamId, prospect.id)
}
