import { expect, inject, onTestFinished, test } from 'vitest'
import { createDatabase, eventually } from '../test/harness.ts'
import { type Database, openDatabase } from './database.ts'

test('work under one key never overlaps, on one server or on several; other work goes on meanwhile', async () => {
  const database = await createDatabase()
  const servers = [open(database), open(database)] as const
  const running = { a: 0, b: 0 }
  const most = { a: 0, b: 0, together: 0 }

  await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const key = i % 4 < 2 ? 'a' : 'b'
      const server = servers[i % 2] ?? servers[0]
      return server.exclusively(key, async () => {
        running[key]++
        most[key] = Math.max(most[key], running[key])
        most.together = Math.max(most.together, running.a + running.b)
        await server.query`select pg_sleep(0.005)`
        running[key]--
      })
    }),
  )

  expect(most).toEqual({ a: 1, b: 1, together: 2 })
})

test('a failure is the caller’s, and the next one has its turn', async () => {
  const server = open(await createDatabase())

  const failed = server.exclusively('key', () => Promise.reject(new Error('mine')))
  const next = server.exclusively('key', async () => 'done')

  await expect(failed).rejects.toThrow('mine')
  expect(await next).toBe('done')
})

test('whoever loses the connection in the middle loses the turn, and everybody can go on', async () => {
  const database = await createDatabase()
  const [one, two] = [open(database), open(database)]
  let end = () => {}
  const held = one.exclusively('key', () => new Promise<void>((resolve) => (end = resolve)))
  const holder = await eventually(async () => {
    const [row] = await two.query<{ pid: number }>`
      select pid from pg_locks where locktype = 'advisory' and granted and database = (
        select oid from pg_database where datname = current_database())`
    return row
  }, 'the lock')
  const waiting = two.exclusively('key', async () => 'theirs')

  await two.query`select pg_terminate_backend(${holder.pid})`

  expect(await waiting).toBe('theirs')
  end()
  await held
  expect(await one.exclusively('key', async () => 'ours again')).toBe('ours again')
})

function open(database: string): Database {
  const connection = { ...inject('postgres'), database }
  const opened = openDatabase({ connection, connectionsMax: 8, onError: () => {} })
  onTestFinished(() => opened.close())
  return opened
}
