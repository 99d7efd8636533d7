import { expect, test } from 'vitest'
import type { Connector } from '../connectors/connector.ts'
import { systemClock } from '../domain/clock.ts'
import { aChat, aThread, deliveries } from '../test/factories.ts'
import { type Answer, startOwnServer, startTeam, type TestTeam, teamOn } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'

type Chat = Awaited<ReturnType<typeof aChat>>

/** What a client does, by what it takes. */
const acts: Record<string, (team: TestTeam, chat: Chat) => Promise<Answer>> = {
  'message:send': ({ api }, { id }) => api.post(`/threads/${id}/messages`, { content: 'Hello' }),
  'message:reply': ({ api }, { id, inbound }) =>
    api.post(`/threads/${id}/messages`, { content: 'Hello', replyToMessageId: inbound }),
  'message:edit': ({ api }, { id, outbound }) =>
    api.patch(`/threads/${id}/messages/${outbound}`, { content: 'Said otherwise' }),
  'message:unsend': ({ api }, { id, outbound }) => api.delete(`/threads/${id}/messages/${outbound}`),
  'message:delete:self': ({ api }, { id, outbound }) =>
    api.delete(`/threads/${id}/messages/${outbound}`, { deleteForAll: false }),
  'message:react': ({ api }, { id, inbound }) =>
    api.post(`/threads/${id}/messages/${inbound}/reactions/reactions`, { emoji: '👍' }),
}

test.each(Object.entries(acts))('without %s it is refused, and nothing happens', async (capability, act) => {
  const team = await startTeam()
  const chat = await aChat(team)
  const link = `/account-links/${chat.accountLinkId}`
  await team.sandbox.patch(link, { missingCapabilities: [capability] })
  const before = [await deliveries(team, chat.accountLinkId), await team.events()]

  const refused = await act(team, chat)

  expect([refused.status, refused.body.error.message]).toEqual([422, expect.stringContaining(`"${capability}"`)])
  expect([await deliveries(team, chat.accountLinkId), await team.events()]).toEqual(before)
  await team.sandbox.patch(link, { missingCapabilities: [] })
  expect((await act(team, chat)).status).toBe(200)
})

test('typing is skipped where the account or the conversation is without it', async () => {
  const team = await startTeam()
  const [chat, plain] = [await aChat(team), await aThread(team)]
  const type = async ({ id }: { id: string }) => (await team.api.post(`/threads/${id}/typing`)).body

  expect(await type(plain)).toEqual({ status: 'skipped', reason: 'unsupported' })
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { missingCapabilities: ['thread:typing:send'] })
  expect(await type(chat)).toEqual({ status: 'skipped', reason: 'unsupported' })
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { missingCapabilities: [] })
  expect(await type(chat)).toEqual({ status: 'sent' })
})

test('an account that only lacks a set-up says so; any other reason is a pause', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const link = `/account-links/${chat.accountLinkId}`
  const words = async () => {
    const { status, body } = await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hello' })
    return [status, body.error.message]
  }

  await team.sandbox.patch(link, { pauseReasons: ['no-xchat'] })
  expect(await words()).toEqual([409, expect.stringContaining('set up')])
  await team.sandbox.patch(link, { pauseReasons: ['no-xchat', 'billing'] })
  expect(await words()).toEqual([409, expect.stringContaining('paused')])
})

test('what stands first in the way is what is told', async () => {
  const team = await startTeam()
  const [chat, plain] = [await aChat(team), await aThread(team)]
  const { body: message } = await team.api.post(`/threads/${plain.id}/messages`, { content: 'Hello' })
  const edit = async (threadId: string, messageId: string) => {
    const { status, body } = await team.api.patch(`/threads/${threadId}/messages/${messageId}`, {
      content: 'x'.repeat(10_001),
    })
    return `${status} ${body.error.message}`
  }

  expect(await edit(chat.id, chat.outbound)).toMatch(/^422 .*longer than 10000/)
  expect(await edit(chat.id, chat.inbound)).toMatch(/^422 .*somebody else/)
  expect(await edit(plain.id, message.id)).toMatch(/^422 .*encrypted conversations only/)
  for (const { accountLinkId } of [chat, plain]) {
    await team.sandbox.patch(`/account-links/${accountLinkId}`, { missingCapabilities: ['message:edit'] })
  }
  expect(await edit(chat.id, chat.inbound)).toMatch(/^422 .*lacks "message:edit"/)
  expect(await edit(plain.id, message.id)).toMatch(/^422 .*lacks "message:edit"/)
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { status: 'offline' })
  expect(await edit(chat.id, chat.outbound)).toMatch(/^409 .*offline/)
})

test('what is possible for a time only is refused afterwards', async () => {
  const clock = new ManualClock(systemClock.now())
  const server = await startOwnServer({ clock })
  try {
    const sandbox = server.core.connectors.get('sandbox')
    if (!sandbox) throw new Error('the sandbox is off')
    // No platform of ours has windows yet: this one is given some. The map is only written to here.
    const connectors = server.core.connectors as Map<string, Connector>
    const mutationWindows = { 'message:edit': 3_600, 'message:unsend': 7_200 }
    connectors.set('sandbox', { ...sandbox, platform: { ...sandbox.platform, mutationWindows } })
    const team = await teamOn(server)
    const chat = await aChat(team)
    const edit = (content: string) => team.api.patch(`/threads/${chat.id}/messages/${chat.outbound}`, { content })

    clock.advance(3_600_000)
    expect((await edit('In time')).status).toBe(200)
    clock.advance(1_000)
    const late = await edit('Too late')
    expect([late.status, late.body.error.message]).toEqual([422, expect.stringContaining('3600 seconds')])
    expect((await team.events()).filter((type) => type === 'message.edited')).toHaveLength(1)
    expect((await team.api.delete(`/threads/${chat.id}/messages/${chat.outbound}`)).status).toBe(200)
  } finally {
    await server.stop()
  }
})
