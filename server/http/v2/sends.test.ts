import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createApiToken } from '../../domain/api-tokens.ts'
import { forgetOldSends } from '../../domain/retention.ts'
import type { MemberId, TeamId } from '../../store/ids.ts'
import { aChat, anAccount, aPerson, aThread, deliveries, type TestThread } from '../../test/factories.ts'
import { type Answer, apiAt, eventually, startOwnServer, startTeam, type TestTeam } from '../../test/harness.ts'

const into = (thread: { id: string }) => ({ type: 'thread', threadId: thread.id })
const aKey = () => ({ 'idempotency-key': randomUUID() })
const outcomeOf = ({ status, body }: Answer) => [status, body.code, body.details]

function fault(team: TestTeam, accountLinkId: string, outcome: string, more: object = {}) {
  return team.sandbox.post('/faults', { operation: 'send', outcome, accountLinkId, times: 1, ...more })
}

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

test('a repeated request is answered as the first time, whoever repeats it and whatever has changed', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const key = aKey()
  const first = await team.v2.post('/messages', { target: into(chat), content: 'Once' }, key)
  const { token } = await createApiToken(team.server.core, team.teamId as TeamId, {
    memberId: team.ownerId as MemberId,
    name: 'other',
    expiresAt: null,
  })
  await team.v2.patch(`/messages/${first.body.message.id}`, { content: 'Changed' })
  await team.api.delete(`/threads/${chat.id}`)

  const again = await apiAt(`${team.server.url}/api/v2`, token).post(
    '/messages',
    { content: 'Once', target: { threadId: chat.id, type: 'thread' } },
    key,
  )

  expect([first.status, again.status]).toEqual([201, 200])
  expect(again.body).toEqual(first.body)
  expect(await deliveries(team, chat.accountLinkId)).toHaveLength(2)
})

test('a key belongs to its whole request, and to one version of the API', async () => {
  const team = await startTeam()
  const [chat, other] = [await aChat(team), await aChat(team)]
  const key = aKey()
  const first = await team.v2.post('/messages', { target: into(chat), content: 'Hi' }, key)
  const v1Key = aKey()
  await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hi' }, v1Key)
  const before = await team.events()

  const reused = [
    await team.v2.post('/messages', { target: into(chat), content: 'Hi!' }, key),
    await team.v2.post('/messages', { target: into(other), content: 'Hi' }, key),
    await team.v2.post('/messages', { target: into(chat), content: 'Hi', replyToMessageId: chat.inbound }, key),
    await team.v2.post('/messages', { target: into(chat), content: 'Hi' }, v1Key),
  ]
  const throughV1 = await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hi' }, key)

  expect(first.status).toBe(201)
  expect(reused.map(outcomeOf)).toEqual(Array(4).fill([422, 'idempotencyKeyReused', null]))
  expect(throughV1.status).toBe(422)
  expect(await team.events()).toEqual(before)
})

test('of fifty requests with one key, one is sent; the others hear of the same message', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => team.v2.post('/messages', { target: into(thread), content: 'Race' }, key)),
  )

  const [sent, ...others] = answers.filter(({ status }) => status === 201)
  expect(others).toEqual([])
  for (const { status, body } of answers) {
    if (status === 409) expect([body.code, body.details.messageId]).toEqual(['sendInProgress', sent?.body.message.id])
    else expect(body).toEqual(sent?.body)
  }
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
  expect((await team.events()).filter((type) => type === 'message.created')).toHaveLength(1)
})

test.each([
  ['down', {}, [503, 'platformUnavailable', { retryAfterSeconds: null }]],
  ['rateLimited', { retryAfterSeconds: 7 }, [429, 'platformRateLimited', { retryAfterSeconds: 7 }]],
])('a send that the platform answers with "%s" gives its key back', async (outcome, more, refusal) => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  await fault(team, thread.accountLinkId, outcome, more)
  const request = { target: into(thread), content: 'Try' }

  const refused = await team.v2.post('/messages', request, key)
  const sent = await team.v2.post('/messages', request, key)

  expect(outcomeOf(refused)).toEqual(refusal)
  expect(sent.status).toBe(201)
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('while a send is running its key says so, and afterwards its answer', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  await fault(team, thread.accountLinkId, 'slow', { delayMs: 2_000 })
  const request = { target: into(thread), content: 'Slow' }

  const answers = await Promise.all([1, 2].map(() => team.v2.post('/messages', request, key)))
  const late = await team.v2.post('/messages', request, key)

  const sent = answers.find(({ status }) => status === 201)
  const early = answers.filter((answer) => answer !== sent)
  expect(early.map(outcomeOf)).toEqual([[409, 'sendInProgress', { messageId: sent?.body.message.id }]])
  expect(early[0]?.headers.get('retry-after')).toBe('1')
  expect([late.status, late.body]).toEqual([200, sent?.body])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a send nobody knows the end of is unconfirmed until that is known, and is never made again', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = aKey()
  const request = { target: into(thread), content: 'Lost?' }
  const { body: sent } = await team.v2.post('/messages', request, key)
  const { id } = sent.message
  const unfinished = (state: string, age: string) => team.server.core.db.query`
    update sends set state = ${state}, answer = null, lease_until = now() + interval '1 hour', created_at = now() - ${age}::interval
    where team_id = ${team.teamId} and id = ${id}`

  await unfinished('unconfirmed', '1 second')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([502, 'sendUnconfirmed', { messageId: id }])
  // Its caller died, and no worker has looked at it.
  await unfinished('sending', '1 minute')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([409, 'sendInProgress', { messageId: id }])
  await unfinished('sending', '3 minutes')
  expect(outcomeOf(await team.v2.post('/messages', request, key))).toEqual([502, 'sendUnconfirmed', { messageId: id }])

  await team.server.core.db.query`update sends set lease_until = now() where team_id = ${team.teamId} and id = ${id}`
  const replay = await eventually(async () => {
    const answer = await team.v2.post('/messages', request, key)
    return answer.status === 200 && answer
  }, 'a worker to find the message')
  expect(replay.body.message.id).toBe(id)
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a key is remembered by every server and for seven days', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { core } = team.server
  const key = aKey()
  const request = { target: into(thread), content: 'Remember' }
  const first = await team.v2.post('/messages', request, key)
  const [{ name } = { name: '' }] = await core.db.query<{ name: string }>`select current_database() as name`
  const second = await startOwnServer({}, name)
  const elsewhere = await apiAt(`${second.url}/api/v2`, team.token).post('/messages', request, key)
  await second.stop()
  const age = (days: number) => core.db.query`
    update sends set created_at = now() - make_interval(hours => ${days * 24 - 1}::int) where team_id = ${team.teamId}`

  await age(7)
  await forgetOldSends(core)
  const old = await team.v2.post('/messages', request, key)
  await age(8)
  await forgetOldSends(core)
  const forgotten = await team.v2.post('/messages', request, key)

  expect([elsewhere.status, elsewhere.body]).toEqual([200, first.body])
  expect([old.status, old.body]).toEqual([200, first.body])
  expect(forgotten.status).toBe(201)
})

test.each(['', 'ü', 'a'.repeat(256)])('"%s" is not a key', async (key) => {
  const team = await startTeam()
  const thread = await aThread(team)

  const { status, body } = await team.v2.post(
    '/messages',
    { target: into(thread), content: 'Hi' },
    { 'idempotency-key': key },
  )

  expect([status, body.code, body.details.issues[0].path]).toEqual([400, 'invalidRequest', ['Idempotency-Key']])
  expect(await deliveries(team, thread.accountLinkId)).toEqual([])
})
