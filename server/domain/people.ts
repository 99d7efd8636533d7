import type { AccountLink } from '../store/account-links.ts'
import type { Queryable, Tx } from '../store/database.ts'
import { readAfter } from '../store/database.ts'
import type { TeamId } from '../store/ids.ts'
import type { Prospect } from '../store/prospects.ts'
import {
  findProspect,
  findProspectByPlatformId,
  findProspectOfContact,
  insertProspect,
  updateProfile,
} from '../store/prospects.ts'
import { renameInThreads } from '../store/threads.ts'
import { earlierOf } from './clock.ts'
import { sessionOf } from './connectors.ts'
import type { Context, Core } from './context.ts'
import { invalid, notFound } from './errors.ts'
import type { Recorder } from './events.ts'
import { searchTextOf } from './search.ts'

/** Facts that are the same as before are not written again until they are this old. */
const PROFILE_FRESH_MS = 86_400_000

/** Who a thread is with: one of the two, or both if they mean the same person. */
export interface PersonReference {
  prospectId?: string | undefined
  platformId?: string | undefined
  /** Of `platformId`. */
  platform: string
}

/** Null: the team has not met the person. Throws when the two references mean different people. */
export async function findPerson(
  ctx: Context,
  { prospectId, platformId, platform }: PersonReference,
): Promise<Prospect | null> {
  const { teamId } = ctx.actor
  if (prospectId === undefined && platformId === undefined) {
    throw invalid({ path: ['externalPlatformId'], message: 'or "externalId" is required' })
  }
  if (prospectId === undefined) return findProspectByPlatformId(ctx.db, teamId, platform, platformId ?? '')
  const prospect = await findProspectByReference(ctx.db, teamId, prospectId)
  if (prospect && platformId !== undefined && prospect.profile.platformId !== platformId) {
    throw invalid({ path: ['externalPlatformId'], message: 'and "externalId" mean different prospects' })
  }
  return prospect
}

/** By the profile's id, or by that of a contact with only one profile: who moves between the API versions may have either. */
export async function findProspectByReference(db: Queryable, teamId: TeamId, id: string): Promise<Prospect | null> {
  return (await findProspect(db, teamId, id)) ?? findProspectOfContact(db, teamId, id)
}

/** What the platform knows about somebody the team has not met. */
export async function fetchProfile(ctx: Context, link: AccountLink, { prospectId, platformId }: PersonReference) {
  if (prospectId !== undefined || platformId === undefined) throw notFound('prospect', prospectId ?? '')
  const profile = await askForProfile(ctx, link, platformId)
  if (!profile) throw notFound('prospect', platformId)
  return profile
}

/** Null when the platform has nobody of this id, or no longer. */
export async function askForProfile(
  ctx: Context,
  link: AccountLink,
  platformId: string,
): Promise<Prospect['profile'] | null> {
  const profile = await sessionOf(ctx, link).findPerson(platformId)
  return profile?.accountStatus === 'active' ? profile : null
}

/** The team's record of the person, made if there is none. `metAt` counts only if it was before now. */
export async function ensureProspect(
  core: Core,
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  { platform, profile, metAt }: Pick<Prospect, 'platform' | 'profile'> & { metAt: Date },
): Promise<Prospect> {
  const { platformId } = profile
  const known = await findProspectByPlatformId(tx, teamId, platform, platformId)
  if (known) return known
  const now = earlierOf(metAt, core.clock.now())
  const created = await insertProspect(tx, teamId, { platform, profile, searchText: searchTextOf(profile), now })
  if (created) {
    record({ type: 'prospect.created', prospect: created })
    return created
  }
  const other = await findProspectByPlatformId(tx, teamId, platform, platformId)
  if (!other) throw new Error('a person was neither new nor known')
  return other
}

/** Takes over what the platform says about somebody the team knows. */
export async function refreshProfile(
  core: Core,
  tx: Tx,
  record: Recorder,
  teamId: TeamId,
  { prospect, profile }: { prospect: Prospect; profile: Prospect['profile'] },
): Promise<Prospect> {
  const now = core.clock.now()
  const isSame = JSON.stringify(prospect.profile) === JSON.stringify(profile)
  if (isSame && now.getTime() - Date.parse(prospect.updatedAt) < PROFILE_FRESH_MS) return prospect
  const searchText = searchTextOf(profile)
  const update = updateProfile(tx, teamId, prospect.id, { profile, searchText, now })
  const isRenamed = searchText !== searchTextOf(prospect.profile)
  await (isRenamed ? readAfter(update, renameInThreads(tx, teamId, prospect.id, searchText)) : update)
  const at = now.toISOString()
  const refreshed = { ...prospect, profile, updatedAt: at, enrichedAt: at }
  if (!isSame) record({ type: 'prospect.enriched', prospect: refreshed })
  return refreshed
}
