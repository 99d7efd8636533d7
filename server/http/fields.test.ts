import { expect, test } from 'vitest'
import { lookedUp } from '../demo/conversations.ts'
import { ensureDemo } from '../demo.ts'
import { aChat, anAccount, aPerson, aThread, personWrites } from '../test/factories.ts'
import * as answers from '../test/fields/answers.ts'
import * as conversations from '../test/fields/conversations.ts'
import * as events from '../test/fields/events.ts'
import {
  brokenRows,
  contactsOf,
  conversation,
  inBoth,
  inTurns,
  isShared,
  type Pair,
  pairs,
  pairsOfEvents,
  usersOf,
} from '../test/fields/pairs.ts'
import * as people from '../test/fields/people.ts'
import { at, type Shown, type Thing } from '../test/fields/row.ts'
import { type Answer, existingTeam, startTeam, type TestTeam, testServer } from '../test/harness.ts'

test('threads, prospects and messages are in v2 as the guide says', { timeout: 120_000 }, async () => {
  const team = await livingTeam()
  const { body: ofTeam } = await team.v2.get('/team')
  const beside = { team: ofTeam, userIdOf: await usersOf(team) }
  const shown = await inTurns(await threadsOf(team), (thread) => conversation(team, thread, beside))

  expectRows(
    conversations.thread,
    shown.map(({ thread }) => thread),
  )
  expectRows(
    people.prospect,
    shown.flatMap(({ prospects }) => prospects),
  )
  expectRows(
    conversations.message,
    shown.flatMap(({ messages }) => messages),
  )
  expectRows(
    conversations.version,
    shown.flatMap(({ versions }) => versions),
  )
  expectRows(
    conversations.deletion,
    shown.flatMap(({ deletions }) => deletions),
  )
})

test('what a team consists of is in v2 as the guide says', async () => {
  const [team, other] = [await livingTeam(), await startTeam()]
  await anAccount(other)
  await other.v2.post('/statuses', { name: 'New' })

  expectRows(people.team, await inBoth([team, other], '/team'))
  expectRows(people.member, await inBoth([team, other], '/members'))
  expectRows(people.accountLink, await inBoth([team, other], '/account-links'))
  expectRows(people.tag, await inBoth([team], '/tags'))
  expectRows(people.status, await inBoth([team, other], '/statuses'))
  const { body: colors } = await team.v2.get('/colors')
  for (const path of ['/colors', '/tags/colors', '/statuses/colors'])
    expectRows(people.color, pairs((await team.api.get(path)).body, colors))
})

test('pages are in v2 as the guide says', async () => {
  const team = await livingTeam()
  const [chat, silent] = [await aChat(team), await aThread(team)]
  const { body: ofTeam } = await team.v2.get('/team')
  const folders = { default: 'inbox', 'no-reply': 'noReply', requests: 'requests', archived: 'archived' }

  expectRows(
    answers.threadPage,
    await inTurns(Object.entries(folders), async ([inbox, folder], i) => {
      const limit = i % 2 ? 100 : 3
      const { body: inV1 } = await team.api.get(`/threads?inbox=${inbox}&limit=${limit}`)
      const { body: inV2 } = await team.v2.get(`/threads?folder=${folder}&limit=${limit}`)
      return { inV1: { ...inV1, threads: inV1.threads.map(({ id }: Shown) => id) }, inV2 }
    }),
  )
  expectRows(
    answers.messagePage,
    await inTurns([chat.id, silent.id], async (id) => {
      const { body: inV1 } = await team.api.get(`/threads/${id}/messages?limit=1`)
      const { body: page } = await team.v2.get(`/threads/${id}/messages?limit=1`)
      const { body: shown } = await team.v2.get(`/threads/${id}`)
      const messages = inV1.messages.map(({ id }: Shown) => id)
      return { inV1: { ...inV1, messages }, inV2: { ...page, thread: shown, team: ofTeam } }
    }),
  )
})

