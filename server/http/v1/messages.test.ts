import { expect, test } from 'vitest'
import { aChat, anAccount, aPerson, aThread, deliveries, personWrites } from '../../test/factories.ts'
import { eventually, startTeam } from '../../test/harness.ts'

test('a sent message arrives once, belongs to the token’s creator, and is one event', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { body: me } = await team.api.get(`/members/${team.ownerId}`)

  const { status, body: message } = await team.api.post(`/threads/${thread.id}/messages`, {
    content: 'Hello @mina, see https://example.org/x #launch $ABC',
  })

  expect(status).toBe(200)
  expect(message).toMatchObject({
    threadId: thread.id,
    authorId: thread.accountLinkId,
    userId: me.userId,
    origin: 'api',
    campaignId: null,
    isEdited: false,
    isEncrypted: false,
    reactions: [],
  })
  expect(message.entities.mentions).toEqual([
    { username: 'mina', displayName: null, platformId: null, indices: { start: 6, end: 11 } },
  ])
  expect(await deliveries(team, thread.accountLinkId)).toMatchObject([
    { platformId: message.platformId, to: thread.person.platformId },
  ])
  expect(await team.events()).toEqual(['prospect.created', 'thread.created', 'message.created'])
  const { body: after } = await team.api.get(`/threads/${thread.id}`)
  expect(after.lastMessage).toMatchObject({ id: message.id, authorId: thread.accountLinkId, userId: me.userId })
  expect(after.computedSortTimestamp).toBe(message.createdAt)
})

test('a conversation becomes X Chat once both sides have written', async () => {
  const team = await startTeam()
  const thread = await aThread(team)

  await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello' })
  const { body: before } = await team.api.get(`/threads/${thread.id}`)
  await personWrites(team, thread, 'Hi!')
  const { body: after } = await team.api.get(`/threads/${thread.id}`)

  expect([before.variant, after.variant]).toEqual(['unencrypted', 'xChat'])
})

test('a quick send finds or makes prospect and thread', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)
  const request = { accountLinkId: account.id, externalPlatformId: person.platformId }

  const first = await team.api.post('/threads/messages', { ...request, content: 'One' })
  const second = await team.api.post('/threads/messages', { ...request, content: 'Two' })

  expect(first.status).toBe(200)
  expect(second.body.thread).toEqual(first.body.thread)
  expect(first.body.thread.platformId).toContain(person.platformId)
  expect((await deliveries(team, account.id)).map(({ content }) => content)).toEqual(['One', 'Two'])
  expect(await team.events()).toEqual(['prospect.created', 'thread.created', 'message.created', 'message.created'])
})

test('a quick send to nobody is not found and sends nothing', async () => {
  const team = await startTeam()
  const account = await anAccount(team)

  const answer = await team.api.post('/threads/messages', {
    accountLinkId: account.id,
    externalPlatformId: '404',
    content: 'Anybody?',
  })

  expect([answer.status, answer.body.error.code]).toEqual([404, 'PROSPECT_NOT_FOUND'])
  expect(await deliveries(team, account.id)).toEqual([])
  expect(await team.events()).toEqual([])
})

test('both ids of a prospect must mean the same person, and one is required', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const other = await aPerson(team)
  const request = { accountLinkId: thread.accountLinkId, content: 'Hi' }

  const neither = await team.api.post('/threads/messages', request)
  const same = await team.api.post('/threads/messages', {
    ...request,
    externalId: thread.prospectId,
    externalPlatformId: thread.person.platformId,
  })
  const different = await team.api.post('/threads/messages', {
    ...request,
    externalId: thread.prospectId,
    externalPlatformId: other.platformId,
  })

  expect([neither.status, same.status, different.status]).toEqual([400, 200, 400])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a reply quotes a message of its thread; a message of another thread is not found', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const other = await aChat(team)

  const reply = await team.api.post(`/threads/${chat.id}/messages`, {
    content: 'About that',
    replyToMessageId: chat.inbound,
  })
  const foreign = await team.api.post(`/threads/${chat.id}/messages`, {
    content: 'About that',
    replyToMessageId: other.inbound,
  })

  expect(reply.body.replyData).toMatchObject({ messageId: chat.inbound, content: 'Hello there' })
  expect([foreign.status, foreign.body.error.code]).toEqual([404, 'MESSAGE_NOT_FOUND'])
  expect(await deliveries(team, chat.accountLinkId)).toHaveLength(2)
})

test('length is counted as people count: ten thousand emoji fit, one more does not', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const family = '👨‍👩‍👧‍👦'

  const fits = await team.api.post(`/threads/${thread.id}/messages`, { content: family.repeat(10_000) })
  const tooLong = await team.api.post(`/threads/${thread.id}/messages`, { content: family.repeat(10_001) })

  expect([fits.status, tooLong.status]).toEqual([200, 422])
  expect(tooLong.body.error.code).toBe('UNPROCESSABLE_CONTENT')
})

