import { expect, test } from 'vitest'
import { apiAt, startTeam } from '../../test/harness.ts'
import { aReceiver } from '../../test/receiver.ts'
import { anEndpoint, arrived, atRest, endpointNow, events, webhookEnv } from '../../test/webhooks.ts'

const aTeam = () => startTeam({ env: webhookEnv })
const url = 'https://hooks.example.com/inbox'
const ourTypes = async ({ v2 }: Awaited<ReturnType<typeof aTeam>>) =>
  (await v2.get('/events?type=webhookEndpoint.*')).body.data.map(({ type }: { type: string }) => type)

test('an endpoint is shown as it was asked for, and its secret only this once', async () => {
  const team = await aTeam()
  const wish = {
    url,
    description: 'Warehouse',
    types: ['thread.*', 'tag.created'],
    apiVersion: '2',
    deliveryMode: 'parallel',
  }

  const { status, body } = await team.v2.post('/webhook-endpoints', {
    ...wish,
    headers: [{ name: 'Authorization', value: 'Bearer of-the-receiver' }],
  })

  expect(status).toBe(201)
  const { secret, ...shown } = body
  expect(secret).toMatch(/^ibt_wh_[0-9A-Za-z]{30,}$/)
  expect(shown).toMatchObject({ ...wish, headers: [{ name: 'Authorization' }], state: 'enabled', missedEvents: 0 })
  expect(await endpointNow(team, body)).toEqual(shown)
  expect((await team.v2.get('/webhook-endpoints')).body).toEqual({ data: [shown], nextCursor: null })
  expect(await team.events()).toEqual([])
  const [row] = await team.server.core.db.query<{
    row: string
  }>`select e::text as row from webhook_endpoints e where id = ${body.id}`
  for (const text of [secret, 'of-the-receiver'])
    for (const form of [text, Buffer.from(text).toString('hex')]) expect(row?.row).not.toContain(form)
})

test('left out it is all of version 2, in order', async () => {
  const team = await aTeam()
  expect(await anEndpoint(team, { url })).toMatchObject({
    description: null,
    types: null,
    apiVersion: '2',
    deliveryMode: 'ordered',
    headers: [],
  })
})

test.each([
  [{ url: 'ftp://hooks.example.com' }, 'webhookUrlRefused', 'schemeNotAllowed'],
  [{ url: 'https://10.0.0.1/' }, 'webhookUrlRefused', 'addressNotAllowed'],
  [{ url: 'https://me:secret@hooks.example.com/' }, 'webhookUrlRefused', 'credentialsInUrl'],
  [{ url: 'not a url' }, 'webhookUrlRefused', 'malformed'],
  [{ url, types: [] }, 'invalidRequest', 'types'],
  [{ url, types: ['thread.exploded'] }, 'invalidRequest', 'types'],
  [{ url, types: ['message.created'] }, 'invalidRequest', 'types'],
  [{ url, types: ['message.received'], apiVersion: '1' }, 'invalidRequest', 'types'],
  [{ url, types: ['webhookEndpoint.*'], apiVersion: '1' }, 'invalidRequest', 'types'],
  [{ url, apiVersion: '3' }, 'invalidRequest', 'apiVersion'],
  [{ url, deliveryMode: 'sometimes' }, 'invalidRequest', 'deliveryMode'],
  [{ url, state: 'disabled' }, 'invalidRequest', 'state'],
  [{}, 'invalidRequest', 'url'],
  ...[
    'Host',
    'content-length',
    'Content-Type',
    'Connection',
    'Transfer-Encoding',
    'X-Inbox-Signature',
    'webhook-id',
    'User-Agent',
    'Proxy-Authorization',
  ].map((name) => [{ url, headers: [{ name, value: 'x' }] }, 'invalidRequest', 'headers'] as const),
  [{ url, headers: [{ name: 'X Y', value: 'x' }] }, 'invalidRequest', 'headers'],
  [{ url, headers: [{ name: 'X-Y', value: 'a\r\nHost: b' }] }, 'invalidRequest', 'headers'],
  [{ url, headers: [{ name: 'X-Y' }] }, 'invalidRequest', 'headers'],
  [
    {
      url,
      headers: [
        { name: 'X-Y', value: '1' },
        { name: 'x-y', value: '2' },
      ],
    },
    'invalidRequest',
    'headers',
  ],
] as const)('%j is refused', async (wish, code, what) => {
  const team = await aTeam()

  const { status, body } = await team.v2.post('/webhook-endpoints', wish)

  expect([status, body.code]).toEqual([code === 'webhookUrlRefused' ? 422 : 400, code])
  if (code === 'webhookUrlRefused') expect(body.details.reason).toBe(what)
  else expect(body.details.issues[0].path[0]).toBe(what)
  expect((await team.v2.get('/webhook-endpoints')).body.data).toEqual([])
})

