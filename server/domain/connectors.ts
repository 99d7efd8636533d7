import type { ActionOutcome, Connector, Refusal, Session } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import type { Core } from './context.ts'
import { DomainError, messageNotModifiable, unreachable } from './errors.ts'

export function connectorOf(core: Core, link: Pick<AccountLink, 'connector'>): Connector {
  const connector = core.connectors.get(link.connector)
  if (!connector) {
    throw new DomainError(
      'upstream',
      'platformUnavailable',
      `This server runs without the connector "${link.connector}".`,
      { retryAfterSeconds: null },
    )
  }
  return connector
}

export function sessionOf(core: Core, link: Pick<AccountLink, 'connector' | 'platformId'>): Session {
  return connectorOf(core, link).open(link.platformId)
}

/** How often something is tried whose answer gets lost. */
const TRIES_MAX = 3

/** Throws unless the platform did what we asked. When its answer is lost it is asked again: that does no harm, and tells. */
export async function accomplish(link: AccountLink, act: () => Promise<ActionOutcome>): Promise<{ at: Date }> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await act()
    if (outcome.kind === 'done') return outcome
    if (outcome.kind !== 'lostAnswer') throw refusalError(link, outcome)
  }
  throw new DomainError(
    'upstream',
    'platformUnavailable',
    'The platform does not answer. It may have done what you asked: repeat it to be sure.',
    { retryAfterSeconds: null },
  )
}

/** Why the platform did not do what we asked, in the words of the API. */
export function refusalError(link: AccountLink, refusal: Refusal): DomainError {
  switch (refusal.kind) {
    case 'recipientUnavailable':
      return new DomainError(
        'unprocessable',
        'recipientUnavailable',
        `The recipient cannot be messaged: ${refusal.reason}.`,
        {
          reason: refusal.reason,
        },
      )
    case 'contentRejected':
      return new DomainError(
        'unprocessable',
        'contentRejected',
        `The platform does not accept this: ${refusal.detail}.`,
        { detail: refusal.detail },
      )
    case 'notModifiable':
      return messageNotModifiable(refusal.reason)
    case 'accountUnavailable':
      return accountUnavailable(link, refusal.status)
    case 'rateLimited':
      return new DomainError('limited', 'platformRateLimited', 'The platform asks us to slow down. Try again later.', {
        retryAfterSeconds: secondsOf(refusal.retryAfterMs) ?? 1,
      })
    case 'unavailable':
      return new DomainError('upstream', 'platformUnavailable', 'The platform does not answer.', {
        retryAfterSeconds: secondsOf(refusal.retryAfterMs),
      })
    case 'failed':
      return new DomainError(
        'upstream',
        'platformError',
        'The platform failed unexpectedly. Nothing was changed there.',
        null,
        { cause: new Error(refusal.detail) },
      )
    default:
      return unreachable(refusal)
  }
}

/** Signed out, or stopped by the platform. */
export function accountUnavailable(link: AccountLink, status: AccountLink['status']): DomainError {
  const advice = status === 'offline' ? 'Connect it again.' : 'It resumes by itself.'
  return new DomainError(
    'conflict',
    'accountLinkDisconnected',
    `The account @${link.username} is ${status}. ${advice}`,
    {
      accountLinkId: link.id,
      status,
    },
  )
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : Math.max(1, Math.ceil(ms / 1000))
}
