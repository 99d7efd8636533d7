import { aChat, anAccount, aPerson, aThread, personWrites, type TestThread } from '../../factories.ts'
import { startTeam, type TestTeam } from '../../harness.ts'
import { inTurns } from '../pairs.ts'
import type { Shown } from '../row.ts'
import type { Said } from './call.ts'

/** Requests of a call that changes nothing. */
export interface Reading {
  /** For each thing that can be said, requests that say it differently, or not at all. */
  requests(inbox: Inbox): Record<string, Said[]>
  /** What is found. */
  inV1(body: Shown): unknown
  inV2(body: Shown): unknown
}

/** A team in which every filter finds something, and not everything. */
export interface Inbox {
  team: TestTeam
  accountLinkIds: [string, string]
  /** One is answered, waits, is archived; the last is with the person of the first, and another account of ours. */
  chats: [TestThread, TestThread, TestThread, TestThread]
  /** Of the first person. */
  contactId: string
  messageIds: [string, string]
  tagIds: [string, string]
  statusIds: [string, string]
  memberIds: [string, string]
  /** Where the second page of threads and of messages begins. */
  after: { threads: Shown; messages: Shown }
  /** v2's cursor of the same page, by either part of v1's. */
  cursors: Map<string, string>
  lastSeq: number
}

export async function anInbox(): Promise<Inbox> {
  const team = await startTeam()
  const { api, v2 } = team
  const [one, another] = [await anAccount(team), await anAccount(team)]
  // With the others more than a page of v1.
  await inTurns(Array.from({ length: 20 }), () => aThread(team, { account: one }))
  const first = await aChat(team, { account: one })
  const archived = await aChat(team, { account: one })
  await api.patch(`/threads/${archived.id}`, { done: true })
  await personWrites(team, { accountLinkId: one.id, person: await aPerson(team) })
  const last = await aChat(team, { account: another, person: first.person })
  const waiting = await aChat(team, { account: another })
  await personWrites(team, waiting)
  await api.patch(`/threads/${waiting.id}/messages/${waiting.outbound}`, { content: 'Said otherwise' })

  const memberIds: [string, string] = [team.ownerId, (await team.addMember()).memberId]
  const idsOf = async (path: string, names: [string, string]): Promise<[string, string]> => {
    const [one, another] = [await api.post(path, { name: names[0] }), await api.post(path, { name: names[1] })]
    return [one.body.id, another.body.id]
  }
  const [tagIds, statusIds] = [await idsOf('/tags', ['VIP', 'Lead']), await idsOf('/statuses', ['New', 'Won'])]
  for (const [i, { prospectId }] of [first, waiting].entries()) {
    const context = { addTags: [tagIds[i]], statusId: statusIds[i], assigneeId: memberIds[i] }
    await api.patch(`/prospects/${prospectId}/context`, context)
  }

  const cursors = new Map<string, string>()
  const secondPage = async (path: string) => {
    const [{ body: inV1 }, { body: inV2 }] = [await api.get(`${path}?limit=2`), await v2.get(`${path}?limit=2`)]
    for (const part of Object.values<string>(inV1.nextCursor)) cursors.set(part, inV2.nextCursor)
    return inV1.nextCursor
  }
  const after = { threads: await secondPage('/threads'), messages: await secondPage(`/threads/${waiting.id}/messages`) }
  const { lastSeq } = (await v2.get('/events?limit=1000')).body
  // Of a kind that both versions show.
  await inTurns(['A', 'B', 'C'], (name) => api.post('/tags', { name }), 1)
  return {
    ...{ team, memberIds, tagIds, statusIds, after, cursors, lastSeq },
    accountLinkIds: [one.id, another.id],
    contactId: (await v2.get(`/threads/${first.id}`)).body.contactId,
    chats: [first, waiting, archived, last],
    messageIds: [waiting.inbound, waiting.outbound],
  }
}

const threadIds = { inV1: ({ threads }: Shown) => threads.map(idOf), inV2: ({ data }: Shown) => data.map(idOf) }
const byId = { inV1: idOf, inV2: idOf }
const byPath = (name: string, ids: (inbox: Inbox) => string[]) => ({
  ...byId,
  requests: (inbox: Inbox) => ({ [name]: ids(inbox).map((id) => ({ [name]: id })) }),
})

