import { expect, test } from 'vitest'
import { setTeamPlatforms } from '../../domain/teams.ts'
import type { TeamId } from '../../store/ids.ts'
import { anAccount, aThread } from '../../test/factories.ts'
import { eventually, startTeam } from '../../test/harness.ts'

test('a platform says what it can do, and an account what is left of that', async () => {
  const team = await startTeam()
  const account = await anAccount(team)

  const { body: platforms } = await team.v2.get('/platforms')
  expect(platforms).toMatchObject([
    {
      platform: 'twitter',
      name: 'X',
      usernamePrefix: '@',
      limits: { characters: 10_000 },
      mutationWindows: {},
      threadState: { archive: null, read: { observe: false, mutate: true } },
    },
  ])
  const [{ capabilities }] = platforms
  expect(capabilities).toContain('message:send')
  expect(capabilities).not.toContain('message:forward')
  expect((await team.v2.get(`/account-links/${account.id}`)).body.capabilities).toEqual(capabilities)

  await team.sandbox.patch(`/account-links/${account.id}`, { missingCapabilities: ['message:edit', 'media:image'] })

  const { body: link } = await team.v2.get(`/account-links/${account.id}`)
  expect(link.capabilities).toEqual(capabilities.filter((capability: string) => capability !== 'message:edit'))
  expect(link).toMatchObject({ id: account.id, username: account.username, status: 'active', pauseReasons: [] })
  expect((await team.v2.get('/platforms')).body[0].capabilities).toEqual(capabilities)
})

test('an account is paused as long as there are reasons', async () => {
  const team = await startTeam()
  const { id } = await anAccount(team)
  const path = `/account-links/${id}`
  const state = async () => {
    const { status, pauseReasons } = (await team.v2.get(path)).body
    return [status, pauseReasons]
  }

  await team.sandbox.patch(path, { pauseReasons: ['billing', 'no-xchat'] })
  expect(await state()).toEqual(['paused', ['billing', 'no-xchat']])
  await team.sandbox.patch(path, { missingCapabilities: ['message:react'] })
  expect(await state()).toEqual(['paused', ['billing', 'no-xchat']])
  await team.sandbox.patch(path, { pauseReasons: [] })
  expect(await state()).toEqual(['active', []])
  // Each answer counts at once, however fast they follow each other.
  for (let i = 0; i < 10; i++) {
    await team.sandbox.patch(path, { status: 'paused' })
    await team.sandbox.patch(path, { status: 'active' })
    expect(await state()).toEqual(['active', []])
  }
  await team.sandbox.patch(path, { status: 'offline', pauseReasons: ['billing'] })
  expect(await state()).toEqual(['offline', []])
})

test('account links are listed oldest first, a page at a time, by platform and by state', async () => {
  const team = await startTeam()
  const accounts = [await anAccount(team), await anAccount(team), await anAccount(team)].map(({ id }) => id)
  await team.sandbox.patch(`/account-links/${accounts[1]}`, { status: 'offline' })
  await team.sandbox.patch(`/account-links/${accounts[2]}`, { pauseReasons: ['billing'] })
  const ids = async (query: string) => {
    const { body } = await team.v2.get(`/account-links?${query}`)
    return body.data.map(({ id }: { id: string }) => id)
  }

  expect(await ids('')).toEqual(accounts)
  expect(await ids('status=offline&status=paused')).toEqual([accounts[1], accounts[2]])
  expect(await ids('platform=twitter&status=active')).toEqual([accounts[0]])

  const first = await team.v2.get('/account-links?limit=2&status=active&status=offline&status=paused')
  const next = `limit=2&cursor=${first.body.nextCursor}`
  expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(accounts.slice(0, 2))
  expect(await ids(`${next}&status=paused&status=active&status=offline`)).toEqual([accounts[2]])
  expect((await team.v2.get(`/account-links?${next}`)).body.code).toBe('invalidCursor')
})

test("a platform the team cannot use is refused wherever it turns up, and another one where it's named", async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const link = `/account-links/${thread.accountLinkId}`
  const refusal = { code: 'platformNotAvailable', details: { platform: 'linkedin' } }
  expect(await team.v2.get('/account-links?platform=twitter&platform=linkedin')).toMatchObject({
    status: 403,
    body: refusal,
  })

  await setTeamPlatforms(team.server.core, team.teamId as TeamId, ['linkedin'])

  await eventually(async () => (await team.v2.get(link)).status === 403, 'the platform to be gone')
  expect((await team.v2.get(link)).body).toMatchObject({
    code: 'platformNotAvailable',
    details: { platform: 'twitter' },
  })
  expect((await team.v2.get('/platforms')).body).toEqual([])
  expect((await team.v2.get('/account-links')).body).toEqual({ data: [], nextCursor: null })
  expect((await team.v2.get('/account-links?platform=twitter')).body.code).toBe('platformNotAvailable')
  const send = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Hello' })
  expect([send.status, send.body.error.code]).toEqual([403, 'FORBIDDEN'])
  expect((await team.api.get(`/threads/${thread.id}`)).status).toBe(200)

  await setTeamPlatforms(team.server.core, team.teamId as TeamId, null)
  await eventually(async () => (await team.v2.get(link)).status === 200, 'the platform to be back')
})
