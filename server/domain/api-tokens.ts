import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ApiToken } from '../store/api-tokens.ts'
import {
  findApiTokens as findApiTokenRows,
  findTokenHolder,
  insertApiToken,
  listApiTokens as listApiTokenRows,
  listHeldTokens,
  revokeApiToken as revokeApiTokenRow,
  touchApiToken,
} from '../store/api-tokens.ts'
import type { MemberId, TeamId, TokenId } from '../store/ids.ts'
import type { Actor, Context, Core } from './context.ts'
import { tolerate } from './context.ts'
import { DomainError } from './errors.ts'
import { base62, randomText } from './random-text.ts'

export type { ApiToken } from '../store/api-tokens.ts'

const PREFIX = 'ibt_'
/** 34 × log2(62) = 202 bits. */
const RANDOM_LENGTH = 34
const CHECK_LENGTH = 6
/** A use is noted at most this often per token. */
const TOUCH_EVERY_MS = 60_000

/** Who holds the token with this hash; null when nobody does (any more). Notes the use. */
export async function authenticate(core: Core, hash: Buffer): Promise<Actor | null> {
  const now = core.clock.now()
  const holder = await findTokenHolder(core.db, hash, now)
  if (!holder) return null
  const { lastUsedAt, ...actor } = holder
  const { teamId, tokenId } = actor
  if (!lastUsedAt || now.getTime() - Date.parse(lastUsedAt) > TOUCH_EVERY_MS) {
    void tolerate(core.log, 'noting the use of a token', touchApiToken(core.db, teamId, tokenId, now))
  }
  return actor
}

/** Those of the tokens that nobody holds any more. */
export async function findEndedTokens(core: Core, actors: Iterable<Actor>): Promise<Set<TokenId>> {
  const tokens = new Map<TokenId, TeamId>()
  for (const { tokenId, teamId } of actors) if (tokenId !== null) tokens.set(tokenId, teamId)
  const asked = [...tokens].map(([tokenId, teamId]) => ({ tokenId, teamId }))
  for (const tokenId of await listHeldTokens(core.db, asked, core.clock.now())) tokens.delete(tokenId)
  return new Set(tokens.keys())
}

/** The token is returned once and stored only as a hash. */
export async function createApiToken(
  core: Core,
  teamId: TeamId,
  request: { memberId: MemberId; name: string; expiresAt: Date | null },
): Promise<{ apiToken: ApiToken; token: string }> {
  const token = newToken()
  const hash = createHash('sha256').update(token).digest()
  const apiToken = await core.db.transaction((tx) =>
    insertApiToken(tx, teamId, { ...request, hash, hint: token.slice(-4), now: core.clock.now() }),
  )
  return { apiToken, token }
}

export function listApiTokens(core: Core, teamId: TeamId): Promise<ApiToken[]> {
  return listApiTokenRows(core.db, teamId)
}

/** Works within a second on every server. */
export async function revokeApiToken(core: Core, teamId: TeamId, id: string): Promise<ApiToken> {
  const revoked = await core.db.transaction((tx) => revokeApiTokenRow(tx, teamId, id, core.clock.now()))
  if (!revoked) throw new DomainError('not_found', 'tokenNotFound', `There is no token "${id}" in this team.`)
  return revoked
}

/** Whether a text can be a token at all; a mistyped one is refused without asking the database. */
export function hasTokenForm(text: string): boolean {
  if (!text.startsWith(PREFIX) || text.length !== PREFIX.length + RANDOM_LENGTH + CHECK_LENGTH) return false
  const random = text.slice(PREFIX.length, -CHECK_LENGTH)
  return text.slice(-CHECK_LENGTH) === checkOf(random)
}

function newToken(): string {
  const random = randomText(RANDOM_LENGTH)
  return `${PREFIX}${random}${checkOf(random)}`
}

function checkOf(random: string): string {
  let rest = crc32(random)
  let text = ''
  for (let i = 0; i < CHECK_LENGTH; i++) {
    text = base62[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** Those of the ids that are tokens of the team and were not revoked. */
export function findApiTokens(ctx: Context, ids: readonly string[]): Promise<ApiToken[]> {
  return findApiTokenRows(ctx.db, ctx.actor.teamId, ids)
}
