import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { anAccount, aPerson, aThread, deliveries } from '../../test/factories.ts'
import { startTeam, type TestTeam } from '../../test/harness.ts'

function fault(team: TestTeam, accountLinkId: string, outcome: string, more: object = {}) {
  return team.sandbox.post('/faults', { operation: 'send', outcome, accountLinkId, times: 1, ...more })
}

test.each([
  ['rejected', {}, 422, 'UNPROCESSABLE_CONTENT', null],
  ['rateLimited', { retryAfterSeconds: 7 }, 429, 'RATE_LIMITED', '7'],
  ['down', {}, 503, 'SERVICE_UNAVAILABLE', null],
])(
  'a send the platform answers with "%s" delivers nothing, shows nothing and leaves no event',
  async (outcome, more, status, code, retryAfter) => {
    const team = await startTeam()
    const account = await anAccount(team)
    const person = await aPerson(team)
    await fault(team, account.id, outcome, more)
    const request = { accountLinkId: account.id, externalPlatformId: person.platformId, content: 'Hello' }

    const refused = await team.api.post('/threads/messages', request)

    expect([refused.status, refused.body.error.code, refused.headers.get('retry-after')]).toEqual([
      status,
      code,
      retryAfter,
    ])
    expect(await deliveries(team, account.id)).toEqual([])
    expect(
      (await team.api.get(`/threads/lookup?accountLinkId=${account.id}&externalPlatformId=${person.platformId}`)).body,
    ).toBeNull()
    expect((await team.api.get(`/prospects/lookup?platformId=${person.platformId}`)).body).toBeNull()
    expect(await team.events()).toEqual([])
    expect((await team.api.post('/threads/messages', request)).status).toBe(200)
  },
)

test('a send whose answer was lost is found at the platform and not sent again', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  await fault(team, thread.accountLinkId, 'ambiguous')

  const { status, body: message } = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Did it arrive?' })

  expect(status).toBe(200)
  const arrived = await deliveries(team, thread.accountLinkId)
  expect(arrived).toMatchObject([{ platformId: message.platformId, content: 'Did it arrive?' }])
  expect((await team.events()).filter((type) => type === 'message.created')).toHaveLength(1)
})

test('somebody who accepts no messages gets none', async () => {
  const team = await startTeam()
  const person = await aPerson(team, { acceptsMessages: false })
  const thread = await aThread(team, { person })

  const answer = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello?' })

  expect([answer.status, answer.body.error.code]).toEqual([422, 'UNPROCESSABLE_CONTENT'])
  expect((await team.api.get(`/threads/${thread.id}/messages`)).body.messages).toEqual([])
})

test.each(['offline', 'paused'])('an account that is %s sends nothing', async (state) => {
  const team = await startTeam()
  const thread = await aThread(team)
  await team.sandbox.patch(`/account-links/${thread.accountLinkId}`, { status: state })

  const answer = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello?' })

  expect([answer.status, answer.body.error.code]).toEqual([409, 'CONFLICT'])
  expect(answer.body.error.message).toContain(state)
  expect((await team.api.get('/account-links')).body[0].status).toBe(state)
  await team.sandbox.patch(`/account-links/${thread.accountLinkId}`, { status: 'active' })
  expect((await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello!' })).status).toBe(200)
})

test('a request repeated with its key sends once and is answered the same', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = { 'idempotency-key': randomUUID() }
  const send = (content: string) => team.api.post(`/threads/${thread.id}/messages`, { content }, key)

  const first = await send('Once')
  const second = await send('Once')
  const other = await send('Something else')

  expect(second.body).toEqual(first.body)
  expect([first.status, second.status, other.status]).toEqual([200, 200, 422])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
  expect((await team.events()).filter((type) => type === 'message.created')).toHaveLength(1)
})

test('a key works for a quick send too, and is another team’s to use', async () => {
  const [ours, theirs] = [await startTeam(), await startTeam()]
  const key = { 'idempotency-key': 'order-17' }
  async function quickSend(team: TestTeam) {
    const account = await anAccount(team)
    const person = await aPerson(team)
    const request = { accountLinkId: account.id, externalPlatformId: person.platformId, content: 'Hi' }
    const answers = [
      await team.api.post('/threads/messages', request, key),
      await team.api.post('/threads/messages', request, key),
    ]
    return { answers, arrived: await deliveries(team, account.id) }
  }

  for (const { answers, arrived } of [await quickSend(ours), await quickSend(theirs)]) {
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    expect(arrived).toHaveLength(1)
  }
})

test('of fifty requests with one key, one is sent', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = { 'idempotency-key': randomUUID() }

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => team.api.post(`/threads/${thread.id}/messages`, { content: 'Race' }, key)),
  )

  expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
  expect(new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id)).size).toBe(1)
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test('a refused send gives its key back', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const key = { 'idempotency-key': randomUUID() }
  await fault(team, thread.accountLinkId, 'down')

  const refused = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Try' }, key)
  const sent = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Try' }, key)

  expect([refused.status, sent.status]).toEqual([503, 200])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})

test.each(['', 'ü', 'a'.repeat(256)])('"%s" is not a key', async (key) => {
  const team = await startTeam()
  const thread = await aThread(team)

  const answer = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hi' }, { 'idempotency-key': key })

  expect(answer.status).toBe(400)
  expect(await deliveries(team, thread.accountLinkId)).toEqual([])
})