test('a change leaves out what stays, and a header without a value keeps the one it has', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const headers = [
    { name: 'X-One', value: '1' },
    { name: 'X-Two', value: '2' },
  ]
  const { secret: _, ...before } = await anEndpoint(team, receiver, { headers, description: 'Old' })
  const path = `/webhook-endpoints/${before.id}`

  const { body } = await team.v2.patch(path, {
    description: null,
    headers: [{ name: 'x-two' }, { name: 'X-3', value: '3' }],
  })

  const after = { ...before, description: null, headers: [{ name: 'x-two' }, { name: 'X-3' }] }
  expect(body).toEqual({ ...after, updatedAt: expect.any(String) })
  await events(team, 1)
  const [one] = await arrived(receiver, 1)
  expect([one?.headers['x-one'], one?.headers['x-two'], one?.headers['x-3']]).toEqual([undefined, '2', '3'])
  for (const change of [
    { url: 'ftp://hooks.example.com' },
    { apiVersion: '1', types: ['contact.*'] },
    { types: null, x: 1 },
  ]) {
    expect((await team.v2.patch(path, change)).status).toBeGreaterThanOrEqual(400)
  }
  expect(await endpointNow(team, before)).toMatchObject({ url: before.url, apiVersion: '2', types: null })
  expect(await team.events()).toEqual(['tag.created'])
})

test('types of one version are not left standing under the other', async () => {
  const team = await aTeam()
  const endpoint = await anEndpoint(team, { url }, { types: ['contact.*'] })
  const path = `/webhook-endpoints/${endpoint.id}`

  expect((await team.v2.patch(path, { apiVersion: '1' })).body.code).toBe('invalidRequest')
  expect((await team.v2.patch(path, { apiVersion: '1', types: ['prospect.*'] })).status).toBe(200)
})

test('to disable and to enable is told once, and to do it again changes nothing', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  const path = `/webhook-endpoints/${endpoint.id}`

  const disabled = await team.v2.post(`${path}/disable`)
  const again = await team.v2.post(`${path}/disable`)
  expect(disabled.body).toMatchObject({ state: 'disabled', disabledReason: 'byMember', disabledAt: expect.any(String) })
  expect(again.body).toEqual(disabled.body)
  await events(team, 3)
  await atRest(team, endpoint)
  expect(receiver.received).toEqual([])
  await team.v2.post(`${path}/enable`)
  const enabled = await team.v2.post(`${path}/enable`)

  expect(enabled.body).toMatchObject({ state: 'enabled', disabledReason: null, disabledAt: null })
  await arrived(receiver, 3)
  expect(await ourTypes(team)).toEqual(['webhookEndpoint.disabled', 'webhookEndpoint.enabled'])
  // Clients of the hosted API have never heard of these.
  expect((await team.v2.get('/events')).body.data.map(({ type }: { type: string }) => type)).toEqual(
    Array(3).fill('tag.created'),
  )
})

test('what is deleted is gone with its log, and gets nothing', async () => {
  const team = await aTeam()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(team, receiver)
  await events(team, 1)
  await arrived(receiver, 1)
  await atRest(team, endpoint)
  const path = `/webhook-endpoints/${endpoint.id}`
  const [delivery] = (await team.v2.get(`${path}/deliveries`)).body.data

  expect((await team.v2.delete(path)).status).toBe(204)

  await events(team, 1, 'Later')
  for (const gone of [path, `${path}/deliveries`]) {
    expect((await team.v2.get(gone)).body.code).toBe('webhookEndpointNotFound')
  }
  expect((await team.v2.delete(path)).body.code).toBe('webhookEndpointNotFound')
  expect((await team.v2.get(`/webhook-deliveries/${delivery.id}`)).body.code).toBe('webhookDeliveryNotFound')
  expect((await team.v2.get('/webhook-endpoints')).body.data).toEqual([])
  const other = await anEndpoint(team, receiver)
  await events(team, 1, 'Last')
  await arrived(receiver, 2)
  await atRest(team, other)
  expect(receiver.received).toHaveLength(2)
})

test('only owners and admins have to do with webhooks', async () => {
  const team = await aTeam()
  const endpoint = await anEndpoint(team, { url })
  const { token } = await team.addMember()
  const member = apiAt(`${team.server.url}/api/v2`, token)
  const path = `/webhook-endpoints/${endpoint.id}`

  const answers = await Promise.all([
    member.get('/webhook-endpoints'),
    member.post('/webhook-endpoints', { url }),
    member.get(path),
    member.patch(path, { description: 'Mine' }),
    member.post(`${path}/disable`),
    member.post(`${path}/enable`),
    member.post(`${path}/rotate-secret`),
    member.post(`${path}/test`),
    member.post(`${path}/redeliver`, { fromSeq: 1, toSeq: 2 }),
    member.get(`${path}/deliveries`),
    member.get('/webhook-deliveries/zz0unknown0delivery00000'),
    member.post('/webhook-deliveries/zz0unknown0delivery00000/redeliver'),
    member.delete(path),
  ])

  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [403, 'adminRequired']))
  const { secret: _, ...shown } = endpoint
  expect(await endpointNow(team, endpoint)).toEqual(shown)
  expect(await ourTypes(team)).toEqual([])
})

test('the list goes page by page, oldest first', async () => {
  const team = await aTeam()
  const made = []
  for (let i = 0; i < 5; i++) made.push((await anEndpoint(team, { url })).id)

  const first = (await team.v2.get('/webhook-endpoints?limit=3')).body
  const rest = (await team.v2.get(`/webhook-endpoints?limit=3&cursor=${first.nextCursor}`)).body

  expect([...first.data, ...rest.data].map(({ id }: { id: string }) => id)).toEqual(made)
  expect(rest.nextCursor).toBe(null)
})
