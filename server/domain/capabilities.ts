import type { Capability } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import type { Message } from '../store/messages.ts'
import type { Thread } from '../store/threads.ts'
import { accountUnavailable, connectorOf } from './connectors.ts'
import type { Context, Core } from './context.ts'
import { DomainError, messageNotModifiable } from './errors.ts'
import { findPlatform, platformOf, requirePlatform } from './platforms.ts'
import { countGraphemes } from './text.ts'

export { type Capability, capabilities } from '../connectors/connector.ts'

/** Something one of our accounts is about to do on its platform. */
export interface Act {
  /** All of it has to be possible. */
  needs: readonly [Capability, ...Capability[]]
  link: AccountLink
  /** Null: there is no conversation yet. */
  thread: Thread | null
  /** What it is done to. */
  message?: Message
  /** The text the platform would have to take. */
  content?: string
}

/**
 * Throws what stands in the way of an act, before the platform is asked. The one gate of both API versions, in this order: the
 * platform, the account's connection, what the account can do, what the conversation allows, the time that has passed, the message's own
 * state, the text.
 */
export function requirePossible(ctx: Context, act: Act): void {
  requirePlatform(ctx, act.link.platform)
  connectorOf(ctx, act.link)
  const obstacle = connectionObstacle(ctx, act.link) ?? capabilityObstacle(ctx, act) ?? messageObstacle(ctx, act)
  if (obstacle) throw obstacle
  if (act.content !== undefined) checkContent(ctx, act.link, act.content)
}

/** Why the account cannot act now; null when it can. */
export function connectionObstacle(core: Core, link: AccountLink): DomainError | null {
  if (link.status === 'active') return null
  const setupReasons = platformOf(core, link)?.setupReasons ?? []
  const isSetupAllItTakes =
    link.status === 'paused' &&
    link.pauseReasons.length > 0 &&
    link.pauseReasons.every((reason) => setupReasons.includes(reason))
  if (!isSetupAllItTakes) return accountUnavailable(link, link.status)
  return new DomainError(
    'conflict',
    'integrationSetupRequired',
    `The account @${link.username} has to be set up on the platform first (${link.pauseReasons.join(', ')}).`,
    { accountLinkId: link.id },
  )
}

/** What the account, then the conversation, does not allow; null when it allows all. */
export function capabilityObstacle(core: Core, { needs, link, thread }: Act): DomainError | null {
  const able = capabilitiesOf(core, link)
  const missing = needs.find((capability) => !able.includes(capability))
  if (missing) {
    const message = `The account @${link.username} cannot do this: it lacks "${missing}".`
    return new DomainError('unprocessable', 'capabilityNotSupported', message, { capability: missing })
  }
  const restrictions = thread ? restrictionsOf(core, thread) : []
  const restricted = needs.find((capability) => restrictions.includes(capability))
  if (!restricted) return null
  const message = `The platform allows "${restricted}" in encrypted conversations only.`
  return new DomainError('unprocessable', 'threadRestricted', message, { capability: restricted })
}

/** The platform's, without those the account misses; none where this server does not speak to the platform. */
export function capabilitiesOf(core: Core, link: AccountLink): Capability[] {
  const { capabilities: offered = [] } = platformOf(core, link) ?? {}
  return offered.filter((capability) => !link.missingCapabilities.includes(capability))
}

/** What the platform does not allow in this conversation, whichever account asks. */
export function restrictionsOf(core: Core, thread: Pick<Thread, 'platform' | 'encrypted'>): Capability[] {
  if (thread.encrypted) return []
  return [...(findPlatform(core, thread.platform)?.plainThreadRestrictions ?? [])]
}

/** The time that has passed, then the message itself. */
function messageObstacle(core: Core, { needs, link, message }: Act): DomainError | null {
  if (!message) return null
  const windows = platformOf(core, link)?.mutationWindows ?? {}
  for (const capability of needs) {
    const obstacle = windowObstacle(core, message, capability, windows[capability])
    if (obstacle) return obstacle
  }
  const states = needs.map((capability) => unmodifiableReason(message, capability))
  const reason = states.find((state) => state !== null)
  return reason == null ? null : messageNotModifiable(reason)
}

function windowObstacle(
  core: Core,
  message: Message,
  capability: Capability,
  seconds: number | undefined,
): DomainError | null {
  if (seconds === undefined) return null
  const closedAt = Date.parse(message.createdAt) + seconds * 1000
  if (core.clock.now().getTime() <= closedAt) return null
  return new DomainError(
    'unprocessable',
    'mutationWindowClosed',
    `This was possible for ${seconds} seconds after the message was written.`,
    { capability, closedAt: new Date(closedAt).toISOString() },
  )
}

/** Unsending again is fine: it changes nothing. */
function unmodifiableReason(message: Message, capability: Capability): string | null {
  const isOnlyForOwn = capability === 'message:edit' || capability === 'message:unsend'
  if (isOnlyForOwn && message.direction === 'inbound') return 'somebody else wrote it'
  const isOnlyForKept = capability === 'message:edit' || capability === 'message:react'
  return isOnlyForKept && message.deletion ? 'it was deleted' : null
}

/** Throws unless the account's platform takes the text. */
function checkContent(core: Core, link: AccountLink, content: string): void {
  const charactersMax = platformOf(core, link)?.limits.characters ?? null
  if (charactersMax === null || countGraphemes(content, charactersMax + 1) <= charactersMax) return
  const detail = `longer than ${charactersMax} characters`
  throw new DomainError('unprocessable', 'contentRejected', `The message is ${detail}.`, { detail })
}
