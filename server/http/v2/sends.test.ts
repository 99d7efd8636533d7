import { expect, test } from 'vitest'
import { aChat, anAccount, aPerson, aThread, deliveries, type TestThread } from '../../test/factories.ts'
import { type Answer, eventually, startTeam, type TestTeam } from '../../test/harness.ts'

const into = (thread: { id: string }) => ({ type: 'thread', threadId: thread.id })
const outcomeOf = ({ status, body }: Answer) => [status, body.code, body.details]

async function contactOf(team: TestTeam, { prospectId }: Pick<TestThread, 'prospectId'>): Promise<string> {
  const [row] = await team.server.core.db.query<{ id: string }>`
    select contact_id as id from profiles where team_id = ${team.teamId} and id = ${prospectId}`
  return row?.id ?? ''
}

test('a message sent into a thread is answered with both, as they can be read afterwards', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const { status, body } = await team.v2.post('/messages', {
    target: into(chat),
    content: 'Hello',
    replyToMessageId: chat.inbound,
  })

  expect(status).toBe(201)
  expect(body.message).toMatchObject({
    threadId: chat.id,
    direction: 'outbound',
    content: 'Hello',
    sentBy: { type: 'api' },
    replyTo: { messageId: chat.inbound },
  })
  const { thread, ...message } = (await team.v2.get(`/messages/${body.message.id}?expand=thread`)).body
  expect(body).toEqual({ message, thread })
  expect(thread).toMatchObject({ lastMessage: { id: message.id }, activity: { preview: 'Hello' } })
  expect(await deliveries(team, chat.accountLinkId)).toContainEqual(expect.objectContaining({ content: 'Hello' }))
  expect((await team.v2.get('/events?type=message.sent')).body.data.at(-1).object.id).toBe(message.id)
})

test('a person is reached by contact or by profile, in one thread per account', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)
  const profile = { type: 'profile', accountLinkId: account.id, platform: 'twitter', platformId: person.platformId }

  const first = await team.v2.post('/messages', { target: profile, content: 'One' })
  const { contactId, id } = first.body.thread
  const contact = { type: 'contact', accountLinkId: account.id, contactId }
  const second = await team.v2.post('/messages', { target: contact, content: 'Two' })
  const third = await team.v2.post('/messages', { target: profile, content: 'Three' })

  expect([first, second, third].map(({ status, body }) => [status, body.thread.id])).toEqual(Array(3).fill([201, id]))
  expect(await team.events()).toEqual([
    'prospect.created',
    'thread.created',
    'message.created',
    'message.created',
    'message.created',
  ])
})

test('what names nobody of the team is not found, and other teams are nobody', async () => {
  const [team, other] = [await startTeam(), await startTeam()]
  const [thread, theirs] = [await aThread(team), await aThread(other)]
  const contactId = await contactOf(team, thread)
  const send = async (target: object) => outcomeOf(await team.v2.post('/messages', { target, content: 'Hi' }))

  for (const threadId of [theirs.id, 'zz0unknown0thread0000000'])
    expect(await send({ type: 'thread', threadId })).toEqual([404, 'threadNotFound', null])
  for (const accountLinkId of [theirs.accountLinkId, 'zz0unknown0account000000'])
    expect(await send({ type: 'contact', accountLinkId, contactId })).toEqual([404, 'accountLinkNotFound', null])
  for (const unknown of [await contactOf(other, theirs), 'zz0unknown0contact000000'])
    expect(await send({ type: 'contact', accountLinkId: thread.accountLinkId, contactId: unknown })).toEqual([
      404,
      'contactNotFound',
      null,
    ])
})

