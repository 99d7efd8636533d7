import { Writable } from 'node:stream'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { readConfig } from '../config.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { createLogger } from '../logger.ts'
import { startServer } from '../main.ts'
import { createDatabase, testEnvironment, urlOf } from './harness.ts'

export interface LogLine {
  msg: string
  level: string
  [field: string]: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  err?: any
}

/** A server of its own, on a database of its own, whose log can be read. */
export async function startLogged(
  logLevel = 'info',
  { env = {}, clock = systemClock }: { env?: Record<string, string>; clock?: Clock } = {},
) {
  const database = await createDatabase()
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const config = readConfig({
    ...testEnvironment,
    DATABASE_URL: urlOf(database),
    OPEN_INBOX_LOG_LEVEL: logLevel,
    ...env,
  })
  const server = await startServer(config, { clock, logger: createLogger(config, stream) })
  onTestFinished(() => server.stop())
  const lines = (): LogLine[] =>
    chunks
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  return { server, database, lines }
}

export async function onDatabase(database: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(urlOf(database))
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}
