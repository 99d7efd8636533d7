import { type TProperties, Type } from 'typebox'
import { capabilities } from '../../domain/capabilities.ts'
import type { DomainError, ErrorKind } from '../../domain/errors.ts'
import { outboundRefusals } from '../../domain/outbound.ts'
import { disabledReasons } from '../../domain/webhook-endpoints.ts'
import { type ErrorRenderer, HttpError } from '../errors.ts'
import { id, nullable, object, oneOf, platform, timestamp } from './schemas.ts'

/** The body of every refusal. Branch on `code`; the message is for people and may change. */
export const ErrorSchema = Type.Object(
  {
    code: Type.String({ description: 'For programs.', examples: ['threadNotFound'] }),
    message: Type.String({
      description: 'For people; may change.',
      examples: ['There is no thread "tz4a98xxat96iws9zmbrgj3a".'],
    }),
    details: nullable(
      Type.Unsafe<object>({ type: 'object', description: 'Facts about the refusal; which ones depends on the code.' }),
      null,
    ),
    requestId: Type.String({
      description: 'Also in `X-Request-Id`.',
      examples: ['0f6f2a3e-6a53-4f0c-9f0e-2f1b7c1d9a10'],
    }),
  },
  { additionalProperties: false, description: 'Why a request was refused.' },
)

interface ErrorFacts {
  status: number
  /** When it is raised. */
  when: string
  /** What `details` holds; null = nothing. A detail the domain gives that is not named here stays inside. */
  details: TProperties | null
  /** Not of the hosted API: marked in the document. */
  ours?: true
}

const text = (example: string) => Type.String({ description: 'For people; may change.', examples: [example] })
const capability = oneOf(capabilities)
const retryAfterSeconds = nullable(Type.Integer({ description: 'Null: nobody knows.', examples: [12] }))
const Issue = object({
  path: Type.Array(Type.Union([Type.String(), Type.Integer()]), {
    description: 'Leads to the field or parameter; empty: all of it.',
    examples: [['limit']],
  }),
  message: text('must be at most 100'),
})

/** Every code of the contract, and ours. */
export const errorCodes = {
  invalidRequest: { status: 400, when: 'A parameter or field breaks a rule.', details: { issues: Type.Array(Issue) } },
  invalidCursor: { status: 400, when: 'The cursor is damaged, or was given out with other filters.', details: null },
  unauthorized: { status: 401, when: 'The token is missing, unknown, expired or revoked.', details: null },
  platformNotAvailable: { status: 403, when: 'The team cannot use this platform.', details: { platform: platform() } },
  workspaceLocked: { status: 403, when: 'The team is locked: nothing can be changed.', details: null },
  planRequired: {
    status: 403,
    when: 'The team may not write to people it has no contact for.',
    details: { feature: Type.String({ examples: ['advancedApi'] }) },
  },
  adminRequired: { status: 403, when: 'Only owners and admins of the team may do this.', details: null, ours: true },
  memberNotFound: { status: 404, when: 'The team has no such member.', details: null },
  accountLinkNotFound: { status: 404, when: 'The team has no such account link.', details: null },
  contactNotFound: { status: 404, when: 'The team has no such contact.', details: null },
  threadNotFound: { status: 404, when: 'The team has no such thread.', details: null },
  messageNotFound: { status: 404, when: 'The team has no such message.', details: null },
  tagNotFound: { status: 404, when: 'The team has no such tag.', details: null },
  statusNotFound: { status: 404, when: 'The team has no such status.', details: null },
  webhookEndpointNotFound: { status: 404, when: 'The team has no such webhook endpoint.', details: null, ours: true },
  webhookDeliveryNotFound: { status: 404, when: 'The team has no such delivery.', details: null, ours: true },
  nameTaken: {
    status: 409,
    when: 'The name exists, whatever its case and accents.',
    details: { name: Type.String({ examples: ['VIP'] }) },
  },
  accountLinkDisconnected: {
    status: 409,
    when: 'The account cannot act at the moment.',
    details: { accountLinkId: id(), status: oneOf(['active', 'offline', 'paused']) },
  },
  integrationSetupRequired: {
    status: 409,
    when: 'The account has to be set up on the platform first.',
    details: { accountLinkId: id() },
  },
  sendInProgress: {
    status: 409,
    when: 'A send with this key is still running. Repeat it with the same key.',
    details: { messageId: id() },
  },
  webhookEndpointDisabled: {
    status: 409,
    when: 'The webhook endpoint gets nothing until it is enabled.',
    details: { reason: oneOf(disabledReasons) },
    ours: true,
  },
  webhookPayloadForgotten: { status: 409, when: 'What was sent then is not kept any more.', details: null, ours: true },
  idempotencyKeyReused: { status: 422, when: 'The key was used for a different request.', details: null },
  capabilityNotSupported: { status: 422, when: 'The account cannot do this.', details: { capability } },
  threadRestricted: {
    status: 422,
    when: 'The platform does not allow this in the conversation.',
    details: { capability },
  },
  mutationWindowClosed: {
    status: 422,
    when: 'The time in which this was possible has passed.',
    details: { capability, closedAt: nullable(timestamp()) },
  },
  messageNotModifiable: {
    status: 422,
    when: 'This message cannot be changed.',
    details: { reason: text('it was deleted') },
  },
  contentRejected: {
    status: 422,
    when: 'Too long, or the platform refuses it.',
    details: { detail: text('longer than 10000 characters') },
  },
  recipientUnavailable: {
    status: 422,
    when: 'The person cannot be messaged.',
    details: { reason: text('it was deleted') },
  },
  profileAmbiguous: {
    status: 422,
    when: 'The contact has several profiles on the platform.',
    details: { contactId: id(), platform: platform() },
  },
  platformNotSupported: {
    status: 422,
    when: 'The account lives on another platform.',
    details: { platform: platform(), supported: Type.Array(platform()) },
  },
  tagLimitReached: {
    status: 422,
    when: 'The team has as many tags as it can have.',
    details: { max: Type.Integer({ examples: [500] }) },
  },
  webhookUrlRefused: {
    status: 422,
    when: 'This server does not call such an address.',
    details: { reason: oneOf(outboundRefusals) },
    ours: true,
  },
  webhookEndpointLimitReached: {
    status: 422,
    when: 'The team has as many webhook endpoints as it can have.',
    details: { max: Type.Integer({ examples: [50] }) },
    ours: true,
  },
  rateLimited: {
    status: 429,
    when: "The team's limit is used up. `Retry-After` says for how long.",
    details: {
      window: oneOf(['minute', 'hour', 'day']),
      limit: Type.Integer({ examples: [300] }),
      resetAt: timestamp(),
    },
  },
  streamLimitReached: {
    status: 429,
    when: 'The team has as many streams open as it may. `Retry-After` says when to try again.',
    details: { max: Type.Integer({ examples: [100] }) },
    ours: true,
  },
  platformRateLimited: { status: 429, when: 'The platform asks to slow down.', details: { retryAfterSeconds } },
  internal: { status: 500, when: 'A fault of the server.', details: null },
  platformError: { status: 502, when: 'The platform failed; nothing happened there.', details: null },
  sendUnconfirmed: {
    status: 502,
    when: 'Nobody knows yet whether the message arrived. Do not repeat it: look the message up.',
    details: { messageId: id() },
  },
  platformUnavailable: { status: 503, when: 'The platform does not answer.', details: { retryAfterSeconds } },
} as const satisfies Record<string, ErrorFacts>