test('a recipient the account cannot mean or reach is refused with the reason', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { accountLinkId } = thread
  const contactId = await contactOf(team, thread)
  const send = async (target: object) => outcomeOf(await team.v2.post('/messages', { target, content: 'Hi' }))
  const before = await team.events()

  const profile = { type: 'profile', accountLinkId, platform: 'twitter', platformId: '9000000000000000009' }
  expect(await send({ ...profile, platform: 'linkedin' })).toEqual([
    422,
    'platformNotSupported',
    { platform: 'linkedin', supported: ['twitter'] },
  ])
  expect(await send(profile)).toEqual([422, 'recipientUnavailable', { reason: 'there is no such person' }])
  await team.server.core.db.query`
    insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, facts, linked_at, created_at, updated_at)
    select team_id, 'zsecond0profile000000000', contact_id, platform, '1', 'second', facts, linked_at, created_at, updated_at
    from profiles where team_id = ${team.teamId} and id = ${thread.prospectId}`
  const target = { type: 'contact', accountLinkId, contactId }
  expect(await send(target)).toEqual([422, 'profileAmbiguous', { contactId, platform: 'twitter' }])
  await team.server.core.db
    .query`update profiles set platform = 'linkedin' where team_id = ${team.teamId} and platform_id = '1'`
  await team.server.core.db
    .query`update profiles set platform = 'mastodon' where team_id = ${team.teamId} and id = ${thread.prospectId}`
  expect(await send(target)).toEqual([
    422,
    'recipientUnavailable',
    { reason: 'the contact has no profile on "twitter"' },
  ])
  expect(await team.events()).toEqual(before)
})

test('a text that cannot be stored is pointed at, however deep it stands', async () => {
  const team = await startTeam()
  const { accountLinkId } = await aThread(team)
  const target = { type: 'profile', accountLinkId, platform: 'twitter', platformId: 'a\u0000b' }

  const { status, body } = await team.v2.post('/messages', { target, content: '\ud800' })

  const message = 'must be well-formed Unicode without NUL'
  expect([status, body.details.issues]).toEqual([
    400,
    [
      { path: ['target', 'platformId'], message },
      { path: ['content'], message },
    ],
  ])
})

test('a text without anything to read is a mistake of the request, whatever else stands in the way', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const nobody = { type: 'thread', threadId: 'z'.repeat(24) }
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { status: 'offline' })
  const before = await team.events()

  const answers = [
    await team.v2.post('/messages', { target: into(chat), content: ' \n' }),
    await team.v2.post('/messages', { target: nobody, content: '\u200b' }),
    await team.v2.patch(`/messages/${chat.outbound}`, { content: ' ' }),
    await team.v2.patch(`/messages/${'z'.repeat(24)}`, { content: ' ' }),
  ]

  const issues = [{ path: ['content'], message: 'must have at least one visible character' }]
  for (const answer of answers) expect(outcomeOf(answer)).toEqual([400, 'invalidRequest', { issues }])
  expect(await team.events()).toEqual(before)
})

test('somebody who accepts no messages gets none', async () => {
  const team = await startTeam()
  const thread = await aThread(team, { person: await aPerson(team, { acceptsMessages: false }) })

  const answer = await team.v2.post('/messages', { target: into(thread), content: 'Hello?' })

  expect(outcomeOf(answer)).toEqual([422, 'recipientUnavailable', { reason: 'the person accepts no messages' }])
})

test('a team without the plan writes to its contacts and to no stranger; in v1, to people who wrote', async () => {
  const team = await startTeam()
  const [chat, silent] = [await aChat(team), await aThread(team)]
  const { accountLinkId } = silent
  const profile = (platformId: string) => ({ type: 'profile', accountLinkId, platform: 'twitter', platformId })
  const stranger = await aPerson(team)
  const otherAccount = (await anAccount(team)).id
  await team.server.core.db.query`update teams set outbound_enabled = false where id = ${team.teamId}`
  const before = await team.events()
  const v1 = ({ id }: TestThread) => team.api.post(`/threads/${id}/messages`, { content: 'Hi' })

  const refused = await team.v2.post('/messages', { target: profile(stranger.platformId), content: 'Hi' })
  const tooLong = { target: profile(stranger.platformId), content: 'a'.repeat(10_001) }

  expect(outcomeOf(refused)).toEqual([403, 'planRequired', { feature: 'advancedApi' }])
  expect((await team.v2.post('/messages', tooLong)).body.code).toBe('contentRejected')
  expect([(await v1(silent)).status, await team.events()]).toEqual([403, before])
  const known = [
    into(silent),
    profile(silent.person.platformId),
    { type: 'contact', accountLinkId: otherAccount, contactId: await contactOf(team, silent) },
    into(chat),
  ]
  for (const target of known) {
    expect([target.type, (await team.v2.post('/messages', { target, content: 'Hi' })).status]).toEqual([
      target.type,
      201,
    ])
  }
  expect((await v1(chat)).status).toBe(200)
})

