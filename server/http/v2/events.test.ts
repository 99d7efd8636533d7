import { expect, test } from 'vitest'
import { aChat, aThread } from '../../test/factories.ts'
import { eventually, startTeam } from '../../test/harness.ts'

interface Event {
  seq: number
  id: string
  type: string
  object: { type: string; id: string; url: string }
  data: Record<string, unknown>
}

test('what v1 writes shows as thin v2 events under the same numbers and ids', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { body: tag } = await team.v2.post('/tags', { name: 'VIP' })
  const { body: status } = await team.api.post('/statuses', { name: 'Won' })
  await team.api.patch(`/prospects/${chat.prospectId}/context`, {
    notes: 'Likes boats',
    valuation: 1200,
    statusId: status.id,
    addTags: [tag.id],
    assigneeId: team.ownerId,
    done: true,
  })
  const message = `/threads/${chat.id}/messages/${chat.outbound}`
  await team.api.patch(message, { content: 'Hi!' })
  await team.api.post(`${message}/reactions/reactions`, { emoji: '👍' })
  await team.api.delete(`${message}/reactions/reactions`, { emoji: '👍' })
  await team.api.delete(message)
  await team.api.delete(`/threads/${chat.id}`)
  await team.api.delete(`/tags/${tag.id}`)

  const { body } = await team.v2.get('/events?limit=1000')

  const thread = { threadId: chat.id }
  const { body: link } = await team.api.get('/account-links')
  const author = { authorPlatformId: link[0].platformId }
  expect(body.data.map(({ type, object, data }: Event) => [type, object.id, data])).toEqual([
    ['thread.created', chat.id, {}],
    ['message.received', chat.inbound, thread],
    ['message.sent', chat.outbound, thread],
    ['tag.created', tag.id, {}],
    ['status.created', status.id, {}],
    ['contact.statusChanged', expect.any(String), { statusId: status.id }],
    ['contact.notesChanged', expect.any(String), { notes: 'Likes boats' }],
    ['contact.valuationChanged', expect.any(String), { valuation: 1200 }],
    ['contact.assigneeChanged', expect.any(String), { assigneeId: team.ownerId }],
    ['contact.tagsChanged', expect.any(String), { tagIds: [tag.id] }],
    ['thread.assigned', chat.id, { assigneeId: team.ownerId }],
    ['thread.archived', chat.id, {}],
    ['message.edited', chat.outbound, thread],
    ['message.reactionAdded', chat.outbound, { ...thread, emoji: '👍', ...author }],
    ['message.reactionRemoved', chat.outbound, { ...thread, emoji: '👍', ...author }],
    ['message.deleted', chat.outbound, { ...thread, scope: 'all' }],
    ['thread.deleted', chat.id, { accountLinkId: chat.accountLinkId, platform: 'twitter' }],
    ['tag.deleted', tag.id, {}],
  ])
  const sent = body.data.find(({ type }: Event) => type === 'message.sent')
  expect(sent).toMatchObject({
    apiVersion: '2',
    object: { type: 'message', id: chat.outbound, url: `/messages/${chat.outbound}` },
  })
  const { body: v1 } = await team.api.get('/events?limit=1000')
  const created = v1.events.filter(({ type }: Event) => type === 'message.created')
  expect(created.map(({ id, seq }: Event) => [id, seq])).toContainEqual([sent.id, sent.seq])
})

test('a contact has one id in all of its events', async () => {
  const team = await startTeam()
  const { prospectId } = await aThread(team)
  await team.api.patch(`/prospects/${prospectId}/context`, { notes: 'a', valuation: 1 })

  const { body } = await team.v2.get('/events?type=contact.notesChanged&type=contact.valuationChanged')

  const [notes, valuation] = body.data
  expect(notes.object).toEqual(valuation.object)
  expect(notes.object).toMatchObject({ type: 'contact', url: `/contacts/${notes.object.id}` })
})

test('pages follow each other without gap, and what a filter skips is counted as read', async () => {
  const { v2, api } = await startTeam()
  for (const name of ['a', 'b', 'c']) {
    const { body: tag } = await v2.post('/tags', { name })
    await api.patch(`/tags/${tag.id}`, { name: `${name}!` })
  }

  const pages: number[][] = []
  let afterSeq = 0
  for (let hasMore = true; hasMore; ) {
    const { body } = await v2.get(`/events?type=tag.created&limit=2&afterSeq=${afterSeq}`)
    pages.push(body.data.map(({ seq }: Event) => seq))
    ;({ hasMore, lastSeq: afterSeq } = body)
  }

  expect(pages).toEqual([[1, 3], [5]])
  expect(afterSeq).toBe(6)
  expect((await v2.get('/events?type=status.created')).body).toEqual({ data: [], lastSeq: 6, hasMore: false })
  expect((await v2.get('/events?type=tag.created&afterSeq=5')).body).toEqual({ data: [], lastSeq: 6, hasMore: false })
  for (const last of [6, Number.MAX_SAFE_INTEGER]) {
    expect((await v2.get(`/events?afterSeq=${last}`)).body).toEqual({ data: [], lastSeq: null, hasMore: false })
  }
  const { body: tooLate } = await v2.get('/events?afterSeq=9007199254740993')
  expect(tooLate.details.issues).toEqual([{ path: ['afterSeq'], message: 'must be at most 9007199254740991' }])
})

test('events of v1 alone are read over, and end a page no earlier', async () => {
  const team = await startTeam()
  await aThread(team)

  const { body } = await team.v2.get('/events')

  expect(await team.events()).toEqual(['prospect.created', 'thread.created'])
  expect(body).toMatchObject({ data: [{ type: 'thread.created', seq: 2 }], lastSeq: 2, hasMore: false })
})

test('sent and received messages can be asked for apart', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const ids = async (query: string) =>
    (await team.v2.get(`/events?${query}`)).body.data.map(({ object }: Event) => object.id)

  expect(await ids('type=message.sent')).toEqual([chat.outbound])
  expect(await ids('type=message.received')).toEqual([chat.inbound])
  expect(await ids('type=message.received&type=message.sent')).toEqual([chat.inbound, chat.outbound])
  expect(await ids('type=message.*')).toEqual([chat.inbound, chat.outbound])
})

test('that somebody types is an event of their thread', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  await team.sandbox.post(`/people/${chat.person.platformId}/typing`, { accountLinkId: chat.accountLinkId })

  const [event] = await eventually(async () => {
    const { body } = await team.v2.get('/events?type=thread.typing')
    return body.data.length > 0 && body.data
  }, 'typing')

  expect(event).toMatchObject({ object: { type: 'thread', id: chat.id, url: `/threads/${chat.id}` }, data: {} })
})

test.each([
  'afterSeq=-1',
  'afterSeq=x',
  'limit=0',
  'limit=1001',
  'type=message.created',
  'type=prospect.created',
  'types=x',
])('"%s" is refused by its name', async (query) => {
  const { v2 } = await startTeam()

  const { status, body } = await v2.get(`/events?${query}`)

  expect([status, body.code]).toEqual([400, 'invalidRequest'])
  expect(body.details.issues[0].path[0]).toBe(query.split('=')[0])
})