test('what changes answer is in v2 as the guide says', async () => {
  const team = await startTeam()
  const chats = [await aChat(team), await aChat(team)] as const
  const person = await aPerson(team)
  const inTurn = <T>(work: (chat: (typeof chats)[number], i: number) => Promise<T>) => inTurns(chats, work, 1)

  const settings = await inTurn(async ({ id }, i) => {
    const { body: inV1 } = await team.api.patch(`/threads/${id}/settings`, {
      typingIndicatorsEnabled: [false, null][i],
    })
    const typingIndicators = ['disabled', 'teamDefault'][i]
    return { inV1, inV2: (await team.v2.patch(`/threads/${id}`, { typingIndicators })).body }
  })
  expectRows(answers.settings, settings)
  const plain = await aThread(team)
  await personWrites(team, plain)
  const typing = await inTurns(
    [chats[0].id, chats[1].id, chats[1].id, plain.id],
    async (id, i) => {
      const other = i === 1 ? (await aChat(team)).id : id
      const inV1 = (await team.api.post(`/threads/${id}/typing`)).body
      return { inV1, inV2: (await team.v2.post(`/threads/${other}/typing`)).body }
    },
    1,
  )
  expectRows(answers.typing, typing)
  const edited = await inTurn(async ({ id, outbound }, i) => {
    const content = i === 0 ? 'Said otherwise' : 'Hi, how can we help?'
    const { body: inV1 } = await team.api.patch(`/threads/${id}/messages/${outbound}`, { content })
    return { inV1, inV2: (await team.v2.patch(`/messages/${outbound}`, { content })).body }
  })
  expectRows(answers.edited, edited)
  const reacted = await inTurn(async ({ id, inbound }) => {
    const { body: inV1 } = await team.api.post(`/threads/${id}/messages/${inbound}/reactions/reactions`, {
      emoji: '👍',
    })
    return { inV1, inV2: (await team.v2.get(`/messages/${inbound}`)).body }
  })
  expectRows(answers.reacted, reacted)
  const deleted = await inTurn(async ({ id, outbound }, i) => {
    const { body: inV1 } = await team.api.delete(`/threads/${id}/messages/${outbound}`, { deleteForAll: i === 0 })
    return { inV1, inV2: (await team.v2.delete(`/messages/${outbound}?scope=${['all', 'self'][i]}`)).body }
  })
  expectRows(answers.deleted, deleted)
  const sent = await inTurn(async ({ accountLinkId }) => {
    const content = 'Hello'
    const request = { accountLinkId, externalPlatformId: person.platformId, content }
    const { body } = await team.api.post('/threads/messages', request)
    const { body: message } = await team.v2.get(`/messages/${body.message.id}?expand=thread`)
    return { inV1: { ...body, message: body.message.id }, inV2: { message, thread: message.thread } }
  })
  expectRows(answers.sent, sent)
})

