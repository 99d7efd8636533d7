import { type Capability, capabilities, type Platform } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import type { Context, Core } from './context.ts'
import { DomainError } from './errors.ts'

export type { Platform } from '../connectors/connector.ts'

/** Those the team can use, each once, with whatever any of this server's connectors can do there. */
export function listPlatforms(ctx: Context): Platform[] {
  const platforms = new Map<string, Platform>()
  for (const { platform } of ctx.connectors.values()) {
    const known = platforms.get(platform.id)
    platforms.set(platform.id, known ? withMore(known, platform.capabilities) : platform)
  }
  return [...platforms.values()].filter(({ id }) => mayUse(ctx, id))
}

function withMore(platform: Platform, more: readonly Capability[]): Platform {
  const able = new Set([...platform.capabilities, ...more])
  return { ...platform, capabilities: capabilities.filter((capability) => able.has(capability)) }
}

/** Throws when the team cannot use the platform of something it has. What was said there can be read without a connector. */
export function requirePlatform(ctx: Context, platform: string): void {
  if (!mayUse(ctx, platform)) throw platformNotAvailable(platform)
}

/** Throws when a search names a platform that the team cannot use or this server does not speak to. */
export function requireKnownPlatforms(ctx: Context, platforms: readonly string[]): void {
  const unknown = platforms.find((platform) => !mayUse(ctx, platform) || !findPlatform(ctx, platform))
  if (unknown !== undefined) throw platformNotAvailable(unknown)
}

/** Those of the things that are on platforms the team can use. */
export function onUsablePlatforms<T extends { platform: string }>(ctx: Context, things: readonly T[]): T[] {
  return things.filter(({ platform }) => mayUse(ctx, platform))
}

function mayUse({ actor: { teamPlatforms } }: Context, platform: string): boolean {
  return teamPlatforms === null || teamPlatforms.includes(platform)
}

function platformNotAvailable(platform: string): DomainError {
  const message = `The platform "${platform}" is not available to this team.`
  return new DomainError('forbidden', 'platformNotAvailable', message, { platform })
}

/** Null when this server does not speak to it. */
export function findPlatform({ connectors }: Pick<Core, 'connectors'>, id: string): Platform | null {
  for (const { platform } of connectors.values()) if (platform.id === id) return platform
  return null
}

/** As the account's connector knows it; null when this server runs without that. */
export function platformOf(core: Core, { connector }: Pick<AccountLink, 'connector'>): Platform | null {
  return core.connectors.get(connector)?.platform ?? null
}

/** Whether the platform says when a message was edited or deleted; where nobody asks it any more, we noticed. */
export function changeTimesOf(core: Core, link: Pick<AccountLink, 'connector'>): Platform['changeTimes'] {
  return platformOf(core, link)?.changeTimes ?? 'observed'
}