/** By call of v1. */
export const readings: Record<string, Reading> = {
  'GET /members/{memberId}': byPath('{memberId}', ({ memberIds }) => memberIds),
  'GET /threads/{threadId}': byPath('{threadId}', ({ chats }) => chats.map(idOf)),
  'GET /tags/{tagId}': byPath('{tagId}', ({ tagIds }) => tagIds),
  'GET /statuses/{statusId}': byPath('{statusId}', ({ statusIds }) => statusIds),
  'GET /threads': {
    ...threadIds,
    requests: ({ accountLinkIds, tagIds, statusIds, memberIds, after }) => ({
      '?accountLinkIds': choices('?accountLinkIds', accountLinkIds),
      ...pagesAfter(after.threads, {}),
      '?inbox': ['default', 'no-reply', 'requests', 'archived'].map((inbox) => ({ '?inbox': inbox })),
      '?filters[tags][selectedIds]': choices('?filters[tags][selectedIds]', tagIds),
      '?filters[statuses][selectedIds]': choices('?filters[statuses][selectedIds]', statusIds),
      '?filters[assignees][selectedIds]': choices('?filters[assignees][selectedIds]', memberIds),
      '?filters[assignees][noAssignee]': choices('?filters[assignees][noAssignee]', [true, false]),
      // Nobody can start a campaign yet: none has sent anything.
      '?filters[campaigns][selectedIds]': [{}, { '?filters[campaigns][selectedIds]': ['n0b0dy'] }],
      '?filters[sortOrder]': ['asc', 'desc'].map((order) => ({ '?filters[sortOrder]': order })),
      '?limit': [{}, { '?limit': 1 }, { '?limit': 100 }],
    }),
  },
  'GET /threads/lookup': {
    inV1: (thread) => thread?.id ?? null,
    inV2: ({ data }) => data[0]?.id ?? null,
    requests: ({ accountLinkIds, chats: [first, waiting] }) => {
      const [one, another] = accountLinkIds
      const known = (accountLinkId: string, field: string, id: string) => ({
        '?accountLinkId': accountLinkId,
        [field]: id,
      })
      return {
        '?accountLinkId': accountLinkIds.map((id) => known(id, '?externalPlatformId', first.person.platformId)),
        '?externalPlatformId': [first.person.platformId, waiting.person.platformId, '17'].map((id) =>
          known(another, '?externalPlatformId', id),
        ),
        '?externalId': [first.prospectId, waiting.prospectId, 'n0b0dy'].map((id) => known(one, '?externalId', id)),
      }
    },
  },
  'GET /threads/lookup-by-username': {
    inV1: (threads) => threads.map(idOf),
    inV2: threadIds.inV2,
    requests: ({ accountLinkIds, chats: [first, waiting] }) => {
      const { username } = first.person
      return {
        '?username': [username, `@${username.toUpperCase()}`, waiting.person.username, 'nobody'].map((name) => ({
          '?username': name,
        })),
        '?accountLinkIds': choices('?accountLinkIds', accountLinkIds).map((request) => ({
          ...request,
          '?username': username,
        })),
      }
    },
  },
  'GET /threads/{threadId}/messages': {
    inV1: ({ messages }) => messages.map(idOf),
    inV2: threadIds.inV2,
    requests: ({ chats, after }) => {
      const [first, waiting] = chats.map(({ id }) => ({ '{threadId}': id }))
      return {
        '{threadId}': [{ ...first }, { ...waiting }],
        ...pagesAfter(after.messages, { ...waiting }),
        '?limit': [{ ...waiting }, { ...waiting, '?limit': 1 }],
      }
    },
  },
  'GET /threads/{threadId}/messages/{messageId}/history': {
    inV1: ({ versions }) => versions.map(({ content }: Shown) => content),
    inV2: ({ versions }) => versions.map(({ content }: Shown) => content),
    requests: ({ chats: [, { id }], messageIds }) => ({
      '{messageId}': messageIds.map((messageId) => ({ '{threadId}': id, '{messageId}': messageId })),
    }),
  },
  'GET /prospects/{prospectId}': {
    ...byPath('{prospectId}', ({ chats, contactId }) => [...chats.map(({ prospectId }) => prospectId), contactId]),
    inV1: ({ externalId }) => externalId,
    inV2: ({ profiles }) => profiles[0].id,
  },
  'GET /prospects/lookup': {
    inV1: (prospect) => prospect?.externalId ?? null,
    inV2: ({ data }) => data[0]?.profiles[0].id ?? null,
    requests: ({ chats }) => ({
      '?platformId': [...chats.map(({ person }) => person.platformId), '17'].map((id) => ({ '?platformId': id })),
    }),
  },
  'GET /events': {
    inV1: ({ events }) => events.map(({ seq }: Shown) => seq),
    inV2: ({ data }) => data.map(({ seq }: Shown) => seq),
    requests: ({ lastSeq }) => ({
      '?afterSeq': [lastSeq, lastSeq + 1, lastSeq + 100].map((seq) => ({ '?afterSeq': seq })),
      '?limit': [1, 2, 1000].map((limit) => ({ '?afterSeq': lastSeq, '?limit': limit })),
    }),
  },
}

function idOf({ id }: Shown): string {
  return id
}

/** Nothing, each, and both. */
function choices(field: string, values: readonly unknown[]): Said[] {
  const isOneOf = typeof values[0] === 'boolean'
  return [{}, ...[...values, ...(isOneOf ? [] : [values])].map((value) => ({ [field]: value }))]
}

/** Both spellings of where a page begins. */
function pagesAfter({ id, timestamp }: Shown, request: Said): Record<string, Said[]> {
  const flat = [request, { ...request, '?cursorId': id, '?cursorTimestamp': timestamp }]
  const nested = [request, { ...request, '?cursor[id]': id, '?cursor[timestamp]': timestamp }]
  return { '?cursorId': flat, '?cursorTimestamp': flat, '?cursor[id]': nested, '?cursor[timestamp]': nested }
}
