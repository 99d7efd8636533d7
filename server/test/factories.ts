import { randomUUID } from 'node:crypto'
import { eventually, type TestTeam } from './harness.ts'

/** Another account of ours on the sandbox platform. */
export async function anAccount(team: TestTeam): Promise<{ id: string; platformId: string; username: string }> {
  const { body } = await team.sandbox.post('/account-links', { username: `acc_${randomUUID().slice(0, 8)}` })
  return body
}

export interface TestPerson {
  platformId: string
  username: string
}

/** Somebody who only does what the test says, unless told otherwise. */
export async function aPerson(team: TestTeam, facts: Record<string, unknown> = {}): Promise<TestPerson> {
  const { body } = await team.sandbox.post('/people', { autoReply: 'off', ...facts })
  return body
}

export interface TestThread {
  id: string
  accountLinkId: string
  person: TestPerson
  prospectId: string
}

interface ThreadWish {
  account?: { id: string }
  person?: TestPerson
}

/** A thread nobody has written in. */
export async function aThread(team: TestTeam, wish: ThreadWish = {}): Promise<TestThread> {
  const account = wish.account ?? (await anAccount(team))
  const person = wish.person ?? (await aPerson(team))
  const { body } = await team.api.post('/threads', { accountLinkId: account.id, externalPlatformId: person.platformId })
  return { id: body.id, accountLinkId: account.id, person, prospectId: body.prospect.externalId }
}

/** The person writes; done when the API shows it. */
export function personWrites(
  team: TestTeam,
  thread: Pick<TestThread, 'accountLinkId' | 'person'>,
  content = 'Hello there',
  replyToPlatformId?: string,
): Promise<InboundMessage> {
  return personSends(team, thread, { content, ...(replyToPlatformId !== undefined && { replyToPlatformId }) })
}

export interface InboundMessage {
  platformId: string
  threadId: string
  messageId: string
}

/** The person writes or attaches something, as the sandbox takes it; done when the API shows it. */
export async function personSends(
  team: TestTeam,
  { accountLinkId, person }: Pick<TestThread, 'accountLinkId' | 'person'>,
  message: object,
): Promise<InboundMessage> {
  const { body } = await team.sandbox.post(`/people/${person.platformId}/messages`, { accountLinkId, ...message })
  return eventually(async () => {
    const { body: thread } = await team.api.get(
      `/threads/lookup?accountLinkId=${accountLinkId}&externalPlatformId=${person.platformId}`,
    )
    if (!thread) return null
    const { body: page } = await team.api.get(`/threads/${thread.id}/messages?limit=100`)
    const found = page.messages.find((one: { platformId: string }) => one.platformId === body.platformId)
    return found && { platformId: body.platformId, threadId: thread.id, messageId: found.id }
  }, 'an inbound message')
}

/** A conversation in which both sides have written: X Chat. The person wrote first. */
export async function aChat(
  team: TestTeam,
  wish: ThreadWish = {},
): Promise<TestThread & { inbound: string; outbound: string }> {
  const account = wish.account ?? (await anAccount(team))
  const person = wish.person ?? (await aPerson(team))
  const { threadId, messageId } = await personWrites(team, { accountLinkId: account.id, person })
  const { body: sent } = await team.api.post(`/threads/${threadId}/messages`, { content: 'Hi, how can we help?' })
  const { body: thread } = await team.api.get(`/threads/${threadId}`)
  return {
    id: threadId,
    accountLinkId: account.id,
    person,
    prospectId: thread.prospect.externalId,
    inbound: messageId,
    outbound: sent.id,
  }
}

/** What the platform received from us, oldest first. */
export async function deliveries(
  team: TestTeam,
  accountLinkId: string,
): Promise<{ platformId: string; to: string; content: string; deletedAt: string | null }[]> {
  const { body } = await team.sandbox.get(`/deliveries?accountLinkId=${accountLinkId}`)
  return body.deliveries
}

/** The person reacts; done when the API shows it. */
export async function personReacts(
  team: TestTeam,
  { person }: { person: { platformId: string } },
  messageId: string,
  emoji: string,
) {
  const { body: before } = await team.v2.get(`/messages/${messageId}`)
  await team.sandbox.post(`/people/${person.platformId}/reactions`, { messagePlatformId: before.platformId, emoji })
  await eventually(async () => {
    const { body } = await team.v2.get(`/messages/${messageId}`)
    return body.reactions.some((reaction: { emoji: string }) => reaction.emoji === emoji)
  }, 'a reaction')
}
