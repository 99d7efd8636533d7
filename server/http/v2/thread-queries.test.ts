import { expect, test } from 'vitest'
import { aChat, anAccount, aPerson, aThread, personWrites, type TestThread } from '../../test/factories.ts'
import { eventually, startTeam } from '../../test/harness.ts'
import { foundThreads } from '../../test/lists.ts'

const nobody = 'zzzzzzzzzzzzzzzzzzzzzzzz'

function issuesOf({
  status,
  body,
}: {
  status: number
  body: { code: string; details: { issues: { path: string[] }[] } }
}) {
  return [status, body.code, body.details.issues.map(({ path }) => path.join('.'))]
}

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

test('a search for nothing but spaces is refused, and spaces within one are looked for', async () => {
  const team = await startTeam()
  const chat = await aChat(team, { person: await aPerson(team, { displayName: 'Ada Berg' }) })
  const invisible = [' ', '\t\n', '\u00a0\u3000', '\u200b', ' \u0301 ']

  for (const q of invisible) {
    const answer = await team.v2.get(`/threads?q=${encodeURIComponent(q)}`)
    expect([q, ...issuesOf(answer)]).toEqual([q, 400, 'invalidRequest', ['q']])
    expect(answer.body.details.issues[0].message).toBe('must have a letter, a digit or a sign to look for')
  }
  expect(await foundThreads(team, 'q=%20ada%20%20berg%20')).toEqual([chat.id])
  expect(await foundThreads(team, 'q=adaberg')).toEqual([])
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
    expect([name, await foundThreads(team, `${name}=${nobody}`)]).toEqual([name, []])
  }
  expect(await foundThreads(team, `tag=${tag.id}`)).toEqual([one.id])
  expect(await foundThreads(team, `tag=v%C3%8Dp&tag=${nobody}`)).toEqual([one.id])
  expect(await foundThreads(team, `tag=${impostor.id}`)).toEqual([two.id])
})

test('a filter has as many values as its address has room for, and people are looked up a hundred at a time', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const { contactId } = (await team.v2.get(`/threads/${chat.id}`)).body
  await team.v2.post('/tags', { name: 'VIP' })
  await team.v2.put(`/contacts/${contactId}/tags/VIP`)
  const many = (name: string, count: number, last: string) =>
    [...Array.from({ length: count - 1 }, (_, i) => `${name}=${i}nobody`), `${name}=${last}`].join('&')

  expect(await foundThreads(team, many('tag', 500, 'vip'))).toEqual([chat.id])
  for (const [name, id] of Object.entries({ contactId, accountLinkId: chat.accountLinkId })) {
    expect([name, await foundThreads(team, many(name, 400, id))]).toEqual([name, [chat.id]])
  }
  expect(await foundThreads(team, many('assigneeId', 400, nobody))).toEqual([])
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
    expect([parameters, await foundThreads(team, parameters)]).toEqual([parameters, [chat.id]])
  const none = async (parameters: string) =>
    expect([parameters, await foundThreads(team, parameters)]).toEqual([parameters, []])
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
  await eventually(async () => (await foundThreads(team, 'q=ada%20berg')).length === 1, 'the new name')
  await none('q=lind')
  await only('q=tesekkur')
  const another = await aThread(team, { person: chat.person })
  expect(await foundThreads(team, 'q=ada%20berg')).toEqual([another.id, chat.id])
})
