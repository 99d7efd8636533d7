import { expect, test } from 'vitest'
import { aChat, anAccount, aPerson, aThread, deliveries } from '../../test/factories.ts'
import {
  apiAt,
  createDatabase,
  eventually,
  startOwnServer,
  startTeam,
  type TestTeam,
  teamOn,
} from '../../test/harness.ts'

const ROUNDS = 8

test('whoever writes at the same time, a thread shows its newest message', async () => {
  const team = await startTeam()
  for (let round = 0; round < ROUNDS; round++) {
    const chat = await aChat(team)
    const inbound = { accountLinkId: chat.accountLinkId, content: 'Theirs' }

    await Promise.all([
      ...[1, 2, 3].map((i) => team.api.post(`/threads/${chat.id}/messages`, { content: `Ours ${i}` })),
      team.sandbox.post(`/people/${chat.person.platformId}/messages`, inbound),
    ])

    const newest = await eventually(async () => {
      const { body } = await team.api.get(`/threads/${chat.id}/messages`)
      return body.messages.length === 6 && body.messages[0]
    }, 'all six messages')
    const { body: thread } = await team.api.get(`/threads/${chat.id}`)
    expect(thread.lastMessage.id).toBe(newest.id)
    expect(thread.computedSortTimestamp).toBe(newest.createdAt)
  }
})

test('tags added at the same time are all there, on the prospect and on its threads', async () => {
  const team = await startTeam()
  const tags = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => (await team.api.post('/tags', { name: `Tag ${i}` })).body.id),
  )
  for (let round = 0; round < ROUNDS; round++) {
    const thread = await aThread(team)

    await Promise.all(tags.map((tag) => team.api.patch(`/prospects/${thread.prospectId}/context`, { addTags: [tag] })))

    const { body: prospect } = await team.api.get(`/prospects/${thread.prospectId}`)
    const { body: shown } = await team.api.get(`/threads/${thread.id}`)
    expect([...prospect.context.tags].sort()).toEqual([...tags].sort())
    expect(shown.prospect.context.tags).toEqual(prospect.context.tags)
    const { body } = await team.api.get('/events?limit=1000')
    const changes = body.events.filter((event: { type: string; data: { prospect: { id: string } } }) => {
      return event.type === 'prospect.tagsChanged' && event.data.prospect.id === thread.prospectId
    })
    expect(
      changes.map(
        (event: { data: { prospect: { context: { tags: string[] } } } }) => event.data.prospect.context.tags.length,
      ),
    ).toEqual([1, 2, 3, 4, 5, 6])
  }
})

test('a thread opened while its prospect changes gets what the prospect got', async () => {
  const team = await startTeam()
  const second = await anAccount(team)
  const { body: tag } = await team.api.post('/tags', { name: 'Tag' })
  const { body: status } = await team.api.post('/statuses', { name: 'Status' })
  for (let round = 0; round < ROUNDS; round++) {
    const { prospectId } = await aThread(team)

    const [, opened] = await Promise.all([
      team.api.patch(`/prospects/${prospectId}/context`, {
        addTags: [tag.id],
        statusId: status.id,
        assigneeId: team.ownerId,
      }),
      team.api.post('/threads', { accountLinkId: second.id, externalId: prospectId }),
    ])

    const { body: thread } = await team.api.get(`/threads/${opened.body.id}`)
    expect(thread.prospect.context).toMatchObject({ tags: [tag.id], statusId: status.id })
    expect(thread.assigneeId).toBe(team.ownerId)
  }
})

test('a status that is deleted while many give it to a prospect is given or gone, and nobody is stopped', async () => {
  const team = await startTeam()
  const { prospectId, person } = await aThread(team)
  const { body: contacts } = await team.v2.get(`/contacts?platform=twitter&platformId=${person.platformId}`)
  for (let round = 0; round < ROUNDS; round++) {
    const { body: status } = await team.api.post('/statuses', { name: 'Status' })
    const giving = [1, 2, 3, 4, 5, 6].flatMap(() => [
      team.api.patch(`/prospects/${prospectId}/context`, { statusId: status.id }),
      team.v2.patch(`/contacts/${contacts.data[0].id}`, { status: 'Status' }),
    ])
    await Promise.race(giving)
    const deleted = await team.api.delete(`/statuses/${status.id}`)
    const given = await Promise.all(giving)

    expect(deleted.status).toBe(200)
    expect(given.filter((answer) => ![200, 400, 404].includes(answer.status))).toEqual([])
    const { body: prospect } = await team.api.get(`/prospects/${prospectId}`)
    expect(prospect.context.statusId).toBeNull()
  }
})

