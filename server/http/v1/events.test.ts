import { expect, test } from 'vitest'
import { forgetOldEvents } from '../../domain/retention.ts'
import { aChat, aThread } from '../../test/factories.ts'
import { startTeam } from '../../test/harness.ts'

type Event = { seq: number; type: string; id: string; teamId: string; version: string; data: Record<string, unknown> }

test('a replay goes on after the last event seen and ends', async () => {
  const { api } = await startTeam()
  for (let i = 0; i < 5; i++) await api.post('/tags', { name: `Tag ${i}` })

  const first = await api.get('/events?limit=2')
  const second = await api.get(`/events?limit=3&afterSeq=${first.body.lastSeq}`)
  const after = await api.get(`/events?afterSeq=${second.body.lastSeq}`)

  expect(first.body.events.map(({ seq }: Event) => seq)).toEqual([1, 2])
  expect([first.body.hasMore, first.body.lastSeq]).toEqual([true, 2])
  expect(second.body.events.map(({ seq }: Event) => seq)).toEqual([3, 4, 5])
  expect([second.body.hasMore, second.body.lastSeq]).toEqual([false, 5])
  expect(after.body).toEqual({ events: [], hasMore: false, lastSeq: null })
})

test('an event shows the thing as it was, not as it is', async () => {
  const { api, teamId } = await startTeam()
  const { body: tag } = await api.post('/tags', { name: 'First', color: 'red' })
  await api.patch(`/tags/${tag.id}`, { name: 'Second' })
  await api.delete(`/tags/${tag.id}`)

  const { body } = await api.get('/events')

  expect(body.events.map(({ data }: Event) => data)).toEqual([
    { tag: { id: tag.id, name: 'First', color: '#ef4444' } },
    { tag: { id: tag.id, name: 'Second', color: '#ef4444' } },
    { tagId: tag.id },
  ])
  expect(body.events[0]).toMatchObject({ teamId, version: '1.0', type: 'tag.created' })
  expect(new Set(body.events.map(({ id }: Event) => id)).size).toBe(3)
})

test('a message event carries the message, its thread, the prospect and the account', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const { body } = await team.api.get('/events')

  const [inbound, outbound] = body.events.filter(({ type }: Event) => type === 'message.created')
  const thread = { id: chat.id, accountLinkId: chat.accountLinkId }
  expect(inbound.data).toMatchObject({
    message: { id: chat.inbound, authorId: chat.prospectId, origin: 'external', userId: null },
    thread,
  })
  expect(inbound.data.thread).toMatchObject({
    isRequest: true,
    variant: 'unencrypted',
    lastMessage: { id: chat.inbound },
  })
  expect(outbound.data).toMatchObject({ message: { id: chat.outbound, origin: 'api' }, thread })
  expect(outbound.data.thread).toMatchObject({ isRequest: false, variant: 'xChat', lastMessage: { id: chat.outbound } })
  expect(outbound.data.prospect).toMatchObject({
    id: chat.prospectId,
    externalId: chat.prospectId,
    context: { tags: [] },
  })
  expect(outbound.data.accountLink).toMatchObject({ id: chat.accountLinkId, status: 'active' })
})

test('the assignee of a prospect is not a v1 event, and its place in the log stays empty', async () => {
  const team = await startTeam()
  const { prospectId } = await aThread(team)
  await team.api.patch(`/prospects/${prospectId}/context`, { assigneeId: team.ownerId })
  await team.api.post('/tags', { name: 'Later' })

  const { body } = await team.api.get('/events')

  expect(body.events.map(({ type }: Event) => type)).toEqual([
    'prospect.created',
    'thread.created',
    'thread.assigned',
    'tag.created',
  ])
  expect(body.events.at(-1).seq).toBe(5)
})

test('events are kept for seven days and at most 25,000 of a team', async () => {
  const team = await startTeam()
  const { core } = team.server
  for (let i = 0; i < 4; i++) await team.api.post('/tags', { name: `Tag ${i}` })
  await core.db
    .query`update events set created_at = now() - interval '8 days' where team_id = ${team.teamId} and seq <= 2`
  await forgetOldEvents(core)
  const afterAge = await team.api.get('/events')
  // As if 25,000 more had happened since.
  await core.db.query`update event_counters set seq = 25003 where team_id = ${team.teamId}`
  await forgetOldEvents(core)
  const afterCount = await team.api.get('/events')

  expect(afterAge.body.events.map(({ seq }: Event) => seq)).toEqual([3, 4])
  expect(afterCount.body.events.map(({ seq }: Event) => seq)).toEqual([4])
})

test.each(['afterSeq=-1', 'afterSeq=x', 'afterSeq=9007199254740993', 'limit=0', 'limit=1001', 'limit=1.5'])(
  '"%s" is refused',
  async (query) => {
    const { api } = await startTeam()

    const answer = await api.get(`/events?${query}`)

    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain(query.split('=')[0])
  },
)
