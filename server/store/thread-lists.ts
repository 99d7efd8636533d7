import type { Queryable, Sql } from './database.ts'
import { and, or, remembered, sql, unionAll } from './database.ts'
import type { TeamId, Timestamp } from './ids.ts'
import {
  rememberedThreadOf,
  summaryColumns,
  summaryJoins,
  type Thread,
  type ThreadRow,
  type ThreadSummary,
  type ThreadSummaryRow,
  threadColumns,
  threadJoins,
  threadSummaryOf,
} from './threads.ts'

export type Folder = 'inbox' | 'noReply' | 'requests' | 'archived' | 'all'

/** Ids inside a list are alternatives; everything else narrows. Unknown ids match nothing. */
export interface ThreadFilter {
  folder: Folder
  accountLinkIds: readonly string[] | null
  tags: Choice | null
  statuses: Choice | null
  assignees: Choice | null
  campaigns: Choice | null
  contactIds: readonly string[] | null
  /** Part of a line of the search text, folded as that is; at least one character. */
  text: string | null
}

/** Any of the ids, or (also) none at all. */
export interface Choice {
  ids: readonly string[]
  orNone: boolean
}

export interface PageRequest {
  order: 'asc' | 'desc'
  /** Strictly after this item in the page's order; null = from the beginning. */
  after: Place | null
  /** Not beyond this place; left out or null = to the end. */
  until?: Place | null
  limit: number
}

export interface Place {
  timestamp: Timestamp
  id: string
}

/**
 * In inbox order. A thread that is listed again and did not change is the same frozen object. The page is cut on threads alone and joined
 * afterwards, so its cost does not grow with the inbox.
 */
export async function listThreads(
  db: Queryable,
  teamId: TeamId,
  filter: ThreadFilter,
  page: PageRequest,
): Promise<Thread[]> {
  const list = listOf(teamId, filter, page)
  const rows =
    await db.query<ThreadRow>`select ${remembered} ${threadColumns} from (${selectPage(list)}) t ${threadJoins} ${list.order}`
  return rows.map(rememberedThreadOf)
}

/** The same list, with less of each thread. */
export async function listThreadSummaries(
  db: Queryable,
  teamId: TeamId,
  filter: ThreadFilter,
  page: PageRequest,
): Promise<ThreadSummary[]> {
  const list = listOf(teamId, filter, page)
  const rows = await db.query<ThreadSummaryRow>`
    select ${summaryColumns} from (${selectPage(list)}) t ${summaryJoins} ${list.order}`
  return rows.map(threadSummaryOf)
}

/**
 * Where to stop looking for a text that no index knows: some thousands of threads after the start of the page. Null when the list
 * ends before, or the text can be found whichever way.
 */
export async function findSearchEnd(
  db: Queryable,
  teamId: TeamId,
  filter: ThreadFilter,
  page: PageRequest,
): Promise<Place | null> {
  if (!isUnindexed(filter)) return null
  const { inOrder } = wayInto(listOf(teamId, filter, page))
  const [end] = await db.query<Place>`
    select t.sort_at as timestamp, t.id from (${inOrder(sql`t.sort_at, t.id`, TEXT_WINDOW, TEXT_WINDOW - 1)}) t`
  return end ?? null
}

function listOf(teamId: TeamId, filter: ThreadFilter, page: PageRequest): List {
  const direction = page.order === 'asc' ? sql`asc` : sql`desc`
  return { teamId, filter, page, order: sql`order by t.sort_at ${direction}, t.id ${direction}` }
}

interface List {
  teamId: TeamId
  filter: ThreadFilter
  page: PageRequest
  order: Sql
}

function selectPage(list: List): Sql {
  const { filter, page } = list
  if (filter.contactIds) return ofContacts(list, filter.contactIds)
  const way = wayInto(list)
  return way.sought === 'nothing' ? way.inOrder(sql`*`, page.limit) : search(list, way)
}

/** People have few threads: all of theirs are read and sorted. */
function ofContacts({ teamId, filter, page, order }: List, contactIds: readonly string[]): Sql {
  const wanted = [sql`t.folder = any(${folderNames(filter.folder)}::text[])`, ...exactly(teamId, filter)]
  return sql`
    select * from (
      select * from threads t where t.team_id = ${teamId} and t.contact_id = any(${contactIds}::text[]) and t.deleted_at is null offset 0
    ) t where ${and([...wanted, ...within(page)])} ${order} limit ${page.limit}`
}

/** Reads a list from one end on: `atMost` threads, without the first `skipped` of them. */
type Way = (columns: Sql, atMost: number, skipped?: number) => Sql