test('the account and the conversation have a say before the platform is asked', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { accountLinkId } = chat
  const before = await team.events()
  const refusedAs = async (state: object, body: object = {}) => {
    await team.sandbox.patch(`/account-links/${accountLinkId}`, state)
    const answer = await eventually(async () => {
      const answer = await team.v2.post('/messages', { target: into(chat), content: 'Hi', ...body })
      return answer.status >= 400 && answer
    }, 'a refusal')
    return outcomeOf(answer)
  }

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
  const stranger = { type: 'profile', accountLinkId, platform: 'twitter', platformId: '9000000000000000009' }
  expect((await refusedAs({}, { target: stranger }))[1]).toBe('integrationSetupRequired')
  const active = { status: 'active', pauseReasons: [] }
  expect(
    await refusedAs({ ...active, missingCapabilities: ['message:reply'] }, { replyToMessageId: chat.inbound }),
  ).toEqual([422, 'capabilityNotSupported', { capability: 'message:reply' }])
  expect(await refusedAs({ ...active, missingCapabilities: ['message:send'] })).toEqual([
    422,
    'capabilityNotSupported',
    { capability: 'message:send' },
  ])
  await team.sandbox.patch(`/account-links/${accountLinkId}`, { missingCapabilities: [] })
  expect(await refusedAs({}, { content: 'a'.repeat(10_001) })).toEqual([
    422,
    'contentRejected',
    { detail: 'longer than 10000 characters' },
  ])
  expect(await team.events()).toEqual(before)
})

test('a message to quote must be of the thread, and is named when it is not', async () => {
  const team = await startTeam()
  const [chat, other] = [await aChat(team), await aChat(team)]
  const person = await aPerson(team)
  const stranger = {
    type: 'profile',
    accountLinkId: chat.accountLinkId,
    platform: 'twitter',
    platformId: person.platformId,
  }

  for (const [target, replyToMessageId] of [
    [into(chat), other.inbound],
    [into(chat), 'zz0unknown0message000000'],
    [stranger, chat.inbound],
  ]) {
    const { status, body } = await team.v2.post('/messages', { target, content: 'Hi', replyToMessageId })
    expect([status, body.code, body.details.issues[0].path]).toEqual([400, 'invalidRequest', ['replyToMessageId']])
  }
  expect(await deliveries(team, chat.accountLinkId)).toHaveLength(1)
})

test.each([
  [{}, ['target']],
  [{ target: {} }, ['target', 'type']],
  [{ target: { type: 'group', threadId: 'x' } }, ['target', 'type']],
  [{ target: { type: 'thread' } }, ['target', 'threadId']],
  [{ target: { type: 'thread', threadId: 'x', contactId: 'y' } }, ['target', 'contactId']],
  [{ target: { type: 'thread', threadId: 'x' }, text: 'Hi' }, ['text']],
])('%j is no request', async (request, path) => {
  const team = await startTeam()

  const { status, body } = await team.v2.post('/messages', { content: 'Hi', ...request })

  expect([status, body.code]).toEqual([400, 'invalidRequest'])
  expect(body.details.issues.map((issue: { path: string[] }) => issue.path)).toContainEqual(path)
})
