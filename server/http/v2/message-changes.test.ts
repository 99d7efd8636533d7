import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connector } from '../../connectors/connector.ts'
import { systemClock } from '../../domain/clock.ts'
import { setTeamPlatforms } from '../../domain/teams.ts'
import type { TeamId } from '../../store/ids.ts'
import { aChat, aThread } from '../../test/factories.ts'
import { eventually, startOwnServer, startTeam, type TestTeam, teamOn } from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'

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

test('a deletion that is repeated ends, like any other, where the platform is not available to the team', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const unsend = () => team.v2.delete(`/messages/${chat.outbound}?scope=self`)
  expect((await unsend()).status).toBe(200)
  await setTeamPlatforms(team.server.core, team.teamId as TeamId, ['linkedin'])
  await eventually(async () => (await team.v2.get(`/threads/${chat.id}`)).status === 403, 'the platform to be gone')

  expect((await unsend()).body).toMatchObject({ code: 'platformNotAvailable', details: { platform: 'twitter' } })
})