/** One assignee, one status, or one of each has its threads in order, like each folder; anything else is searched for in such a list. */
function wayInto(list: List): { inOrder: Way; sought: 'nothing' | 'text' | 'anything' } {
  const { filter, page } = list
  const { folder, assignees, statuses, text } = filter
  const assigneeId = onlyId(assignees)
  const statusId = onlyId(statuses)
  const isWhole = assigneeId === null && statusId === null
  const indexed = [
    ...(assigneeId === null ? [] : [sql`t.assignee_id = ${assigneeId}`]),
    ...(statusId === null ? [] : [sql`t.status_id = ${statusId}`]),
    ...(folder === 'noReply' && isWhole ? [isInbound] : []),
    ...within(page),
  ]
  const others = {
    ...filter,
    assignees: assigneeId === null ? assignees : null,
    statuses: statusId === null ? statuses : null,
    text: null,
  }
  const areOthers = (folder === 'noReply' && !isWhole) || conditions(others).length > 0
  return {
    inOrder: (columns, atMost, skipped = 0) => inOrder(list, indexed, { columns, atMost, skipped }),
    sought: areOthers ? 'anything' : text === null ? 'nothing' : 'text',
  }
}

/** Read off an index from one end on. Of several folders each is read that far: the planner would rather sort them whole. */
function inOrder(
  { teamId, filter, order }: List,
  indexed: readonly Sql[],
  { columns, atMost, skipped }: { columns: Sql; atMost: number; skipped: number },
): Sql {
  const [part = sql``, ...others] = partsOf(filter.folder).map(
    (folder) =>
      sql`select ${columns} from threads t where ${and([sql`t.team_id = ${teamId} and t.folder = ${folder}`, ...indexed])} ${order} limit ${atMost}`,
  )
  const whole = others.length === 0 ? part : unionAll([part, ...others].map((one) => sql`(${one})`))
  if (skipped === 0 && others.length === 0) return whole
  return sql`select * from (${whole}) t ${order} offset ${skipped} limit ${atMost - skipped}`
}

/** How many threads are looked at in their order before the search turns to an index. */
const WINDOW = 2_000
/** The same for a text, where collecting what an index finds takes longer. Also how many are looked at for a text that no index knows. */
const TEXT_WINDOW = 5_000

/**
 * Where many threads match, a page is soon found in the order of the list: the index says of nearly all others that they do not. Where few
 * do, they are soon collected from the index of labels, or of texts, and sorted. Nobody knows beforehand which it is: the first way is tried
 * for a while, and if it has not filled the page before the list's end, the second is taken. `offset 0` keeps the planner from choosing another
 * index for it.
 */
function search(list: List, way: ReturnType<typeof wayInto>): Sql {
  const { teamId, filter, page, order } = list
  const found = sql`${way.sought === 'text' ? amongNear(list, way.inOrder) : near(list, way.inOrder)} limit ${page.limit}`
  if (isUnindexed(filter)) return found
  const window = windowOf(filter)
  const matching = [
    ...labelsOf(teamId, filter).map((anyOf) => sql`t.labels && ${anyOf}::text[]`),
    ...containing(filter),
  ]
  return sql`
    with near as materialized (${found}), far as materialized (
      select (select count(*) from near) < ${page.limit}::int
        and exists (${way.inOrder(sql`t.sort_at, t.id`, window + 1, window)}) as needed
    )
    select * from near where not (select needed from far)
    union all
    select * from (
      select * from (select * from threads t where ${and([sql`t.folder is not null`, ...matching])} offset 0) t
      where ${and([...exactly(teamId, filter), ...within(page)])} ${order} limit ${page.limit}
    ) t
    where (select needed from far)`
}

/** What may match is fetched, in order. */
function near({ teamId, filter, page }: List, way: Way): Sql {
  const possible = labelsOf(teamId, filter).map(
    (anyOf) => sql`t.label_mask & (select label_bits(${anyOf}::text[])) <> 0`,
  )
  const places = way(sql`t.sort_at, t.id, t.label_mask`, windowOf(filter))
  return sql`
    select t.* from (select * from (${places}) t where ${and(possible)}) place
      join threads t on t.id = place.id and ${and(exactly(teamId, filter))}
    order by ${placeOrder(page)}`
}

/** Of a text, the index that has the order says nothing: each thread is fetched from it at once. */
function amongNear({ teamId, filter, order }: List, way: Way): Sql {
  return sql`select * from (${way(sql`*`, windowOf(filter))}) t where ${and(exactly(teamId, filter))} ${order}`
}

