import type { Queryable, Tx } from './database.ts'
import { sql } from './database.ts'
import type { MemberId, TeamId, Timestamp, TokenId, UserId } from './ids.ts'
import { newId } from './ids.ts'

/** What may be shown of a token. The token itself exists only in its owner's hands. */
export interface ApiToken {
  id: TokenId
  name: string
  /** Last characters of the token. */
  hint: string
  /** Its creator, as whom it acts. */
  memberId: MemberId
  createdAt: Timestamp
  /** Within a minute; null = never used. */
  lastUsedAt: Timestamp | null
  /** Null = never. */
  expiresAt: Timestamp | null
  revokedAt: Timestamp | null
}

const columns = sql`id, name, hint, member_id as "memberId", created_at as "createdAt", last_used_at as "lastUsedAt",
  expires_at as "expiresAt", revoked_at as "revokedAt"`

export async function insertApiToken(
  tx: Tx,
  teamId: TeamId,
  token: { memberId: MemberId; name: string; hash: Buffer; hint: string; expiresAt: Date | null; now: Date },
): Promise<ApiToken> {
  const [row] = await tx.query<ApiToken>`
    insert into api_tokens (team_id, id, member_id, name, hash, hint, expires_at, created_at)
    values (${teamId}, ${newId<TokenId>()}, ${token.memberId}, ${token.name}, ${token.hash}, ${token.hint}, ${token.expiresAt}, ${token.now})
    returning ${columns}`
  if (!row) throw new Error('an insert returned no row')
  return row
}

export interface TokenHolder {
  tokenId: TokenId
  teamId: TeamId
  memberId: MemberId
  userId: UserId
  role: 'owner' | 'admin' | 'user'
  teamIsLocked: boolean
  teamPlatforms: string[] | null
  lastUsedAt: Timestamp | null
}

/** Null when the token is unknown, revoked, expired at `now`, or its member was removed. */
export async function findTokenHolder(db: Queryable, hash: Buffer, now: Date): Promise<TokenHolder | null> {
  const [row] = await db.query<TokenHolder>`
    select t.id as "tokenId", t.team_id as "teamId", t.member_id as "memberId", m.user_id as "userId", m.role,
      teams.locked_at is not null as "teamIsLocked", teams.platforms as "teamPlatforms", t.last_used_at as "lastUsedAt"
    from api_tokens t
      join members m on m.team_id = t.team_id and m.id = t.member_id
      join teams on teams.id = t.team_id
    where t.hash = ${hash} and t.revoked_at is null and (t.expires_at is null or t.expires_at > ${now}) and m.removed_at is null`
  return row ?? null
}

/** Those of the tokens that `findTokenHolder` would find. Of many teams: for whoever has let their holders in and must show them out. */
export async function listHeldTokens(
  db: Queryable,
  tokens: readonly { teamId: TeamId; tokenId: TokenId }[],
  now: Date,
): Promise<TokenId[]> {
  const rows = await db.query<{ id: TokenId }>`
    select t.id
    from unnest(${tokens.map(({ teamId }) => teamId)}::text[], ${tokens.map(({ tokenId }) => tokenId)}::text[]) as asked (team_id, id)
      join api_tokens t on t.team_id = asked.team_id and t.id = asked.id
      join members m on m.team_id = t.team_id and m.id = t.member_id
    where t.revoked_at is null and (t.expires_at is null or t.expires_at > ${now}) and m.removed_at is null`
  return rows.map(({ id }) => id)
}

export async function touchApiToken(db: Queryable, teamId: TeamId, id: TokenId, now: Date): Promise<void> {
  await db.query`update api_tokens set last_used_at = ${now} where team_id = ${teamId} and id = ${id}`
}

/** Oldest first, revoked ones included. */
export function listApiTokens(db: Queryable, teamId: TeamId): Promise<ApiToken[]> {
  return db.query<ApiToken>`select ${columns} from api_tokens where team_id = ${teamId} order by created_at, id`
}

/** Those of the ids that were not revoked. */
export function findApiTokens(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<ApiToken[]> {
  return db.query<ApiToken>`
    select ${columns} from api_tokens where team_id = ${teamId} and id = any(${ids}::text[]) and revoked_at is null`
}

/** Null when there is no such token; revoking twice keeps the first time. */
export async function revokeApiToken(tx: Tx, teamId: TeamId, id: string, now: Date): Promise<ApiToken | null> {
  const [row] = await tx.query<ApiToken>`
    update api_tokens set revoked_at = coalesce(revoked_at, ${now}) where team_id = ${teamId} and id = ${id}
    returning ${columns}`
  return row ?? null
}
