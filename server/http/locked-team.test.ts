import { expect, test } from 'vitest'
import { setTeamLock } from '../domain/teams.ts'
import type { TeamId } from '../store/ids.ts'
import { aChat, personWrites } from '../test/factories.ts'
import { eventually, startTeam } from '../test/harness.ts'

// That every change is refused and every read answered is checked with the table of operations (access.test.ts).

test('in a locked team a mistake in the request comes first, then the lock, then what is not there', async () => {
  const team = await startTeam()
  await setTeamLock(team.server.core, team.teamId as TeamId, true)
  await eventually(async () => (await team.v2.post('/tags', { name: 'VIP' })).status === 403, 'the lock')
  const nobody = '/contacts/zz0unknown0contact000000'

  expect((await team.v2.post('/tags', { title: 'VIP' })).body.code).toBe('invalidRequest')
  expect((await team.v2.get(`${nobody}?depth=1`)).body.code).toBe('invalidRequest')
  const { body } = await team.v2.patch(nobody, {})
  expect(body).toMatchObject({ code: 'workspaceLocked', details: null })
  expect((await team.v2.get(nobody)).body.code).toBe('contactNotFound')
  expect(await team.events()).toEqual([])
})

test('what only a rule of ours finds wrong, or what is not the team’s, is such a mistake, too', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const before = await team.events()
  await setTeamLock(team.server.core, team.teamId as TeamId, true)
  await eventually(async () => (await team.v2.post('/tags', { name: 'VIP' })).status === 403, 'the lock')
  const unknown = 'zz0unknown0000000000000a'
  const mistakes: [path: string, body: object][] = [
    [`/tags/${unknown}`, { color: 'nope' }],
    [`/tags/${unknown}`, { name: ' ' }],
    [`/statuses/${unknown}`, { color: 'nope' }],
    [`/contacts/${unknown}`, { valuation: -1 }],
    [`/contacts/${unknown}`, { assigneeId: 'nobody' }],
    [`/contacts/${unknown}`, { status: 'nope' }],
    [`/threads/${unknown}`, { assigneeId: 'nobody' }],
    [`/messages/${chat.outbound}`, { content: '\u200b' }],
  ]
  for (const [path, body] of mistakes) {
    const { status, body: answer } = await team.v2.patch(path, body)
    expect([path, body, status, answer.code]).toEqual([path, body, 400, 'invalidRequest'])
  }
  for (const noun of ['tags', 'statuses']) {
    expect((await team.v2.post(`/${noun}`, { name: 'VIP', color: 'nope' })).body.code).toBe('invalidRequest')
    expect((await team.v2.post(`/${noun}`, { name: 'VIP' })).body.code).toBe('workspaceLocked')
    expect((await team.v2.patch(`/${noun}/${unknown}`, { name: 'VIP' })).body.code).toBe('workspaceLocked')
  }
  for (const path of [`/contacts/${unknown}`, `/threads/${unknown}`]) {
    expect((await team.v2.patch(path, { assigneeId: team.ownerId })).body.code).toBe('workspaceLocked')
  }
  expect((await team.v2.patch(`/messages/${chat.outbound}`, { content: 'Hello' })).body.code).toBe('workspaceLocked')
  expect(await team.events()).toEqual(before)
})

test('what people write to a locked team arrives, and an unlocked one can answer', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const answer = () => team.api.post(`/threads/${chat.id}/messages`, { content: 'Hello' })
  await setTeamLock(team.server.core, team.teamId as TeamId, true)
  await eventually(async () => (await team.api.post('/tags', { name: 'VIP' })).status === 403, 'the lock')

  const { messageId } = await personWrites(team, chat, 'Are you there?')
  const refused = await answer()
  expect([refused.status, refused.body.error.code]).toEqual([403, 'FORBIDDEN'])
  const { body } = await team.api.get(`/threads/${chat.id}/messages`)
  expect(body.messages[0].id).toBe(messageId)

  await setTeamLock(team.server.core, team.teamId as TeamId, false)
  await eventually(async () => (await answer()).status === 200, 'the end of the lock')
})