test('an edit keeps every version in the history', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`
  const { body: page } = await team.api.get(`/threads/${chat.id}/messages`)
  const original = page.messages.find((message: { id: string }) => message.id === chat.outbound)

  const first = await team.api.patch(path, { content: 'Second try' })
  await team.api.patch(path, { content: 'Third try' })
  const same = await team.api.patch(path, { content: 'Third try' })

  expect(first.body).toMatchObject({ success: true, messageId: chat.outbound, content: 'Second try' })
  expect(same.status).toBe(200)
  const { body: history } = await team.api.get(`${path}/history`)
  expect(history.deletion).toBeNull()
  expect(
    history.versions.map((version: { content: string; editOrigin: string | null }) => [
      version.content,
      version.editOrigin,
    ]),
  ).toEqual([
    [original.content, null],
    ['Second try', 'api'],
    ['Third try', 'api'],
  ])
  expect(history.versions[0].createdAt).toBe(original.createdAt)
  expect((await team.events()).filter((type) => type === 'message.edited')).toHaveLength(2)
  const { body: thread } = await team.api.get(`/threads/${chat.id}`)
  expect(thread.lastMessage.content).toBe('Third try')
})

test('editing and deleting need X Chat and, for everybody, a message of ours', async () => {
  const team = await startTeam()
  const plain = await aThread(team)
  const { body: sent } = await team.api.post(`/threads/${plain.id}/messages`, { content: 'Plain' })
  const chat = await aChat(team)

  const editPlain = await team.api.patch(`/threads/${plain.id}/messages/${sent.id}`, { content: 'Changed' })
  const deletePlain = await team.api.delete(`/threads/${plain.id}/messages/${sent.id}`)
  const editTheirs = await team.api.patch(`/threads/${chat.id}/messages/${chat.inbound}`, { content: 'Changed' })
  const deleteTheirs = await team.api.delete(`/threads/${chat.id}/messages/${chat.inbound}`, { deleteForAll: true })
  const hideTheirs = await team.api.delete(`/threads/${chat.id}/messages/${chat.inbound}`, { deleteForAll: false })

  expect([editPlain, deletePlain, editTheirs, deleteTheirs].map(({ status }) => status)).toEqual([422, 422, 422, 422])
  expect(hideTheirs.status).toBe(200)
})

test('a deleted message stays listed with its content, and its history tells how it was deleted', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`

  const self = await team.api.delete(path, { deleteForAll: false })
  const all = await team.api.delete(path)
  const again = await team.api.delete(path, {})

  expect([self.status, all.status, again.status]).toEqual([200, 200, 200])
  expect(again.body).toEqual(all.body)
  const { body: page } = await team.api.get(`/threads/${chat.id}/messages`)
  const message = page.messages.find((one: { id: string }) => one.id === chat.outbound)
  expect(message.content).toBe('Hi, how can we help?')
  expect(message).toMatchObject({ deletedAt: self.body.deletedAt, platformDeletedAt: all.body.deletedAt })
  const { body: history } = await team.api.get(`${path}/history`)
  expect(history.deletion).toMatchObject({ deletionType: 'all', origin: 'api', deletedAt: all.body.deletedAt })
  const [delivered] = (await deliveries(team, chat.accountLinkId)).filter(
    ({ platformId }) => platformId === message.platformId,
  )
  expect(message.platformDeletedAt).toBe(delivered?.deletedAt)
  expect((await team.events()).filter((type) => type === 'message.deleted')).toHaveLength(2)
  expect((await team.api.patch(path, { content: 'Too late' })).status).toBe(422)
})

test('reactions come and go once; another emoji takes the place of the first', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.inbound}/reactions/reactions`
  const before = (await team.events()).length

  await team.api.post(path, { emoji: '👍' })
  await team.api.post(path, { emoji: '👍' })
  await team.api.post(path, { emoji: '❤️' })
  const { body: page } = await team.api.get(`/threads/${chat.id}/messages`)
  const message = page.messages.find((one: { id: string }) => one.id === chat.inbound)
  expect(message.reactions).toMatchObject([{ emoji: '❤️' }])
  expect(Object.keys(message.reactions[0]).sort()).toEqual(['createdAt', 'emoji', 'senderPlatformId'])
  await team.api.delete(path, { emoji: '👍' })
  await team.api.delete(path, { emoji: '❤️' })

  expect((await team.events()).slice(before)).toEqual([
    'message.reactionAdded',
    'message.reactionRemoved',
    'message.reactionAdded',
    'message.reactionRemoved',
  ])
  expect((await team.api.post(path, { emoji: 'ok' })).status).toBe(400)
  expect((await team.api.post(path, { emoji: '👍👍' })).status).toBe(400)
})

test('what the person edits, unsends, and reacts with reaches the thread', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { platformId, messageId } = await personWrites(team, chat, 'Helo')
  const before = (await team.events()).length
  const person = `/people/${chat.person.platformId}`

  await team.sandbox.patch(`${person}/messages/${platformId}`, { content: 'Hello' })
  await team.sandbox.post(`${person}/reactions`, { messagePlatformId: platformId, emoji: '🔥' })
  await team.sandbox.post(`${person}/typing`, { accountLinkId: chat.accountLinkId })
  await team.sandbox.delete(`${person}/messages/${platformId}`)

  const types = await eventually(async () => {
    const all = (await team.events()).slice(before)
    return all.length >= 4 && all
  })
  expect(types).toEqual(['message.edited', 'message.reactionAdded', 'thread.typing', 'message.deleted'])
  const { body: history } = await team.api.get(`/threads/${chat.id}/messages/${messageId}/history`)
  expect(history.versions.map((version: { content: string }) => version.content)).toEqual(['Helo', 'Hello'])
  expect(history.deletion).toMatchObject({
    deletionType: 'all',
    origin: 'external',
    deletionAuthorPlatformId: chat.person.platformId,
  })
})

test('messages are paged from the newest without repeat or gap', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  for (let i = 0; i < 7; i++) await team.api.post(`/threads/${thread.id}/messages`, { content: `Message ${i}` })

  const seen: string[] = []
  let query = '?limit=3'
  for (let pages = 0; pages < 5 && query !== ''; pages++) {
    const { body } = await team.api.get(`/threads/${thread.id}/messages${query}`)
    seen.push(...body.messages.map((message: { content: string }) => message.content))
    const { nextCursor } = body
    query = nextCursor
      ? `?limit=3&cursorId=${nextCursor.id}&cursorTimestamp=${encodeURIComponent(nextCursor.timestamp)}`
      : ''
  }

  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `Message ${i}`))
})
