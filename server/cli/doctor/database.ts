import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../../config.ts'
import type { Clock } from '../../domain/clock.ts'
import { compareClocks } from '../../domain/clock-difference.ts'
import { connectionTo } from '../../storage.ts'
import { openDatabase } from '../../store/database.ts'
import { joinEmbedded } from '../../store/embedded.ts'
import { findPendingMigrations, SchemaError } from '../../store/migrate.ts'
import { type Finding, fail, ok, warn } from '../doctor.ts'

const VERSION_MIN = 15

export async function checkDatabase(config: Config, clock: Clock): Promise<Finding[]> {
  if (config.databaseUrl !== null) return inspect(connectionTo(config.databaseUrl), config, clock)
  if (!existsSync(join(config.dataDir, 'postgres'))) {
    return [ok('Database', 'none in the data folder yet; the first start makes it')]
  }
  const embedded = await joinEmbedded({ dataDir: config.dataDir })
  try {
    return await inspect(embedded.connection, config, clock)
  } finally {
    await embedded.stop()
  }
}

async function inspect(connection: pg.ClientConfig, config: Config, clock: Clock): Promise<Finding[]> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const place = config.databaseUrl === null ? 'embedded' : `${client.host}:${client.port}/${client.database}`
    return [
      await checkVersion(client, place),
      await checkDurability(client, config),
      await checkClock(connection, clock),
      await checkSchema(connection),
    ]
  } finally {
    await client.end()
  }
}

async function checkVersion(client: pg.Client, place: string): Promise<Finding> {
  const version = await show(client, 'server_version')
  const message = `PostgreSQL ${version}, ${place}`
  if (Number.parseInt(version, 10) >= VERSION_MIN) return ok('Database', message)
  return fail('Database', `${message}; ${VERSION_MIN} or newer is needed`)
}

async function checkDurability(client: pg.Client, { allowUnsafeDatabase }: Config): Promise<Finding> {
  const lax: string[] = []
  for (const name of ['fsync', 'synchronous_commit']) if ((await show(client, name)) === 'off') lax.push(`${name}=off`)
  if (lax.length === 0) return ok('Durability', 'fsync and synchronous_commit are on')
  const message = `${lax.join(', ')}: a crash would lose acknowledged writes; turn it on`
  return allowUnsafeDatabase ? warn('Durability', message) : fail('Durability', message)
}

async function checkClock(connection: pg.ClientConfig, clock: Clock): Promise<Finding> {
  // What breaks the connection breaks the question, which tells.
  const db = openDatabase({ connection, connectionsMax: 1, onError() {} })
  try {
    // Connecting takes its time, and all that passes until the answer is given to the clocks' benefit.
    await db.query`select 1`
    const { differenceMs, warning } = await compareClocks(db, clock)
    return warning ? warn('Clock', warning) : ok('Clock', `${Math.abs(differenceMs)} ms from the database's`)
  } finally {
    await db.close()
  }
}

async function checkSchema(connection: pg.ClientConfig): Promise<Finding> {
  try {
    const pending = await findPendingMigrations(connection)
    if (pending.length === 0) return ok('Tables', 'up to date')
    return warn('Tables', `not applied yet: ${pending.join(', ')}; the next start or "open-inbox migrate" does it`)
  } catch (error) {
    if (error instanceof SchemaError) return fail('Tables', error.message)
    throw error
  }
}

async function show(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [name])
  return rows[0]?.value ?? ''
}
