import { expect, test } from 'vitest'
import { systemClock } from '../../domain/clock.ts'
import { aChat, anAccount, aPerson, aThread, personWrites } from '../../test/factories.ts'
import { eventually, startServerOfTest, startTeam, teamOn } from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'

type Thread = { id: string }
const ids = (threads: Thread[]) => threads.map((thread) => thread.id)

test('opening a thread twice gives the same thread and one event', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)
  const request = { accountLinkId: account.id, externalPlatformId: person.platformId }

  const answers = await Promise.all(Array.from({ length: 10 }, () => team.api.post('/threads', request)))

  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(answers[0]?.body).toMatchObject({
    status: 'active',
    variant: 'unencrypted',
    done: false,
    isRequest: false,
    lastMessage: null,
  })
  expect(await team.events()).toEqual(['prospect.created', 'thread.created'])
})

test('before the first message a thread already shows the id its conversation will have', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)

  const { body } = await team.api.post('/threads', { accountLinkId: account.id, externalPlatformId: person.platformId })

  const [smaller, larger] = [account.platformId, person.platformId].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
  expect(body.platformId).toBe(`${smaller}:${larger}`)
})

test('a lookup that finds nothing is null with 200', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const stranger = await aPerson(team)
  const path = `/threads/lookup?accountLinkId=${thread.accountLinkId}`

  const found = await team.api.get(`${path}&externalPlatformId=${thread.person.platformId}`)
  const byProspect = await team.api.get(`${path}&externalId=${thread.prospectId}`)
  const missing = await team.api.get(`${path}&externalPlatformId=${stranger.platformId}`)
  const nobody = await team.api.get(path)

  expect([found.body.id, byProspect.body.id]).toEqual([thread.id, thread.id])
  expect([missing.status, missing.body]).toEqual([200, null])
  expect(nobody.status).toBe(400)
})

test('threads are found by username over all accounts, whatever its case', async () => {
  const team = await startTeam()
  const person = await aPerson(team, { username: 'MinaKovac' })
  const one = await aThread(team, { person })
  const two = await aThread(team, { person })

  const all = await team.api.get('/threads/lookup-by-username?username=minakOVAC')
  const some = await team.api.get(`/threads/lookup-by-username?username=minakovac&accountLinkIds=${two.accountLinkId}`)
  const part = await team.api.get('/threads/lookup-by-username?username=mina')

  expect(ids(all.body).sort()).toEqual([one.id, two.id].sort())
  expect(ids(some.body)).toEqual([two.id])
  expect(part.body).toEqual([])
})

test('a first message from a stranger is a request until it is answered', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const person = await aPerson(team)
  const { threadId } = await personWrites(team, { accountLinkId: account.id, person })

  const requests = await team.api.get('/threads?inbox=requests')
  const inbox = await team.api.get('/threads')
  await team.api.post(`/threads/${threadId}/messages`, { content: 'Welcome' })
  const requestsAfter = await team.api.get('/threads?inbox=requests')
  const inboxAfter = await team.api.get('/threads')

  expect([ids(requests.body.threads), ids(inbox.body.threads)]).toEqual([[threadId], []])
  expect([ids(requestsAfter.body.threads), ids(inboxAfter.body.threads)]).toEqual([[], [threadId]])
  expect(await team.events()).toEqual(['prospect.created', 'thread.created', 'message.created', 'message.created'])
})

test('no-reply shows threads in which the prospect wrote last', async () => {
  const team = await startTeam()
  const answered = await aChat(team)
  const waiting = await aChat(team)
  await personWrites(team, waiting, 'And one more thing')

  const { body } = await team.api.get('/threads?inbox=no-reply')

  expect(ids(body.threads)).toEqual([waiting.id])
  expect(answered.id).not.toBe(waiting.id)
})

test('an archived thread comes back when the prospect writes, not when we do', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  await team.api.patch(`/threads/${chat.id}`, { done: true })

  await team.api.post(`/threads/${chat.id}/messages`, { content: 'Just for the record' })
  const ours = await team.api.get(`/threads/${chat.id}`)
  await personWrites(team, chat, 'Wait!')
  const theirs = await team.api.get(`/threads/${chat.id}`)

  expect([ours.body.done, theirs.body.done]).toEqual([true, false])
  const events = await team.events()
  expect(events.filter((type) => type === 'thread.archived' || type === 'thread.unarchived')).toEqual([
    'thread.archived',
    'thread.unarchived',
  ])
})

