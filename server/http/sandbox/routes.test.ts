import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { beforeEach, test } from 'vitest'
import { sandboxConnector } from '../../connectors/sandbox/connector.ts'
import { type Api, apiAt, startTeam, type TestTeam } from '../../test/harness.ts'

let team: TestTeam
let api: Api
beforeEach(async () => {
  team = await startTeam()
  api = team.sandbox
})

/** An account as its connector sees it. */
function sessionOf(link: { platformId: string }) {
  if (!team.server.sandbox) throw new Error('the sandbox is off')
  return sandboxConnector(team.server.sandbox).open(link.platformId)
}

async function aLink(of: Api = api) {
  const { status, body } = await of.post('/account-links')
  equal(status, 201)
  return body
}

async function aPerson(input: object = {}) {
  const { status, body } = await api.post('/people', input)
  equal(status, 201)
  return body
}

test('a person is created, found, listed and changed', async () => {
  const person = await aPerson({
    username: '@Mina_K',
    bio: null,
    followerCount: 12,
    websiteUrl: 'https://mina.example',
  })
  equal(person.username, 'Mina_K')
  match(person.avatarUrl, /\/avatars\/\d{19}\.svg$/)

  deepEqual((await api.get(`/people/${person.platformId}`)).body, person)
  deepEqual((await api.get('/people?q=mina')).body, { people: [person] })
  const changed = await api.patch(`/people/${person.platformId}`, {
    bio: 'New',
    acceptsMessages: false,
    autoReply: 'echo',
  })
  deepEqual(changed.body, { ...person, bio: 'New', acceptsMessages: false, autoReply: 'echo' })
  deepEqual((await api.get(`/people/${person.platformId}`)).body, changed.body)
})

test('a username can be had once', async () => {
  await aPerson({ username: 'mina' })

  equal((await api.post('/people', { username: 'MINA' })).status, 409)
})

test.each([
  { username: 'with space' },
  { displayName: '' },
  { autoReply: 'rude' },
  { replyDelayMs: 600_001 },
  { replyDelayMs: -1 },
  { followerCount: 1.5 },
  { badge: 'green' },
])('a person cannot have %o', async (input) => {
  equal((await api.post('/people', input)).status, 400)
})

test('a person writes, edits, reacts, types and unsends, and the account hears of it', async () => {
  const link = await aLink()
  const { platformId } = await aPerson()
  const written = await api.post(`/people/${platformId}/messages`, { accountLinkId: link.id, content: 'hi' })
  equal(written.status, 201)
  equal(written.body.conversationPlatformId, `${link.platformId}:${platformId}`)
  const messagePlatformId = written.body.platformId
  const reaction = { messagePlatformId, emoji: '👍' }

  const answers = [
    await api.patch(`/people/${platformId}/messages/${messagePlatformId}`, { content: 'hello' }),
    await api.post(`/people/${platformId}/reactions`, reaction),
    await api.delete(`/people/${platformId}/reactions`, reaction),
    await api.post(`/people/${platformId}/typing`, { accountLinkId: link.id }),
    await api.delete(`/people/${platformId}/messages/${messagePlatformId}`),
  ]

  deepEqual(
    answers.map(({ status }) => status),
    [204, 204, 204, 204, 204],
  )
  const kinds: string[] = []
  for await (const fact of sessionOf(link).receive(null)) kinds.push(fact.kind)
  deepEqual(kinds, ['message', 'edit', 'reactionAdded', 'reactionRemoved', 'typing', 'deletion'])
  const gone = await api.patch(`/people/${platformId}/messages/${messagePlatformId}`, { content: 'too late' })
  equal(gone.status, 422)
})

test('what we sent is among the deliveries, page by page', async () => {
  const [link, other] = [await aLink(), await aLink()]
  const { platformId } = await aPerson()
  const session = sessionOf(link)
  for (const content of ['one', 'two', 'three']) {
    await session.send({ reference: content, personPlatformId: platformId, content, replyToPlatformId: null })
  }

  const { deliveries } = (await api.get(`/deliveries?accountLinkId=${link.id}&limit=2`)).body
  deepEqual(
    deliveries.map(({ content }: { content: string }) => content),
    ['one', 'two'],
  )
  equal(deliveries[0].from, link.platformId)
  equal(deliveries[0].to, platformId)
  const rest = (await api.get(`/deliveries?after=${deliveries[1].platformId}`)).body.deliveries
  deepEqual(
    rest.map(({ content }: { content: string }) => content),
    ['three'],
  )
  deepEqual((await api.get(`/deliveries?accountLinkId=${other.id}`)).body, { deliveries: [] })
})

