import { expect, test } from 'vitest'
import { aChat, personReacts } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'

async function personTakesBack(
  team: TestTeam,
  { person }: { person: { platformId: string } },
  messageId: string,
  emoji: string,
): Promise<void> {
  const { body: message } = await team.v2.get(`/messages/${messageId}`)
  const reaction = { messagePlatformId: message.platformId, emoji }
  await team.sandbox.delete(`/people/${person.platformId}/reactions`, reaction)
}

const statement = (team: TestTeam) => team.server.core.db

test('a third person who reacts is shown by the id of the platform', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  await statement(team).query`
    with counted as (update messages set reactions_version = 1 where id = ${chat.outbound})
    insert into reactions (team_id, message_id, author_platform_id, emoji, created_at)
    values (${team.teamId}, ${chat.outbound}, '4711', '🎉', now())`

  const { body } = await team.v2.get(`/messages/${chat.outbound}?expand=reactions.author`)

  expect(body.reactions).toEqual([
    { emoji: '🎉', createdAt: expect.any(String), author: { type: 'unknown', platformId: '4711' } },
  ])
})

test('reactions answer with all there are and how often they changed', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/messages/${chat.inbound}/reactions`

  const first = await team.v2.post(path, { emoji: '👍' })
  const same = await team.v2.post(path, { emoji: '👍' })
  const other = await team.v2.post(path, { emoji: '👩🏽‍🚀' })
  const none = await team.v2.delete(`${path}?emoji=${encodeURIComponent('👍')}`)
  const last = await team.v2.delete(`${path}?emoji=${encodeURIComponent('👩🏽‍🚀')}`)

  expect(first.body).toEqual({
    reactions: [
      {
        emoji: '👍',
        createdAt: expect.any(String),
        author: { type: 'accountLink', accountLinkId: chat.accountLinkId },
      },
    ],
    version: 1,
  })
  expect(same.body).toEqual(first.body)
  expect([other.body.reactions.length, other.body.reactions[0].emoji, other.body.version]).toEqual([1, '👩🏽‍🚀', 3])
  expect(none.body).toEqual(other.body)
  expect(last.body).toEqual({ reactions: [], version: 4 })
  const { body } = await team.v2.get('/events?type=message.reactionAdded&type=message.reactionRemoved')
  expect(body.data.map(({ type, data }: { type: string; data: { emoji: string } }) => [type, data.emoji])).toEqual([
    ['message.reactionAdded', '👍'],
    ['message.reactionRemoved', '👍'],
    ['message.reactionAdded', '👩🏽‍🚀'],
    ['message.reactionRemoved', '👩🏽‍🚀'],
  ])
})

test.each(['', 'ok', '👍👍', '👍 '])('"%s" is no reaction', async (emoji) => {
  const team = await startTeam()
  const chat = await aChat(team)

  for (const { status, body } of [
    await team.v2.post(`/messages/${chat.inbound}/reactions`, { emoji }),
    await team.v2.delete(`/messages/${chat.inbound}/reactions?emoji=${encodeURIComponent(emoji)}`),
  ]) {
    expect([status, body.code]).toEqual([400, 'invalidRequest'])
    expect(body.details.issues).toEqual([{ path: ['emoji'], message: 'must be exactly one emoji' }])
  }
})

test('a thread tells its latest activity, and a late message does not hide a later reaction', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const thread = async () => (await team.v2.get(`/messages/${chat.outbound}?expand=thread`)).body.thread

  const before = await thread()
  await personReacts(team, chat, chat.outbound, '🎉')

  expect(before).toMatchObject({
    platform: 'twitter',
    acceptanceState: 'unknown',
    typingIndicators: 'teamDefault',
    lastMessage: { id: chat.outbound, direction: 'outbound' },
    activity: { preview: 'Hi, how can we help?', direction: 'outbound', at: before.lastMessage.createdAt },
  })
  const after = await thread()
  expect(after.lastMessage).toEqual(before.lastMessage)
  expect(after.activity).toMatchObject({ preview: 'Reacted with 🎉', direction: 'inbound' })
  expect(after.activity.at > before.activity.at).toBe(true)
})

test('a reaction that is taken back is no activity any more', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const thread = async () => (await team.v2.get(`/threads/${chat.id}`)).body
  const found = async (q: string) =>
    (await team.v2.get(`/threads?folder=all&q=${encodeURIComponent(q)}`)).body.data.length
  const path = `/messages/${chat.outbound}/reactions`

  const { activity: message } = await thread()
  await personReacts(team, chat, chat.inbound, '🎉')
  const { activity: theirs } = await thread()
  await team.v2.post(path, { emoji: '👍' })
  await team.v2.post(path, { emoji: '😀' })

  expect((await thread()).activity).toMatchObject({ preview: 'You reacted with 😀', direction: 'outbound' })
  await team.v2.delete(`${path}?emoji=${encodeURIComponent('😀')}`)
  expect((await thread()).activity).toEqual(theirs)
  expect([await found('you reacted'), await found('reacted with')]).toEqual([0, 1])
  await personTakesBack(team, chat, chat.inbound, '🎉')
  await eventually(async () => (await thread()).activity.preview === message.preview, 'the message is shown again')
  expect((await thread()).activity).toEqual(message)
  expect([await found('reacted with'), await found('how can we help')]).toEqual([0, 1])
})

test('a reaction is a turn, too: it says in both versions who is waited for', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const awaited = async () => [
    (await team.v2.get('/threads?folder=noReply')).body.data.length,
    (await team.v2.get(`/threads?folder=noReply&accountLinkId=${chat.accountLinkId}`)).body.data.length,
    (await team.api.get('/threads?inbox=no-reply')).body.threads.length,
  ]
  const path = `/messages/${chat.inbound}/reactions`

  expect(await awaited()).toEqual([0, 0, 0])
  await personReacts(team, chat, chat.outbound, '🎉')
  expect(await awaited()).toEqual([1, 1, 1])
  await team.v2.post(path, { emoji: '👍' })
  expect(await awaited()).toEqual([0, 0, 0])
  await team.v2.delete(`${path}?emoji=${encodeURIComponent('👍')}`)
  expect(await awaited()).toEqual([1, 1, 1])
})

test('a reaction moves its thread to the top of the inbox in both versions, until it is taken back', async () => {
  const team = await startTeam()
  const reactedTo = await aChat(team)
  const latest = await aChat(team)
  const inOrder = async () => {
    const { body: v1 } = await team.api.get('/threads')
    const { body: v2 } = await team.v2.get('/threads')
    const idsOf = (threads: { id: string }[]) => threads.map(({ id }) => id)
    expect(idsOf(v1.threads)).toEqual(idsOf(v2.data))
    return { ids: idsOf(v2.data), top: { sortedBy: v1.threads[0].computedSortTimestamp, at: v2.data[0].activity.at } }
  }

  expect((await inOrder()).ids).toEqual([latest.id, reactedTo.id])
  await personReacts(team, reactedTo, reactedTo.outbound, '🎉')
  const { ids, top } = await inOrder()
  expect(ids).toEqual([reactedTo.id, latest.id])
  expect(top.sortedBy).toBe(top.at)
  await personTakesBack(team, reactedTo, reactedTo.outbound, '🎉')
  // Asked of one version: between two answers the platform's news may come.
  await eventually(async () => (await team.v2.get('/threads')).body.data[0].id === latest.id, 'the thread where it was')
  expect((await inOrder()).ids).toEqual([latest.id, reactedTo.id])
})
