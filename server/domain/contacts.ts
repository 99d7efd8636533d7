import type { Contact, PeopleSearch } from '../store/contacts.ts'
import {
  findContact,
  findContacts as findContactRows,
  listContactsOf,
  lockContact,
  replaceContactTags,
  updateContact as updateContactRow,
} from '../store/contacts.ts'
import type { Tx } from '../store/database.ts'
import type { MemberId, StatusId, TagId } from '../store/ids.ts'
import { type ContactFields, findProfiles as findProfileRows, type Profile, type Prospect } from '../store/prospects.ts'
import { findStatusByReference, holdStatus } from '../store/statuses.ts'
import { holdTags } from '../store/tags.ts'
import type { Context } from './context.ts'
import { invalid, notFound } from './errors.ts'
import { change, type DomainEvent, type Recorder } from './events.ts'
import { requireAssignee } from './members.ts'
import { type Page, type PageCursor, pageOf } from './pages.ts'
import { onUsablePlatforms, requireKnownPlatforms, requirePlatform } from './platforms.ts'
import { resolveTag } from './tags.ts'
import { requireUnlocked } from './teams.ts'
import { countGraphemes, foldName } from './text.ts'

export type { Contact, PeopleSearch } from '../store/contacts.ts'
export type { Profile } from '../store/prospects.ts'

/** Longest notes, in characters as people count them. Ours: the hosted API does not publish a limit. */
export const notesLengthMax = 10_000

/** People the team knows, by what the platform calls them. Oldest contact first. */
export async function listContacts(
  ctx: Context,
  search: PeopleSearch,
  page: { after: PageCursor | null; limit: number },
): Promise<Page<Contact>> {
  requireKnownPlatforms(ctx, [search.platform])
  const rows = await listContactsOf(ctx.db, ctx.actor.teamId, search, { ...page, limit: page.limit + 1 })
  const contacts = rows.map((contact) => usable(ctx, contact))
  return pageOf(contacts, page.limit, ({ id, createdAt }) => ({ id, timestamp: createdAt }))
}

/** Those of the ids that the team has. */
export async function findContacts(ctx: Context, ids: readonly string[]): Promise<Contact[]> {
  const contacts = await findContactRows(ctx.db, ctx.actor.teamId, ids)
  return contacts.map((contact) => usable(ctx, contact))
}

/** Those of the ids that the team has. */
export function findProfiles(ctx: Context, ids: readonly string[]): Promise<Profile[]> {
  return findProfileRows(ctx.db, ctx.actor.teamId, ids)
}

export async function getContact(ctx: Context, id: string): Promise<Contact> {
  const contact = await findContact(ctx.db, ctx.actor.teamId, id)
  if (!contact) throw notFound('contact', id)
  return requireUsable(ctx, contact)
}

/** Without the profiles on platforms the team cannot use. */
function usable(ctx: Context, contact: Contact): Contact {
  return { ...contact, profiles: onUsablePlatforms(ctx, contact.profiles) }
}

/** Throws when nothing of it is on a platform the team can use. */
function requireUsable(ctx: Context, contact: Contact): Contact {
  const shown = usable(ctx, contact)
  const [hidden] = contact.profiles
  if (shown.profiles.length === 0 && hidden) requirePlatform(ctx, hidden.platform)
  return shown
}

/** Undefined = stays, null = cleared. */
export interface ContactUpdate {
  notes?: string | null | undefined
  valuation?: number | null | undefined
  /** By id or by name. */
  status?: string | null | undefined
  /** For threads without an assignee of their own; those that have one keep it. */
  assigneeId?: string | null | undefined
}

/** All or nothing: with an unknown status or member nothing is changed. */
export async function updateContact(
  ctx: Context,
  id: string,
  { status, assigneeId, ...rest }: ContactUpdate,
): Promise<Contact> {
  checkLimits(rest)
  return change(ctx, ctx.actor.teamId, async (tx, record) => {
    // Before the contact, as whoever deletes a status has it first, too.
    const statusId = status == null ? status : await requireStatusLike(tx, ctx, status)
    const changes = {
      ...rest,
      statusId,
      assigneeId: assigneeId == null ? assigneeId : await requireAssignee(tx, ctx, assigneeId),
    }
    requireUnlocked(ctx.actor)
    return changeLocked(ctx, tx, record, await requireLocked(ctx, tx, id), changes)
  })
}

/** By id or by name. A tag that is there already stays. */
export async function addContactTag(ctx: Context, id: string, tagReference: string): Promise<Contact> {
  return changeTags(ctx, id, tagReference, (tagId) => ({ addTags: [tagId] }))
}

/** By id or by name. A tag that is not there is no mistake. */
export async function removeContactTag(ctx: Context, id: string, tagReference: string): Promise<Contact> {
  return changeTags(ctx, id, tagReference, (tagId) => ({ removeTags: [tagId] }))
}

function changeTags(
  ctx: Context,
  id: string,
  tagReference: string,
  changesWith: (tagId: string) => ContactChanges,
): Promise<Contact> {
  return change(ctx, ctx.actor.teamId, async (tx, record) => {
    const contact = await requireLocked(ctx, tx, id)
    const tag = await resolveTag(ctx, tagReference, tx)
    return changeLocked(ctx, tx, record, contact, changesWith(tag.id))
  })
}

