import { expect, test } from 'vitest'
import { setTeamPlatforms } from '../../domain/teams.ts'
import type { TeamId } from '../../store/ids.ts'
import { aChat, aPerson, aThread, personWrites, type TestThread } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'
import { foundThreads } from '../../test/lists.ts'

const nobody = 'zzzzzzzzzzzzzzzzzzzzzzzz'

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
  expect(await foundThreads(team, 'q=help')).toEqual([])
  const { threadId } = await personWrites(team, chat, 'Hello again')
  expect(threadId).not.toBe(chat.id)
  expect(await foundThreads(team, 'q=hello')).toEqual([threadId])
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
  expect(await foundThreads(team, '')).toEqual([chat.id])
  await setTeamPlatforms(team.server.core, team.teamId as TeamId, ['pigeon'])
  await eventually(async () => (await team.v2.get(`/threads/${chat.id}`)).status === 403, 'the restriction')

  expect(await foundThreads(team, '')).toEqual([])
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
  await eventually(async () => (await foundThreads(team, '')).length === 1, 'the platform')
})
