import type { PlatformProfile } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import {
  findAccountLink,
  insertAccountLink,
  listAccountLinks as listAccountLinkRows,
  updateAccountLinkState,
} from '../store/account-links.ts'
import type { AccountLinkId, TeamId } from '../store/ids.ts'
import type { Thread } from '../store/threads.ts'
import type { Context, Core } from './context.ts'
import { DomainError, notFound } from './errors.ts'
import { onUsablePlatforms, requireKnownPlatforms, requirePlatform } from './platforms.ts'

export type { AccountLink } from '../store/account-links.ts'

/** Oldest first. */
export function listAccountLinks(ctx: Context): Promise<AccountLink[]> {
  return listAccountLinkRows(ctx.db, ctx.actor.teamId)
}

export async function getAccountLink(ctx: Context, id: string): Promise<AccountLink> {
  const link = await findAccountLink(ctx.db, ctx.actor.teamId, id)
  if (!link) throw notFound('accountLink', id)
  return link
}

/** Those on platforms the team can use, oldest first. Undefined = whichever. */
export async function listUsableAccountLinks(
  ctx: Context,
  filter: { platforms: readonly string[] | undefined; statuses: readonly AccountLink['status'][] | undefined },
): Promise<AccountLink[]> {
  const { platforms, statuses } = filter
  if (platforms) requireKnownPlatforms(ctx, platforms)
  return onUsablePlatforms(ctx, await listAccountLinks(ctx)).filter(
    ({ platform, status }) => (platforms?.includes(platform) ?? true) && (statuses?.includes(status) ?? true),
  )
}

export async function getUsableAccountLink(ctx: Context, id: string): Promise<AccountLink> {
  const link = await getAccountLink(ctx, id)
  requirePlatform(ctx, link.platform)
  return link
}

/** Those of the ids that the team has. */
export async function findAccountLinks(ctx: Context, ids: readonly string[]): Promise<AccountLink[]> {
  return (await listAccountLinks(ctx)).filter(({ id }) => ids.includes(id))
}

export async function accountLinkOf(ctx: Context, thread: Thread): Promise<AccountLink> {
  const link = await findAccountLink(ctx.db, ctx.actor.teamId, thread.accountLinkId)
  if (!link) throw new Error(`thread ${thread.id} has no account link`)
  return link
}

export function listTeamAccountLinks(core: Core, teamId: TeamId): Promise<AccountLink[]> {
  return listAccountLinkRows(core.db, teamId)
}

/** Links an account that the connector can speak for. `syncedAt` is set when there is nothing to import. */
export async function linkAccount(
  core: Core,
  teamId: TeamId,
  account: Pick<PlatformProfile, 'platformId' | 'username' | 'displayName' | 'avatarUrl'> & {
    connector: string
    platform: string
    syncedAt: Date | null
  },
): Promise<AccountLink> {
  const link = await core.db.transaction((tx) => insertAccountLink(tx, teamId, { ...account, now: core.clock.now() }))
  if (!link) throw new DomainError('conflict', 'accountLinkExists', `@${account.username} is linked already.`)
  return link
}

/** What the platform says about the account. The catalogue has no event for it. */
export async function setAccountLinkState(
  core: Core,
  teamId: TeamId,
  id: AccountLinkId,
  state: Pick<AccountLink, 'status' | 'pauseReasons' | 'missingCapabilities'>,
): Promise<AccountLink> {
  const link = await core.db.transaction((tx) =>
    updateAccountLinkState(tx, teamId, id, { ...state, now: core.clock.now() }),
  )
  if (!link) throw notFound('accountLink', id)
  return link
}
