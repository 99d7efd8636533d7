import type { Status } from '../store/statuses.ts'
import {
  deleteStatus as deleteStatusRow,
  findStatus,
  findStatusByReference,
  findStatusesByReferences,
  findStatuses as findStatusRows,
  insertStatus,
  listStatuses as listStatusRows,
  lockStatus,
  updateStatus as updateStatusRow,
} from '../store/statuses.ts'
import type { Context } from './context.ts'
import { notFound } from './errors.ts'
import { change } from './events.ts'
import { resolveReferences } from './references.ts'
import { nameTaken, readColor, readName } from './tags.ts'
import { requireUnlocked } from './teams.ts'
import { foldName } from './text.ts'

export type { Status } from '../store/statuses.ts'

/** In board order. */
export function listStatuses(ctx: Context): Promise<Status[]> {
  return listStatusRows(ctx.db, ctx.actor.teamId)
}

export async function getStatus(ctx: Context, id: string): Promise<Status> {
  const status = await findStatus(ctx.db, ctx.actor.teamId, id)
  if (!status) throw notFound('status', id)
  return status
}

/** Those of the ids that the team has. */
export function findStatuses(ctx: Context, ids: readonly string[]): Promise<Status[]> {
  return findStatusRows(ctx.db, ctx.actor.teamId, ids)
}

/** By id or by name; an id wins over a name. */
export async function resolveStatus(ctx: Context, reference: string): Promise<Status> {
  const status = await findStatusByReference(ctx.db, ctx.actor.teamId, { id: reference, nameKey: foldName(reference) })
  if (!status) throw notFound('status', reference)
  return status
}

/** Ids of those that are meant, each once; what the team does not have is left out. */
export function resolveStatuses({ db, actor: { teamId } }: Context, references: readonly string[]): Promise<string[]> {
  return resolveReferences(teamId, references, (sought) => findStatusesByReferences(db, teamId, sought))
}

/** Goes last on the board. No colour is fine. */
export async function createStatus(
  ctx: Context,
  status: { name: string; color?: string | null | undefined },
): Promise<Status> {
  const { teamId } = ctx.actor
  const name = readName(status.name)
  const color = status.color == null ? null : readColor(status.color)
  requireUnlocked(ctx.actor)
  return change(ctx, teamId, async (tx, record) => {
    const created = await insertStatus(tx, teamId, { ...name, color, now: ctx.clock.now() })
    if (!created) throw nameTaken('status', name.name)
    record({ type: 'status.created', status: created })
    return created
  })
}

/** Undefined fields stay; a null colour is cleared. Mistakes in the changes are told before `find` looks for the status. */
export async function updateStatus(
  ctx: Context,
  find: () => Promise<Status>,
  changes: { name?: string | undefined; color?: string | null | undefined },
): Promise<Status> {
  const { teamId } = ctx.actor
  const newName = changes.name === undefined ? null : readName(changes.name)
  const newColor = typeof changes.color === 'string' ? readColor(changes.color) : changes.color
  requireUnlocked(ctx.actor)
  const { id } = await find()
  return change(ctx, teamId, async (tx, record) => {
    const before = await lockStatus(tx, teamId, id)
    if (!before) throw notFound('status', id)
    const name = newName ?? readName(before.name)
    const color = newColor === undefined ? before.color : newColor
    if (name.name === before.name && color === before.color) return before
    const after = await updateStatusRow(tx, teamId, before.id, { ...name, color })
    if (!after) throw nameTaken('status', name.name)
    record({ type: 'status.updated', status: after })
    return after
  })
}

/** Prospects in it have no status afterwards; only the status itself makes an event. */
export async function deleteStatus(ctx: Context, id: string): Promise<void> {
  const { teamId } = ctx.actor
  await change(ctx, teamId, async (tx, record) => {
    const status = await lockStatus(tx, teamId, id)
    if (!status) throw notFound('status', id)
    await deleteStatusRow(tx, teamId, status.id)
    record({ type: 'status.deleted', statusId: status.id })
  })
}
