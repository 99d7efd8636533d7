import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connector } from '../../connectors/connector.ts'
import { createApiToken, revokeApiToken } from '../../domain/api-tokens.ts'
import { systemClock } from '../../domain/clock.ts'
import type { MemberId, TeamId, TokenId } from '../../store/ids.ts'
import { aChat, anAccount, aPerson, aThread, personWrites } from '../../test/factories.ts'
import { apiAt, eventually, startOwnServer, startTeam, type TestTeam, teamOn } from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'

const statement = (team: TestTeam) => team.server.core.db

test('a message has everything of it, also what v1 does not tell', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const content = '👋 @mina_k see example.org #launch'
  const { body: sent } = await team.api.post(`/threads/${chat.id}/messages`, {
    content,
    replyToMessageId: chat.inbound,
  })

  const { body: message } = await team.v2.get(`/messages/${sent.id}`)
  const { body: quoted } = await team.v2.get(`/messages/${chat.inbound}`)

  expect(message).toEqual({
    id: sent.id,
    threadId: chat.id,
    accountLinkId: chat.accountLinkId,
    platform: 'twitter',
    platformId: sent.platformId,
    direction: 'outbound',
    sentBy: { type: 'api', tokenId: expect.any(String) },
    content,
    entities: {
      urls: [{ url: 'https://example.org', displayUrl: 'example.org', indices: { start: 14, end: 25 } }],
      postShares: [],
      mentions: [{ username: 'mina_k', displayName: null, platformId: null, indices: { start: 2, end: 9 } }],
      hashtags: [{ tag: 'launch', indices: { start: 26, end: 33 } }],
      cashtags: [],
      format: [],
    },
    attachments: [],
    forwarded: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: sent.createdAt,
    platformData: { _tag: 'twitter', encrypted: true },
    replyTo: {
      messageId: chat.inbound,
      platformId: quoted.platformId,
      content: 'Hello there',
      authorName: expect.any(String),
    },
  })
  expect(quoted).toMatchObject({
    direction: 'inbound',
    sentBy: null,
    content: 'Hello there',
    entities: { urls: [], postShares: [], mentions: [], hashtags: [], cashtags: [], format: [] },
    platformData: { encrypted: false },
    replyTo: null,
  })
})

test('pages follow each other in either order, and show what v1 shows', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  for (const content of ['3', '4', '5']) await team.api.post(`/threads/${chat.id}/messages`, { content })
  const { body: v1 } = await team.api.get(`/threads/${chat.id}/messages`)
  const newestFirst = v1.messages.map(({ id }: { id: string }) => id)
  const walk = async (query: string) => {
    const pages: string[][] = []
    let cursor = ''
    do {
      const { body } = await team.v2.get(`/threads/${chat.id}/messages?limit=2${query}${cursor}`)
      pages.push(body.data.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor && `&cursor=${body.nextCursor}`
    } while (cursor)
    return pages
  }

  expect((await walk('')).map(({ length }) => length)).toEqual([2, 2, 1])
  expect((await walk('&order=desc')).flat()).toEqual(newestFirst)
  expect((await walk('&order=asc')).flat()).toEqual(newestFirst.toReversed())
})

test('a cursor is good for its own thread and order', async () => {
  const team = await startTeam()
  const [chat, other] = [await aChat(team), await aChat(team)]
  const { body } = await team.v2.get(`/threads/${chat.id}/messages?limit=1`)

  for (const path of [`/threads/${other.id}/messages?`, `/threads/${chat.id}/messages?order=asc&`]) {
    expect((await team.v2.get(`${path}cursor=${body.nextCursor}`)).body.code).toBe('invalidCursor')
  }
  expect((await team.v2.get(`/threads/${chat.id}/messages?expand=thread&cursor=${body.nextCursor}`)).status).toBe(200)
})

