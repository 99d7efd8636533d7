import type { Capability } from '../connectors/connector.ts'
import type { Queryable, Tx } from './database.ts'
import { sql } from './database.ts'
import type { AccountLinkId, TeamId, Timestamp } from './ids.ts'
import { newId } from './ids.ts'

/** One of the team's accounts on a platform. */
export interface AccountLink {
  id: AccountLinkId
  /** Which connector speaks for it. */
  connector: string
  platform: string
  platformId: string
  username: string
  displayName: string
  avatarUrl: string | null
  status: 'active' | 'offline' | 'paused'
  /** Why it is paused; resumes when empty. */
  pauseReasons: string[]
  /** What the platform offers and this account cannot do. */
  missingCapabilities: Capability[]
  /** When the first full import of its conversations finished. */
  syncedAt: Timestamp | null
  createdAt: Timestamp
}

const columns = sql`id, connector, platform, platform_id as "platformId", username, display_name as "displayName", avatar_url as "avatarUrl",
  status, pause_reasons as "pauseReasons", missing_capabilities as "missingCapabilities", synced_at as "syncedAt", created_at as "createdAt"`

/** Null when the team has linked the account already. */
export async function insertAccountLink(
  tx: Tx,
  teamId: TeamId,
  link: Pick<AccountLink, 'connector' | 'platform' | 'platformId' | 'username' | 'displayName' | 'avatarUrl'> & {
    syncedAt: Date | null
    now: Date
  },
): Promise<AccountLink | null> {
  const [row] = await tx.query<AccountLink>`
    insert into account_links (team_id, id, connector, platform, platform_id, username, display_name, avatar_url, status, synced_at, created_at)
    values (${teamId}, ${newId<AccountLinkId>()}, ${link.connector}, ${link.platform}, ${link.platformId}, ${link.username},
      ${link.displayName}, ${link.avatarUrl}, 'active', ${link.syncedAt}, ${link.now})
    on conflict (team_id, platform, platform_id) do nothing
    returning ${columns}`
  if (!row) return null
  await tx.query`insert into account_link_cursors (team_id, account_link_id, cursor) values (${teamId}, ${row.id}, null)`
  return row
}

export async function findAccountLink(db: Queryable, teamId: TeamId, id: string): Promise<AccountLink | null> {
  const [row] =
    await db.query<AccountLink>`select ${columns} from account_links where team_id = ${teamId} and id = ${id}`
  return row ?? null
}

/** Oldest first. */
export function listAccountLinks(db: Queryable, teamId: TeamId): Promise<AccountLink[]> {
  return db.query<AccountLink>`select ${columns} from account_links where team_id = ${teamId} order by created_at, id`
}

/** Every team's link to this account: the platform does not know teams. */
export function listLinksOfAccount(
  db: Queryable,
  connector: string,
  platformId: string,
): Promise<(AccountLink & { teamId: TeamId; cursor: string | null })[]> {
  return db.query`
    select ${columns}, l.team_id as "teamId", c.cursor
    from account_links l join account_link_cursors c on c.team_id = l.team_id and c.account_link_id = l.id
    where connector = ${connector} and platform_id = ${platformId}`
}

/** False when somebody else has moved on from `from` first: what came with this cursor is theirs. */
export async function advanceCursor(
  tx: Tx,
  teamId: TeamId,
  accountLinkId: AccountLinkId,
  cursor: { from: string | null; to: string },
): Promise<boolean> {
  const rows = await tx.query`
    update account_link_cursors set cursor = ${cursor.to}
    where team_id = ${teamId} and account_link_id = ${accountLinkId} and cursor is not distinct from ${cursor.from}
    returning cursor`
  return rows.length === 1
}

export async function updateAccountLinkState(
  tx: Tx,
  teamId: TeamId,
  id: AccountLinkId,
  change: Pick<AccountLink, 'status' | 'pauseReasons' | 'missingCapabilities'> & { now: Date },
): Promise<AccountLink | null> {
  const [row] = await tx.query<AccountLink>`
    update account_links set status = ${change.status}, pause_reasons = ${change.pauseReasons},
      missing_capabilities = ${change.missingCapabilities}, updated_at = ${change.now}
    where team_id = ${teamId} and id = ${id}
    returning ${columns}`
  return row ?? null
}
