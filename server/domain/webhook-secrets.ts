import type { TeamId, WebhookEndpointId } from '../store/ids.ts'
import type { WebhookSettings } from './context.ts'
import { randomText } from './random-text.ts'

const PREFIX = 'ibt_wh_'
/** 34 × log2(62) = 202 bits, as in an API token. */
const RANDOM_LENGTH = 34

export function newWebhookSecret(): string {
  return `${PREFIX}${randomText(RANDOM_LENGTH)}`
}

/** Whose the secrets are: what is sealed for one endpoint does not open for another. */
export interface SecretsOwner {
  teamId: TeamId
  endpointId: WebhookEndpointId
}

export function sealSecret({ seals }: WebhookSettings, owner: SecretsOwner, secret: string): Buffer {
  return seals.seal(secret, purposeOf('secret', owner))
}

/** Null when it was sealed with another key. */
export function openSecret({ seals }: WebhookSettings, owner: SecretsOwner, sealed: Buffer): string | null {
  return seals.open(sealed, purposeOf('secret', owner))
}

/** Null: there are none. */
export function sealHeaderValues(
  { seals }: WebhookSettings,
  owner: SecretsOwner,
  values: readonly string[],
): Buffer | null {
  return values.length === 0 ? null : seals.seal(JSON.stringify(values), purposeOf('headers', owner))
}

/** Null when they were sealed with another key. */
export function openHeaderValues(
  { seals }: WebhookSettings,
  owner: SecretsOwner,
  sealed: Buffer | null,
): string[] | null {
  if (sealed === null) return []
  const text = seals.open(sealed, purposeOf('headers', owner))
  // What was sealed is what we wrote.
  return text === null ? null : (JSON.parse(text) as string[])
}

function purposeOf(what: 'secret' | 'headers', { teamId, endpointId }: SecretsOwner): string {
  return `webhook ${what} ${teamId} ${endpointId}`
}