test('refusals are in v2 as the guide says', async () => {
  const team = await startTeam()
  const { id, inbound, accountLinkId, prospectId } = await aChat(team)
  const { contactId } = (await team.v2.get(`/threads/${id}`)).body
  const { body: tag } = await team.api.post('/tags', { name: 'VIP' })
  const nobody = 'x'.repeat(24)
  const refused = (inV1: Answer, inV2: Answer) => ({ inV1: inV1.body, inV2: { ...inV2.body, statusInV1: inV1.status } })

  const refusals = [
    refused(await team.api.get(`/threads/${nobody}`), await team.v2.get(`/threads/${nobody}`)),
    refused(await team.api.get(`/prospects/${nobody}`), await team.v2.get(`/contacts/${nobody}`)),
    refused(await team.api.get(`/tags/${nobody}`), await team.v2.get(`/tags/${nobody}`)),
    refused(await team.api.get(`/statuses/${nobody}`), await team.v2.get(`/statuses/${nobody}`)),
    refused(await team.api.get(`/members/${nobody}`), await team.v2.get(`/members/${nobody}`)),
    refused(await team.api.get('/threads?limit=0'), await team.v2.get('/threads?limit=0')),
    refused(await team.api.get('/nothing'), await team.v2.get('/nothing')),
    refused(await team.api.post('/tags', { name: tag.name }), await team.v2.post('/tags', { name: tag.name })),
    refused(
      await team.api.patch(`/threads/${id}/messages/${inbound}`, { content: 'x' }),
      await team.v2.patch(`/messages/${inbound}`, { content: 'x' }),
    ),
  ]
  const target = { type: 'thread', threadId: id }
  const toNobody = { type: 'profile', accountLinkId, platform: 'twitter', platformId: '17' }
  const content = 'Hello'
  const [context, contact] = [`/prospects/${prospectId}/context`, `/contacts/${contactId}`]
  refusals.push(
    refused(await team.api.patch(context, { statusId: nobody }), await team.v2.patch(contact, { status: nobody })),
    refused(
      await team.api.patch(context, { assigneeId: nobody }),
      await team.v2.patch(contact, { assigneeId: nobody }),
    ),
    refused(
      await team.api.post(`/threads/${id}/messages`, { content, replyToMessageId: nobody }),
      await team.v2.post('/messages', { target, content, replyToMessageId: nobody }),
    ),
    refused(
      await team.api.post('/threads/messages', { accountLinkId, externalPlatformId: '17', content }),
      await team.v2.post('/messages', { target: toNobody, content }),
    ),
  )
  await team.sandbox.post('/faults', { operation: 'send', outcome: 'down', times: 2, accountLinkId })
  refusals.push(
    refused(
      await team.api.post(`/threads/${id}/messages`, { content }),
      await team.v2.post('/messages', { target, content }),
    ),
  )

  expectRows(answers.refusal, refusals)
})

test('events are in v2 as the guide says', async () => {
  const team = await livingTeam()
  await somethingOfEverything(team)
  const { body: ofTeam } = await team.v2.get('/team')
  const queries = ['limit=1000', 'limit=5', 'limit=20&afterSeq=7', 'afterSeq=1000000']
  const pages = await inTurns(queries, async (query) => {
    const { body: inV1 } = await team.api.get(`/events?${query}`)
    return { inV1, inV2: (await team.v2.get(`/events?${query}`)).body }
  })
  const [{ inV1, inV2 } = { inV1: {}, inV2: {} }] = pages

  expectRows(
    events.event,
    pairsOfEvents({ inV1, inV2 }, { team: ofTeam, contactOf: await contactsOf(team, inV1.events) }),
  )
  const made = new Set(inV1.events.map(({ type }: Shown) => type))
  const isOfCampaigns = ({ v1 }: { v1: string }) => /^(campaign|target)\./.test(v1)
  expect(events.types.filter((pair) => !isOfCampaigns(pair) && !made.has(pair.v1))).toEqual([])
  expectRows(
    events.eventPage,
    pages.map(({ inV1, inV2 }) => {
      // What one version leaves out makes its page reach further.
      const isOnBoth = ({ seq }: Shown) => seq <= Math.min(inV1.lastSeq, inV2.lastSeq)
      const seqs = inV1.events
        .filter(isShared)
        .filter(isOnBoth)
        .map(({ seq }: Shown) => seq)
      const endsAlike = inV1.events.at(-1)?.seq === inV2.data.at(-1)?.seq
      return { inV1: { ...inV1, events: seqs }, inV2: { ...inV2, data: inV2.data.filter(isOnBoth), endsAlike } }
    }),
  )
})

/** Every row holds for every pair, and was tried on more than one value: otherwise it would hold by chance. */
function expectRows(thing: Thing, pairs: readonly Pair[]): void {
  const { name, rows } = thing
  expect(brokenRows(thing, pairs)).toEqual([])
  const valuesOf = (field: string) => new Set(pairs.map(({ inV1 }) => JSON.stringify(at(inV1, field)))).size
  const untried = rows.filter(({ field, isConstant }) => !isConstant && valuesOf(field) < 2)
  expect(untried.map(({ field }) => `${name}.${field}`)).toEqual([])
}

