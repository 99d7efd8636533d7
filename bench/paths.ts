import type pg from 'pg'
import type { Actor } from '../server/domain/context.ts'
import type { ThreadFilter } from '../server/store/thread-lists.ts'
import type { Statements } from './driver.ts'
import type { HttpRequest } from './load.ts'

/** What one measurement asks for: over HTTP, and as the statements behind it, in the same order. */
export interface Path {
  name: string
  /** Least share of the driver limit; design goals of the project. */
  share: number
  atOnce: number
  requests: HttpRequest[]
  calls: Statements[]
  /** The same asked of API v2, in the same order. */
  inV2: HttpRequest[]
}

/** Ids to draw from: those of the largest team. */
export interface Samples {
  threadIds: string[]
  prospectIds: string[]
  /** Of the prospects, in their order. */
  contactIds: string[]
  reachableThreadIds: string[]
  /** The most used first. */
  tagIds: string[]
  statusIds: string[]
  assigneeIds: string[]
  accountLinkIds: string[]
  /** What the most threads of the inbox have, and enough of them for a page. */
  combinations: { tag: string; status: string; assignee: string }[]
  /** The last item of each of the first 499 pages of the inbox, or of all that another page follows. */
  cursors: { timestamp: string; id: string }[]
  /** The same in API v2. */
  cursorsInV2: string[]
}

export async function drawSamples(client: pg.Client, { teamId }: Actor): Promise<Omit<Samples, 'cursorsInV2'>> {
  const ids = async (statement: string) =>
    (await client.query<{ id: string }>(statement, [teamId])).rows.map(({ id }) => id)
  const byUse = (column: string) =>
    ids(
      `select ${column} as id from threads where team_id = $1 and ${column} is not null group by 1 order by count(*) desc`,
    )
  const cursors = await client.query<{ timestamp: Date; id: string }>(
    `select sort_at as timestamp, id from (
       select sort_at, id, row_number() over (order by sort_at desc, id desc) as number, count(*) over () as count
       from threads where team_id = $1 and folder = 'inbox'
     ) t where number % 20 = 0 and number <= least(499 * 20, count - 20) order by number`,
    [teamId],
  )
  const combinations = await client.query<Samples['combinations'][number]>(
    `select tag, status_id as status, assignee_id as assignee from threads, unnest(tag_ids) tag
     where team_id = $1 and folder = 'inbox' and status_id is not null and assignee_id is not null
     group by tag, status, assignee having count(*) > 20 order by count(*) desc limit 8`,
    [teamId],
  )
  if (cursors.rows.length === 0 || combinations.rows.length === 0) throw new Error('the inbox is too small')
  return {
    threadIds: await ids(
      `select id from threads where team_id = $1 and folder is not null order by md5(id) limit 5000`,
    ),
    prospectIds: await ids(`select id from profiles where team_id = $1 order by md5(id) limit 5000`),
    contactIds: await ids(`select contact_id as id from profiles where team_id = $1 order by md5(id) limit 5000`),
    reachableThreadIds: await ids(
      `select t.id from sandbox.people s join profiles p on p.team_id = s.world and p.platform = 'twitter' and p.platform_id = s.platform_id
       join threads t on t.team_id = p.team_id and t.profile_id = p.id
       where s.world = $1 and t.folder is not null order by md5(t.id) limit 3000`,
    ),
    tagIds: await ids(
      `select tag_id as id from threads, unnest(tag_ids) tag_id where team_id = $1 group by 1 order by count(*) desc`,
    ),
    statusIds: await byUse('status_id'),
    assigneeIds: await byUse('assignee_id'),
    accountLinkIds: await byUse('account_link_id'),
    combinations: combinations.rows,
    cursors: cursors.rows.map(({ timestamp, id }) => ({ timestamp: timestamp.toISOString(), id })),
  }
}

export const everything: ThreadFilter = {
  folder: 'inbox',
  accountLinkIds: null,
  tags: null,
  statuses: null,
  assignees: null,
  campaigns: null,
  contactIds: null,
  text: null,
}

const anyOf = (...ids: (string | undefined)[]) => ({ ids: ids.flatMap((id) => id ?? []), orNone: false })
const none = { ids: [], orNone: true }

export function readPaths(samples: Samples): Path[] {
  const { threadIds, combinations, cursors, cursorsInV2 } = samples
  const page = { order: 'desc', after: null, limit: 20 } as const
  return [
    {
      name: 'GET thread',
      share: 0.6,
      atOnce: 16,
      requests: threadIds.map((id) => ({ method: 'GET', path: `/api/v1/threads/${id}` })),
      calls: threadIds.map((threadId) => ({ operation: 'getThread', threadId })),
      inV2: threadIds.map((id) => ({ method: 'GET', path: `/api/v2/threads/${id}` })),
    },
    {
      name: 'GET threads (20)',
      share: 0.7,
      atOnce: 16,
      requests: [{ method: 'GET', path: '/api/v1/threads' }],
      calls: [{ operation: 'listThreads', filter: everything, page }],
      inV2: [{ method: 'GET', path: '/api/v2/threads?limit=20' }],
    },
    { name: 'GET threads, page 500', share: 0.7, ...pagesAfter(cursors.slice(-1), cursorsInV2.slice(-1)) },
    // Of what is read again and again the server remembers a part; here nothing comes again soon.
    { name: 'GET threads, each page in turn', share: 0.7, ...pagesAfter(cursors, cursorsInV2) },
    {
      name: 'GET threads, tag + status + assignee',
      share: 0.7,
      atOnce: 16,
      requests: combinations.map(({ tag, status, assignee }) => ({
        method: 'GET',
        path: `/api/v1/threads?filters[tags][selectedIds][]=${tag}&filters[statuses][selectedIds][]=${status}&filters[assignees][selectedIds][]=${assignee}`,
      })),
      calls: combinations.map(({ tag, status, assignee }) => ({
        operation: 'listThreads',
        filter: { ...everything, tags: anyOf(tag), statuses: anyOf(status), assignees: anyOf(assignee) },
        page,
      })),
      inV2: combinations.map(({ tag, status, assignee }) => ({
        method: 'GET',
        path: `/api/v2/threads?limit=20&tag=${tag}&status=${status}&assigneeId=${assignee}`,
      })),
    },
    {
      name: 'GET messages (50)',
      share: 0.6,
      atOnce: 16,
      requests: threadIds.map((id) => ({ method: 'GET', path: `/api/v1/threads/${id}/messages` })),
      calls: threadIds.map((threadId) => ({ operation: 'listMessages', threadId, limit: 50 })),
      inV2: threadIds.map((id) => ({ method: 'GET', path: `/api/v2/threads/${id}/messages?limit=50` })),
    },
  ]
}

