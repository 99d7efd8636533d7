import { expect, test } from 'vitest'
import { setTeamPlatforms } from '../../domain/teams.ts'
import type { TeamId } from '../../store/ids.ts'
import { aChat, anAccount, aPerson, aThread, personWrites, type TestThread } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'

const nobody = 'zzzzzzzzzzzzzzzzzzzzzzzz'

async function found({ v2 }: TestTeam, parameters: string): Promise<string[]> {
  const { status, body } = await v2.get(`/threads?folder=all&${parameters}`)
  expect([status, body.code]).toEqual([200, undefined])
  return body.data.map(({ id }: { id: string }) => id)
}

/** What a piece of work adds to the log, as v2 shows it. */
async function eventsOf({ v2 }: TestTeam, work: () => Promise<unknown>) {
  const { body: before } = await v2.get('/events?limit=1000')
  await work()
  const { body } = await v2.get(`/events?limit=1000&afterSeq=${before.lastSeq ?? 0}`)
  return body.data.map(({ type, data }: { type: string; data: object }) => [type, data])
}

function issuesOf({
  status,
  body,
}: {
  status: number
  body: { code: string; details: { issues: { path: string[] }[] } }
}) {
  return [status, body.code, body.details.issues.map(({ path }) => path.join('.'))]
}

async function marked({ server }: TestTeam, { person }: TestThread): Promise<boolean | undefined> {
  const [row] = await server.core.db.query<{ unread: boolean }>`
    select marked_unread as unread from sandbox.conversations where person_id = ${person.platformId}`
  return row?.unread
}

async function setLink({ sandbox }: TestTeam, { accountLinkId }: TestThread, state: object): Promise<void> {
  expect((await sandbox.patch(`/account-links/${accountLinkId}`, state)).status).toBe(200)
}

async function fault({ sandbox }: TestTeam, { accountLinkId }: TestThread, operation: string, outcome: string) {
  const { status } = await sandbox.post('/faults', {
    operation,
    outcome,
    times: 1,
    accountLinkId,
    retryAfterSeconds: 7,
  })
  expect(status).toBeLessThan(300)
}

test('a thread shows what v1 shows of it in its own words, and whole things beside their ids', async () => {
  const team = await startTeam()
  const chat = await aChat(team, { person: await aPerson(team, { displayName: 'Mina', username: 'Mina_K' }) })
  await team.v2.patch(`/threads/${chat.id}`, { assigneeId: team.ownerId })
  const expand = 'expand=profile&expand=contact&expand=accountLink&expand=assignee'

  const [{ body: plain }, { body: whole }, { body: v1 }, { body: list }] = [
    await team.v2.get(`/threads/${chat.id}`),
    await team.v2.get(`/threads/${chat.id}?${expand}`),
    await team.api.get(`/threads/${chat.id}`),
    await team.v2.get(`/threads?${expand}`),
  ]

  const { profile, contact, accountLink, assignee, ...rest } = whole
  expect(rest).toEqual(plain)
  expect(plain).toMatchObject({
    id: v1.id,
    platformId: v1.platformId,
    accountLinkId: v1.accountLinkId,
    profileId: v1.prospect.externalId,
    assigneeId: team.ownerId,
    isRequest: false,
    archived: false,
    unread: false,
    restrictions: [],
    typingIndicators: 'teamDefault',
    lastMessage: { id: chat.outbound, direction: 'outbound', createdAt: v1.lastMessage.createdAt },
    activity: { preview: 'Hi, how can we help?', direction: 'outbound', at: v1.lastMessage.createdAt },
  })
  expect([profile.id, profile.handle]).toEqual([plain.profileId, '@mina_k'])
  expect([contact.id, contact.profiles]).toEqual([plain.contactId, [profile]])
  expect([accountLink.id, assignee.id]).toEqual([plain.accountLinkId, team.ownerId])
  expect(list.data).toEqual([whole])
  expect(whole.contact).not.toHaveProperty('tags')
})

test('what is referred to by nothing is not expanded, and neither is what nobody asked for', async () => {
  const team = await startTeam()
  const thread = await aThread(team)

  const { body } = await team.v2.get(`/threads/${thread.id}?expand=assignee`)

  expect(body).toMatchObject({ platformId: null, assigneeId: null, lastMessage: null, activity: null })
  for (const name of ['assignee', 'profile', 'contact', 'accountLink']) expect(body).not.toHaveProperty(name)
})

