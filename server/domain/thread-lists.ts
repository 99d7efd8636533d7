import type { Choice, Folder, PageRequest, ThreadFilter } from '../store/thread-lists.ts'
import { findSearchEnd, listThreads as listThreadRows, listThreadSummaries } from '../store/thread-lists.ts'
import type { Thread, ThreadSummary } from '../store/threads.ts'
import { listUsableAccountLinks } from './account-links.ts'
import type { Context } from './context.ts'
import { invalid } from './errors.ts'
import { type Page, pageOf } from './pages.ts'
import { resolveStatuses } from './statuses.ts'
import { resolveTags } from './tags.ts'
import { foldName } from './text.ts'

export type { Choice, Folder, ThreadFilter } from '../store/thread-lists.ts'

/** In inbox order. The last item of a page is the cursor of the next. */
export async function listThreads(ctx: Context, filter: ThreadFilter, page: PageRequest): Promise<Page<Thread>> {
  const rows = await listThreadRows(ctx.db, ctx.actor.teamId, filter, { ...page, limit: page.limit + 1 })
  return pageOf(rows, page.limit, placeOf)
}

function placeOf({ id, sortAt }: Pick<Thread, 'id' | 'sortAt'>) {
  return { id, timestamp: sortAt }
}

/** What a search for threads says. Undefined = whichever. Everything in a list is an alternative. */
export interface ThreadSearch {
  folder: Folder
  accountLinkIds?: readonly string[] | undefined
  platforms?: readonly string[] | undefined
  contactIds?: readonly string[] | undefined
  /** By id or by name. */
  tags?: readonly string[] | undefined
  statuses?: readonly string[] | undefined
  assigneeIds?: readonly string[] | undefined
  /** Only those without an assignee; not together with `assigneeIds`. */
  unassigned?: boolean | undefined
  campaignIds?: readonly string[] | undefined
  /** Part of what the person is called or of the activity's line, in any case and with or without accents. */
  text?: string | undefined
}

/**
 * In inbox order, on platforms the team can use. What the team does not have matches nothing. A text without three letters or digits in a
 * row is looked for piece by piece: such a page may have few threads, or none, and still not be the last.
 */
export async function searchThreads(
  ctx: Context,
  search: ThreadSearch,
  page: PageRequest,
): Promise<Page<ThreadSummary>> {
  const filter = await filterOf(ctx, search)
  if (!filter) return { items: [], next: null }
  const { teamId } = ctx.actor
  const until = await findSearchEnd(ctx.db, teamId, filter, page)
  const rows = await listThreadSummaries(ctx.db, teamId, filter, { ...page, until, limit: page.limit + 1 })
  const found = pageOf(rows, page.limit, placeOf)
  return found.next ? found : { ...found, next: until }
}

/** Null: nothing can match. */
async function filterOf(ctx: Context, search: ThreadSearch): Promise<ThreadFilter | null> {
  if (search.unassigned && search.assigneeIds) {
    throw invalid({ path: ['unassigned'], message: 'cannot be combined with "assigneeId"' })
  }
  const text = soughtText(search)
  const [accountLinkIds, tagIds, statusIds] = await Promise.all([
    usableAccounts(ctx, search),
    search.tags && resolveTags(ctx, search.tags),
    search.statuses && resolveStatuses(ctx, search.statuses),
  ])
  const named = [accountLinkIds, tagIds, statusIds]
  if (named.some((ids) => ids?.length === 0)) return null
  return {
    folder: search.folder,
    accountLinkIds,
    tags: anyOf(tagIds),
    statuses: anyOf(statusIds),
    assignees: search.unassigned ? { ids: [], orNone: true } : anyOf(search.assigneeIds),
    campaigns: anyOf(search.campaignIds),
    contactIds: search.contactIds ?? null,
    text,
  }
}

/** Folded. A text of which nothing is left would be in every thread, and nobody means that. Null: none is looked for. */
function soughtText({ text }: ThreadSearch): string | null {
  if (text === undefined) return null
  const folded = foldName(text)
  if (folded === '') throw invalid({ path: ['q'], message: 'must have a letter, a digit or a sign to look for' })
  return folded
}

function anyOf(ids: readonly string[] | undefined): Choice | null {
  return ids ? { ids: [...new Set(ids)], orNone: false } : null
}

/** Null: all of the team's. A platform is where its accounts are. */
async function usableAccounts(
  ctx: Context,
  { accountLinkIds, platforms }: ThreadSearch,
): Promise<readonly string[] | null> {
  if (!platforms && ctx.actor.teamPlatforms === null) return accountLinkIds ?? null
  const links = await listUsableAccountLinks(ctx, { platforms, statuses: undefined })
  return links.map(({ id }) => id).filter((id) => accountLinkIds?.includes(id) ?? true)
}