test('what an id refers to is shown beside it when asked for, and only then', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { body: reply } = await team.api.post(`/threads/${chat.id}/messages`, {
    content: 'Yes',
    replyToMessageId: chat.inbound,
  })
  await team.api.post(`/threads/${chat.id}/messages/${reply.id}/reactions/reactions`, { emoji: '👍' })
  await react(team, chat, reply.id, '❤️')
  const path = `/messages/${reply.id}`

  const plain = await team.v2.get(path)
  const first = await team.v2.get(`${path}?expand=sentBy&expand=reactions.author&expand=replyTo.message&expand=thread`)
  const second = await team.v2.get(`/threads/${chat.id}/messages?expand=accountLink`)

  expect(plain.body).not.toHaveProperty('thread')
  expect(plain.body.sentBy).toEqual({ type: 'api', tokenId: expect.any(String) })
  expect(plain.body.reactions.map(({ author }: { author: { type: string } }) => Object.keys(author).sort())).toEqual([
    ['accountLinkId', 'type'],
    ['contactId', 'profileId', 'type'],
  ])
  const { body } = first
  expect(body.sentBy.token).toEqual({ id: body.sentBy.tokenId, name: 'tests' })
  expect(body.reactions).toMatchObject([
    { emoji: '👍', author: { type: 'accountLink', accountLink: { id: chat.accountLinkId } } },
    {
      emoji: '❤️',
      author: {
        type: 'profile',
        profileId: chat.prospectId,
        profile: { id: chat.prospectId, platformId: chat.person.platformId },
        contact: { profiles: [{ id: chat.prospectId }] },
      },
    },
  ])
  expect(body.replyTo.message).toEqual((await team.v2.get(`/messages/${chat.inbound}`)).body)
  expect(body.thread).toMatchObject({ id: chat.id, profileId: chat.prospectId, restrictions: [] })
  expect(body).not.toHaveProperty('accountLink')
  expect(second.body.data[0].accountLink.id).toBe(chat.accountLinkId)
  const five = 'sentBy reactions.author thread accountLink replyTo.message'.split(' ').map((value) => `expand=${value}`)
  expect((await team.v2.get(`${path}?${five.join('&')}`)).body.code).toBe('invalidRequest')
})

test('expanding a long page takes no more statements than a short one', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  for (const content of ['a', 'b', 'c', 'd']) {
    const request = { target: { type: 'thread', threadId: chat.id }, content, replyToMessageId: chat.inbound }
    const { body } = await team.v2.post('/messages', request)
    await team.v2.post(`/messages/${body.message.id}/reactions`, { emoji: '👍' })
  }
  const { core } = team.server
  const { db } = core
  onTestFinished(() => {
    core.db = db
  })
  let count = 0
  core.db = {
    ...db,
    query: (...statement) => {
      count++
      return db.query(...statement)
    },
  }
  const statements = async (limit: number) => {
    const before = count
    const expand = 'expand=sentBy&expand=reactions.author&expand=replyTo.message&expand=accountLink'
    const { body } = await team.v2.get(`/threads/${chat.id}/messages?limit=${limit}&${expand}`)
    expect(
      body.data.filter((message: { replyTo: { message: object } | null }) => message.replyTo?.message).length,
    ).toBe(limit)
    return count - before
  }

  // Now and then something else asks the database at the same time: the least is what the page takes.
  const least = async (limit: number) => {
    const counts: number[] = []
    for (let i = 0; i < 5; i++) counts.push(await statements(limit))
    return Math.min(...counts)
  }
  expect(await least(4)).toBe(await least(1))
})

test('whoever sent a message is told by what means', async () => {
  const team = await startTeam()
  const { core } = team.server
  const chat = await aChat(team)
  const { apiToken, token } = await createApiToken(core, team.teamId as TeamId, {
    memberId: team.ownerId as MemberId,
    name: 'robot',
    expiresAt: null,
  })
  const robot = apiAt(`${team.server.url}/api/v1`, token)
  const { body: byToken } = await robot.post(`/threads/${chat.id}/messages`, { content: 'Beep' })
  const sentBy = async (written: Partial<Record<'origin' | 'member' | 'agent' | 'campaign' | 'step', string>>) => {
    const { body } = await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hi' })
    const { origin = 'api', member = null, agent = null, campaign = null, step = null } = written
    await statement(team).query`
      update messages set origin = ${origin}, token_id = null, member_id = ${member}, agent_id = ${agent}, campaign_id = ${campaign},
        campaign_step_id = ${step}
      where team_id = ${team.teamId} and id = ${body.id}`
    return (await team.v2.get(`/messages/${body.id}?expand=sentBy`)).body.sentBy
  }

  // As the web inbox, an agent, a campaign, another app, and a token nobody remembers would leave them.
  const member = { memberId: team.ownerId, member: { id: team.ownerId, name: 'Olga Owner' } }
  expect(await sentBy({ origin: 'inbox', member: team.ownerId })).toMatchObject({ type: 'member', ...member })
  expect(await sentBy({ member: team.ownerId, agent: 'a1' })).toMatchObject({ type: 'agent', agentId: 'a1', ...member })
  expect(await sentBy({ member: team.ownerId, campaign: 'c1', step: 's1' })).toEqual({
    type: 'campaign',
    campaignId: 'c1',
    stepId: 's1',
  })
  expect(await sentBy({ origin: 'platform' })).toBeNull()
  expect(await sentBy({})).toEqual({ type: 'api', tokenId: null })

  const expanded = await team.v2.get(`/messages/${byToken.id}?expand=sentBy`)
  expect(expanded.body.sentBy.token).toEqual({ id: apiToken.id, name: 'robot' })
  await revokeApiToken(core, team.teamId as TeamId, apiToken.id as TokenId)
  const afterwards = await team.v2.get(`/messages/${byToken.id}?expand=sentBy`)
  expect(afterwards.body.sentBy).toEqual({ type: 'api', tokenId: apiToken.id })
})

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

