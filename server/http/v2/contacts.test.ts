import { expect, test } from 'vitest'
import { removeMember } from '../../domain/members.ts'
import { setTeamPlatforms } from '../../domain/teams.ts'
import type { Database } from '../../store/database.ts'
import type { MemberId, TeamId } from '../../store/ids.ts'
import { aPerson, aThread, type TestThread } from '../../test/factories.ts'
import { eventually, startTeam, type TestTeam } from '../../test/harness.ts'

async function contactOf(team: TestTeam, { person }: Pick<TestThread, 'person'>) {
  const { body } = await team.v2.get(`/contacts?platform=twitter&platformId=${person.platformId}`)
  return body.data[0]
}

async function aContact(team: TestTeam, facts: Record<string, unknown> = {}) {
  const thread = await aThread(team, { person: await aPerson(team, facts) })
  return { thread, ...(await contactOf(team, thread)) }
}

async function aTag({ v2 }: TestTeam, name: string) {
  return (await v2.post('/tags', { name })).body
}

async function aStatus({ v2 }: TestTeam, name: string) {
  return (await v2.post('/statuses', { name })).body
}

/** Types of all there is in the log: v1 does not show every one. */
async function logged({ server, teamId }: TestTeam): Promise<string[]> {
  const rows = await server.core.db.query<{
    type: string
  }>`select type from events where team_id = ${teamId} order by seq`
  return rows.map(({ type }) => type)
}

/** What a piece of work adds to the log. */
async function loggedBy(team: TestTeam, work: () => Promise<unknown>): Promise<string[]> {
  const before = await logged(team)
  await work()
  return (await logged(team)).slice(before.length)
}

test('a contact is what the team says about a person, with their profiles', async () => {
  const team = await startTeam()
  const person = { username: 'Mina_K', displayName: 'Mina Kovac', badge: 'gold', profileType: 'business' }
  const { thread, ...contact } = await aContact(team, { ...person, websiteUrl: 'https://www.example.org/about' })

  expect(contact).toMatchObject({
    profiles: [
      {
        id: thread.prospectId,
        platform: 'twitter',
        platformId: thread.person.platformId,
        username: 'mina_k',
        handle: '@mina_k',
        displayName: 'Mina Kovac',
        verified: true,
        isOrganization: true,
        websiteDomain: 'example.org',
        profileUrl: 'https://x.com/mina_k',
        accountStatus: 'active',
        platformData: { _tag: 'twitter', badge: 'gold', profileType: 'business', rawData: null },
      },
    ],
    statusId: null,
    tagIds: [],
    notes: null,
    valuation: null,
    assigneeId: null,
  })
  expect((await team.v2.get(`/contacts/${contact.id}`)).body).toEqual(contact)
  expect((await team.v2.get(`/contacts/${thread.prospectId}`)).body.code).toBe('contactNotFound')
})

test('people are found by ids and by usernames of a platform, oldest contact first, a page at a time', async () => {
  const team = await startTeam()
  const contacts = [
    await aContact(team, { username: 'First_One' }),
    await aContact(team, { username: 'second_one' }),
    await aContact(team, { username: 'third_one' }),
  ]
  const stranger = await aPerson(team, { username: 'stranger_1' })
  const ids = contacts.map(({ id }) => id)
  const find = async (query: string) => {
    const { body } = await team.v2.get(`/contacts?platform=twitter&${query}`)
    return { ids: body.data.map(({ id }: { id: string }) => id), nextCursor: body.nextCursor }
  }
  const platformIds = contacts.map(({ thread }) => `platformId=${thread.person.platformId}`).reverse()

  expect((await find([...platformIds, `platformId=${stranger.platformId}`].join('&'))).ids).toEqual(ids)
  expect((await find('username=THIRD_one&username=first_one&username=stranger_1')).ids).toEqual([ids[0], ids[2]])
  expect((await find('username=@first_one')).ids).toEqual([])
  expect((await find('username=first')).ids).toEqual([])

  const all = platformIds.join('&')
  const first = await find(`${all}&limit=2`)
  const rest = await find(`${all}&limit=2&cursor=${first.nextCursor}&expand=tags`)
  expect([first.ids, rest]).toEqual([ids.slice(0, 2), { ids: [ids[2]], nextCursor: null }])
  const other = await team.v2.get(`/contacts?platform=twitter&username=first_one&cursor=${first.nextCursor}`)
  expect(other.body.code).toBe('invalidCursor')
})

