import fc from 'fast-check'
import { expect, test } from 'vitest'
import { personWrites } from '../test/factories.ts'
import { message, thread } from '../test/fields/conversations.ts'
import { event } from '../test/fields/events.ts'
import {
  brokenRows,
  contactsOf,
  conversation,
  inBoth,
  inTurns,
  type Pair,
  pairsOfEvents,
  usersOf,
} from '../test/fields/pairs.ts'
import { accountLink, prospect, status, tag } from '../test/fields/people.ts'
import type { Shown, Thing } from '../test/fields/row.ts'
import {
  aWorld,
  type Chat,
  inOwnWords,
  labelsOf,
  messagesInOwnWords,
  messagesOf,
  type World,
} from '../test/fields/worlds.ts'
import type { Answer, TestTeam } from '../test/harness.ts'

type Version = 'v1' | 'v2'

interface Step {
  through: Version
  /** Picks from whatever there is. */
  which: number
  chat: 0 | 1
  what: keyof typeof deeds
}

/** What either version can do. Both do it in the same way: not one event more or less. */
const deeds = {
  archive: ({ team, chat, even }) => ({
    v1: () => team.api.patch(`/threads/${chat.id}`, { done: even }),
    v2: () => team.v2.patch(`/threads/${chat.id}`, { archived: even }),
  }),
  archivePerson: ({ team, chat, even }) => ({
    v1: () => team.api.patch(`/prospects/${chat.prospectId}/context`, { done: even }),
    v2: () => team.v2.patch(`/threads/${chat.id}`, { archived: even }),
  }),
  assign: ({ team, chat, world, pick }) => {
    const assigneeId = pick(world.memberIds)
    return {
      v1: () => team.api.patch(`/threads/${chat.id}`, { assigneeId }),
      v2: () => team.v2.patch(`/threads/${chat.id}`, { assigneeId }),
    }
  },
  setTyping: ({ team, chat, pick }) => {
    const [inV1, inV2] = pick([
      [true, 'enabled'],
      [false, 'disabled'],
      [null, 'teamDefault'],
    ] as const)
    return {
      v1: () => team.api.patch(`/threads/${chat.id}/settings`, { typingIndicatorsEnabled: inV1 }),
      v2: () => team.v2.patch(`/threads/${chat.id}`, { typingIndicators: inV2 }),
    }
  },
  setStatus: async ({ team, chat, pick }) => {
    const { body } = await team.api.get('/statuses')
    const statusId = pick([null, ...body.map(({ id }: Shown) => id)])
    return {
      v1: () => team.api.patch(`/prospects/${chat.prospectId}/context`, { statusId }),
      v2: () => team.v2.patch(`/contacts/${chat.contactId}`, { status: statusId }),
    }
  },
  note: ({ team, chat, pick }) => {
    const context = pick([{ notes: 'A note' }, { notes: null }, { valuation: 17 }, { notes: 'Both', valuation: null }])
    return {
      v1: () => team.api.patch(`/prospects/${chat.prospectId}/context`, context),
      v2: () => team.v2.patch(`/contacts/${chat.contactId}`, context),
    }
  },
  attachTag: async ({ team, chat, pick }) => {
    const { id } = pick<Shown>((await team.api.get('/tags')).body)
    return {
      v1: () => team.api.patch(`/prospects/${chat.prospectId}/context`, { addTags: [id] }),
      v2: () => team.v2.put(`/contacts/${chat.contactId}/tags/${id}`),
    }
  },
  takeTag: async ({ team, chat, pick }) => {
    const { id } = pick<Shown>((await team.api.get('/tags')).body)
    return {
      v1: () => team.api.patch(`/prospects/${chat.prospectId}/context`, { removeTags: [id] }),
      v2: () => team.v2.delete(`/contacts/${chat.contactId}/tags/${id}`),
    }
  },
  createLabel: ({ team, even, which }) => {
    const [path, label] = [even ? '/tags' : '/statuses', { name: `Label ${which % 5}`, color: 'teal' }]
    return { v1: () => team.api.post(path, label), v2: () => team.v2.post(path, label) }
  },
  renameLabel: async ({ team, even, which, pick }) => {
    const path = even ? '/tags' : '/statuses'
    const { id } = pick<Shown>((await team.api.get(path)).body)
    const change = { name: `Label ${which % 7}` }
    return { v1: () => team.api.patch(`${path}/${id}`, change), v2: () => team.v2.patch(`${path}/${id}`, change) }
  },
  deleteLabel: async ({ team, even, pick }) => {
    const path = even ? '/tags' : '/statuses'
    const { body: labels } = await team.api.get(path)
    const { id } = pick<Shown>(labels)
    // Of the last one nobody could take anything.
    if (labels.length < 2) return null
    return { v1: () => team.api.delete(`${path}/${id}`), v2: () => team.v2.delete(`${path}/${id}`) }
  },
  send: ({ team, chat }) => {
    const request = { content: 'Anything else?', replyToMessageId: chat.inbound }
    return {
      v1: () => team.api.post(`/threads/${chat.id}/messages`, request),
      v2: () => team.v2.post('/messages', { target: { type: 'thread', threadId: chat.id }, ...request }),
    }
  },
  edit: async ({ team, chat, pick }) => {
    const { id } = pick(await messagesOf(team, chat))
    return {
      v1: () => team.api.patch(`/threads/${chat.id}/messages/${id}`, { content: 'Said otherwise' }),
      v2: () => team.v2.patch(`/messages/${id}`, { content: 'Said otherwise' }),
    }
  },
  unsend: async ({ team, chat, even, pick }) => {
    const { id } = pick(await messagesOf(team, chat))
    return {
      v1: () => team.api.delete(`/threads/${chat.id}/messages/${id}`, { deleteForAll: even }),
      v2: () => team.v2.delete(`/messages/${id}?scope=${even ? 'all' : 'self'}`),
    }
  },
  react: async ({ team, chat, even, pick }) => {
    const { id } = pick(await messagesOf(team, chat))
    const emoji = even ? '👍' : '🔥'
    return {
      v1: () => team.api.post(`/threads/${chat.id}/messages/${id}/reactions/reactions`, { emoji }),
      v2: () => team.v2.post(`/messages/${id}/reactions`, { emoji }),
    }
  },
  unreact: async ({ team, chat, even, pick }) => {
    const { id } = pick(await messagesOf(team, chat))
    const emoji = even ? '👍' : '🔥'
    return {
      v1: () => team.api.delete(`/threads/${chat.id}/messages/${id}/reactions/reactions`, { emoji }),
      v2: () => team.v2.delete(`/messages/${id}/reactions?emoji=${encodeURIComponent(emoji)}`),
    }
  },
  // What only one version can do, and what others do: the same whichever way.
  markUnread: ({ team, chat, even }) => {
    const mark = () => team.v2.patch(`/threads/${chat.id}`, { unread: even })
    return { v1: mark, v2: mark }
  },
  assignPerson: ({ team, chat, world, pick }) => {
    const assigneeId = pick(world.memberIds)
    const assign = () => team.v2.patch(`/contacts/${chat.contactId}`, { assigneeId })
    return { v1: assign, v2: assign }
  },
  receive: ({ team, chat }) => {
    const receive = async () => {
      await personWrites(team, chat, 'One more thing')
      return null
    }
    return { v1: receive, v2: receive }
  },
  changeAccount: ({ team, chat, pick }) => {
    const state = pick([{ status: 'paused', pauseReasons: ['billing'] }, { status: 'offline' }, { status: 'active' }])
    const change = async () => {
      await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, state)
      return null
    }
    return { v1: change, v2: change }
  },
} as const satisfies Record<string, (scene: Scene) => Deed | null | Promise<Deed | null>>

