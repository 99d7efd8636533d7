import { expect, test } from 'vitest'
import { aChat, aPerson, aThread } from '../../test/factories.ts'
import { startTeam, type TestTeam } from '../../test/harness.ts'

async function aTag(team: TestTeam, name: string): Promise<string> {
  return (await team.api.post('/tags', { name })).body.id
}

async function aStatus(team: TestTeam, name: string): Promise<string> {
  return (await team.api.post('/statuses', { name })).body.id
}

test('a prospect is its profile with the team’s context and its threads', async () => {
  const team = await startTeam()
  const person = await aPerson(team, {
    username: 'Mina_K',
    displayName: 'Mina Kovac',
    badge: 'blue',
    websiteUrl: 'https://www.example.org/about',
  })
  const thread = await aThread(team, { person })

  const { body } = await team.api.get(`/prospects/${thread.prospectId}`)
  const { body: lookedUp } = await team.api.get(`/prospects/lookup?platformId=${person.platformId}`)

  expect(body).toMatchObject({
    platformId: person.platformId,
    externalId: thread.prospectId,
    username: 'mina_k',
    handle: '@mina_k',
    displayName: 'Mina Kovac',
    verified: 'verified',
    websiteDomain: 'example.org',
    isFresh: true,
    isStale: false,
    context: { tags: [], statusId: null, valuation: null, notes: null },
  })
  expect(body.context.threads).toMatchObject([
    { id: thread.id, accountLinkId: thread.accountLinkId, lastMessageTimestamp: null },
  ])
  expect(lookedUp).toEqual(body)
})

test('a person the team has not met is null in a lookup and unknown by id', async () => {
  const team = await startTeam()
  const person = await aPerson(team)

  const lookedUp = await team.api.get(`/prospects/lookup?platformId=${person.platformId}`)
  const byPlatformId = await team.api.get(`/prospects/${person.platformId}`)

  expect([lookedUp.status, lookedUp.body]).toEqual([200, null])
  expect([byPlatformId.status, byPlatformId.body.error.code]).toEqual([404, 'PROSPECT_NOT_FOUND'])
})

test('each change of the context makes its event, once', async () => {
  const team = await startTeam()
  const { prospectId } = await aThread(team)
  const tag = await aTag(team, 'VIP')
  const statusId = await aStatus(team, 'Qualified')
  const before = (await team.events()).length
  const path = `/prospects/${prospectId}/context`

  const changed = await team.api.patch(path, { statusId, addTags: [tag], notes: 'Met in Lisbon', valuation: 1250.5 })
  const same = await team.api.patch(path, {
    statusId,
    addTags: [tag],
    notes: 'Met in Lisbon',
    valuation: 1250.5,
    removeTags: [],
  })
  const cleared = await team.api.patch(path, { statusId: null, removeTags: [tag], notes: null, valuation: null })

  expect(changed.body.context).toMatchObject({ statusId, tags: [tag], notes: 'Met in Lisbon', valuation: 1250.5 })
  expect(same.body.context).toEqual(changed.body.context)
  expect(cleared.body.context).toMatchObject({ statusId: null, tags: [], notes: null, valuation: null })
  const events = (await team.events()).slice(before)
  expect(events.slice(0, 4).sort()).toEqual([
    'prospect.notesChanged',
    'prospect.statusChanged',
    'prospect.tagsChanged',
    'prospect.valuationChanged',
  ])
  expect(events).toHaveLength(8)
})