test('archiving and assigning make one event each, and only when something changes', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const { memberId } = await team.addMember()
  const before = (await team.events()).length

  await team.api.patch(`/threads/${thread.id}`, { done: true })
  await team.api.patch(`/threads/${thread.id}`, { done: true })
  await team.api.patch(`/threads/${thread.id}`, { assigneeId: memberId })
  await team.api.patch(`/threads/${thread.id}`, { assigneeId: team.ownerId })
  await team.api.patch(`/threads/${thread.id}`, { assigneeId: null, done: false })
  await team.api.patch(`/threads/${thread.id}`)

  expect((await team.events()).slice(before)).toEqual([
    'thread.archived',
    'thread.assigned',
    'thread.assigned',
    'thread.unassigned',
    'thread.unarchived',
  ])
})

test('an unknown assignee is not found, and nothing else of the request is applied', async () => {
  const team = await startTeam()
  const thread = await aThread(team)
  const before = await team.events()

  const answer = await team.api.patch(`/threads/${thread.id}`, { done: true, assigneeId: 'nobody0nobody0nobody0nob' })

  expect([answer.status, answer.body.error.code]).toEqual([404, 'MEMBER_NOT_FOUND'])
  expect((await team.api.get(`/threads/${thread.id}`)).body.done).toBe(false)
  expect(await team.events()).toEqual(before)
})

test('a deleted thread is gone everywhere, and a later message opens a new one', async () => {
  const team = await startTeam()
  const chat = await aChat(team)

  const deleted = await team.api.delete(`/threads/${chat.id}`)

  expect([deleted.status, deleted.body]).toEqual([200, undefined])
  for (const path of [
    `/threads/${chat.id}`,
    `/threads/${chat.id}/messages`,
    `/threads/${chat.id}/messages/${chat.inbound}/history`,
  ]) {
    expect((await team.api.get(path)).body.error.code).toBe('THREAD_NOT_FOUND')
  }
  expect((await team.api.post(`/threads/${chat.id}/messages`, { content: 'Hello?' })).status).toBe(404)
  expect((await team.api.get('/threads')).body.threads).toEqual([])
  expect(
    (await team.api.get(`/threads/lookup?accountLinkId=${chat.accountLinkId}&externalId=${chat.prospectId}`)).body,
  ).toBeNull()
  expect((await team.api.get(`/prospects/${chat.prospectId}`)).body.context.threads).toEqual([])
  const { threadId } = await personWrites(team, chat, 'Still there?')
  expect(threadId).not.toBe(chat.id)
  const { body: fresh } = await team.api.get(`/threads/${threadId}`)
  expect(fresh.isRequest).toBe(false)
  expect((await team.events()).filter((type) => type.startsWith('thread.'))).toEqual([
    'thread.created',
    'thread.deleted',
    'thread.created',
  ])
})

test('typing is shown at most every 2.5 seconds; what stands in the way is told', async () => {
  const team = await startTeam()
  const plain = await aThread(team)
  const chat = await aChat(team)
  const typing = async (id: string) => (await team.api.post(`/threads/${id}/typing`)).body
  const settings = (typingIndicatorsEnabled: boolean | null) =>
    team.api.patch(`/threads/${chat.id}/settings`, { typingIndicatorsEnabled })

  expect(await typing(plain.id)).toEqual({ status: 'skipped', reason: 'unsupported' })
  expect((await settings(false)).body).toEqual({ threadId: chat.id, typingIndicatorsEnabled: false })
  expect(await typing(chat.id)).toEqual({ status: 'skipped', reason: 'typingDisabled' })
  await settings(null)
  expect(await typing(chat.id)).toEqual({ status: 'sent' })
  expect(await typing(chat.id)).toEqual({ status: 'skipped', reason: 'rateLimited' })
})

test('pages neither repeat nor skip while messages arrive', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  const threads = []
  for (let i = 0; i < 9; i++) threads.push(await aThread(team, { account }))
  const seen: string[] = []

  let query: string | null = '?limit=2'
  for (let pages = 0; query !== null && pages < 10; pages++) {
    const { body } = await team.api.get(`/threads${query}`)
    seen.push(...ids(body.threads))
    // A thread that was on an earlier page moves to the top.
    await team.api.post(`/threads/${seen[0]}/messages`, { content: `Bump ${pages}` })
    query = body.nextCursor && `?limit=2&cursorId=${body.nextCursor.id}&cursorTimestamp=${body.nextCursor.timestamp}`
  }

  expect(seen).toEqual(ids(threads).reverse())
})