interface Scene {
  world: World
  team: TestTeam
  chat: Chat
  which: number
  even: boolean
  pick<T>(things: readonly T[]): T
}

type Deed = Record<Version, () => Promise<Answer | null>>

const step: fc.Arbitrary<Step> = fc.record({
  through: fc.constantFrom<Version>('v1', 'v2'),
  which: fc.nat({ max: 30 }),
  chat: fc.constantFrom<0 | 1>(0, 1),
  what: fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[])),
})

test('whatever is done through either version, both show the same inbox; and it is the same inbox had it been done through the other', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
      const [world, mirrored] = [await aWorld(), await aWorld()]
      const outcomes = await take(world, steps)
      const others = await take(mirrored, steps.map(otherWay))

      expect(outcomes).toEqual(others)
      await expectSameViews(world)
      const [labels, mirroredLabels] = [await labelsOf(world.team), await labelsOf(mirrored.team)]
      expect(await inOwnWords(world, labels)).toEqual(await inOwnWords(mirrored, mirroredLabels))
      expect(await messagesInOwnWords(world)).toEqual(await messagesInOwnWords(mirrored))
      for (const through of ['v1', 'v2'] as const) await expectGone(world, through)
    }),
    { numRuns: 4 },
  )
})

function otherWay(step: Step): Step {
  return { ...step, through: step.through === 'v1' ? 'v2' : 'v1' }
}