test.each([
  ['tag to add', { addTags: ['unknown0unknown0unknown0'] }, 'TAG_NOT_FOUND'],
  ['tag to remove', { removeTags: ['unknown0unknown0unknown0'] }, 'TAG_NOT_FOUND'],
  ['status', { statusId: 'unknown0unknown0unknown0' }, 'STATUS_NOT_FOUND'],
  ['member', { assigneeId: 'unknown0unknown0unknown0' }, 'MEMBER_NOT_FOUND'],
])('an unknown %s undoes the whole update', async (_what, change, code) => {
  const team = await startTeam()
  const { prospectId } = await aThread(team)
  const tag = await aTag(team, 'VIP')
  const before = await team.events()

  const answer = await team.api.patch(`/prospects/${prospectId}/context`, {
    notes: 'New',
    valuation: 5,
    addTags: [tag],
    done: true,
    ...change,
  })

  expect([answer.status, answer.body.error.code]).toEqual([404, code])
  const { body } = await team.api.get(`/prospects/${prospectId}`)
  expect(body.context).toMatchObject({ notes: null, valuation: null, tags: [] })
  expect(await team.events()).toEqual(before)
})

test('assignee and done go to every thread of the prospect, with an event per thread that changed', async () => {
  const team = await startTeam()
  const person = await aPerson(team)
  const one = await aThread(team, { person })
  const two = await aThread(team, { person })
  const other = await aThread(team)
  await team.api.patch(`/threads/${one.id}`, { done: true })
  const before = (await team.events()).length

  const { status } = await team.api.patch(`/prospects/${one.prospectId}/context`, {
    assigneeId: team.ownerId,
    done: true,
  })

  expect(status).toBe(200)
  for (const [id, expected] of [
    [one.id, true],
    [two.id, true],
    [other.id, false],
  ] as const) {
    const { body } = await team.api.get(`/threads/${id}`)
    expect([body.done, body.assigneeId === team.ownerId]).toEqual([expected, expected])
  }
  expect((await team.events()).slice(before).sort()).toEqual(['thread.archived', 'thread.assigned', 'thread.assigned'])
  const third = await aThread(team, { person })
  expect((await team.api.get(`/threads/${third.id}`)).body.assigneeId).toBe(team.ownerId)
})

test('a thread’s own assignee stands over the prospect’s, and taking it away shows the prospect’s again', async () => {
  const team = await startTeam()
  const { id, prospectId } = await aThread(team)
  const { memberId } = await team.addMember()
  await team.api.patch(`/prospects/${prospectId}/context`, { assigneeId: team.ownerId })

  const own = await team.api.patch(`/threads/${id}`, { assigneeId: memberId })
  const back = await team.api.patch(`/threads/${id}`, { assigneeId: null })
  const none = await team.api.patch(`/prospects/${prospectId}/context`, { assigneeId: null })

  expect([own.body.assigneeId, back.body.assigneeId]).toEqual([memberId, team.ownerId])
  expect(none.status).toBe(200)
  expect((await team.api.get(`/threads/${id}`)).body.assigneeId).toBeNull()
})

test('a deleted tag leaves every prospect, a deleted status clears, with one event each', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const [tag, kept] = [await aTag(team, 'Old'), await aTag(team, 'Kept')]
  const statusId = await aStatus(team, 'Gone')
  await team.api.patch(`/prospects/${chat.prospectId}/context`, { addTags: [tag, kept], statusId })
  const before = (await team.events()).length

  await team.api.delete(`/tags/${tag}`)
  await team.api.delete(`/statuses/${statusId}`)

  const { body: thread } = await team.api.get(`/threads/${chat.id}`)
  expect(thread.prospect.context).toMatchObject({ tags: [kept], statusId: null })
  expect((await team.api.get('/threads?filters[statuses][noStatus]=true')).body.threads).toHaveLength(1)
  expect((await team.events()).slice(before)).toEqual(['tag.deleted', 'status.deleted'])
})

test('removing a tag that is not attached succeeds; naming one twice is refused', async () => {
  const team = await startTeam()
  const { prospectId } = await aThread(team)
  const tag = await aTag(team, 'VIP')
  const path = `/prospects/${prospectId}/context`

  expect((await team.api.patch(path, { removeTags: [tag] })).status).toBe(200)
  expect((await team.api.patch(path, { addTags: [tag], removeTags: [tag] })).status).toBe(400)
})