function windowOf({ text }: ThreadFilter): number {
  return text === null ? WINDOW : TEXT_WINDOW
}

/** A text has to have three letters or digits in a row: that is what the index knows it by. */
function isUnindexed({ text, contactIds }: ThreadFilter): boolean {
  return text !== null && contactIds === null && !/[\p{L}\p{N}]{3}/u.test(text)
}

function placeOrder({ order }: PageRequest): Sql {
  return order === 'asc' ? sql`place.sort_at asc, place.id asc` : sql`place.sort_at desc, place.id desc`
}

/** Literals, so that partial indexes match. */
function partsOf(folder: Folder): Sql[] {
  switch (folder) {
    case 'inbox':
    case 'noReply':
      return [sql`'inbox'`]
    case 'requests':
      return [sql`'requests'`]
    case 'archived':
      return [sql`'archived'`]
    case 'all':
      return [sql`'inbox'`, sql`'requests'`, sql`'archived'`]
  }
}

function folderNames(folder: Folder): string[] {
  if (folder === 'all') return ['inbox', 'requests', 'archived']
  return [folder === 'noReply' ? 'inbox' : folder]
}

/** The person's turn was the last: a message, or a reaction after it. */
const isInbound = sql`t.activity_direction = 'inbound'`

function exactly(teamId: TeamId, filter: ThreadFilter): Sql[] {
  return [sql`t.team_id = ${teamId}`, ...(filter.folder === 'noReply' ? [isInbound] : []), ...conditions(filter)]
}

function onlyId(choice: Choice | null): string | null {
  return choice && choice.ids.length === 1 && !choice.orNone ? (choice.ids[0] ?? null) : null
}

function conditions(filter: ThreadFilter): Sql[] {
  const { accountLinkIds, tags, statuses, assignees, campaigns } = filter
  const wanted: Sql[] = []
  if (accountLinkIds) wanted.push(sql`t.account_link_id = any(${accountLinkIds}::text[])`)
  if (tags) wanted.push(either(tags, sql`t.tag_ids && ${tags.ids}::text[]`, sql`t.tag_ids = '{}'`))
  if (statuses) wanted.push(either(statuses, sql`t.status_id = any(${statuses.ids}::text[])`, sql`t.status_id is null`))
  if (assignees)
    wanted.push(either(assignees, sql`t.assignee_id = any(${assignees.ids}::text[])`, sql`t.assignee_id is null`))
  if (campaigns)
    wanted.push(either(campaigns, sql`t.campaign_ids && ${campaigns.ids}::text[]`, sql`t.campaign_ids = '{}'`))
  return [...wanted, ...containing(filter)]
}

function containing({ text }: ThreadFilter): Sql[] {
  return text === null ? [] : [sql`t.search_text like ${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`}`]
}

function either(choice: Choice, chosen: Sql, none: Sql): Sql {
  return or([...(choice.ids.length > 0 ? [chosen] : []), ...(choice.orNone ? [none] : [])])
}

/** As the column `labels` has them: a thread that matches has one of each list. Others may, too. */
function labelsOf(
  teamId: TeamId,
  { folder, accountLinkIds, text, contactIds: _, ...choices }: ThreadFilter,
): string[][] {
  // The index of texts is over all teams: there, even the widest folder says which one is meant.
  const folders = folder === 'all' && text === null ? [] : [folder === 'all' ? folderNames(folder) : [folder]]
  const chosen = Object.entries(choices).flatMap(([name, choice]) =>
    choice ? [[...choice.ids, ...(choice.orNone ? [`no ${name}:${teamId}`] : [])]] : [],
  )
  return [
    ...folders.map((names) => names.map((name) => `${name}:${teamId}`)),
    ...(accountLinkIds ? [[...accountLinkIds]] : []),
    ...chosen,
  ]
}

function within({ after, until, order }: PageRequest): Sql[] {
  const isAscending = order === 'asc'
  return [
    ...(after ? [sql`(t.sort_at, t.id) ${isAscending ? sql`>` : sql`<`} ${placeOf(after)}`] : []),
    ...(until ? [sql`(t.sort_at, t.id) ${isAscending ? sql`<=` : sql`>=`} ${placeOf(until)}`] : []),
  ]
}

function placeOf({ timestamp, id }: Place): Sql {
  return sql`(${timestamp}::timestamptz, ${id})`
}

/**
 * Sorts the entries that wait into the index of texts. Until then every search looks through them one by one. Ten times cheaper for many
 * than for few.
 */
export async function sortInSearchTexts(db: Queryable): Promise<void> {
  await db.query`select gin_clean_pending_list('threads_by_text')`
}