test.each([
  ['platform=twitter', 'platformId'],
  ['platform=twitter&platformId=1&username=a', 'username'],
  ['platformId=1', 'platform'],
  ['platform=twitter&username=', 'username'],
  ['platform=twitter&platformId=1&expand=profiles', 'expand'],
  [`platform=twitter&${Array.from({ length: 101 }, (_, i) => `platformId=${i}`).join('&')}`, 'platformId'],
])('a search for people that says too little or too much is refused: %.60s', async (query, parameter) => {
  const { v2 } = await startTeam()

  const { status, body } = await v2.get(`/contacts?${query}`)

  expect([status, body.code, body.details.issues[0].path[0]]).toEqual([400, 'invalidRequest', parameter])
})

test('each change of a contact makes its event, once, and v1 shows the same', async () => {
  const team = await startTeam()
  const { id, thread, updatedAt } = await aContact(team)
  const status = await aStatus(team, 'Qualified')
  const { memberId } = await team.addMember()
  const update = (body: object) => team.v2.patch(`/contacts/${id}`, body)

  const all = { status: 'QUALIFIED', notes: 'Two boats', valuation: 4_800, assigneeId: memberId }
  const events = await loggedBy(team, async () => {
    const { body } = await update(all)
    expect(body).toMatchObject({ statusId: status.id, notes: 'Two boats', valuation: 4_800, assigneeId: memberId })
    expect(body.updatedAt > updatedAt).toBe(true)
    expect((await team.v2.get(`/contacts/${id}`)).body).toEqual(body)
  })
  expect(events).toEqual([
    'prospect.statusChanged',
    'prospect.notesChanged',
    'prospect.valuationChanged',
    'prospect.assigneeChanged',
  ])
  const { context } = (await team.api.get(`/prospects/${thread.prospectId}`)).body
  expect(context).toMatchObject({ statusId: status.id, notes: 'Two boats', valuation: 4_800 })
  // Who has no assignee of their own is the contact's, without an event of its own.
  expect((await team.api.get(`/threads/${thread.id}`)).body.assigneeId).toBe(memberId)

  expect(await loggedBy(team, () => update({ ...all, status: status.id }))).toEqual([])
  expect(await loggedBy(team, () => update({}))).toEqual([])
  expect(await loggedBy(team, () => update({ status: null, notes: '', assigneeId: null }))).toEqual([
    'prospect.statusChanged',
    'prospect.notesChanged',
    'prospect.assigneeChanged',
  ])
  expect((await team.v2.get(`/contacts/${id}`)).body).toMatchObject({ statusId: null, notes: null, assigneeId: null })
})

test('a thread with an assignee of its own keeps it when the contact gets another', async () => {
  const team = await startTeam()
  const { id, thread } = await aContact(team)
  const [own, other] = [await team.addMember('Own'), await team.addMember('Other')]
  await team.api.patch(`/threads/${thread.id}`, { assigneeId: own.memberId })

  await team.v2.patch(`/contacts/${id}`, { assigneeId: other.memberId })

  expect((await team.api.get(`/threads/${thread.id}`)).body.assigneeId).toBe(own.memberId)
})

test.each([
  [{ status: 'No such status' }, ['status']],
  [{ assigneeId: 'zz0unknown0member0000000' }, ['assigneeId']],
  [{ valuation: -1 }, ['valuation']],
  [{ notes: 'x'.repeat(10_001) }, ['notes']],
  [{ statusId: null }, ['statusId']],
  [{ assigneeId: 'Not an id' }, ['assigneeId']],
])('an update with %.50j is refused whole, and names the field', async (mistake, path) => {
  const team = await startTeam()
  const { id } = await aContact(team)

  const events = await loggedBy(team, async () => {
    const { status, body } = await team.v2.patch(`/contacts/${id}`, { valuation: 5, ...mistake })
    expect([status, body.code, body.details.issues[0].path]).toEqual([400, 'invalidRequest', path])
  })

  expect(events).toEqual([])
  expect((await team.v2.get(`/contacts/${id}`)).body).toMatchObject({ valuation: null, notes: null })
})

