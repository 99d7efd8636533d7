import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aChat, personWrites } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'

type Version = 'v1' | 'v2'

type Step =
  | { do: 'send'; through: Version; content: string; reply: boolean }
  | { do: 'receive'; content: string }
  | { do: 'edit'; through: Version; which: number; content: string }
  | { do: 'unsend'; through: Version; which: number; scope: 'self' | 'all' }
  | { do: 'react' | 'unreact'; through: Version; which: number; emoji: string }
  | { do: 'theirReaction'; which: number; emoji: string }

const through = fc.constantFrom<Version>('v1', 'v2')
const content = fc.constantFrom('Hi', 'See example.org', 'Hello @mina_k', '👋 #launch', 'ok')
const which = fc.nat({ max: 20 })
const emoji = fc.constantFrom('👍', '❤️', '🔥')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('send' as const), through, content, reply: fc.boolean() }),
  fc.record({ do: fc.constant('receive' as const), content }),
  fc.record({ do: fc.constant('edit' as const), through, which, content }),
  fc.record({
    do: fc.constant('unsend' as const),
    through,
    which,
    scope: fc.constantFrom('self' as const, 'all' as const),
  }),
  fc.record({ do: fc.constantFrom('react' as const, 'unreact' as const), through, which, emoji }),
  fc.record({ do: fc.constant('theirReaction' as const), which, emoji }),
)

test('whatever is done through either version, both show the same messages, and one log of how they came about', {
  timeout: 120_000,
}, async () => {
  const team = await startTeam()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const chat = await aChat(team)
      for (const step of steps) await take(team, chat, step)
      await expectSameView(team, chat)
    }),
    { numRuns: 8 },
  )
})

type Chat = Awaited<ReturnType<typeof aChat>>

/** What cannot be done is refused, in the same way by both. */
async function take(team: TestTeam, chat: Chat, step: Step): Promise<void> {
  const messages = await v1Messages(team, chat)
  const message = 'which' in step ? messages[step.which % messages.length] : undefined
  const [v1, v2] = [`/threads/${chat.id}/messages/${message?.id}`, `/messages/${message?.id}`]
  switch (step.do) {
    case 'send': {
      const { content } = step
      const request = { content, ...(step.reply && { replyToMessageId: chat.inbound }) }
      const answer =
        step.through === 'v1'
          ? await team.api.post(`/threads/${chat.id}/messages`, request)
          : await team.v2.post('/messages', { target: { type: 'thread', threadId: chat.id }, ...request })
      expect(answer.status).toBeLessThan(300)
      return
    }
    case 'receive':
      await personWrites(team, chat, step.content)
      return
    case 'edit':
      await (step.through === 'v1'
        ? team.api.patch(v1, { content: step.content })
        : team.v2.patch(v2, { content: step.content }))
      return
    case 'unsend':
      await (step.through === 'v1'
        ? team.api.delete(v1, { deleteForAll: step.scope === 'all' })
        : team.v2.delete(`${v2}?scope=${step.scope}`))
      return
    case 'react':
      await (step.through === 'v1'
        ? team.api.post(`${v1}/reactions/reactions`, { emoji: step.emoji })
        : team.v2.post(`${v2}/reactions`, { emoji: step.emoji }))
      return
    case 'unreact':
      await (step.through === 'v1'
        ? team.api.delete(`${v1}/reactions/reactions`, { emoji: step.emoji })
        : team.v2.delete(`${v2}/reactions?emoji=${encodeURIComponent(step.emoji)}`))
      return
    case 'theirReaction':
      return theyReact(team, chat, message, step.emoji)
  }
}

async function theyReact(team: TestTeam, chat: Chat, message: V1Message | undefined, emoji: string): Promise<void> {
  const path = `/people/${chat.person.platformId}/reactions`
  const { status } = await team.sandbox.post(path, { messagePlatformId: message?.platformId, emoji })
  if (status >= 300) return
  await eventually(async () => {
    const messages = await v1Messages(team, chat)
    return messages
      .find(({ id }) => id === message?.id)
      ?.reactions.some((one) => one.senderPlatformId === chat.person.platformId && one.emoji === emoji)
  }, 'their reaction')
}

