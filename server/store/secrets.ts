import type { Queryable } from './database.ts'

/** Null: there is none yet. */
export async function findSecret(db: Queryable, name: string): Promise<Buffer | null> {
  const [row] = await db.query<{ secret: Buffer }>`select secret from server_secrets where name = ${name}`
  return row?.secret ?? null
}

/** The secret of this name; the candidate becomes it when there is none, whichever server comes first. */
export async function keepSecret(db: Queryable, name: string, candidate: Buffer): Promise<Buffer> {
  // An update that changes nothing, because only a row that was written is returned.
  const [row] = await db.query<{ secret: Buffer }>`
    insert into server_secrets as s (name, secret) values (${name}, ${candidate})
    on conflict (name) do update set secret = s.secret
    returning secret`
  if (!row) throw new Error(`the secret "${name}" was not kept`)
  return row.secret
}
