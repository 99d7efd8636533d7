import { aChat, anAccount, aPerson } from '../../factories.ts'
import type { Shown } from '../row.ts'
import { aWorld, type Chat, type World } from '../worlds.ts'
import type { Said } from './call.ts'

/** Requests of a call that changes something. */
export interface Writing {
  /** As of a reading. What they are about may be made first, in the same way in every world. */
  requests(desk: Desk): Promise<Record<string, Said[]>>
  /** What an answer says of it, beside what can be seen in the team. */
  answered?(body: Shown): unknown
}

/** A world whose first person also talks with another account of ours. */
export interface Desk extends Omit<World, 'chats'> {
  chats: readonly [Chat, Chat, Chat]
  /** Of the account that two chats are with. */
  accountLinkId: string
  otherAccountLinkId: string
  /** Of ours, in the first two chats. */
  tagIds: [string, string]
  statusIds: [string, string]
}

export async function aDesk(): Promise<Desk> {
  const world = await aWorld()
  const { team, chats } = world
  const [first, second] = chats
  const other = await anAccount(team)
  const again = await aChat(team, { account: other, person: first.person })
  const labels = async (path: string, name: string): Promise<[string, string]> => {
    const [{ id }] = (await team.api.get(path)).body
    return [id, (await team.api.post(path, { name, color: 'teal' })).body.id]
  }
  return {
    ...world,
    chats: [first, second, { ...again, contactId: first.contactId }],
    accountLinkId: first.accountLinkId,
    otherAccountLinkId: other.id,
    tagIds: await labels('/tags', 'Lead'),
    statusIds: await labels('/statuses', 'Won'),
  }
}

/** By call of v1. */
export const writings: Record<string, Writing> = {
  'PATCH /threads/{threadId}': {
    requests: async ({ chats: [first, second], memberIds: [owner, other] }) => {
      const of = (chat: Chat, change: Said) => ({ '{threadId}': chat.id, ...change })
      return {
        '{threadId}': [of(first, { done: true }), of(second, { done: true })],
        done: [of(first, { done: false }), of(first, { done: true }), of(first, {})],
        assigneeId: [owner, other, null].map((assigneeId) => of(first, { assigneeId })),
      }
    },
  },
  'PATCH /threads/{threadId}/settings': {
    requests: async ({ chats }) => {
      const [first, second] = chats.map(({ id }) => ({ '{threadId}': id, typingIndicatorsEnabled: true }))
      return {
        '{threadId}': [{ ...first }, { ...second }],
        typingIndicatorsEnabled: [false, null].map((isEnabled) => ({ ...first, typingIndicatorsEnabled: isEnabled })),
      }
    },
  },
  'POST /threads/{threadId}/typing': {
    answered: ({ status }) => status,
    requests: async ({ team, chats: [first, second] }) => {
      await team.api.patch(`/threads/${second.id}/settings`, { typingIndicatorsEnabled: false })
      return { '{threadId}': [{ '{threadId}': first.id }, { '{threadId}': second.id }] }
    },
  },
  'DELETE /threads/{threadId}': {
    requests: async ({ team, otherAccountLinkId }) => {
      const account = { id: otherAccountLinkId }
      const chatWith = async (username: string) => aChat(team, { account, person: await aPerson(team, { username }) })
      const chats = [await chatWith('luka_b'), await chatWith('iva_p')]
      return { '{threadId}': chats.map(({ id }) => ({ '{threadId}': id })) }
    },
  },
  'POST /threads/{threadId}/messages': {
    requests: async ({ chats: [first, second] }) => {
      const into = (chat: Chat, content: string) => ({ '{threadId}': chat.id, content })
      return {
        '{threadId}': [into(first, 'Hello'), into(second, 'Hello')],
        content: [into(first, 'Here'), into(first, 'There')],
        replyToMessageId: [{ ...into(first, 'Yes'), replyToMessageId: first.inbound }, into(first, 'Yes')],
      }
    },
  },
  'POST /threads/messages': {
    requests: async ({ chats: [first, second], accountLinkId, otherAccountLinkId }) => {
      const to = { accountLinkId, externalPlatformId: first.person.platformId, content: 'Hello' }
      const byId = (externalId: string) => ({ accountLinkId, externalId, content: 'Hello' })
      return {
        accountLinkId: [to, { ...to, accountLinkId: otherAccountLinkId }],
        externalPlatformId: [to, { ...to, externalPlatformId: second.person.platformId }],
        externalId: [byId(first.prospectId), byId(second.prospectId)],
        content: [to, { ...to, content: 'Good day' }],
      }
    },
  },
  'PATCH /threads/{threadId}/messages/{messageId}': {
    requests: async ({ team, chats: [first] }) => {
      const [one, another] = await sent(team, first, ['One', 'Another'])
      return {
        '{messageId}': [one, another].map((message) => ({ ...message, content: 'Said otherwise' })),
        content: ['Here', 'There'].map((content) => ({ ...one, content })),
      }
    },
  },
  'DELETE /threads/{threadId}/messages/{messageId}': {
    requests: async ({ team, chats: [first] }) => {
      const [one, another, ...others] = await sent(team, first, ['One', 'Another', 'Third', 'Fourth', 'Fifth'])
      const choices = [{}, { deleteForAll: false }, { deleteForAll: true }]
      return {
        '{messageId}': [{ ...one }, { ...another }],
        deleteForAll: others.map((message, i) => ({ ...message, ...choices[i] })),
      }
    },
  },
  'POST /threads/{threadId}/messages/{messageId}/reactions/reactions': {
    requests: async ({ chats: [first, second] }) => ({
      '{messageId}': [first, second].map((chat) => ({ ...inboundOf(chat), emoji: '👍' })),
      emoji: ['🔥', '❤️'].map((emoji) => ({ ...inboundOf(first), emoji })),
    }),
  },
  'DELETE /threads/{threadId}/messages/{messageId}/reactions/reactions': {
    requests: async ({ team, chats: [first, second] }) => {
      for (const { inbound } of [first, second]) await team.v2.post(`/messages/${inbound}/reactions`, { emoji: '👍' })
      return {
        emoji: ['🔥', '👍'].map((emoji) => ({ ...inboundOf(first), emoji })),
        '{messageId}': [first, second].map((chat) => ({ ...inboundOf(chat), emoji: '👍' })),
      }
    },
  },
  'PATCH /prospects/{prospectId}/context': {
    requests: async ({ chats: [first, second], memberIds: [owner, other], tagIds, statusIds }) => {
      const of = (chat: Chat, change: Said) => ({ '{prospectId}': chat.prospectId, ...change })
      const [one, another] = tagIds
      return {
        '{prospectId}': [
          ...[first, second].map((chat) => of(chat, { notes: 'Noted' })),
          { '{prospectId}': first.contactId, notes: 'Noted of the contact' },
        ],
        notes: ['Noted again', null].map((notes) => of(first, { notes })),
        valuation: [17, 0, null].map((valuation) => of(first, { valuation })),
        statusId: [...statusIds, null].map((statusId) => of(first, { statusId })),
        addTags: [of(first, { addTags: [one] }), of(first, { addTags: [one, another] })],
        removeTags: [of(first, { removeTags: [one, another], notes: 'All at once' }), of(first, { removeTags: [] })],
        assigneeId: [owner, other, null].map((assigneeId) => of(first, { assigneeId })),
        done: [true, false].map((done) => of(first, { done })),
      }
    },
  },
  ...writingsOf('/tags', '{tagId}', ({ tagIds }) => tagIds, 'red'),
  ...writingsOf('/statuses', '{statusId}', ({ statusIds }) => statusIds, null),
}