test('queries that cannot be meant are refused with the parameter', async () => {
  const { v2, ownerId } = await startTeam()
  const refused = async (parameters: string) => issuesOf(await v2.get(`/threads?${parameters}`))

  expect(await refused(`unassigned=true&assigneeId=${ownerId}`)).toEqual([400, 'invalidRequest', ['unassigned']])
  expect(await refused('q=')).toEqual([400, 'invalidRequest', ['q']])
  expect(await refused('folder=default')).toEqual([400, 'invalidRequest', ['folder']])
  expect(await refused('limit=101')).toEqual([400, 'invalidRequest', ['limit']])
  expect(await refused('unassigned=yes')).toEqual([400, 'invalidRequest', ['unassigned']])
  expect(await refused('inbox=default')).toEqual([400, 'invalidRequest', ['inbox']])
  expect(await refused('tag[]=a')).toEqual([400, 'invalidRequest', ['tag[]']])
  expect(await refused('contactId=Not-An-Id')).toEqual([400, 'invalidRequest', ['contactId.0']])
  expect(await refused('expand=tags')).toEqual([400, 'invalidRequest', ['expand.0']])
  const other = await v2.get('/threads?platform=twitter&platform=pigeon')
  expect([other.status, other.body.code, other.body.details]).toEqual([
    403,
    'platformNotAvailable',
    { platform: 'pigeon' },
  ])
})

test('what the team does not have matches nothing, and an id wins over a name', async () => {
  const team = await startTeam()
  const [one, two] = [await aChat(team), await aChat(team)]
  const { body: tag } = await team.v2.post('/tags', { name: 'VIP' })
  const { body: impostor } = await team.v2.post('/tags', { name: tag.id })
  const contactOf = async ({ id }: TestThread) => (await team.v2.get(`/threads/${id}`)).body.contactId
  await team.v2.put(`/contacts/${await contactOf(one)}/tags/${tag.id}`)
  await team.v2.put(`/contacts/${await contactOf(two)}/tags/${impostor.id}`)

  for (const name of ['accountLinkId', 'contactId', 'assigneeId', 'campaignId', 'tag', 'status', 'q']) {
    expect([name, await found(team, `${name}=${nobody}`)]).toEqual([name, []])
  }
  expect(await found(team, `tag=${tag.id}`)).toEqual([one.id])
  expect(await found(team, `tag=v%C3%8Dp&tag=${nobody}`)).toEqual([one.id])
  expect(await found(team, `tag=${impostor.id}`)).toEqual([two.id])
})

test('a filter has as many values as its address has room for, and people are looked up a hundred at a time', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { contactId } = (await team.v2.get(`/threads/${chat.id}`)).body
  await team.v2.post('/tags', { name: 'VIP' })
  await team.v2.put(`/contacts/${contactId}/tags/VIP`)
  const many = (name: string, count: number, last: string) =>
    [...Array.from({ length: count - 1 }, (_, i) => `${name}=${i}nobody`), `${name}=${last}`].join('&')

  expect(await found(team, many('tag', 500, 'vip'))).toEqual([chat.id])
  for (const [name, id] of Object.entries({ contactId, accountLinkId: chat.accountLinkId })) {
    expect([name, await found(team, many(name, 400, id))]).toEqual([name, [chat.id]])
  }
  expect(await found(team, many('assigneeId', 400, nobody))).toEqual([])
  const { platformId } = chat.person
  const people = (count: number) => team.v2.get(`/contacts?platform=twitter&${many('platformId', count, platformId)}`)
  expect((await people(100)).body.data).toHaveLength(1)
  expect(issuesOf(await people(101))).toEqual([400, 'invalidRequest', ['platformId']])
})

test('a cursor leads on with the same filters, whatever its page shows, and is no good with others', async () => {
  const team = await startTeam()
  const { id: account } = await anAccount(team)
  for (let i = 0; i < 3; i++) await aChat(team, { account: { id: account } })
  const list = `/threads?accountLinkId=${account}`
  const { body: first } = await team.v2.get(`${list}&limit=1`)
  const cursor = `cursor=${first.nextCursor}`

  const second = await team.v2.get(`${list}&limit=2&expand=profile&${cursor}`)
  expect([second.status, second.body.data.length, second.body.nextCursor]).toEqual([200, 2, null])
  for (const other of ['&q=hi', '&order=asc', '&folder=all', '&unassigned=true', `&accountLinkId=${nobody}`]) {
    const answer = await team.v2.get(`${list}${other}&${cursor}`)
    expect([other, answer.status, answer.body.code]).toEqual([other, 400, 'invalidCursor'])
  }
  const { body: tags } = await team.v2.get(`/threads?cursor=${Buffer.from('[]').toString('base64url')}`)
  expect(tags.code).toBe('invalidCursor')
})