test('an edit answers with the message, keeps what it said, and shows to both versions', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const { status, body } = await team.v2.patch(`/messages/${chat.outbound}`, { content: 'See https://example.org' })

  expect([status, body.content, body.entities.urls.length]).toEqual([200, 'See https://example.org', 1])
  expect(body.editedAt).toEqual(expect.any(String))
  expect((await team.v2.get(`/messages/${chat.outbound}`)).body).toEqual(body)
  const { body: v1 } = await team.api.get(`/threads/${chat.id}/messages`)
  expect(v1.messages[0]).toMatchObject({ id: chat.outbound, content: body.content, updatedAt: body.editedAt })
  const { body: history } = await team.v2.get(`/messages/${chat.outbound}/history`)
  expect(history).toEqual({
    versions: [
      { content: 'Hi, how can we help?', createdAt: body.createdAt, origin: 'api' },
      { content: body.content, createdAt: body.editedAt, origin: 'api' },
    ],
    deletion: null,
    times: 'platform',
  })
  expect((await team.events()).at(-1)).toBe('message.edited')
})

test('a message that was never changed has its first version for a history', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const { body } = await team.v2.get(`/messages/${chat.inbound}/history`)

  expect(body).toMatchObject({ versions: [{ content: 'Hello there', origin: 'platform' }], deletion: null })
})