test('a contact is tagged by id or by name, once; taking off what is not there is no mistake', async () => {
  const team = await startTeam()
  const { id, thread } = await aContact(team)
  const [hot, cold] = [await aTag(team, 'Hot Lead/2026'), await aTag(team, 'Cold')]
  const path = (reference: string) => `/contacts/${id}/tags/${encodeURIComponent(reference)}`
  const put = async (reference: string) => (await team.v2.put(path(reference))).status
  const remove = async (reference: string) => (await team.v2.delete(path(reference))).status
  const tagIds = async () => (await team.v2.get(`/contacts/${id}`)).body.tagIds

  expect(await loggedBy(team, () => put('hot lead/2026'))).toEqual(['prospect.tagsChanged'])
  expect(await loggedBy(team, () => put(cold.id))).toEqual(['prospect.tagsChanged'])
  expect([await put('HOT LEAD/2026'), await put('cold')]).toEqual([204, 204])
  expect(await loggedBy(team, () => put(hot.id))).toEqual([])
  expect(await tagIds()).toEqual([hot.id, cold.id])
  expect((await team.api.get(`/threads/${thread.id}`)).body.prospect.context.tags).toEqual([hot.id, cold.id])

  expect(await loggedBy(team, () => remove('hot lead/2026'))).toEqual(['prospect.tagsChanged'])
  expect(await loggedBy(team, async () => expect(await remove(hot.id)).toBe(204))).toEqual([])
  expect(await tagIds()).toEqual([cold.id])

  const unknown = await team.v2.put(path('Lukewarm'))
  expect([unknown.status, unknown.body.code]).toEqual([404, 'tagNotFound'])
  expect((await team.v2.delete(`/contacts/${thread.id}/tags/${cold.id}`)).body.code).toBe('contactNotFound')
})

test('tags put on at the same time through both versions are all there, in one order everywhere', async () => {
  const team = await startTeam()
  const { id, thread } = await aContact(team)
  const tags = await Promise.all(Array.from({ length: 10 }, (_, i) => aTag(team, `Tag ${i}`)))
  const before = await logged(team)

  await Promise.all(
    tags.flatMap((tag, i) => [
      team.v2.put(`/contacts/${id}/tags/${tag.id}`),
      team.v2.put(`/contacts/${id}/tags/Tag%20${i}`),
      team.api.patch(`/prospects/${thread.prospectId}/context`, { addTags: [tag.id] }),
    ]),
  )

  const { tagIds } = (await team.v2.get(`/contacts/${id}`)).body
  expect([...tagIds].sort()).toEqual(tags.map((tag) => tag.id).sort())
  expect((await team.api.get(`/threads/${thread.id}`)).body.prospect.context.tags).toEqual(tagIds)
  expect((await logged(team)).slice(before.length)).toEqual(tags.map(() => 'prospect.tagsChanged'))
})

test('what is expanded stands beside its id, and is left out when there is nothing', async () => {
  const team = await startTeam()
  const { id } = await aContact(team)
  const [tag, status, { memberId }] = [
    await aTag(team, 'VIP'),
    await aStatus(team, 'Lead'),
    await team.addMember('Ada'),
  ]
  const path = `/contacts/${id}?expand=status&expand=tags&expand=assignee&expand=tags`

  const { status: _, assignee: __, ...bare } = (await team.v2.get(path)).body
  expect(bare.tags).toEqual([])
  expect((await team.v2.get(path)).body).toEqual(bare)

  await team.v2.put(`/contacts/${id}/tags/${tag.id}`)
  await team.v2.patch(`/contacts/${id}`, { status: status.id, assigneeId: memberId })
  const { body } = await team.v2.get(path)
  expect([body.status, body.tags]).toEqual([status, [tag]])
  expect(body.assignee).toMatchObject({ id: memberId, name: 'Ada' })

  await removeMember(team.server.core, team.teamId as TeamId, memberId as MemberId)
  const afterwards = (await team.v2.get(path)).body
  expect([afterwards.assigneeId, 'assignee' in afterwards]).toEqual([memberId, false])
})

