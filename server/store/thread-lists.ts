import type { Queryable, Sql } from './database.ts'
import { and, or, sql, unionAll } from './database.ts'
import type { TeamId, Timestamp } from './ids.ts'
import { type Thread, type ThreadRow, threadColumns, threadJoins, threadOf } from './threads.ts'

export type Folder = 'inbox' | 'noReply' | 'requests' | 'archived' | 'all'

/** Ids inside a list are alternatives; everything else narrows. Unknown ids match nothing. */
export interface ThreadFilter {
  folder: Folder
  accountLinkIds: readonly string[] | null
  tags: Choice | null
  statuses: Choice | null
  assignees: Choice | null
  campaigns: Choice | null
}

/** Any of the ids, or (also) none at all. */
export interface Choice {
  ids: readonly string[]
  orNone: boolean
}

export interface PageRequest {
  order: 'asc' | 'desc'
  /** Strictly after this item in the page's order; null = from the beginning. */
  after: { timestamp: Timestamp; id: string } | null
  limit: number
}

/** In inbox order. The page is cut on threads alone and joined afterwards, so its cost does not grow with the inbox. */
export async function listThreads(
  db: Queryable,
  teamId: TeamId,
  filter: ThreadFilter,
  page: PageRequest,
): Promise<Thread[]> {
  const direction = page.order === 'asc' ? sql`asc` : sql`desc`
  const list: List = { teamId, filter, page, order: sql`order by t.sort_at ${direction}, t.id ${direction}` }
  const rows =
    await db.query<ThreadRow>`select ${threadColumns} from (${selectPage(list)}) t ${threadJoins} ${list.order}`
  return rows.map(threadOf)
}

interface List {
  teamId: TeamId
  filter: ThreadFilter
  page: PageRequest
  order: Sql
}

/** One assignee, one status, or one of each has its threads in order, like each folder; anything else is searched for in such a list. */
function selectPage(list: List): Sql {
  const { filter, page } = list
  const { folder, assignees, statuses } = filter
  const assigneeId = onlyId(assignees)
  const statusId = onlyId(statuses)
  const isWhole = assigneeId === null && statusId === null
  const indexed = [
    ...(assigneeId === null ? [] : [sql`t.assignee_id = ${assigneeId}`]),
    ...(statusId === null ? [] : [sql`t.status_id = ${statusId}`]),
    ...(folder === 'noReply' && isWhole ? [isInbound] : []),
    ...afterCursor(page),
  ]
  const sought = {
    ...filter,
    assignees: assigneeId === null ? assignees : null,
    statuses: statusId === null ? statuses : null,
  }
  const isSearched = (folder === 'noReply' && !isWhole) || conditions(sought).length > 0
  return isSearched
    ? search(list, inOrder(list, sql`t.sort_at, t.id, t.label_mask`, indexed))
    : sql`${inOrder(list, sql`*`, indexed)} limit ${page.limit}`
}

/** Read off an index from one end to the other. */
function inOrder({ teamId, filter, order }: List, columns: Sql, indexed: readonly Sql[]): Sql {
  const parts = partsOf(filter.folder).map(
    (part) =>
      sql`select ${columns} from threads t where ${and([sql`t.team_id = ${teamId} and t.folder = ${part}`, ...indexed])}`,
  )
  return sql`select * from (${unionAll(parts)}) t ${order}`
}

/** How many threads are looked at in their order before the search turns to the index of labels. */
const WINDOW = 2_000

/**
 * Where many threads match, a page is soon found in the order of the list: the index says of nearly all others that they do not. Where few
 * do, they are soon collected from the index of labels and sorted. Nobody knows beforehand which it is: the first way is tried for a while,
 * and if it has not filled the page before the list's end, the second is taken. `offset 0` keeps the planner from choosing another index
 * for it.
 */
function search({ teamId, filter, page, order }: List, places: Sql): Sql {
  const labels = labelsOf(teamId, filter)
  const possible = labels.map((anyOf) => sql`t.label_mask & (select label_bits(${anyOf}::text[])) <> 0`)
  const matching = labels.map((anyOf) => sql`t.labels && ${anyOf}::text[]`)
  const exactly = [
    sql`t.team_id = ${teamId}`,
    ...(filter.folder === 'noReply' ? [isInbound] : []),
    ...conditions(filter),
  ]
  return sql`
    with near as materialized (
      select t.* from (select * from (${places} limit ${WINDOW}) t where ${and(possible)}) place
        join threads t on t.id = place.id and ${and(exactly)}
      order by ${placeOrder(page)} limit ${page.limit}
    ), far as materialized (
      select (select count(*) from near) < ${page.limit}::int and exists (${places} offset ${WINDOW} limit 1) as needed
    )
    select * from near where not (select needed from far)
    union all
    select * from (
      select * from (select * from threads t where ${and([sql`t.folder is not null`, ...matching])} offset 0) t
      where ${and([...exactly, ...afterCursor(page)])} ${order} limit ${page.limit}
    ) t
    where (select needed from far)`
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

const isInbound = sql`t.last_message_direction = 'inbound'`

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
  return wanted
}

function either(choice: Choice, chosen: Sql, none: Sql): Sql {
  return or([...(choice.ids.length > 0 ? [chosen] : []), ...(choice.orNone ? [none] : [])])
}

/** As the column `labels` has them: a thread that matches has one of each list. Others may, too. */
function labelsOf(teamId: TeamId, { folder, accountLinkIds, ...choices }: ThreadFilter): string[][] {
  const folders = folder === 'all' ? [] : [[`${folder}:${teamId}`]]
  const chosen = Object.entries(choices).flatMap(([name, choice]) =>
    choice ? [[...choice.ids, ...(choice.orNone ? [`no ${name}:${teamId}`] : [])]] : [],
  )
  return [...folders, ...(accountLinkIds ? [[...accountLinkIds]] : []), ...chosen]
}

function afterCursor({ after, order }: PageRequest): Sql[] {
  if (!after) return []
  const comparison = order === 'asc' ? sql`>` : sql`<`
  return [sql`(t.sort_at, t.id) ${comparison} (${after.timestamp}::timestamptz, ${after.id})`]
}
