import type { Queryable } from '../store/database.ts'
import type { TagId } from '../store/ids.ts'
import type { Tag } from '../store/tags.ts'
import {
  countTags,
  deleteTag as deleteTagRow,
  findTag,
  findTagByReference,
  findTags as findTagRows,
  findTagsByReferences,
  insertTag,
  listTags as listTagRows,
  lockTag,
  updateTag as updateTagRow,
} from '../store/tags.ts'
import { parseColor, pickPaletteColor } from './colors.ts'
import type { Context } from './context.ts'
import { DomainError, invalid, notFound } from './errors.ts'
import { change } from './events.ts'
import { resolveReferences } from './references.ts'
import { requireUnlocked } from './teams.ts'
import { foldName } from './text.ts'

export type { Tag } from '../store/tags.ts'

/** Ours: the hosted API has a cap but does not publish it. */
export const tagsMax = 500

/** By name. */
export function listTags(ctx: Context): Promise<Tag[]> {
  return listTagRows(ctx.db, ctx.actor.teamId)
}

export async function getTag(ctx: Context, id: string): Promise<Tag> {
  const tag = await findTag(ctx.db, ctx.actor.teamId, id)
  if (!tag) throw notFound('tag', id)
  return tag
}

/** Those of the ids that the team has. */
export function findTags(ctx: Context, ids: readonly string[]): Promise<Tag[]> {
  return findTagRows(ctx.db, ctx.actor.teamId, ids)
}

/** By id or by name; an id wins over a name. */
export async function resolveTag(ctx: Context, reference: string, db: Queryable = ctx.db): Promise<Tag> {
  const tag = await findTagByReference(db, ctx.actor.teamId, { id: reference, nameKey: foldName(reference) })
  if (!tag) throw notFound('tag', reference)
  return tag
}

/** Ids of those that are meant, each once; what the team does not have is left out. */
export function resolveTags({ db, actor: { teamId } }: Context, references: readonly string[]): Promise<string[]> {
  return resolveReferences(teamId, references, (sought) => findTagsByReferences(db, teamId, sought))
}

/** Names are unique in a team whatever their case and accents, because people type them from memory. No colour = one of the palette. */
export async function createTag(ctx: Context, tag: { name: string; color?: string | null | undefined }): Promise<Tag> {
  const { teamId } = ctx.actor
  const name = readName(tag.name)
  const wanted = tag.color == null ? null : readColor(tag.color)
  requireUnlocked(ctx.actor)
  return change(ctx, teamId, async (tx, record) => {
    const count = await countTags(tx, teamId)
    if (count >= tagsMax)
      throw new DomainError('unprocessable', 'tagLimitReached', `A team has at most ${tagsMax} tags.`, { max: tagsMax })
    const color = wanted ?? pickPaletteColor(count)
    const created = await insertTag(tx, teamId, { ...name, color, now: ctx.clock.now() })
    if (!created) throw nameTaken('tag', name.name)
    record({ type: 'tag.created', tag: created })
    return created
  })
}

/** Undefined fields stay; a null colour becomes one of the palette. Mistakes in the changes are told before `find` looks for the tag. */
export async function updateTag(
  ctx: Context,
  find: () => Promise<Tag>,
  changes: { name?: string | undefined; color?: string | null | undefined },
): Promise<Tag> {
  const { teamId } = ctx.actor
  const newName = changes.name === undefined ? null : readName(changes.name)
  const newColor = changes.color == null ? null : readColor(changes.color)
  requireUnlocked(ctx.actor)
  const { id } = await find()
  return change(ctx, teamId, async (tx, record) => {
    const before = await lockTag(tx, teamId, id)
    if (!before) throw notFound('tag', id)
    const name = newName ?? readName(before.name)
    const color = newColor ?? (changes.color === null ? pickPaletteColor(await countTags(tx, teamId)) : before.color)
    if (name.name === before.name && color === before.color) return before
    const after = await updateTagRow(tx, teamId, before.id, { ...name, color })
    if (!after) throw nameTaken('tag', name.name)
    record({ type: 'tag.updated', tag: after })
    return after
  })
}

/** Takes it off every prospect too; only the tag itself makes an event. */
export async function deleteTag(ctx: Context, id: string): Promise<void> {
  const { teamId } = ctx.actor
  await change(ctx, teamId, async (tx, record) => {
    const tag = await lockTag(tx, teamId, id)
    if (!tag) throw notFound('tag', id)
    await deleteTagRow(tx, teamId, tag.id)
    record({ type: 'tag.deleted', tagId: tag.id as TagId })
  })
}

export function nameTaken(noun: 'tag' | 'status', name: string): DomainError {
  return new DomainError('conflict', 'nameTaken', `There is already a ${noun} called "${name}".`, { name })
}

/** A name of a tag or status and what makes it unique. */
export function readName(text: string): { name: string; nameKey: string } {
  const name = text.trim()
  const nameKey = foldName(name)
  if (nameKey === '') throw invalid({ path: ['name'], message: 'must have at least one visible character' })
  return { name, nameKey }
}

export function readColor(text: string): string {
  const color = parseColor(text)
  if (!color)
    throw invalid({ path: ['color'], message: 'must be a palette colour (see GET /colors) or a hex code like #3b82f6' })
  return color
}