function pagesAfter(cursors: Samples['cursors'], cursorsInV2: readonly string[]) {
  return {
    atOnce: 16,
    requests: cursors.map(({ id, timestamp }) => ({
      method: 'GET',
      path: `/api/v1/threads?cursorId=${id}&cursorTimestamp=${timestamp}`,
    })),
    calls: cursors.map((after) => ({
      operation: 'listThreads' as const,
      filter: everything,
      page: { order: 'desc' as const, after, limit: 20 },
    })),
    inV2: cursorsInV2.map((cursor) => ({ method: 'GET', path: `/api/v2/threads?limit=20&cursor=${cursor}` })),
  }
}

export function writePaths({ prospectIds, contactIds, reachableThreadIds }: Samples): Path[] {
  const content = 'Thanks – that works for us. Let’s talk on Thursday.'
  return [
    {
      name: 'PATCH context, one team, 32 writers',
      share: 0.5,
      atOnce: 32,
      // Each round writes notes that were not there before.
      requests: prospectIds.map((id, i) => ({
        method: 'PATCH',
        path: `/api/v1/prospects/${id}/context`,
        body: JSON.stringify({ notes: `Noted: ${performance.now()} ${i}` }),
      })),
      calls: prospectIds.map((prospectId) => ({ operation: 'updateContext', prospectId })),
      inV2: contactIds.map((id, i) => ({
        method: 'PATCH',
        path: `/api/v2/contacts/${id}`,
        body: JSON.stringify({ notes: `Noted in v2: ${performance.now()} ${i}` }),
      })),
    },
    {
      name: 'POST message to the sandbox',
      share: 0.35,
      atOnce: 16,
      requests: reachableThreadIds.map((id) => ({
        method: 'POST',
        path: `/api/v1/threads/${id}/messages`,
        body: JSON.stringify({ content }),
      })),
      calls: reachableThreadIds.map((threadId) => ({ operation: 'sendMessage', threadId, content })),
      inV2: reachableThreadIds.map((threadId) => ({
        method: 'POST',
        path: '/api/v2/messages',
        body: JSON.stringify({ target: { type: 'thread', threadId }, content }),
      })),
    },
  ]
}

/** Every kind of list the inbox offers, to compare a small database with a large one. */
export function lists({
  tagIds,
  statusIds,
  assigneeIds,
  accountLinkIds,
}: Samples): { name: string; filter: ThreadFilter }[] {
  const [commonTag, mediumTag, rareTag] = [tagIds[0], tagIds[9], tagIds.at(-1)]
  const [commonStatus, rareStatus] = [statusIds[0], statusIds.at(-1)]
  const [busy, idle] = [assigneeIds[0], assigneeIds.at(-1)]
  const of = (name: string, filter: Partial<ThreadFilter>) => ({ name, filter: { ...everything, ...filter } })
  return [
    of('default view', {}),
    of('no-reply', { folder: 'noReply' }),
    of('requests', { folder: 'requests' }),
    of('archived', { folder: 'archived' }),
    of('account link, 70 %', { accountLinkIds: accountLinkIds.slice(0, 1) }),
    of('account link, 5 %', { accountLinkIds: accountLinkIds.slice(-1) }),
    of('two account links', { accountLinkIds: accountLinkIds.slice(1) }),
    of('assignee, busiest', { assignees: anyOf(busy) }),
    of('assignee, 0.5 %', { assignees: anyOf(idle) }),
    of('assignee or none', { assignees: { ids: anyOf(busy).ids, orNone: true } }),
    of('no assignee', { assignees: none }),
    of('no-reply of an assignee', { folder: 'noReply', assignees: anyOf(busy) }),
    of('status, common', { statuses: anyOf(commonStatus) }),
    of('status, 0.5 %', { statuses: anyOf(rareStatus) }),
    of('no status', { statuses: none }),
    of('tag, common', { tags: anyOf(commonTag) }),
    of('tag, 2 %', { tags: anyOf(mediumTag) }),
    of('tag, a handful', { tags: anyOf(rareTag) }),
    of('no tags', { tags: none }),
    of('archived, 2 % tag', { folder: 'archived', tags: anyOf(mediumTag) }),
    of('tag + status + assignee, common', {
      tags: anyOf(commonTag),
      statuses: anyOf(commonStatus),
      assignees: anyOf(busy),
    }),
    of('tag + status + assignee, rare', {
      tags: anyOf(mediumTag),
      statuses: anyOf(rareStatus),
      assignees: anyOf(idle),
    }),
    of('tag + status, rare', { tags: anyOf(mediumTag), statuses: anyOf(rareStatus) }),
    of('unknown tag + status + assignee', {
      tags: anyOf('unknown'),
      statuses: anyOf(commonStatus),
      assignees: anyOf(busy),
    }),
  ]
}
