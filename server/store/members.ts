import type { Queryable, Tx } from './database.ts'
import { sql } from './database.ts'
import type { MemberId, TeamId, Timestamp, UserId } from './ids.ts'
import { newId } from './ids.ts'

/** A user's place in one team. */
export interface Member {
  id: MemberId
  userId: UserId
  name: string | null
  email: string
  imageUrl: string | null
  role: 'owner' | 'admin' | 'user'
  createdAt: Timestamp
  updatedAt: Timestamp | null
}

const columns = sql`m.id, m.user_id as "userId", u.name, u.email, u.image_url as "imageUrl", m.role,
  m.created_at as "createdAt", greatest(m.updated_at, u.updated_at) as "updatedAt"`

/** The user with this e-mail address, made if new; a known user keeps name and picture. */
export async function ensureUser(
  tx: Tx,
  user: { email: string; name: string | null; imageUrl: string | null; now: Date },
): Promise<UserId> {
  const [row] = await tx.query<{ id: UserId }>`
    insert into users (id, email, email_key, name, image_url, created_at)
    values (${newId<UserId>()}, ${user.email}, lower(${user.email}), ${user.name}, ${user.imageUrl}, ${user.now})
    on conflict (email_key) do update set email_key = excluded.email_key
    returning id`
  if (!row) throw new Error('an upsert returned no row')
  return row.id
}

/** Null when the user is a member already. */
export async function insertMember(
  tx: Tx,
  teamId: TeamId,
  member: { userId: UserId; role: Member['role']; now: Date },
): Promise<Member | null> {
  const id = newId<MemberId>()
  const [row] = await tx.query`
    insert into members (team_id, id, user_id, role, created_at)
    values (${teamId}, ${id}, ${member.userId}, ${member.role}, ${member.now})
    on conflict (team_id, user_id) where removed_at is null do nothing
    returning id`
  return row ? findMember(tx, teamId, id) : null
}

export async function findMember(db: Queryable, teamId: TeamId, id: string): Promise<Member | null> {
  const [row] = await db.query<Member>`
    select ${columns} from members m join users u on u.id = m.user_id
    where m.team_id = ${teamId} and m.id = ${id} and m.removed_at is null`
  return row ?? null
}

/** As they are once nobody else is changing one of them: of two who leave at once, the second finds the first gone. */
export function lockOwners(tx: Tx, teamId: TeamId): Promise<{ id: MemberId }[]> {
  return tx.query<{ id: MemberId }>`
    select id from members where team_id = ${teamId} and role = 'owner' and removed_at is null order by id for update`
}

/** Those of the ids that are members. */
export function findMembers(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Member[]> {
  return db.query<Member>`
    select ${columns} from members m join users u on u.id = m.user_id
    where m.team_id = ${teamId} and m.id = any(${ids}::text[]) and m.removed_at is null`
}

export async function findMemberByEmail(db: Queryable, teamId: TeamId, email: string): Promise<Member | null> {
  const [row] = await db.query<Member>`
    select ${columns} from members m join users u on u.id = m.user_id
    where m.team_id = ${teamId} and u.email_key = lower(${email}) and m.removed_at is null`
  return row ?? null
}

/** Oldest first. */
export function listMembers(db: Queryable, teamId: TeamId): Promise<Member[]> {
  return db.query<Member>`
    select ${columns} from members m join users u on u.id = m.user_id
    where m.team_id = ${teamId} and m.removed_at is null
    order by m.created_at, m.id`
}

export async function updateMemberRole(
  tx: Tx,
  teamId: TeamId,
  id: MemberId,
  change: { role: Member['role']; now: Date },
): Promise<void> {
  await tx.query`update members set role = ${change.role}, updated_at = ${change.now} where team_id = ${teamId} and id = ${id}`
}

/** The row stays: messages name it. Threads and contacts assigned to the member are nobody's afterwards. */
export async function removeMember(tx: Tx, teamId: TeamId, id: MemberId, now: Date): Promise<void> {
  await tx.query`update members set removed_at = ${now} where team_id = ${teamId} and id = ${id}`
}