export type ErrorCode = keyof typeof errorCodes

/** Of the component that is the body of a refusal with this code. */
export function errorComponentOf(code: string): string {
  return `${code.charAt(0).toUpperCase()}${code.slice(1)}`
}

export const errorComponents = Object.fromEntries(
  Object.entries<ErrorFacts>(errorCodes).map(([code, { when, details, ours }]) => [
    errorComponentOf(code),
    object(
      {
        ...ErrorSchema.properties,
        code: Type.Unsafe<string>({ const: code }),
        message: text(when),
        details: details ? object(details) : Type.Null(),
      },
      { description: when, ...(ours && { 'x-open-inbox': true }) },
    ),
  ]),
)

/** What every operation may refuse with. */
export const commonErrors: readonly ErrorCode[] = ['invalidRequest', 'unauthorized', 'rateLimited', 'internal']

/** What every change of a message may refuse with, besides. */
export const messageChangeErrors: readonly ErrorCode[] = [
  'platformNotAvailable',
  'workspaceLocked',
  'messageNotFound',
  'accountLinkDisconnected',
  'integrationSetupRequired',
  'threadRestricted',
  'mutationWindowClosed',
  'messageNotModifiable',
  'contentRejected',
  'capabilityNotSupported',
  'platformRateLimited',
  'platformError',
  'platformUnavailable',
]

/** What is no refusal of the contract: wrong addresses, wrong HTTP. */
const codeByStatus: Record<HttpError['status'], string> = {
  400: 'invalidRequest',
  403: 'forbidden',
  404: 'notFound',
  405: 'methodNotAllowed',
  408: 'requestTimeout',
  410: 'gone',
  413: 'payloadTooLarge',
  414: 'uriTooLong',
  415: 'unsupportedMediaType',
  416: 'rangeNotSatisfiable',
  431: 'headersTooLarge',
  500: 'internal',
  503: 'unavailable',
}

const statusByKind: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unprocessable: 422,
  limited: 429,
  upstream: 502,
}

export const v2Errors: ErrorRenderer = {
  render(error, requestId) {
    if (error instanceof HttpError) {
      const details = error.status === 400 ? { issues: [{ path: [], message: error.message }] } : null
      return {
        status: error.status,
        body: { code: codeByStatus[error.status], message: error.message, details, requestId },
        retryAfterSeconds: null,
      }
    }
    const facts: ErrorFacts = errorCodes[error.code as ErrorCode] ?? {
      status: statusByKind[error.kind],
      when: '',
      details: null,
    }
    return {
      status: facts.status,
      body: { code: error.code, message: error.message, details: detailsOf(error, facts), requestId },
      retryAfterSeconds: typeof error.details?.retryAfterSeconds === 'number' ? error.details.retryAfterSeconds : null,
    }
  },
}

function detailsOf({ details }: DomainError, { details: shown }: ErrorFacts): object | null {
  return shown && Object.fromEntries(Object.keys(shown).map((name) => [name, details?.[name] ?? null]))
}