test('a change has a body, which may be empty', async () => {
  const team = await startTeam()
  const { id } = await aThread(team)
  const contact = (await team.v2.get(`/threads/${id}`)).body.contactId
  for (const list of ['tags', 'statuses']) await team.v2.post(`/${list}`, { name: 'Open' })
  const before = await team.events()

  for (const path of [`/threads/${id}`, `/contacts/${contact}`, '/tags/open', '/statuses/open']) {
    const none = await team.v2.patch(path)
    expect([path, none.status, none.body.code]).toEqual([path, 400, 'invalidRequest'])
    expect([path, (await team.v2.patch(path, {})).status]).toEqual([path, 200])
  }
  expect(await team.events()).toEqual(before)
})

test('whatever is no cursor is called one, also when it looks like one', async () => {
  const team = await startTeam()
  for (let i = 0; i < 2; i++) await aThread(team)
  const { body: first } = await team.v2.get('/threads?limit=1')
  const [version, list, , id] = JSON.parse(Buffer.from(first.nextCursor, 'base64url').toString())
  const times = [
    '2026-02-30T00:00:00.000Z',
    '2026-02-28T24:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
  ]
  const forged = times.map((time) => Buffer.from(JSON.stringify([version, list, time, id])).toString('base64url'))

  for (const cursor of ['', 'x', `${first.nextCursor}x`, ...forged]) {
    const { status, body } = await team.v2.get(`/threads?limit=1&cursor=${cursor}`)
    expect([cursor, status, body.code, body.details]).toEqual([cursor, 400, 'invalidCursor', null])
  }
})

test('a thread is found by what it says and what its person is called now, and by nothing they were before', async () => {
  const team = await startTeam()
  const chat = await aChat(team, { person: await aPerson(team, { displayName: 'Zoë Lind' }) })
  const only = async (parameters: string) =>
    expect([parameters, await found(team, parameters)]).toEqual([parameters, [chat.id]])
  const none = async (parameters: string) =>
    expect([parameters, await found(team, parameters)]).toEqual([parameters, []])
  await only('q=ZOE%20L')
  await only('q=how%20can')

  // An edit of the last message, then a reaction to it, then a newer message.
  await team.v2.patch(`/messages/${chat.outbound}`, { content: 'Price list attached' })
  await only('q=price%20list')
  await none('q=how%20can')
  await team.v2.post(`/messages/${chat.inbound}/reactions`, { emoji: '🔥' })
  await only(`q=${encodeURIComponent('with 🔥')}`)
  await none('q=price%20list')
  await personWrites(team, chat, 'Çok teşekkürler')
  await only('q=tesekkur')
  await none('q=reacted')
  // Across lines nothing is found.
  await none(`q=${encodeURIComponent('lind\nzoe')}`)

  await team.sandbox.patch(`/people/${chat.person.platformId}`, { displayName: 'Ada Berg' })
  await eventually(async () => (await found(team, 'q=ada%20berg')).length === 1, 'the new name')
  await none('q=lind')
  await only('q=tesekkur')
  const another = await aThread(team, { person: chat.person })
  expect(await found(team, 'q=ada%20berg')).toEqual([another.id, chat.id])
})

