import { expect, onTestFinished, test } from 'vitest'
import { createApiToken, revokeApiToken } from '../../domain/api-tokens.ts'
import type { MemberId, TeamId, TokenId } from '../../store/ids.ts'
import { aChat, anAccount, aPerson, personReacts, personWrites } from '../../test/factories.ts'
import { apiAt, eventually, startTeam, type TestTeam } from '../../test/harness.ts'

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
  await personReacts(team, chat, reply.id, '❤️')
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