/** Whether the team can use it is the next question. */
async function requireLocked(ctx: Context, tx: Tx, id: string): Promise<Contact> {
  const contact = await lockContact(tx, ctx.actor.teamId, id)
  if (!contact) throw notFound('contact', id)
  return contact
}

/** Changes a contact as the person of its oldest profile. Throws when nothing of it is on a platform the team can use. */
async function changeLocked(
  ctx: Context,
  tx: Tx,
  record: Recorder,
  locked: Contact,
  changes: ContactChanges,
): Promise<Contact> {
  const contact = requireUsable(ctx, locked)
  const { id, profiles, createdAt, updatedAt, ...fields } = contact
  const [profile] = profiles
  if (!profile) throw new Error(`contact ${id} has no profile`)
  const before = { ...profile, ...fields }
  const now = ctx.clock.now()
  const after = await changeContact(ctx, tx, record, { before, changes, now })
  if (after === before) return contact
  const { tagIds, statusId, valuation, notes, assigneeId } = after
  return { ...contact, tagIds, statusId, valuation, notes, assigneeId, updatedAt: now.toISOString() }
}

async function requireStatusLike(tx: Tx, ctx: Context, reference: string): Promise<StatusId> {
  const { teamId } = ctx.actor
  const status = await findStatusByReference(tx, teamId, { id: reference, nameKey: foldName(reference) })
  const held = status && (await holdStatus(tx, teamId, status.id))
  if (!held) throw invalid({ path: ['status'], message: `names no status of the team: "${reference}"` })
  return held.id
}

/** What becomes of a contact. Undefined = stays, null = cleared. Status and assignee are the team's; tags are looked up here. */
export interface ContactChanges {
  notes?: string | null | undefined
  valuation?: number | null | undefined
  statusId?: StatusId | null | undefined
  assigneeId?: MemberId | null | undefined
  addTags?: readonly string[] | undefined
  removeTags?: readonly string[] | undefined
}

/** Throws when a value is out of bounds, or a tag both comes and goes. */
export function checkLimits({ notes, valuation, addTags, removeTags }: ContactChanges): void {
  if (notes && countGraphemes(notes, notesLengthMax) > notesLengthMax)
    throw invalid({ path: ['notes'], message: `must have at most ${notesLengthMax} characters` })
  if (typeof valuation === 'number' && (!Number.isFinite(valuation) || valuation < 0)) {
    throw invalid({ path: ['valuation'], message: 'must be a number, zero or more' })
  }
  const both = addTags?.find((tagId) => removeTags?.includes(tagId))
  if (both) throw invalid({ path: ['removeTags'], message: `names "${both}", which "addTags" names too` })
}

/** Changes a locked contact and records what became different; both API versions come through here. Unchanged, it is `before` itself. */
export async function changeContact(
  ctx: Context,
  tx: Tx,
  record: Recorder,
  { before, changes, now }: { before: Prospect; changes: ContactChanges; now: Date },
): Promise<Prospect> {
  const { teamId } = ctx.actor
  const { contactId } = before
  const tagIds = await tagsAfter(tx, ctx, before.tagIds, changes)
  const after = { ...before, ...definedFields(changes), tagIds }
  const events = contactEvents(before, after)
  if (events.length === 0) return before

  if (fieldsDiffer(before, after)) await updateContactRow(tx, teamId, { ...after, id: contactId, now })
  if (!sameTags(before.tagIds, tagIds)) {
    const add = tagIds.filter((tagId) => !before.tagIds.includes(tagId))
    await replaceContactTags(tx, teamId, contactId, { add, remove: changes.removeTags ?? [], tagIds, now })
  }
  for (const event of events) record(event)
  return after
}

function definedFields({ notes, valuation, statusId, assigneeId }: ContactChanges): Partial<ContactFields> {
  return {
    ...(notes !== undefined && { notes: notes === '' ? null : notes }),
    ...(valuation !== undefined && { valuation }),
    ...(statusId !== undefined && { statusId }),
    ...(assigneeId !== undefined && { assigneeId }),
  }
}

/** Every tag is held: one that is being deleted must not come back with the copy on the threads. */
async function tagsAfter(tx: Tx, ctx: Context, before: readonly TagId[], changes: ContactChanges): Promise<TagId[]> {
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
} as const satisfies Partial<Record<keyof ContactFields, DomainEvent['type']>>

type EventField = keyof typeof eventOfField
const eventFields = Object.keys(eventOfField) as EventField[]

function fieldsDiffer(before: Prospect, after: Prospect): boolean {
  return eventFields.some((field) => before[field] !== after[field])
}

function contactEvents(before: Prospect, after: Prospect): DomainEvent[] {
  const changed = eventFields.filter((field) => before[field] !== after[field])
  const events = changed.map((field): DomainEvent => ({ type: eventOfField[field], prospect: after }))
  if (!sameTags(before.tagIds, after.tagIds)) events.push({ type: 'prospect.tagsChanged', prospect: after })
  return events
}

function sameTags(before: readonly TagId[], after: readonly TagId[]): boolean {
  return before.length === after.length && before.every((tagId, position) => tagId === after[position])
}