test('an update changes all it names or nothing, tells of what others can see, and the same again changes nothing', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}`
  const { memberId } = await team.addMember()
  const { contactId } = (await team.v2.get(path)).body
  await team.v2.patch(`/contacts/${contactId}`, { assigneeId: memberId })
  const all = { archived: true, unread: true, assigneeId: team.ownerId, typingIndicators: 'disabled' }

  const changed = await eventsOf(team, async () => {
    const { status, body } = await team.v2.patch(path, all)
    expect(status).toBe(200)
    expect(body).toMatchObject(all)
    expect((await team.v2.get(path)).body).toEqual(body)
    expect((await team.v2.patch(path, all)).body).toEqual(body)
    expect((await team.v2.patch(path, {})).body).toEqual(body)
  })
  expect(changed).toEqual([
    ['thread.assigned', { assigneeId: team.ownerId }],
    ['thread.archived', {}],
  ])
  expect((await team.api.get(path)).body).toMatchObject({ done: true, typingIndicatorsEnabled: false })

  const back = { archived: false, unread: false, assigneeId: null, typingIndicators: 'teamDefault' }
  const undone = await eventsOf(team, async () => {
    expect((await team.v2.patch(path, back)).body).toMatchObject({ ...back, assigneeId: memberId })
  })
  expect(undone).toEqual([
    ['thread.assigned', { assigneeId: memberId }],
    ['thread.unarchived', {}],
  ])

  const refused = await eventsOf(team, async () => {
    const before = (await team.v2.get(path)).body
    expect(issuesOf(await team.v2.patch(path, { ...all, assigneeId: nobody }))).toEqual([
      400,
      'invalidRequest',
      ['assigneeId'],
    ])
    expect(issuesOf(await team.v2.patch(path, { done: true }))).toEqual([400, 'invalidRequest', ['done']])
    expect(issuesOf(await team.v2.patch(path, { typingIndicators: null }))).toEqual([
      400,
      'invalidRequest',
      ['typingIndicators'],
    ])
    expect((await team.v2.get(path)).body).toEqual(before)
  })
  expect(refused).toEqual([])
  expect(await team.v2.patch(`/threads/${nobody}`, all)).toMatchObject({
    status: 404,
    body: { code: 'threadNotFound' },
  })
})

test('the unread mark is set on the platform too; nothing but a request sets or takes it away, and no failure there undoes it', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const mark = async (unread: boolean) => (await team.v2.patch(`/threads/${chat.id}`, { unread })).body.unread
  expect(await marked(team, chat)).toBe(false)

  expect([await mark(true), await marked(team, chat)]).toEqual([true, true])
  await personWrites(team, chat, 'Still there?')
  await team.v2.post('/messages', { target: { type: 'thread', threadId: chat.id }, content: 'Yes' })
  expect((await team.v2.get(`/threads/${chat.id}`)).body.unread).toBe(true)

  await fault(team, chat, 'mark', 'down')
  expect([await mark(false), await marked(team, chat)]).toEqual([false, true])
  await setLink(team, chat, { missingCapabilities: ['thread:read:mutate'] })
  expect([await mark(true), await mark(false), await marked(team, chat)]).toEqual([true, false, true])
  await setLink(team, chat, { missingCapabilities: [], status: 'offline' })
  expect([await mark(true), await mark(false), await marked(team, chat)]).toEqual([true, false, true])
  await setLink(team, chat, { status: 'active' })
  expect([await mark(true), await mark(false), await marked(team, chat)]).toEqual([true, false, false])
})

test('a deleted thread is gone here and on our side of the platform, and a later message opens a new one', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const events = await eventsOf(team, async () => {
    const { status, body } = await team.v2.delete(`/threads/${chat.id}`)
    expect([status, body]).toEqual([200, { scope: 'remoteAndLocal' }])
  })

  expect(events).toEqual([['thread.deleted', { accountLinkId: chat.accountLinkId, platform: 'twitter' }]])
  const seen = await team.server.core.db.query`
    select from sandbox.messages where person_id = ${chat.person.platformId} and hidden_at is null`
  expect(seen).toEqual([])
  const again = await team.v2.delete(`/threads/${chat.id}`)
  expect([again.status, again.body.code]).toEqual([404, 'threadNotFound'])
  expect(await found(team, 'q=help')).toEqual([])
  const { threadId } = await personWrites(team, chat, 'Hello again')
  expect(threadId).not.toBe(chat.id)
  expect(await found(team, 'q=hello')).toEqual([threadId])
})

test('where the platform deletes no conversation, or never had this one, only ours is deleted, whatever became of the account', async () => {
  const team = await startTeam()
  const [unwritten, incapable] = [await aThread(team), await aChat(team)]
  await setLink(team, unwritten, { status: 'offline' })
  await setLink(team, incapable, { missingCapabilities: ['thread:delete:remote'], status: 'offline' })

  for (const { id } of [unwritten, incapable]) {
    expect((await team.v2.delete(`/threads/${id}`)).body).toEqual({ scope: 'local' })
    expect((await team.v2.get(`/threads/${id}`)).status).toBe(404)
  }
})

test('a thread stays when the platform could delete it and did not', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const refused = async () => {
    const { status, body } = await team.v2.delete(`/threads/${chat.id}`)
    return [status, body.code, body.details]
  }

  const events = await eventsOf(team, async () => {
    await setLink(team, chat, { status: 'offline' })
    const details = { accountLinkId: chat.accountLinkId, status: 'offline' }
    expect(await refused()).toEqual([409, 'accountLinkDisconnected', details])
    await setLink(team, chat, { status: 'paused', pauseReasons: ['no-xchat'] })
    expect(await refused()).toEqual([409, 'integrationSetupRequired', { accountLinkId: chat.accountLinkId }])
    await setLink(team, chat, { status: 'active', pauseReasons: [] })
    await fault(team, chat, 'delete', 'rateLimited')
    expect(await refused()).toEqual([429, 'platformRateLimited', { retryAfterSeconds: 7 }])
    await fault(team, chat, 'delete', 'down')
    expect(await refused()).toEqual([503, 'platformUnavailable', { retryAfterSeconds: 7 }])
    await fault(team, chat, 'delete', 'rejected')
    expect(await refused()).toEqual([502, 'platformError', null])
    expect((await team.v2.get(`/threads/${chat.id}`)).status).toBe(200)
    // Done there, and nobody heard of it: it is said again.
    await fault(team, chat, 'delete', 'ambiguous')
    expect((await team.v2.delete(`/threads/${chat.id}`)).body).toEqual({ scope: 'remoteAndLocal' })
  })
  expect(events.map(([type]: [string]) => type)).toEqual(['thread.deleted'])
})

test('typing is shown once in 2.5 seconds; what stands in its way is told, and only a missing capability is an error', async () => {
  const team = await startTeam()
  const [chat, plain] = [await aChat(team), await aThread(team)]
  const type = async ({ id }: { id: string }) => {
    const { status, body } = await team.v2.post(`/threads/${id}/typing`)
    return [status, body.code ?? body]
  }
  const disabled = [202, { status: 'skipped', reason: 'disabled' }]

  const events = await eventsOf(team, async () => {
    expect(await type(plain)).toEqual(disabled)
    await setLink(team, chat, { status: 'offline' })
    expect(await type(chat)).toEqual(disabled)
    await setLink(team, chat, { status: 'paused', pauseReasons: ['billing'] })
    expect(await type(chat)).toEqual(disabled)
    await setLink(team, chat, { status: 'active', pauseReasons: [], missingCapabilities: ['thread:typing:send'] })
    const { status, body } = await team.v2.post(`/threads/${chat.id}/typing`)
    expect([status, body.code, body.details]).toEqual([
      422,
      'capabilityNotSupported',
      { capability: 'thread:typing:send' },
    ])
    await setLink(team, chat, { missingCapabilities: [] })
    await team.v2.patch(`/threads/${chat.id}`, { typingIndicators: 'disabled' })
    expect(await type(chat)).toEqual(disabled)
    await team.v2.patch(`/threads/${chat.id}`, { typingIndicators: 'enabled' })
    expect(await type(chat)).toEqual([202, { status: 'sent', reason: null }])
    expect(await type(chat)).toEqual([202, { status: 'skipped', reason: 'rateLimited' }])
    expect(await type({ id: nobody })).toEqual([404, 'threadNotFound'])
  })
  expect(events).toEqual([])
})

test('threads of a platform the team cannot use are in no list, and answer only that', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  expect(await found(team, '')).toEqual([chat.id])
  await setTeamPlatforms(team.server.core, team.teamId as TeamId, ['pigeon'])
  await eventually(async () => (await team.v2.get(`/threads/${chat.id}`)).status === 403, 'the restriction')

  expect(await found(team, '')).toEqual([])
  for (const answer of [
    await team.v2.get(`/threads/${chat.id}`),
    await team.v2.patch(`/threads/${chat.id}`, { archived: true }),
    await team.v2.post(`/threads/${chat.id}/typing`),
    await team.v2.delete(`/threads/${chat.id}`),
    await team.v2.get('/threads?platform=twitter'),
  ]) {
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      403,
      'platformNotAvailable',
      { platform: 'twitter' },
    ])
  }
  await setTeamPlatforms(team.server.core, team.teamId as TeamId, null)
  await eventually(async () => (await found(team, '')).length === 1, 'the platform')
})
