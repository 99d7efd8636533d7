import type { OutboundError } from '../domain/outbound.ts'

/** Why there is no answer, in words a team may read. */
export class OutboundFailure extends Error {
  constructor(
    readonly error: OutboundError,
    readonly detail: string,
  ) {
    super(detail)
  }
}

/** What went wrong while request and answer travelled; null = our own mistake. Messages of others may quote them, so only codes are passed on. */
export function failureOf(cause: unknown): OutboundFailure | null {
  if (cause instanceof OutboundFailure) return cause
  const code = codeOf(cause)
  if (code !== null && callersMistakes.has(code)) return null
  // The client of HTTP closed the connection because of what it read.
  if (code === 'UND_ERR_SOCKET' && cause instanceof Error && /^bad (response|upgrade)$/.test(cause.message)) {
    return new OutboundFailure('protocol', 'The answer is not what was asked for.')
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OutboundFailure('protocol', 'The headers of the answer are too long.')
  }
  // Not every fault the parser finds has a code.
  if (nameOf(cause) === 'HTTPParserError' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new OutboundFailure('protocol', 'The answer is not HTTP/1.1.')
  }
  return new OutboundFailure('connection', 'The connection was closed before there was an answer.')
}

export function failureToConnect(cause: unknown): OutboundFailure {
  if (cause instanceof OutboundFailure) return cause
  return new OutboundFailure('connection', `There was no connection (${codeOf(cause) ?? 'unknown'}).`)
}

export function failureToSecure(cause: unknown): OutboundFailure {
  if (cause instanceof OutboundFailure) return cause
  const code = codeOf(cause) ?? 'unknown'
  return new OutboundFailure('tls', certificateFaults[code] ?? `TLS could not be agreed on (${code}).`)
}

export function failureToResolve(name: string, cause: unknown): OutboundFailure {
  const code = codeOf(cause) ?? 'unknown'
  const isMissing = code === 'ENOTFOUND' || code === 'ENODATA'
  return new OutboundFailure(
    'dns',
    isMissing ? `The name ${name} has no address.` : `The name ${name} could not be resolved (${code}).`,
  )
}

const callersMistakes = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

const certificateFaults: Record<string, string> = {
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet.',
  CERT_REVOKED: 'The certificate was revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name.',
  CERT_SIGNATURE_FAILURE: 'The certificate is signed by nobody this server trusts.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is signed by nobody this server trusts.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate is signed by nobody this server trusts.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate is signed by nobody this server trusts.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate comes without those between it and one this server trusts.',
  ECONNRESET: 'The connection was closed while TLS was agreed on.',
}

function nameOf(cause: unknown): string | null {
  return cause instanceof Error ? cause.name : null
}

function codeOf(cause: unknown): string | null {
  if (!(cause instanceof Error) || !('code' in cause)) return null
  return typeof cause.code === 'string' && /^[A-Z0-9_]{1,60}$/.test(cause.code) ? cause.code : null
}