/** Whether each step was done or refused, and how many events each version has of it. */
async function take(world: World, steps: readonly Step[]): Promise<object[]> {
  const { team } = world
  const outcomes: object[] = []
  for (const { what, which, through, chat } of steps) {
    const before = (await team.v2.get('/events?limit=1000')).body.lastSeq
    const pick = <T>(things: readonly T[]) => things[which % things.length] as T
    const scene = { world, team, chat: world.chats[chat], which, even: which % 2 === 0, pick }
    const answer = await (await deeds[what](scene))?.[through]()
    const types = async (api: TestTeam['api'], list: string) => {
      const { body } = await api.get(`/events?limit=1000&afterSeq=${before}`)
      return body[list].map(({ type, seq }: Shown) => `${seq - before} ${type}`)
    }
    const refused = answer && answer.status >= 300 ? answer.status : null
    outcomes.push({ what, refused, inV1: await types(team.api, 'events'), inV2: await types(team.v2, 'data') })
  }
  return outcomes
}

async function expectSameViews({ team, chats }: World): Promise<void> {
  const beside = { team: (await team.v2.get('/team')).body, userIdOf: await usersOf(team) }
  const shown = await inTurns(chats, async ({ id }) => {
    return conversation(team, (await team.api.get(`/threads/${id}`)).body, beside)
  })
  const [{ body: inV1 }, { body: inV2 }] = [
    await team.api.get('/events?limit=1000'),
    await team.v2.get('/events?limit=1000'),
  ]
  const contactOf = await contactsOf(team, inV1.events)
  const seen: [Thing, Pair[]][] = [
    [thread, shown.map(({ thread }) => thread)],
    [prospect, shown.flatMap(({ prospects }) => prospects)],
    [message, shown.flatMap(({ messages }) => messages)],
    [tag, await inBoth([team], '/tags')],
    [status, await inBoth([team], '/statuses')],
    [accountLink, await inBoth([team], '/account-links')],
    [event, pairsOfEvents({ inV1, inV2 }, { team: beside.team, contactOf })],
  ]
  for (const [thing, pairs] of seen) expect(brokenRows(thing, pairs)).toEqual([])
  await expectSameLists(team)
}

/** Every view, and every filter that both have. */
async function expectSameLists(team: TestTeam): Promise<void> {
  const idsOf = async (api: TestTeam['api'], list: string, query: string) =>
    (await api.get(`/threads?${query}`)).body[list].map(({ id }: Shown) => id)
  const [tags, statuses, members] = await inTurns(['/tags', '/statuses', '/members'], async (path) => {
    return (await team.api.get(path)).body.map(({ id }: Shown) => id)
  })
  const filters = (category: string, key: string, ids: string[]) =>
    ids.map((id) => [`filters[${category}][selectedIds][]=${id}`, `${key}=${id}`])
  const queries = [
    ['inbox=default', 'folder=inbox'],
    ['inbox=no-reply', 'folder=noReply'],
    ['inbox=archived', 'folder=archived'],
    ['filters[sortOrder]=asc', 'order=asc'],
    ['filters[assignees][noAssignee]=true', 'unassigned=true'],
    ...filters('tags', 'tag', tags),
    ...filters('statuses', 'status', statuses),
    ...filters('assignees', 'assigneeId', members),
  ]
  for (const [inV1 = '', inV2 = ''] of queries) {
    expect({ [inV2]: await idsOf(team.v2, 'data', inV2) }).toEqual({
      [inV2]: await idsOf(team.api, 'threads', inV1),
    })
  }
}

/** Deleted through one version, a thread is gone from both. */
async function expectGone({ team, chats }: World, through: Version): Promise<void> {
  const [api, chat] = through === 'v1' ? [team.api, chats[0]] : [team.v2, chats[1]]
  // The platform is asked, too, and only a connected account can.
  await team.sandbox.patch(`/account-links/${chat.accountLinkId}`, { status: 'active' })
  const before = (await team.v2.get('/events?limit=1000')).body.lastSeq

  expect((await api.delete(`/threads/${chat.id}`)).status).toBe(200)

  expect((await team.api.get(`/threads/${chat.id}`)).status).toBe(404)
  expect((await team.v2.get(`/threads/${chat.id}`)).status).toBe(404)
  expect((await team.v2.get(`/threads?contactId=${chat.contactId}&folder=all`)).body.data).toEqual([])
  const { body: prospect } = await team.api.get(`/prospects/${chat.prospectId}`)
  expect(prospect.context.threads).toEqual([])
  const inV1 = (await team.api.get(`/events?afterSeq=${before}`)).body.events
  const inV2 = (await team.v2.get(`/events?afterSeq=${before}`)).body.data
  expect(inV1.map(({ seq, type, data }: Shown) => [seq, type, data.threadId])).toEqual([
    [before + 1, 'thread.deleted', chat.id],
  ])
  expect(inV2.map(({ seq, type, object }: Shown) => [seq, type, object.id])).toEqual([
    [before + 1, 'thread.deleted', chat.id],
  ])
}