test('ascending is exactly the reverse of descending, and an exactly full last page has no next', async () => {
  const team = await startTeam()
  const account = await anAccount(team)
  // Opened at the same time: ties on the timestamp are likely.
  await Promise.all(Array.from({ length: 6 }, () => aThread(team, { account })))

  const desc = await team.api.get('/threads?limit=6')
  const asc = await team.api.get('/threads?limit=6&filters[sortOrder]=asc')

  expect(ids(asc.body.threads)).toEqual(ids(desc.body.threads).reverse())
  expect([desc.body.nextCursor, asc.body.nextCursor]).toEqual([null, null])
})

test('a thread is shown as it is now, whatever changed since the last time', async () => {
  const clock = new ManualClock(systemClock.now())
  const team = await teamOn(await startServerOfTest({ clock }))
  const chat = await aChat(team)
  const { body: tag } = await team.api.post('/tags', { name: 'VIP' })
  const { body: status } = await team.api.post('/statuses', { name: 'Won' })
  const { prospectId, person } = chat
  let answer = { id: '' }
  const changes: Record<string, () => Promise<unknown>> = {
    'a message': () => personWrites(team, chat, 'One more thing: 資料'),
    'an answer': async () => {
      answer = (await team.api.post(`/threads/${chat.id}/messages`, { content: 'Yes?' })).body
    },
    'an edit': () => team.api.patch(`/threads/${chat.id}/messages/${answer.id}`, { content: 'Which?' }),
    'an assignee': () => team.api.patch(`/threads/${chat.id}`, { assigneeId: team.ownerId }),
    'a setting': () => team.api.patch(`/threads/${chat.id}/settings`, { typingIndicatorsEnabled: false }),
    'a tag': () => team.api.patch(`/prospects/${prospectId}/context`, { addTags: [tag.id] }),
    'the tag’s end': () => team.api.delete(`/tags/${tag.id}`),
    'a status, a note and a valuation': () =>
      team.api.patch(`/prospects/${prospectId}/context`, { statusId: status.id, notes: 'Boats', valuation: 4800 }),
    'a name': async () => {
      await team.sandbox.patch(`/people/${person.platformId}`, { displayName: 'Zoë Lind' })
      await eventually(async () => (await itself()).prospect.displayName === 'Zoë Lind', 'the new name')
    },
    'a week': async () => clock.advance(8 * 86_400_000),
    'a month': async () => clock.advance(30 * 86_400_000),
  }
  // Looking it up remembers nothing.
  const itself = async () =>
    (await team.api.get(`/threads/lookup?accountLinkId=${chat.accountLinkId}&externalId=${prospectId}`)).body
  const got = async () => (await team.api.get(`/threads/${chat.id}`)).body
  const listed = async () => (await team.api.get('/threads')).body.threads

  for (const [what, change] of Object.entries(changes)) {
    const before = await listed()
    await got()
    clock.advance(1_000)
    await change()

    expect(await got(), what).toEqual(await itself())
    expect(await listed(), what).toEqual([await itself()])
    expect(await listed(), what).not.toEqual(before)
  }
})

test('another team sees nothing of ours', async () => {
  const ours = await startTeam()
  const theirs = await startTeam()
  const chat = await aChat(ours)

  const thread = await theirs.api.get(`/threads/${chat.id}`)
  const account = await theirs.api.post('/threads', {
    accountLinkId: chat.accountLinkId,
    externalPlatformId: chat.person.platformId,
  })
  const filtered = await theirs.api.get(`/threads?accountLinkIds=${chat.accountLinkId}`)
  const person = await theirs.api.get(`/prospects/lookup?platformId=${chat.person.platformId}`)

  expect(thread.body.error.code).toBe('THREAD_NOT_FOUND')
  expect(account.body.error.code).toBe('ACCOUNT_LINK_NOT_FOUND')
  expect(filtered.body.threads).toEqual([])
  expect(person.body).toBeNull()
  expect(await theirs.events()).toEqual([])
})

test('an inbound message is in the API and in the log within a second', async () => {
  const team = await startTeam()
  const chat = await aChat(team)
  const before = (await team.events()).length
  const start = performance.now()

  await team.sandbox.post(`/people/${chat.person.platformId}/messages`, {
    accountLinkId: chat.accountLinkId,
    content: 'Now',
  })
  await eventually(async () => (await team.events()).length > before)

  expect(performance.now() - start).toBeLessThan(1_000)
})