let living: Promise<TestTeam> | null = null

/** The demo's, with what nobody in it did. */
function livingTeam(): Promise<TestTeam> {
  living ??= makeLivingTeam()
  return living
}

async function makeLivingTeam(): Promise<TestTeam> {
  const server = await testServer()
  if (!server.sandbox) throw new Error('the sandbox is off')
  const { teamId, memberId } = await ensureDemo(server.core, { sandbox: server.sandbox, trafficMs: null })
  const team = await existingTeam(server, teamId, memberId)
  const chat = await aChat(team)
  await team.api.patch(`/threads/${chat.id}/settings`, { typingIndicatorsEnabled: true })
  await team.api.delete(`/threads/${chat.id}/messages/${chat.outbound}`, { deleteForAll: false })
  await team.api.delete(`/threads/${chat.id}/messages/${chat.outbound}`, { deleteForAll: true })
  const silent = await aThread(team, {
    person: await aPerson(team, { bannerUrl: 'https://cdn.example.com/banners/17.png' }),
  })
  await team.api.patch(`/threads/${silent.id}/settings`, { typingIndicatorsEnabled: false })
  await team.sandbox.patch(`/account-links/${silent.accountLinkId}`, { status: 'offline' })
  return team
}

/** Of every view, and the hidden ones. */
async function threadsOf({ api }: TestTeam): Promise<Shown[]> {
  const views = ['default', 'requests', 'archived']
  const shown = await inTurns(views, async (view) => (await api.get(`/threads?inbox=${view}&limit=100`)).body.threads)
  const usernames = [...new Set(lookedUp.map((person) => person.with))]
  const found = await inTurns(usernames, async (username) => {
    return (await api.get(`/threads/lookup-by-username?username=${username}`)).body
  })
  return [...shown.flat(), ...found.flat().filter(({ status }: Shown) => status === 'idle')]
}

/** By each type of event that the demo has none of. */
async function somethingOfEverything(team: TestTeam): Promise<void> {
  const { api, v2, sandbox } = team
  const chat = await aChat(team)
  const { body: tag } = await api.post('/tags', { name: 'Short-lived' })
  const { body: status } = await v2.post('/statuses', { name: 'Short-lived' })
  const { contactId } = (await v2.get(`/threads/${chat.id}`)).body
  const context = { addTags: [tag.id], statusId: status.id, notes: 'Noted', valuation: 17, assigneeId: team.ownerId }
  await api.patch(`/prospects/${chat.prospectId}/context`, context)
  await v2.patch(`/contacts/${contactId}`, { assigneeId: null })
  await v2.patch(`/threads/${chat.id}`, { assigneeId: null })
  await api.patch(`/tags/${tag.id}`, { name: 'Renamed' })
  await v2.patch(`/statuses/${status.id}`, { name: 'Renamed' })
  await api.delete(`/tags/${tag.id}`)
  await v2.delete(`/statuses/${status.id}`)
  for (const archived of [true, false]) await v2.patch(`/threads/${chat.id}`, { archived })
  await v2.patch(`/messages/${chat.outbound}`, { content: 'Said otherwise' })
  const reactions = `/messages/${chat.inbound}/reactions`
  await v2.post(reactions, { emoji: '👍' })
  await v2.delete(`${reactions}?emoji=${encodeURIComponent('👍')}`)
  await v2.delete(`/messages/${chat.outbound}?scope=all`)
  await sandbox.post(`/people/${chat.person.platformId}/typing`, { accountLinkId: chat.accountLinkId })
  await sandbox.patch(`/people/${chat.person.platformId}`, { displayName: 'Somebody Else' })
  await personWrites(team, chat, 'And a last word')
  await v2.delete(`/threads/${chat.id}`)
}
