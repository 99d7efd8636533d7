import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../store/embedded.ts'
import { migrate } from '../store/migrate.ts'
import { throwAwayFolder, throwAwaySettings } from './throw-away.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the test databases live; `database` is the template they are cloned from. */
    postgres: pg.ClientConfig & { database: string }
  }
}

const TEMPLATE = 'open_inbox_template'

/** One PostgreSQL for the whole run: the embedded one, or the one OPEN_INBOX_TEST_DATABASE_URL names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { connection, stop } = await startPostgres()
  const admin = new pg.Client(connection)
  await admin.connect()
  await admin.query(`drop database if exists ${TEMPLATE}`)
  await admin.query(`create database ${TEMPLATE}`)
  await admin.end()
  await migrate({ ...connection, database: TEMPLATE })
  project.provide('postgres', { ...connection, database: TEMPLATE })
  return stop
}

async function startPostgres(): Promise<{ connection: pg.ClientConfig; stop(): Promise<void> }> {
  const url = process.env.OPEN_INBOX_TEST_DATABASE_URL
  if (url) return { connection: settingsOf(new URL(url)), stop: async () => {} }
  const dataDir = await throwAwayFolder('open-inbox-test-')
  const embedded = await startEmbedded({ dataDir, settings: throwAwaySettings })
  return {
    connection: { ...embedded.connection },
    async stop() {
      await embedded.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function settingsOf(url: URL): pg.ClientConfig {
  const host = url.searchParams.get('host') ?? url.hostname
  return {
    host,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1) || 'postgres',
  }
}