interface V1Message {
  id: string
  platformId: string
  content: string
  authorId: string
  createdAt: string
  updatedAt: string | null
  deletedAt: string | null
  isEncrypted: boolean
  entities: object | null
  replyData: object | null
  reactions: { emoji: string; senderPlatformId: string; createdAt: string }[]
}

async function v1Messages(team: TestTeam, { id }: Chat): Promise<V1Message[]> {
  return (await team.api.get(`/threads/${id}/messages?limit=100`)).body.messages
}

async function expectSameView(team: TestTeam, chat: Chat): Promise<void> {
  const v1 = await v1Messages(team, chat)
  const { body: v2 } = await team.v2.get(`/threads/${chat.id}/messages?limit=100&expand=reactions.author&expand=thread`)
  const { body: thread } = await team.api.get(`/threads/${chat.id}`)

  expect(v2.data.map(asV1)).toEqual(v1.map((message) => picked(message)))
  const { thread: shown } = v2.data[0]
  expect(shown).toMatchObject({ archived: thread.done, isRequest: thread.isRequest, assigneeId: thread.assigneeId })
  expect(shown.lastMessage).toMatchObject({ id: thread.lastMessage.id, createdAt: thread.lastMessage.createdAt })
  await expectSameLog(team, chat)
}

function picked(message: V1Message): V1Message {
  const { id, platformId, content, authorId, createdAt, updatedAt, deletedAt, isEncrypted } = message
  const { replyData, reactions } = message
  const entities = message.entities ?? nothingMarked
  const facts = { id, platformId, content, authorId, createdAt, updatedAt, deletedAt, isEncrypted }
  return { ...facts, entities, replyData, reactions }
}

const nothingMarked = { urls: [], postShares: [], mentions: [], hashtags: [], cashtags: [] }

// biome-ignore lint/suspicious/noExplicitAny: the document checks its form
function asV1(message: any): V1Message {
  const { format: _, ...entities } = message.entities
  return {
    id: message.id,
    platformId: message.platformId,
    content: message.content,
    authorId: message.direction === 'outbound' ? message.accountLinkId : message.thread.profileId,
    createdAt: message.createdAt,
    updatedAt: message.editedAt,
    deletedAt: message.deletedAt,
    isEncrypted: message.platformData.encrypted,
    entities,
    replyData: message.replyTo,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    reactions: message.reactions.map(({ emoji, createdAt, author }: any) => {
      return { emoji, createdAt, senderPlatformId: (author.profile ?? author.accountLink).platformId }
    }),
  }
}

const namesInV1: Record<string, string> = { 'message.sent': 'message.created', 'message.received': 'message.created' }

/** The events of the chat's messages, under the same numbers, about the same things. */
async function expectSameLog(team: TestTeam, { id }: Chat): Promise<void> {
  const [{ body: v1 }, { body: v2 }] = [
    await team.api.get('/events?limit=1000'),
    await team.v2.get('/events?limit=1000'),
  ]
  const fat = v1.events
    .filter(({ type }: { type: string }) => type.startsWith('message.'))
    .map(
      ({
        seq,
        type,
        data,
      }: {
        seq: number
        type: string
        data: { threadId?: string; message?: { threadId: string } }
      }) => {
        return { seq, type, threadId: data.threadId ?? data.message?.threadId }
      },
    )
  const thin = v2.data
    .filter(({ type }: { type: string }) => type.startsWith('message.'))
    .map(({ seq, type, data }: { seq: number; type: string; data: { threadId: string } }) => {
      return { seq, type: namesInV1[type] ?? type, threadId: data.threadId }
    })
  const ofChat = (events: { threadId?: string }[]) => events.filter(({ threadId }) => threadId === id)
  expect(ofChat(thin)).toEqual(ofChat(fat))
  expect(ofChat(fat).length).toBeGreaterThan(1)
}
