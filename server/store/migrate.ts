import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { projectFile } from './project-file.ts'

/** Any number, but the same in every version: it names the lock under which schemas change. */
const MIGRATION_LOCK = 7_240_113

/** The database was made by something this version must not touch. The message says what to do. */
export class SchemaError extends Error {}

interface Migration {
  name: string
  text: string
  checksum: string
}

/**
 * Brings the schema up to this version, each file in a transaction of its own, while other starting servers wait. Refuses a schema that is newer
 * than this version, and one whose applied files were changed since. Returns the names of what it applied.
 */
export async function migrate(connection: pg.ClientConfig): Promise<string[]> {
  return withClient(connection, async (client) => {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const pending = await pendingMigrations(client)
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  })
}

/** Throws unless `migrate` would find nothing to do; changes nothing, so it returns no names. */
export async function requireCurrentSchema(connection: pg.ClientConfig): Promise<[]> {
  const pending = await findPendingMigrations(connection)
  if (pending.length === 0) return []
  const advice = 'Run "open-inbox migrate", or start the server: both bring it up to date.'
  if (!(await hasSchema(connection))) throw new SchemaError(`The database has no tables of open-inbox yet. ${advice}`)
  throw new SchemaError(
    `The database is older than this version of open-inbox (it lacks ${pending.join(', ')}). ${advice}`,
  )
}

/** Whether any version of open-inbox has ever been here. */
export async function hasSchema(connection: pg.ClientConfig): Promise<boolean> {
  return withClient(connection, isPresent)
}

async function isPresent(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select from pg_class where oid = to_regclass('schema_migrations')`)
  return rows.length > 0
}

/** What `migrate` would apply; refuses what it would refuse. Changes nothing. */
export async function findPendingMigrations(connection: pg.ClientConfig): Promise<string[]> {
  return withClient(connection, async (client) => {
    const pending = (await isPresent(client)) ? await pendingMigrations(client) : await readMigrations()
    return pending.map(({ name }) => name)
  })
}

async function pendingMigrations(client: pg.Client): Promise<Migration[]> {
  const known = await readMigrations()
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations',
  )
  const applied = new Map(rows.map((row) => [row.name, row.checksum]))
  const unknown = rows.find((row) => !known.some(({ name }) => name === row.name))
  if (unknown)
    throw new SchemaError(
      `The database is newer than this version of open-inbox (it has ${unknown.name}). Update open-inbox.`,
    )
  const changed = known.find(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum)
  if (changed)
    throw new SchemaError(`The migration ${changed.name} was changed after it was applied. Restore the released file.`)
  return known.filter(({ name }) => !applied.has(name))
}

async function readMigrations(): Promise<Migration[]> {
  const folder = projectFile('server/store/migrations')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

async function apply(client: pg.Client, { name, text, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(text)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`applying the migration ${name}`, { cause })
  }
}

/** Throws when the database does not wait for the disk: an acknowledged write could be lost. */
export async function requireDurability(connection: pg.ClientConfig): Promise<void> {
  return withClient(connection, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit') and setting = 'off'`,
    )
    const [lax] = rows
    if (lax) {
      throw new SchemaError(
        `The database runs with ${lax.name}=off and would lose acknowledged writes. Turn it on, or set OPEN_INBOX_ALLOW_UNSAFE_DATABASE=true.`,
      )
    }
  })
}

async function withClient<T>(connection: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
