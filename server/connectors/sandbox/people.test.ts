import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'vitest'
import { avatarSvg } from './avatar.ts'
import { createAccount, createPerson, findPerson, listPeople, updatePerson } from './control.ts'
import { inventFacts, inventIdentity } from './names.ts'
import { aPerson, existing, type SandboxUnderTest, startSandbox } from './testing.ts'

let sandbox: SandboxUnderTest
beforeEach(async () => {
  sandbox = await startSandbox()
})
afterEach(() => sandbox.close())

test('a person of whom nothing is said is believable, accepts messages and does not answer', async () => {
  const person = await aPerson(sandbox)

  match(person.username, /^[A-Za-z0-9_]{1,15}$/)
  ok(person.displayName.length > 0)
  equal(person.avatarUrl, `/avatars/${person.platformId}.svg`)
  equal(person.acceptsMessages, true)
  equal(person.autoReply, 'off')
  equal(person.replyDelayMs, 1_500)
  deepEqual(await findPerson(sandbox, sandbox.world, person.platformId), person)
})

test('what is said of a person is kept, null included', async () => {
  const given = {
    username: 'MinaK',
    displayName: 'Mina',
    bio: null,
    websiteUrl: 'https://www.mina.example/',
    badge: 'gold',
    followerCount: 3,
  } as const
  const person = await aPerson(sandbox, given)

  for (const [field, value] of Object.entries(given)) equal(person[field as keyof typeof given], value)
  equal(person.urlEntities[0]?.expandedUrl, 'https://www.mina.example/')
  equal(person.urlEntities[0]?.displayUrl, 'mina.example')
})

test('a username is taken whatever its case, in its own world only', async () => {
  const { platformId, username } = await aPerson(sandbox, { username: 'Mina' })
  const other = await aPerson(sandbox, { username: 'other' })

  const again = await createPerson(sandbox, sandbox.world, { username: 'mINA' })
  const renamed = await updatePerson(sandbox, sandbox.world, other.platformId, { username: 'MINA' })

  ok('refused' in again && again.refused === 'nameTaken')
  ok('refused' in renamed && renamed.refused === 'nameTaken')
  equal(existing(await createPerson(sandbox, 'elsewhere', { username: 'mina' })).username, 'mina')
  equal(existing(await updatePerson(sandbox, sandbox.world, platformId, { username: 'MINA' })).username, 'MINA')
  equal(username, 'Mina')
})

test('a hundred people can be made up at once, and accounts beside them', async () => {
  const people = await Promise.all(Array.from({ length: 100 }, () => aPerson(sandbox)))
  const accounts = await Promise.all(
    Array.from({ length: 20 }, async () => existing(await createAccount(sandbox, sandbox.world))),
  )

  equal(new Set(people.map(({ username }) => username.toLowerCase())).size, 100)
  equal(new Set(accounts.map(({ username }) => username.toLowerCase())).size, 20)
})

test('people are found by a part of either name, and by nothing else', async () => {
  const mina = await aPerson(sandbox, { username: 'mina_k', displayName: 'Mina Kovač' })
  const percent = await aPerson(sandbox, { username: 'percent', displayName: '100% real' })

  const find = async (q: string) =>
    (await listPeople(sandbox, sandbox.world, { q, limit: 10 })).map(({ platformId }) => platformId)
  deepEqual(await find('@MINA'), [mina.platformId])
  deepEqual(await find('kovač'), [mina.platformId])
  deepEqual(await find('0% r'), [percent.platformId])
  deepEqual(await find('a_k'), [mina.platformId])
  deepEqual(await find('n%k'), [])
  deepEqual(await find(''), [percent.platformId, mina.platformId])
})

test('names, facts and faces follow from the id alone', () => {
  const now = new Date(0)
  deepEqual(inventIdentity('17'), inventIdentity('17'))
  deepEqual(inventFacts('17', now), inventFacts('17', now))
  equal(avatarSvg('17'), avatarSvg('17'))
  notEqual(avatarSvg('17'), avatarSvg('18'))
  for (let i = 0; i < 500; i++) match(inventIdentity(String(i)).username, /^[a-z0-9_]{2,15}$/)
})
