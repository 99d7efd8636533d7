import type { Queryable, Tx } from './database.ts'
import { sql } from './database.ts'
import type { TeamId, Timestamp } from './ids.ts'
import { newId } from './ids.ts'

export interface Team {
  id: TeamId
  name: string
  /** Names the team on the command line and in links. */
  slug: string
  imageUrl: string | null
  /** ISO 4217; what valuations are in. */
  currency: string
  allowSupportAccess: boolean
  /** What threads without a setting of their own do. */
  typingIndicators: boolean
  /** Whether first messages to people who never wrote are allowed. */
  outboundEnabled: boolean
  /** Since when nothing can be changed; null = not locked. */
  lockedAt: Timestamp | null
  /** Which it can use; null = every one the server speaks to. */
  platforms: string[] | null
  createdAt: Timestamp
  updatedAt: Timestamp | null
}

const columns = sql`id, name, slug, image_url as "imageUrl", currency, allow_support_access as "allowSupportAccess",
  typing_indicators as "typingIndicators", outbound_enabled as "outboundEnabled", locked_at as "lockedAt", platforms,
  created_at as "createdAt", updated_at as "updatedAt"`

/** Null when the slug is taken. */
export async function insertTeam(
  tx: Tx,
  team: { name: string; slug: string; currency: string; imageUrl: string | null; now: Date },
): Promise<Team | null> {
  const [row] = await tx.query<Team>`
    insert into teams (id, name, slug, currency, image_url, created_at)
    values (${newId<TeamId>()}, ${team.name}, ${team.slug}, ${team.currency}, ${team.imageUrl}, ${team.now})
    on conflict (slug) do nothing
    returning ${columns}`
  if (!row) return null
  await tx.query`insert into event_counters (team_id) values (${row.id})`
  return row
}

export async function findTeam(db: Queryable, teamId: TeamId): Promise<Team | null> {
  const [row] = await db.query<Team>`select ${columns} from teams where id = ${teamId}`
  return row ?? null
}

export async function findTeamBySlug(db: Queryable, slug: string): Promise<Team | null> {
  const [row] = await db.query<Team>`select ${columns} from teams where slug = ${slug}`
  return row ?? null
}

/** The team of the demo; there is one at the most. */
export async function findDemoTeam(db: Queryable): Promise<Team | null> {
  const [row] = await db.query<Team>`select ${columns} from teams where is_demo`
  return row ?? null
}

export async function markDemoTeam(tx: Tx, teamId: TeamId): Promise<void> {
  await tx.query`update teams set is_demo = true where id = ${teamId}`
}

/** Oldest first. */
export function listTeams(db: Queryable): Promise<Team[]> {
  return db.query<Team>`select ${columns} from teams order by created_at, id`
}

/** Null when there is no such team. A team that is locked already keeps its first time. */
export async function updateTeamLock(
  tx: Tx,
  teamId: TeamId,
  lock: { isLocked: boolean; now: Date },
): Promise<Team | null> {
  const [row] = await tx.query<Team>`
    update teams set locked_at = case when ${lock.isLocked} then coalesce(locked_at, ${lock.now}) end, updated_at = ${lock.now}
    where id = ${teamId}
    returning ${columns}`
  return row ?? null
}

/** Null when there is no such team. */
export async function updateTeamPlatforms(
  tx: Tx,
  teamId: TeamId,
  change: { platforms: readonly string[] | null; now: Date },
): Promise<Team | null> {
  const [row] = await tx.query<Team>`
    update teams set platforms = ${change.platforms}, updated_at = ${change.now}
    where id = ${teamId}
    returning ${columns}`
  return row ?? null
}
