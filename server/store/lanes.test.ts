import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDatabase, eventually, urlOf } from '../test/harness.ts'
import { type Database, openDatabase, readsAmong } from './database.ts'
import { DatabaseUnavailable } from './unavailable.ts'

const CONNECTIONS = 8

test('any number of reads at once share a few connections, and each gets its own rows', async () => {
  const { name, database } = await openOne()

  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) =>
      i % 2
        ? database.query<{ n: number }>`select n from generate_series(${i}::int, ${i + 3}::int) n`
        : database.query<{ n: number }>`select ${i}::int as n`,
    ),
  )

  expect(answers.map((rows) => rows.map(({ n }) => n))).toEqual(
    Array.from({ length: 500 }, (_, i) => (i % 2 ? [i, i + 1, i + 2, i + 3] : [i])),
  )
  expect(await connectionsTo(name)).toBeLessThanOrEqual(readsAmong(CONNECTIONS))
  expect(database.usage().waiting).toBe(0)
})

test('a read that fails is its caller’s alone: those before and behind it are answered', async () => {
  const { database } = await openOne()

  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, (_, i) => database.query<{ n: number }>`select 1 / ${i % 3}::int as n`),
  )

  expect(outcomes.map(({ status }) => status)).toEqual(
    Array.from({ length: 60 }, (_, i) => (i % 3 ? 'fulfilled' : 'rejected')),
  )
})

test('readers who wait for a lock hold up neither a change nor a transaction, and are answered when it is free', async () => {
  const { name, database } = await openOne()
  const { unlock } = await locked(database, name)
  const readers = Array.from({ length: 40 }, () => database.query<{ n: number }>`select count(*)::int as n from things`)

  await database.query`insert into others (n) values (1)`
  await database.transaction((tx) => tx.query`insert into others (n) values (2)`)
  await unlock()

  expect((await Promise.all(readers)).flat()).toEqual(Array.from({ length: 40 }, () => ({ n: 0 })))
})

test('whoever finds no room for five seconds is told to come back', async () => {
  const { name, database } = await openOne()
  const { unlock } = await locked(database, name)
  const outcomes = Promise.allSettled(Array.from({ length: 40 }, () => database.query`select from things`))

  await eventually(async () => database.usage().waiting === 0, 'the waiting to be told')
  await unlock()

  const reasons = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason : null))
  const hadRoom = 4 * readsAmong(CONNECTIONS)
  expect(reasons.slice(0, hadRoom)).toEqual(Array.from({ length: hadRoom }, () => null))
  for (const reason of reasons.slice(hadRoom)) expect(reason).toBeInstanceOf(DatabaseUnavailable)
})

test('when connections break, what was under way on them fails, and everybody else is answered over new ones', async () => {
  const { name, database } = await openOne()
  const { client, unlock } = await locked(database, name)
  const outcomes = Promise.allSettled(Array.from({ length: 40 }, () => database.query`select from things`))
  await eventually(async () => (await connectionsTo(name)) > readsAmong(CONNECTIONS), 'the readers')

  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await unlock()

  const reasons = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(reasons).toHaveLength(4 * readsAmong(CONNECTIONS))
  for (const reason of reasons) expect(reason).toBeInstanceOf(DatabaseUnavailable)
  expect(await database.query`select 1 as one`).toEqual([{ one: 1 }])
})

async function openOne(): Promise<{ name: string; database: Database }> {
  const name = await createDatabase()
  const connection = { ...inject('postgres'), database: name }
  const database = openDatabase({ connection, connectionsMax: CONNECTIONS, onError: () => {} })
  onTestFinished(() => database.close())
  return { name, database }
}

/** Two tables; nobody can read `things` until `unlock`. */
async function locked(database: Database, name: string) {
  await database.transaction(async (tx) => {
    await tx.query`create table things (n int)`
    await tx.query`create table others (n int)`
  })
  const client = new pg.Client(urlOf(name))
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin')
  await client.query('lock table things in access exclusive mode')
  return { client, unlock: () => client.query('commit') }
}

async function connectionsTo(name: string): Promise<number> {
  const client = new pg.Client(urlOf(name))
  await client.connect()
  const { rows } = await client.query(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await client.end()
  return rows[0].n
}
