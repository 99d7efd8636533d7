import type { Tx } from '../store/database.ts'
import type { MemberId, ProfileId, StatusId, TagId } from '../store/ids.ts'
import type { Prospect, ProspectThread } from '../store/prospects.ts'
import {
  findProspect,
  findProspectByPlatformId,
  listThreadsOfProspect as listThreadsOfProspectRows,
  lockProspect,
  replaceContactTags,
  updateContact,
} from '../store/prospects.ts'
import { holdStatus } from '../store/statuses.ts'
import { holdTags } from '../store/tags.ts'
import { lockThreadsOfContact } from '../store/threads.ts'
import type { Context } from './context.ts'
import { invalid, notFound } from './errors.ts'
import { change, type DomainEvent } from './events.ts'
import { requireMember } from './members.ts'
import { countGraphemes } from './text.ts'
import { changeThread } from './threads.ts'

export type { Prospect, ProspectThread } from '../store/prospects.ts'

/** Longest notes, in characters as people count them. Ours: the hosted API does not publish a limit. */
export const notesLengthMax = 10_000

export async function getProspect(ctx: Context, id: string): Promise<Prospect> {
  const prospect = await findProspect(ctx.db, ctx.actor.teamId, id)
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
export async function updateProspect(ctx: Context, id: string, changes: ProspectChanges): Promise<Prospect> {
  checkLimits(changes)
  const { teamId } = ctx.actor
  return change(ctx, teamId, async (tx, record) => {
    const before = await lockProspect(tx, teamId, id)
    if (!before) throw notFound('prospect', id)
    const references = await requireReferences(tx, ctx, changes)
    const tagIds = await tagsAfter(tx, ctx, before.tagIds, changes)
    const after = { ...before, ...definedFields(changes, references), tagIds }
    const now = ctx.clock.now()
    const fansOut = references.assigneeId !== undefined || changes.archived !== undefined
    // Read before the contact changes: what its threads inherit changes with it.
    const threads = fansOut ? await lockThreadsOfContact(tx, teamId, before.contactId) : []

    if (fieldsDiffer(before, after)) await updateContact(tx, teamId, { ...after, now })
    if (!sameTags(before.tagIds, after.tagIds)) {
      const add = after.tagIds.filter((tagId) => !before.tagIds.includes(tagId))
      await replaceContactTags(tx, teamId, before.contactId, {
        add,
        remove: changes.removeTags ?? [],
        tagIds: after.tagIds,
        now,
      })
    }
    for (const event of prospectEvents(before, after)) record(event)

    for (const thread of threads) {
      await changeThread(
        ctx,
        tx,
        record,
        { ...thread, prospect: after },
        { ownAssigneeId: references.assigneeId, archived: changes.archived },
      )
    }
    return after
  })
}

function checkLimits({ notes, valuation, addTags, removeTags }: ProspectChanges): void {
  if (notes && countGraphemes(notes, notesLengthMax) > notesLengthMax)
    throw invalid({ path: ['notes'], message: `must have at most ${notesLengthMax} characters` })
  if (typeof valuation === 'number' && (!Number.isFinite(valuation) || valuation < 0)) {
    throw invalid({ path: ['valuation'], message: 'must be a number, zero or more' })
  }
  const both = addTags?.find((tagId) => removeTags?.includes(tagId))
  if (both) throw invalid({ path: ['removeTags'], message: `names "${both}", which "addTags" names too` })
}

interface References {
  statusId?: StatusId | null | undefined
  assigneeId?: MemberId | null | undefined
}

/** The status and the member of the request, looked up inside the team. */
async function requireReferences(tx: Tx, ctx: Context, changes: ProspectChanges): Promise<References> {
  return {
    statusId: changes.statusId == null ? changes.statusId : await requireStatus(tx, ctx, changes.statusId),
    assigneeId: changes.assigneeId == null ? changes.assigneeId : await requireMember(tx, ctx, changes.assigneeId),
  }
}

async function requireStatus(tx: Tx, ctx: Context, id: string): Promise<StatusId> {
  const status = await holdStatus(tx, ctx.actor.teamId, id)
  if (!status) throw notFound('status', id)
  return status.id
}

function definedFields({ notes, valuation }: ProspectChanges, { statusId, assigneeId }: References): Partial<Prospect> {
  return {
    ...(notes !== undefined && { notes: notes === '' ? null : notes }),
    ...(valuation !== undefined && { valuation }),
    ...(statusId !== undefined && { statusId }),
    ...(assigneeId !== undefined && { assigneeId }),
  }
}

/** Every tag is held: one that is being deleted must not come back with the copy on the threads. */
async function tagsAfter(tx: Tx, ctx: Context, before: readonly TagId[], changes: ProspectChanges): Promise<TagId[]> {
  const { addTags = [], removeTags = [] } = changes
  if (addTags.length === 0 && removeTags.length === 0) return [...before]
  const held = await holdTags(tx, ctx.actor.teamId, [...before, ...addTags, ...removeTags])
  const unknown = [...addTags, ...removeTags].find((tagId) => !held.has(tagId))
  if (unknown !== undefined) throw notFound('tag', unknown)
  const kept = before.filter((tagId) => held.has(tagId) && !removeTags.includes(tagId))
  return [...new Set([...kept, ...(addTags as TagId[])])]
}

const eventOfField = {
  statusId: 'prospect.statusChanged',
  notes: 'prospect.notesChanged',
  valuation: 'prospect.valuationChanged',
  assigneeId: 'prospect.assigneeChanged',
} as const satisfies Partial<Record<keyof Prospect, DomainEvent['type']>>

type EventField = keyof typeof eventOfField
const eventFields = Object.keys(eventOfField) as EventField[]

function fieldsDiffer(before: Prospect, after: Prospect): boolean {
  return eventFields.some((field) => before[field] !== after[field])
}

function prospectEvents(before: Prospect, after: Prospect): DomainEvent[] {
  const changed = eventFields.filter((field) => before[field] !== after[field])
  const events = changed.map((field): DomainEvent => ({ type: eventOfField[field], prospect: after }))
  if (!sameTags(before.tagIds, after.tagIds)) events.push({ type: 'prospect.tagsChanged', prospect: after })
  return events
}

function sameTags(before: readonly TagId[], after: readonly TagId[]): boolean {
  return before.length === after.length && before.every((tagId, position) => tagId === after[position])
}
