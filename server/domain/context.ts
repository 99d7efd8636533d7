import type { Connector } from '../connectors/connector.ts'
import type { Database } from '../store/database.ts'
import type { MemberId, TeamId, TokenId, UserId } from '../store/ids.ts'
import type { AttachmentUrls } from './attachment-urls.ts'
import type { Clock } from './clock.ts'
import type { EventSignals } from './event-signals.ts'
import type { EventVersions } from './event-types.ts'
import type { Meter } from './meter.ts'
import type { Outbound } from './outbound.ts'
import type { Seals } from './seals.ts'

/** What every operation works with, wired together once in main.ts. */
export interface Core {
  db: Database
  clock: Clock
  log: Log
  /** By account_links.connector. */
  connectors: ReadonlyMap<string, Connector>
  publicUrl: PublicUrl
  /** Absent where nobody watches, as on the command line. */
  meter?: Meter
  attachmentUrls: AttachmentUrls
  /** The only way to call an address that came from outside. */
  outbound: Outbound
  eventSignals: EventSignals
  eventVersions: EventVersions
  webhooks: WebhookSettings
}

/** How webhooks are sent. */
export interface WebhookSettings {
  /** For secrets, and for the values of headers. */
  seals: Seals
  /** Between an attempt and the next one; after the last of them a delivery has failed. */
  retryGapsMs: readonly number[]
  /** How long settled deliveries are remembered. */
  logKeptMs: number
  userAgent: string
}

/** An address as the world sees it. A path is a file of this server: stored without host, so it survives a move. */
export type PublicUrl = (address: string | null) => string | null

/** The part of a pino logger the domain uses. Never a token, a body or a message's text. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type Role = 'owner' | 'admin' | 'user'

/** Who asks: a member, through one of the team's tokens. */
export interface Actor {
  teamId: TeamId
  memberId: MemberId
  userId: UserId
  /** Null on the command line and in the web inbox. */
  tokenId: TokenId | null
  role: Role
  /** The operator has locked the team: nothing can be changed. */
  teamIsLocked: boolean
  /** Which the team can use; null = every one this server speaks to. */
  teamPlatforms: readonly string[] | null
}

export interface Context extends Core {
  actor: Actor
}

/** A failure that must not stop the caller has a name and leaves a trace. */
export async function tolerate(log: Log, what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    log.warn({ err: error }, `tolerated: ${what}`)
  }
}
