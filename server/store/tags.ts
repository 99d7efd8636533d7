import type { Queryable, Tx } from './database.ts'
import { noRowsWhenTaken, sql } from './database.ts'
import type { TagId, TeamId, Timestamp } from './ids.ts'
import { newId } from './ids.ts'

export interface Tag {
  id: TagId
  name: string
  /** Lower-case hex, `#3b82f6`. */
  color: string
  createdAt: Timestamp
}

const columns = sql`id, name, color, created_at as "createdAt"`

/** Null when the name is taken: the unique index decides, so two requests cannot both win. */
export async function insertTag(
  tx: Tx,
  teamId: TeamId,
  tag: { name: string; nameKey: string; color: string; now: Date },
): Promise<Tag | null> {
  const [row] = await tx.query<Tag>`
    insert into tags (team_id, id, name, name_key, color, created_at)
    values (${teamId}, ${newId<TagId>()}, ${tag.name}, ${tag.nameKey}, ${tag.color}, ${tag.now})
    on conflict (team_id, name_key) do nothing
    returning ${columns}`
  return row ?? null
}

export async function findTag(db: Queryable, teamId: TeamId, id: string): Promise<Tag | null> {
  const [row] = await db.query<Tag>`select ${columns} from tags where team_id = ${teamId} and id = ${id}`
  return row ?? null
}

/** Those of the ids that the team has. */
export function findTags(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Tag[]> {
  return db.query<Tag>`select ${columns} from tags where team_id = ${teamId} and id = any(${ids}::text[])`
}

/** The tag with the id, else the one with the name. */
export async function findTagByReference(
  db: Queryable,
  teamId: TeamId,
  reference: { id: string; nameKey: string },
): Promise<Tag | null> {
  const [row] = await db.query<Tag>`
    select ${columns} from tags where team_id = ${teamId} and (id = ${reference.id} or name_key = ${reference.nameKey})
    order by id = ${reference.id} desc limit 1`
  return row ?? null
}

/** Those with one of the ids or of the names, in no order. */
export function findTagsByReferences(
  db: Queryable,
  teamId: TeamId,
  references: { ids: readonly string[]; nameKeys: readonly string[] },
): Promise<{ id: TagId; nameKey: string }[]> {
  return db.query<{ id: TagId; nameKey: string }>`
    select id, name_key as "nameKey" from tags
    where team_id = ${teamId} and (id = any(${references.ids}::text[]) or name_key = any(${references.nameKeys}::text[]))`
}

/** Waits for whoever is changing the tag. */
export async function lockTag(tx: Tx, teamId: TeamId, id: string): Promise<Tag | null> {
  const [row] = await tx.query<Tag>`select ${columns} from tags where team_id = ${teamId} and id = ${id} for update`
  return row ?? null
}

/** By name. */
export function listTags(db: Queryable, teamId: TeamId): Promise<Tag[]> {
  return db.query<Tag>`select ${columns} from tags where team_id = ${teamId} order by name_key, id`
}

export async function countTags(db: Queryable, teamId: TeamId): Promise<number> {
  const [row] = await db.query<{ count: number }>`select count(*)::int as count from tags where team_id = ${teamId}`
  return row?.count ?? 0
}

/** Null when the name is another tag's. */
export async function updateTag(
  tx: Tx,
  teamId: TeamId,
  id: TagId,
  tag: { name: string; nameKey: string; color: string },
): Promise<Tag | null> {
  const [row] = await noRowsWhenTaken(
    tx.query<Tag>`
    update tags set name = ${tag.name}, name_key = ${tag.nameKey}, color = ${tag.color}
    where team_id = ${teamId} and id = ${id}
    returning ${columns}`,
  )
  return row ?? null
}

/** Takes the tag off every contact and thread as well. */
export async function deleteTag(tx: Tx, teamId: TeamId, id: TagId): Promise<void> {
  await tx.query`
    with untagged as (
      update threads set tag_ids = array_remove(tag_ids, ${id}::text)
      where team_id = ${teamId} and tag_ids @> array[${id}::text]
    )
    delete from tags where team_id = ${teamId} and id = ${id}`
}

/** Those of the ids that are tags of the team. They cannot be deleted before the transaction ends. */
export async function holdTags(tx: Tx, teamId: TeamId, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: TagId }>`
    select id from tags where team_id = ${teamId} and id = any(${ids}::text[]) order by id for key share`
  return new Set(rows.map((row) => row.id))
}
