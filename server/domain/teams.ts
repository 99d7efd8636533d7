import type { TeamId } from '../store/ids.ts'
import type { Member } from '../store/members.ts'
import { ensureUser, insertMember } from '../store/members.ts'
import type { Team } from '../store/teams.ts'
import {
  findTeam,
  findTeamBySlug,
  insertTeam,
  listTeams as listTeamRows,
  updateTeamLock,
  updateTeamPlatforms,
} from '../store/teams.ts'
import type { Actor, Context, Core } from './context.ts'
import { DomainError, invalid } from './errors.ts'
import { foldName } from './text.ts'

export type { Team } from '../store/teams.ts'

/** The team the token belongs to. */
export async function getTeam(ctx: Context): Promise<Team> {
  const team = await findTeam(ctx.db, ctx.actor.teamId)
  if (!team) throw new Error(`the team ${ctx.actor.teamId} of a valid token is gone`)
  return team
}

/** With its owner as the first member. The slug is made from the name unless given. A new team has no events. */
export async function createTeam(
  core: Core,
  request: { name: string; slug?: string | undefined; currency?: string | undefined; owner: NewPerson },
): Promise<{ team: Team; member: Member }> {
  const name = request.name.trim()
  if (name === '') throw invalid({ path: ['name'], message: 'must not be empty' })
  const slug = request.slug ?? slugOf(name)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))
    throw invalid({ path: ['slug'], message: 'must be lower-case words joined by hyphens' })
  const currency = (request.currency ?? 'USD').toUpperCase()
  if (!/^[A-Z]{3}$/.test(currency)) throw invalid({ path: ['currency'], message: 'must be an ISO 4217 code like USD' })
  const now = core.clock.now()
  return core.db.transaction(async (tx) => {
    const team = await insertTeam(tx, { name, slug, currency, imageUrl: null, now })
    if (!team) throw new DomainError('conflict', 'slugTaken', `There is already a team "${slug}".`)
    const userId = await ensureUser(tx, { ...readPerson(request.owner), now })
    const member = await insertMember(tx, team.id, { userId, role: 'owner', now })
    if (!member) throw new Error('the owner of a new team was a member already')
    return { team, member }
  })
}

export interface NewPerson {
  email: string
  name?: string | null | undefined
  imageUrl?: string | null | undefined
}

/** Throws `invalidRequest` unless the address has the form of one. */
export function readPerson(person: NewPerson): { email: string; name: string | null; imageUrl: string | null } {
  const email = person.email.trim()
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
    throw invalid({ path: ['email'], message: 'must be an e-mail address' })
  return { email, name: person.name?.trim() || null, imageUrl: person.imageUrl ?? null }
}

export function listTeams(core: Core): Promise<Team[]> {
  return listTeamRows(core.db)
}

export async function getTeamBySlug(core: Core, slug: string): Promise<Team> {
  const team = await findTeamBySlug(core.db, slug)
  if (!team) throw teamNotFound(slug)
  return team
}

/** Of an actor whose team the operator has not restricted. */
export const unrestricted = { teamIsLocked: false, teamPlatforms: null }

/** A locked team can be read and not changed, by any of its tokens; every server knows within a second. News still arrives. */
export async function setTeamLock(core: Core, teamId: TeamId, isLocked: boolean): Promise<Team> {
  const team = await core.db.transaction((tx) => updateTeamLock(tx, teamId, { isLocked, now: core.clock.now() }))
  if (!team) throw teamNotFound(teamId)
  return team
}

/** Which platforms the team can use; null = every one the server speaks to. Every server knows within a second. */
export async function setTeamPlatforms(core: Core, teamId: TeamId, platforms: readonly string[] | null): Promise<Team> {
  const unlikely = platforms?.find((platform) => !/^[a-z][a-z0-9-]*$/.test(platform))
  if (unlikely !== undefined) throw invalid({ path: ['platforms'], message: `has no platform like "${unlikely}"` })
  const unique = platforms && [...new Set(platforms)]
  const now = core.clock.now()
  const team = await core.db.transaction((tx) => updateTeamPlatforms(tx, teamId, { platforms: unique, now }))
  if (!team) throw teamNotFound(teamId)
  return team
}

function teamNotFound(idOrSlug: string): DomainError {
  return new DomainError('not_found', 'teamNotFound', `There is no team "${idOrSlug}".`)
}

/** Throws when the actor's team is locked. */
export function requireUnlocked(actor: Actor): void {
  if (actor.teamIsLocked) {
    throw new DomainError('forbidden', 'workspaceLocked', 'The team is locked: it can be read and not changed.')
  }
}

/** Settings of a team are not every member's business. A token acts with the role its member has now. */
export function requireAdmin(actor: Actor): void {
  if (actor.role === 'user') {
    throw new DomainError('forbidden', 'adminRequired', 'Only owners and admins of the team may do this.')
  }
}

function slugOf(name: string): string {
  const slug = foldName(name)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return slug === '' ? 'team' : slug
}