test('a deletion that is repeated answers as the first one, whatever has happened since; a wider one goes further', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/messages/${chat.outbound}`

  const hidden = await team.v2.delete(`${path}?scope=self`)
  const unsent = await team.v2.delete(`${path}?scope=all`)
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { status: 'offline' })
  const again = await team.v2.delete(`${path}?scope=all`)
  const narrower = await team.v2.delete(`${path}?scope=self`)

  expect([hidden.status, hidden.body.scope, unsent.body.scope]).toEqual([200, 'self', 'all'])
  expect(again.body).toEqual(unsent.body)
  expect(narrower.body).toEqual(unsent.body)
  const { body: message } = await team.v2.get(path)
  expect(message).toMatchObject({ deletedAt: unsent.body.deletedAt, content: 'Hi, how can we help?' })
  expect((await team.v2.get(`${path}/history`)).body.deletion).toMatchObject({ scope: 'all', origin: 'api' })
  const { body: events } = await team.v2.get('/events?type=message.deleted')
  expect(events.data.map(({ data }: { data: { scope: string } }) => data.scope)).toEqual(['self', 'all'])
})

test("the other side's message can be hidden, not unsent", async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const unsent = await team.v2.delete(`/messages/${chat.inbound}?scope=all`)
  const hidden = await team.v2.delete(`/messages/${chat.inbound}?scope=self`)
  const unsentLater = await team.v2.delete(`/messages/${chat.inbound}?scope=all`)

  for (const { status, body } of [unsent, unsentLater]) {
    expect([status, body.code, body.details]).toEqual([
      422,
      'messageNotModifiable',
      { reason: 'somebody else wrote it' },
    ])
  }
  expect(hidden.body).toMatchObject({ messageId: chat.inbound, scope: 'self' })
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
  await react(team, chat, chat.outbound, '🎉')

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
  await react(team, chat, chat.inbound, '🎉')
  const { activity: theirs } = await thread()
  await team.v2.post(path, { emoji: '👍' })
  await team.v2.post(path, { emoji: '😀' })

  expect((await thread()).activity).toMatchObject({ preview: 'You reacted with 😀', direction: 'outbound' })
  await team.v2.delete(`${path}?emoji=${encodeURIComponent('😀')}`)
  expect((await thread()).activity).toEqual(theirs)
  expect([await found('you reacted'), await found('reacted with')]).toEqual([0, 1])
  const { body: reacted } = await team.v2.get(`/messages/${chat.inbound}`)
  await team.sandbox.delete(`/people/${chat.person.platformId}/reactions`, {
    messagePlatformId: reacted.platformId,
    emoji: '🎉',
  })
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
  await react(team, chat, chat.outbound, '🎉')
  expect(await awaited()).toEqual([1, 1, 1])
  await team.v2.post(path, { emoji: '👍' })
  expect(await awaited()).toEqual([0, 0, 0])
  await team.v2.delete(`${path}?emoji=${encodeURIComponent('👍')}`)
  expect(await awaited()).toEqual([1, 1, 1])
})

const changes = {
  edit: {
    need: 'message:edit',
    call: (team: TestTeam, id: string) => team.v2.patch(`/messages/${id}`, { content: 'x' }),
  },
  unsend: { need: 'message:unsend', call: (team: TestTeam, id: string) => team.v2.delete(`/messages/${id}?scope=all`) },
  hide: {
    need: 'message:delete:self',
    call: (team: TestTeam, id: string) => team.v2.delete(`/messages/${id}?scope=self`),
  },
  react: {
    need: 'message:react',
    call: (team: TestTeam, id: string) => team.v2.post(`/messages/${id}/reactions`, { emoji: '👍' }),
  },
} as const
type Change = keyof typeof changes

describe.each(Object.keys(changes) as Change[])('to %s', (name) => {
  const { need, call } = changes[name]
  const operation = { edit: 'edit', unsend: 'delete', hide: 'delete', react: 'react' }[name]

  test('takes an account that can, and a refusal changes nothing', async () => {
    const team = await startTeam()
    const chat = await aChat(team)
    const before = await team.events()
    const { body: message } = await team.v2.get(`/messages/${chat.outbound}`)
    const refusedAs = async (state: object) => {
      await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, state)
      const { status, body } = await eventually(async () => {
        const answer = await call(team, chat.outbound)
        return answer.status >= 400 && answer
      }, 'a refusal')
      return [status, body.code, body.details]
    }

    const { accountLinkId } = chat
    expect(await refusedAs({ status: 'offline' })).toEqual([
      409,
      'accountLinkDisconnected',
      { accountLinkId, status: 'offline' },
    ])
    expect(await refusedAs({ status: 'paused', pauseReasons: ['no-xchat'] })).toEqual([
      409,
      'integrationSetupRequired',
      { accountLinkId },
    ])
    expect(await refusedAs({ status: 'active', pauseReasons: [], missingCapabilities: [need] })).toEqual([
      422,
      'capabilityNotSupported',
      { capability: need },
    ])
    expect((await team.v2.get(`/messages/${chat.outbound}`)).body).toEqual(message)
    expect(await team.events()).toEqual(before)
  })

  test('hears from the platform when it refuses, is busy or is down', async () => {
    const team = await startTeam()
    const chat = await aChat(team)
    const refusedWith = async (outcome: string, more: object = {}) => {
      await team.sandbox.post('/faults', { operation, outcome, accountLinkId: chat.accountLinkId, times: 1, ...more })
      const { status, body, headers } = await call(team, chat.outbound)
      return [status, body.code, body.details, headers.get('retry-after')]
    }

    expect(await refusedWith('rateLimited', { retryAfterSeconds: 7 })).toEqual([
      429,
      'platformRateLimited',
      { retryAfterSeconds: 7 },
      '7',
    ])
    expect(await refusedWith('down')).toEqual([503, 'platformUnavailable', { retryAfterSeconds: null }, null])
    expect((await refusedWith('rejected'))[0]).toBe(422)
    expect((await call(team, chat.outbound)).status).toBe(200)
  })

  test('takes a message of the team', async () => {
    const [ours, theirs] = [await startTeam(), await startTeam()]
    const chat = await aChat(theirs)

    for (const id of [chat.outbound, 'zz0unknown0message000000']) {
      const { status, body } = await call(ours, id)
      expect([status, body.code, body.details]).toEqual([404, 'messageNotFound', null])
    }
    expect((await call(ours, 'NOT-AN-ID')).body.code).toBe('invalidRequest')
  })
})

test.each(['edit', 'unsend', 'hide'] as const)('a plain conversation does not let us %s', async (name) => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { body: sent } = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello' })

  const { status, body } = await changes[name].call(team, sent.id)

  expect([status, body.code, body.details]).toEqual([422, 'threadRestricted', { capability: changes[name].need }])
  const { body: shown } = await team.v2.get(`/messages/${sent.id}?expand=thread`)
  expect(shown.thread.restrictions).toContain(changes[name].need)
})

test('what is deleted, too long or invisible cannot be written', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const edit = async (content: string) => (await team.v2.patch(`/messages/${chat.outbound}`, { content })).body

  expect(await edit('a'.repeat(10_001))).toMatchObject({
    code: 'contentRejected',
    details: { detail: 'longer than 10000 characters' },
  })
  expect(await edit(' \u200b ')).toMatchObject({ code: 'invalidRequest', details: { issues: [{ path: ['content'] }] } })
  expect(await edit('')).toMatchObject({ code: 'invalidRequest', details: { issues: [{ path: ['content'] }] } })
  await team.v2.delete(`/messages/${chat.outbound}?scope=self`)
  expect(await edit('Too late')).toMatchObject({
    code: 'messageNotModifiable',
    details: { reason: 'it was deleted' },
  })
})

test('a message of a deleted thread is gone', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  await team.api.delete(`/threads/${chat.id}`)

  expect((await team.v2.get(`/messages/${chat.outbound}`)).body.code).toBe('messageNotFound')
  expect((await team.v2.get(`/threads/${chat.id}/messages`)).body.code).toBe('threadNotFound')
})

test('reads end where the platform is not available to the team', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)
  const { messageId, threadId } = await personWrites(team, { accountLinkId: account.id, person })
  await statement(team).query`update teams set platforms = '{linkedin}' where id = ${team.teamId}`

  const paths = ['', '/history', '/attachments/0'].map((rest) => `/messages/${messageId}${rest}`)
  for (const path of [`/threads/${threadId}/messages`, ...paths]) {
    await eventually(async () => (await team.v2.get(path)).status === 403, 'the change of the team')
    expect((await team.v2.get(path)).body).toMatchObject({
      code: 'platformNotAvailable',
      details: { platform: 'twitter' },
    })
  }
})

test('what a platform is like decides: how long a message can be edited, whose times a history has, and when it failed', async () => {
  const clock = new ManualClock(systemClock.now())
  const server = await startOwnServer({ clock })
  onTestFinished(() => server.stop())
  // No platform of ours is like that: this one is made so. The map is only written to here.
  const connectors = server.core.connectors as Map<string, Connector>
  const sandbox = connectors.get('sandbox')
  if (!sandbox) throw new Error('the sandbox is off')
  const platform: Connector['platform'] = {
    ...sandbox.platform,
    changeTimes: 'observed',
    mutationWindows: { 'message:edit': 3_600 },
  }
  const addReaction = async () => ({ kind: 'failed', detail: 'an answer nobody expected' }) as const
  connectors.set('sandbox', { ...sandbox, platform, open: (account) => ({ ...sandbox.open(account), addReaction }) })
  const team = await teamOn(server)
  const chat = await aChat(team)
  const { body: message } = await team.v2.get(`/messages/${chat.outbound}`)
  const events = await team.events()

  const failed = await team.v2.post(`/messages/${chat.outbound}/reactions`, { emoji: '👍' })
  clock.advance(3_600_001)
  const late = await team.v2.patch(`/messages/${chat.outbound}`, { content: 'Too late' })

  expect([failed.status, failed.body.code, failed.body.details]).toEqual([502, 'platformError', null])
  const closedAt = new Date(Date.parse(message.createdAt) + 3_600_000).toISOString()
  expect([late.status, late.body.code, late.body.details]).toEqual([
    422,
    'mutationWindowClosed',
    { capability: 'message:edit', closedAt },
  ])
  expect((await team.v2.get(`/messages/${chat.outbound}/history`)).body.times).toBe('observed')
  expect((await team.v2.get(`/messages/${chat.outbound}`)).body).toEqual(message)
  expect(await team.events()).toEqual(events)
})

/** The person reacts; done when the API shows it. */
async function react(team: TestTeam, { person }: { person: { platformId: string } }, messageId: string, emoji: string) {
  const { body: before } = await team.v2.get(`/messages/${messageId}`)
  await team.sandbox.post(`/people/${person.platformId}/reactions`, { messagePlatformId: before.platformId, emoji })
  await eventually(async () => {
    const { body } = await team.v2.get(`/messages/${messageId}`)
    return body.reactions.some((reaction: { emoji: string }) => reaction.emoji === emoji)
  }, 'a reaction')
}