test('faults are listed until they are used up or cleared', async () => {
  const link = await aLink()
  const { platformId } = await aPerson()
  const fault = { operation: 'send', outcome: 'rateLimited', times: 2, accountLinkId: link.id, retryAfterSeconds: 3 }
  equal((await api.post('/faults', fault)).status, 201)

  const session = sessionOf(link)
  const outcome = await session.send({
    reference: 'a',
    personPlatformId: platformId,
    content: 'hi',
    replyToPlatformId: null,
  })

  deepEqual(outcome, { kind: 'rateLimited', retryAfterMs: 3_000 })
  const [left] = (await api.get('/faults')).body.faults
  deepEqual(
    { times: left.times, accountLinkId: left.accountLinkId, retryAfterSeconds: left.retryAfterSeconds },
    { times: 1, accountLinkId: link.id, retryAfterSeconds: 3 },
  )
  equal((await api.delete('/faults')).status, 204)
  deepEqual((await api.get('/faults')).body, { faults: [] })
})

test('an account signed out here is signed out there, and in our list at once', async () => {
  const link = await aLink()

  const paused = await api.patch(`/account-links/${link.id}`, { status: 'paused', pauseReasons: ['spam'] })

  deepEqual(paused.body, { ...link, status: 'paused' })
  const outcome = await sessionOf(link).showTyping('1')
  deepEqual(outcome, { kind: 'accountUnavailable', status: 'paused' })
})

test("another team's people, accounts, messages and faults are not there", async () => {
  const link = await aLink()
  const { platformId } = await aPerson()
  const written = await api.post(`/people/${platformId}/messages`, { accountLinkId: link.id, content: 'hi' })
  const messagePlatformId = written.body.platformId
  await api.post('/faults', { operation: 'send', outcome: 'down' })
  const theirs = (await startTeam()).sandbox
  const theirPerson = (await theirs.post('/people')).body.platformId
  const theirLink = await aLink(theirs)

  const answers = await Promise.all([
    theirs.get(`/people/${platformId}`),
    theirs.patch(`/people/${platformId}`, { bio: 'x' }),
    theirs.post(`/people/${platformId}/messages`, { accountLinkId: theirLink.id, content: 'x' }),
    theirs.post(`/people/${theirPerson}/messages`, { accountLinkId: link.id, content: 'x' }),
    theirs.patch(`/people/${platformId}/messages/${messagePlatformId}`, { content: 'x' }),
    theirs.patch(`/people/${theirPerson}/messages/${messagePlatformId}`, { content: 'x' }),
    theirs.delete(`/people/${theirPerson}/messages/${messagePlatformId}`),
    theirs.post(`/people/${theirPerson}/reactions`, { messagePlatformId, emoji: '👍' }),
    theirs.post(`/people/${platformId}/typing`, { accountLinkId: theirLink.id }),
    theirs.patch(`/account-links/${link.id}`, { status: 'offline' }),
    theirs.post('/faults', { operation: 'send', outcome: 'down', accountLinkId: link.id }),
    theirs.get(`/deliveries?accountLinkId=${link.id}`),
  ])

  deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 404),
  )
  equal((await theirs.get('/people')).body.people.length, 1)
  deepEqual((await theirs.get('/faults')).body, { faults: [] })
  await theirs.delete('/faults')
  equal((await api.get('/faults')).body.faults.length, 1)
})

test('without a token nothing is told', async () => {
  equal((await apiAt(`${team.server.url}/api/sandbox`, null).get('/people')).status, 401)
})

test('a face is a picture that may be kept, and there is none for odd addresses', async () => {
  const face = await fetch(`${team.server.url}/avatars/2029100000000000001.svg`)

  equal(face.status, 200)
  equal(face.headers.get('content-type'), 'image/svg+xml')
  ok((await face.text()).startsWith('<svg '))
  equal((await fetch(`${team.server.url}/avatars/mina.svg`)).status, 404)
})