test('the same reaction, edit or deletion sent several times at once happens once', async () => {
  const team = await startTeam()
  const four = <T>(send: () => Promise<T>) => Promise.all([send(), send(), send(), send()])
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`
  const before = (await team.events()).length

  const answers = [
    ...(await four(() => team.api.post(`${path}/reactions/reactions`, { emoji: '👍' }))),
    ...(await four(() => team.api.delete(`${path}/reactions/reactions`, { emoji: '👍' }))),
    ...(await four(() => team.api.patch(path, { content: 'Changed' }))),
    ...(await four(() => team.api.delete(path))),
  ]

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect((await team.events()).slice(before)).toEqual([
    'message.reactionAdded',
    'message.reactionRemoved',
    'message.edited',
    'message.deleted',
  ])
  const { body: history } = await team.api.get(`${path}/history`)
  expect(history.versions).toHaveLength(2)
})

test('different edits at once, through two servers, end in the order of the platform', async () => {
  const { team, apis, stop } = await startTwice()
  try {
    const chat = await aChat(team)
    const path = `/threads/${chat.id}/messages/${chat.outbound}`
    for (let round = 0; round < 2 * ROUNDS; round++) {
      const texts = [1, 2, 3, 4, 5, 6].map((i) => `Round ${round}, text ${i}`)

      const answers = await Promise.all(texts.map((content, i) => apis[i % 2]?.patch(path, { content })))

      expect(answers.map((answer) => answer?.status)).toEqual(texts.map(() => 200))
      const arrived = (await deliveries(team, chat.accountLinkId)).at(-1)?.content
      const { body: history } = await team.api.get(`${path}/history`)
      const { body: page } = await team.api.get(`/threads/${chat.id}/messages?limit=1`)
      expect(page.messages[0].content).toBe(arrived)
      expect(history.versions.at(-1).content).toBe(arrived)
    }
    const { body: history } = await team.api.get(`${path}/history`)
    const told = (await eventsOf(team, 'message.edited')).map(({ message }) => message.content)
    expect(told).toEqual(history.versions.slice(1).map(({ content }: { content: string }) => content))
    expect(told).toHaveLength(2 * ROUNDS * 6)
  } finally {
    await stop()
  }
})

test('reactions and their removals at once, through two servers, end as they do at the platform', async () => {
  const { team, apis, stop } = await startTwice()
  try {
    const chat = await aChat(team)
    const path = `/threads/${chat.id}/messages/${chat.inbound}/reactions/reactions`
    for (let round = 0; round < ROUNDS; round++) {
      const [one, two] = apis

      await Promise.all([
        one.post(path, { emoji: '👍' }),
        two.post(path, { emoji: '❤️' }),
        one.delete(path, { emoji: '👍' }),
        two.post(path, { emoji: '🔥' }),
        one.delete(path, { emoji: '❤️' }),
        two.post(path, { emoji: '👍' }),
      ])

      const { body } = await team.api.get(`/threads/${chat.id}/messages`)
      const ours = body.messages.find(({ id }: { id: string }) => id === chat.inbound).reactions
      expect(ours.map(({ emoji }: { emoji: string }) => emoji)).toEqual(await reactionsAtPlatform(team))
      const net = (await eventsOf(team, 'message.reactionAdded')).length - ours.length
      expect(await eventsOf(team, 'message.reactionRemoved')).toHaveLength(net)
    }
  } finally {
    await stop()
  }
})

test('an edit and a deletion at once end as they do at the platform', async () => {
  const { team, apis, stop } = await startTwice()
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const chat = await aChat(team)
      const path = `/threads/${chat.id}/messages/${chat.outbound}`
      const [one, two] = apis

      const answers = await Promise.all([
        one.patch(path, { content: 'Edited' }),
        two.delete(path),
        two.patch(path, { content: 'Edited twice' }),
      ])

      const [delivery] = await deliveries(team, chat.accountLinkId)
      const { body } = await team.api.get(`${path}/history`)
      expect(body.versions.at(-1).content).toBe(delivery?.content)
      expect(body.deletion).not.toBe(null)
      // Whoever comes after the deletion is refused, and only they.
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(body.versions.length)
      expect(answers.filter(({ status }) => status === 422)).toHaveLength(3 - body.versions.length)
    }
  } finally {
    await stop()
  }
})

/** A team and its API at two servers on one database. */
async function startTwice() {
  const database = await createDatabase()
  const [first, second] = [await startOwnServer({}, database), await startOwnServer({}, database)]
  const team = await teamOn(first)
  return {
    team,
    apis: [team.api, apiAt(`${second.url}/api/v1`, team.token)] as const,
    async stop() {
      await first.stop()
      await second.stop()
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: data of every shape
async function eventsOf(team: TestTeam, type: string): Promise<any[]> {
  const { body } = await team.api.get('/events?limit=1000')
  return body.events.filter((event: { type: string }) => event.type === type).map(({ data }: { data: object }) => data)
}

/** Nobody but the team itself reacts in its world. */
async function reactionsAtPlatform({ server: { core } }: TestTeam): Promise<string[]> {
  const rows = await core.db.query<{ emoji: string }>`select emoji from sandbox.reactions`
  return rows.map(({ emoji }) => emoji)
}

test('different reactions at once leave one', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.inbound}/reactions/reactions`

  await Promise.all(['👍', '❤️', '🔥', '😀'].map((emoji) => team.api.post(path, { emoji })))

  const { body } = await team.api.get(`/threads/${chat.id}/messages`)
  const message = body.messages.find(({ id }: { id: string }) => id === chat.inbound)
  expect(message.reactions).toHaveLength(1)
})

