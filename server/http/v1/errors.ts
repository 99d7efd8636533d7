import { Type } from 'typebox'
import type { DomainError, ErrorKind } from '../../domain/errors.ts'
import { type ErrorRenderer, HttpError } from '../errors.ts'

/** The body of every refusal. */
export const ErrorSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'For programs.', examples: ['THREAD_NOT_FOUND'] }),
      message: Type.String({
        description: 'For people.',
        examples: ['There is no thread "tz4a98xxat96iws9zmbrgj3a".'],
      }),
      status: Type.Integer({ description: 'The HTTP status once more.', examples: [404] }),
    }),
  },
  { description: 'Why a request was refused.' },
)

const byKind: Record<ErrorKind, { status: number; code: string }> = {
  invalid: { status: 400, code: 'BAD_REQUEST' },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  forbidden: { status: 403, code: 'FORBIDDEN' },
  not_found: { status: 404, code: 'NOT_FOUND' },
  conflict: { status: 409, code: 'CONFLICT' },
  unprocessable: { status: 422, code: 'UNPROCESSABLE_CONTENT' },
  limited: { status: 429, code: 'RATE_LIMITED' },
  upstream: { status: 502, code: 'BAD_GATEWAY' },
}

/** Where v1 is more precise than the kind. */
const byCode: Record<string, { status?: number; code?: string }> = {
  threadNotFound: { code: 'THREAD_NOT_FOUND' },
  messageNotFound: { code: 'MESSAGE_NOT_FOUND' },
  prospectNotFound: { code: 'PROSPECT_NOT_FOUND' },
  accountLinkNotFound: { code: 'ACCOUNT_LINK_NOT_FOUND' },
  memberNotFound: { code: 'MEMBER_NOT_FOUND' },
  tagNotFound: { code: 'TAG_NOT_FOUND' },
  statusNotFound: { code: 'STATUS_NOT_FOUND' },
  platformUnavailable: { status: 503, code: 'SERVICE_UNAVAILABLE' },
}

const byStatus: Record<HttpError['status'], string> = {
  400: 'BAD_REQUEST',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  410: 'GONE',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'RANGE_NOT_SATISFIABLE',
  431: 'REQUEST_HEADER_FIELDS_TOO_LARGE',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
}

export const v1Errors: ErrorRenderer = {
  render(error) {
    const { status, code } = statusAndCode(error)
    return {
      status,
      body: { error: { code, message: error.message, status } },
      retryAfterSeconds: error instanceof HttpError ? null : retryAfterSeconds(error),
    }
  },
}

function statusAndCode(error: DomainError | HttpError): { status: number; code: string } {
  if (error instanceof HttpError) return { status: error.status, code: byStatus[error.status] }
  return { ...byKind[error.kind], ...byCode[error.code] }
}

function retryAfterSeconds({ details }: DomainError): number | null {
  const seconds = details?.retryAfterSeconds
  return typeof seconds === 'number' ? seconds : null
}