test('expanding a long page takes no more statements than a short one', async () => {
  const team = await startTeam()
  const [tag, status] = [await aTag(team, 'VIP'), await aStatus(team, 'Lead')]
  const people: string[] = []
  for (let i = 0; i < 6; i++) {
    const { id, thread } = await aContact(team)
    await team.v2.put(`/contacts/${id}/tags/${tag.id}`)
    await team.v2.patch(`/contacts/${id}`, { status: status.id, assigneeId: team.ownerId })
    people.push(`platformId=${thread.person.platformId}`)
  }
  const statements = async (query: string) => {
    const { core } = team.server
    const { db } = core
    let count = 0
    const counting: Database['query'] = (...args) => {
      count++
      return db.query(...args)
    }
    core.db = { ...db, query: counting }
    const { body } = await team.v2.get(`/contacts?platform=twitter&${query}&expand=status&expand=tags&expand=assignee`)
    core.db = db
    return { count, tags: body.data.map(({ tags }: { tags: { name: string }[] }) => tags[0]?.name) }
  }

  // Now and then something else asks the database at the same time: the least is what the page takes.
  const least = async (query: string) => {
    const runs: Awaited<ReturnType<typeof statements>>[] = []
    for (let i = 0; i < 5; i++) runs.push(await statements(query))
    return { tags: runs[0]?.tags, count: Math.min(...runs.map(({ count }) => count)) }
  }
  const [one, six] = [await least(people[0] ?? ''), await least(people.join('&'))]

  expect([one.tags, six.tags]).toEqual([['VIP'], people.map(() => 'VIP')])
  expect(six.count).toBe(one.count)
})

test('a contact that is only on platforms the team cannot use is not shown, nor changed', async () => {
  const team = await startTeam()
  const { id, thread } = await aContact(team)
  const tag = await aTag(team, 'VIP')
  const refusal = { code: 'platformNotAvailable', details: { platform: 'twitter' } }
  await setTeamPlatforms(team.server.core, team.teamId as TeamId, ['linkedin'])
  await eventually(async () => (await team.v2.get(`/contacts/${id}`)).status === 403, 'the platform to be gone')

  const events = await loggedBy(team, async () => {
    expect((await team.v2.get(`/contacts/${id}`)).body).toMatchObject(refusal)
    expect((await team.v2.patch(`/contacts/${id}`, { notes: 'Hello' })).body).toMatchObject(refusal)
    expect((await team.v2.put(`/contacts/${id}/tags/${tag.id}`)).body).toMatchObject(refusal)
    expect((await team.v2.delete(`/contacts/${id}/tags/${tag.id}`)).body).toMatchObject(refusal)
    expect((await team.v2.put(`/contacts/${id}/tags/nope`)).body.code).toBe('tagNotFound')
    const search = `/contacts?platform=twitter&platformId=${thread.person.platformId}`
    expect((await team.v2.get(search)).body).toMatchObject(refusal)
  })

  expect(events).toEqual([])
})

test("v1 takes a contact's id for its only profile's", async () => {
  const team = await startTeam()
  const { id, thread } = await aContact(team)

  const { body: prospect } = await team.api.get(`/prospects/${thread.prospectId}`)
  expect((await team.api.get(`/prospects/${id}`)).body).toEqual(prospect)
  const changed = await team.api.patch(`/prospects/${id}/context`, { notes: 'Hello', done: true })
  expect(changed.body).toMatchObject({ externalId: thread.prospectId, context: { notes: 'Hello' } })
  const lookup = `/threads/lookup?accountLinkId=${thread.accountLinkId}&externalId=${id}`
  expect((await team.api.get(lookup)).body).toMatchObject({ id: thread.id, done: true })

  // A contact of two profiles is none of them. Nothing makes such contacts yet but whoever works on the database.
  const { thread: other } = await aContact(team)
  await team.server.core.db.query`
    update profiles set contact_id = ${id}, linked_at = now() where team_id = ${team.teamId} and id = ${other.prospectId}`
  expect((await team.api.get(`/prospects/${id}`)).body.error.code).toBe('PROSPECT_NOT_FOUND')
  const both = [thread.prospectId, other.prospectId]
  expect((await team.v2.get(`/contacts/${id}`)).body.profiles.map((profile: { id: string }) => profile.id)).toEqual(
    both,
  )
  expect((await team.v2.patch(`/contacts/${id}`, { notes: 'Both' })).body.notes).toBe('Both')
})