test('changes whose answers were lost are made here as they were there', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`
  const loseAnswer = (operation: string, times: number) =>
    team.sandbox.post('/faults', { operation, outcome: 'ambiguous', accountLinkId: chat.accountLinkId, times })

  await loseAnswer('edit', 2)
  const edited = await team.api.patch(path, { content: 'Second' })
  await loseAnswer('react', 1)
  const reacted = await team.api.post(`${path}/reactions/reactions`, { emoji: '👍' })

  expect([edited.status, reacted.status]).toEqual([200, 200])
  expect((await deliveries(team, chat.accountLinkId)).at(-1)?.content).toBe('Second')
  const { body } = await team.api.get(`/threads/${chat.id}/messages`)
  const message = body.messages.find(({ id }: { id: string }) => id === chat.outbound)
  expect(message).toMatchObject({ content: 'Second', isEdited: true })
  expect(message.reactions).toHaveLength(1)
})

test('an edit that nobody could confirm is not taken for undone: the first text can be brought back', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`
  const [original] = (await deliveries(team, chat.accountLinkId)).map(({ content }) => content)
  await team.sandbox.post('/faults', {
    operation: 'edit',
    outcome: 'ambiguous',
    accountLinkId: chat.accountLinkId,
    times: 3,
  })
  const lost = await team.api.patch(path, { content: 'Second' })
  expect([lost.status, (await deliveries(team, chat.accountLinkId)).at(-1)?.content]).toEqual([503, 'Second'])

  const back = await team.api.patch(path, { content: original })

  expect([back.status, (await deliveries(team, chat.accountLinkId)).at(-1)?.content]).toEqual([200, original])
  expect((await team.events()).filter((type) => type === 'message.edited')).toEqual([])
})

test('a deletion whose answer was lost can be repeated', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const path = `/threads/${chat.id}/messages/${chat.outbound}`
  await team.sandbox.post('/faults', {
    operation: 'delete',
    outcome: 'ambiguous',
    accountLinkId: chat.accountLinkId,
    times: 3,
  })

  const lost = await team.api.delete(path)
  const repeated = await team.api.delete(path)

  expect([lost.status, repeated.status]).toEqual([503, 200])
  expect((await team.events()).filter((type) => type === 'message.deleted')).toHaveLength(1)
})

test('a key is answered the same after its thread was deleted', async () => {
  const team = await startTeam()
  const thread = await aThread(team, { person: await aPerson(team) })
  const key = { 'idempotency-key': 'kept' }
  const first = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Once' }, key)
  await team.api.delete(`/threads/${thread.id}`)

  const again = await team.api.post(`/threads/${thread.id}/messages`, { content: 'Once' }, key)

  expect([again.status, again.body]).toEqual([200, first.body])
  expect(await deliveries(team, thread.accountLinkId)).toHaveLength(1)
})