/** No colour means another thing for tags than for statuses, and only for statuses in both versions. */
function writingsOf(path: string, id: string, idsOf: (desk: Desk) => [string, string], other: string | null) {
  return {
    [`POST ${path}`]: {
      requests: async () => ({
        name: [{ name: 'Cold' }, { name: 'Warm' }],
        color: [{ name: 'Hot', color: 'red' }, { name: 'Hotter', color: null }, { name: 'Hottest' }],
      }),
    },
    [`PATCH ${path}/${id}`]: {
      requests: async (desk: Desk) => {
        const [one, another] = idsOf(desk)
        return {
          [id]: [
            { [id]: one, name: 'One' },
            { [id]: another, name: 'Another' },
          ],
          name: ['Once more', 'Again'].map((name) => ({ [id]: one, name })),
          color: ['#3B82F6', other].map((color) => ({ [id]: one, color })),
        }
      },
    },
    [`DELETE ${path}/${id}`]: {
      requests: async ({ team }: Desk) => {
        const made = [await team.api.post(path, { name: 'Brief' }), await team.api.post(path, { name: 'Briefer' })]
        return { [id]: made.map(({ body }) => ({ [id]: body.id })) }
      },
    },
  } satisfies Record<string, Writing>
}

function inboundOf({ id, inbound }: Chat): Said {
  return { '{threadId}': id, '{messageId}': inbound }
}

async function sent({ v2 }: World['team'], { id }: Chat, contents: readonly string[]): Promise<Said[]> {
  const addresses: Said[] = []
  for (const content of contents) {
    const { body } = await v2.post('/messages', { target: { type: 'thread', threadId: id }, content })
    addresses.push({ '{threadId}': id, '{messageId}': body.message.id })
  }
  return addresses
}
