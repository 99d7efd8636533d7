import type { Queryable, Tx } from './database.ts'
import { noRowsWhenTaken, sql } from './database.ts'
import type { StatusId, TeamId, Timestamp } from './ids.ts'
import { newId } from './ids.ts'

export interface Status {
  id: StatusId
  name: string
  /** Lower-case hex; null = no colour. */
  color: string | null
  createdAt: Timestamp
}

const columns = sql`id, name, color, created_at as "createdAt"`

/** Goes last on the board. Null when the name is taken. */
export async function insertStatus(
  tx: Tx,
  teamId: TeamId,
  status: { name: string; nameKey: string; color: string | null; now: Date },
): Promise<Status | null> {
  const [row] = await tx.query<Status>`
    insert into statuses (team_id, id, name, name_key, color, position, created_at)
    select ${teamId}, ${newId<StatusId>()}, ${status.name}, ${status.nameKey}, ${status.color},
      coalesce((select max(position) from statuses where team_id = ${teamId}), 0) + 1, ${status.now}::timestamptz
    on conflict (team_id, name_key) do nothing
    returning ${columns}`
  return row ?? null
}

export async function findStatus(db: Queryable, teamId: TeamId, id: string): Promise<Status | null> {
  const [row] = await db.query<Status>`select ${columns} from statuses where team_id = ${teamId} and id = ${id}`
  return row ?? null
}

/** Those of the ids that the team has. */
export function findStatuses(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Status[]> {
  return db.query<Status>`select ${columns} from statuses where team_id = ${teamId} and id = any(${ids}::text[])`
}

/** The status with the id, else the one with the name. */
export async function findStatusByReference(
  db: Queryable,
  teamId: TeamId,
  reference: { id: string; nameKey: string },
): Promise<Status | null> {
  const [row] = await db.query<Status>`
    select ${columns} from statuses where team_id = ${teamId} and (id = ${reference.id} or name_key = ${reference.nameKey})
    order by id = ${reference.id} desc limit 1`
  return row ?? null
}

/** Those with one of the ids or of the names, in no order. */
export function findStatusesByReferences(
  db: Queryable,
  teamId: TeamId,
  references: { ids: readonly string[]; nameKeys: readonly string[] },
): Promise<{ id: StatusId; nameKey: string }[]> {
  return db.query<{ id: StatusId; nameKey: string }>`
    select id, name_key as "nameKey" from statuses
    where team_id = ${teamId} and (id = any(${references.ids}::text[]) or name_key = any(${references.nameKeys}::text[]))`
}

/** Waits for whoever is changing the status. */
export async function lockStatus(tx: Tx, teamId: TeamId, id: string): Promise<Status | null> {
  const [row] =
    await tx.query<Status>`select ${columns} from statuses where team_id = ${teamId} and id = ${id} for update`
  return row ?? null
}

/** It cannot be deleted before the transaction ends. */
export async function holdStatus(tx: Tx, teamId: TeamId, id: string): Promise<Status | null> {
  const [row] =
    await tx.query<Status>`select ${columns} from statuses where team_id = ${teamId} and id = ${id} for key share`
  return row ?? null
}

/** In board order. */
export function listStatuses(db: Queryable, teamId: TeamId): Promise<Status[]> {
  return db.query<Status>`select ${columns} from statuses where team_id = ${teamId} order by position, created_at, id`
}

/** Null when the name is another status's. */
export async function updateStatus(
  tx: Tx,
  teamId: TeamId,
  id: StatusId,
  status: { name: string; nameKey: string; color: string | null },
): Promise<Status | null> {
  const [row] = await noRowsWhenTaken(
    tx.query<Status>`
    update statuses set name = ${status.name}, name_key = ${status.nameKey}, color = ${status.color}
    where team_id = ${teamId} and id = ${id}
    returning ${columns}`,
  )
  return row ?? null
}

/** Contacts and threads in this status have none afterwards (foreign keys). */
export async function deleteStatus(tx: Tx, teamId: TeamId, id: StatusId): Promise<void> {
  await tx.query`delete from statuses where team_id = ${teamId} and id = ${id}`
}
