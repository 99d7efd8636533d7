import { aChat, anAccount, aPerson, type TestThread } from '../factories.ts'
import { startTeam, type TestTeam } from '../harness.ts'
import { inTurns } from './pairs.ts'
import type { Shown } from './row.ts'

/** A team with two chats and a second member. */
export interface World {
  team: TestTeam
  chats: readonly [Chat, Chat]
  memberIds: (string | null)[]
}

export interface Chat extends TestThread {
  contactId: string
  inbound: string
}

export async function aWorld(): Promise<World> {
  const team = await startTeam()
  const account = await anAccount(team)
  await team.api.post('/tags', { name: 'VIP' })
  await team.v2.post('/statuses', { name: 'New' })
  const chatWith = async (username: string): Promise<Chat> => {
    const person = await aPerson(team, { username, displayName: username })
    const chat = await aChat(team, { account, person })
    return { ...chat, contactId: (await team.v2.get(`/threads/${chat.id}`)).body.contactId }
  }
  const chats = [await chatWith('mina_k'), await chatWith('ante_r')] as const
  return { team, chats, memberIds: [team.ownerId, (await team.addMember()).memberId, null] }
}

type Team = Omit<World, 'chats'>

/** The inbox without ids and times: what two teams that did the same have alike. Messages are apart. */
export async function inOwnWords({ team, memberIds }: Team, labels: readonly Shown[]): Promise<object> {
  const nameOf = new Map(labels.map(({ id, name }) => [id, name]))
  const threads = (await threadsOf(team)).map((shown) => {
    const { archived, unread, typingIndicators, isRequest, restrictions, lastMessage, activity, contact } = shown
    return {
      ...{ archived, unread, typingIndicators, isRequest, restrictions },
      with: shown.profile.username,
      assignees: [shown.assigneeId, contact.assigneeId].map((id) => memberIds.indexOf(id)),
      last: [lastMessage.direction, activity.preview, activity.direction],
      context: [
        contact.notes,
        contact.valuation,
        nameOf.get(contact.statusId),
        contact.tagIds.map((id: string) => nameOf.get(id)),
      ],
    }
  })
  return { threads, labels: labels.map(({ name, color }) => [name, color]) }
}

/** Tags and statuses. */
export async function labelsOf({ api }: TestTeam): Promise<Shown[]> {
  const lists = await inTurns(['/tags', '/statuses'], async (path) => (await api.get(path)).body)
  return lists.flat()
}

/** By thread, in the order of the inbox. */
export async function messagesInOwnWords({ team }: Team): Promise<object[][]> {
  return inTurns(await threadsOf(team), async (thread) =>
    (await messagesOf(team, thread)).map((one: Shown) => {
      const { content, isEdited, deletedAt, platformDeletedAt, reactions, replyData, origin } = one
      const marks = [isEdited, deletedAt !== null, platformDeletedAt !== null, replyData?.content ?? null]
      return { content, origin, marks, reactions: reactions.map(({ emoji }: Shown) => emoji) }
    }),
  )
}

async function threadsOf({ v2 }: TestTeam): Promise<Shown[]> {
  return (await v2.get('/threads?folder=all&limit=100&expand=profile&expand=contact')).body.data
}

export async function messagesOf({ api }: TestTeam, { id }: Pick<Chat, 'id'>): Promise<Shown[]> {
  return (await api.get(`/threads/${id}/messages?limit=100`)).body.messages
}
