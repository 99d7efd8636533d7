/** Calls addresses that came from outside. The only one who may: server/outbound/ is behind it. */
export interface Outbound {
  /** Null when a request could go there; else why not. Looks at the text alone and asks no name server, so null is no promise. */
  refusalOf(url: string): OutboundRefusal | null
  /** Sends once, and never throws for what the other side does. A header that HTTP does not allow is the caller's mistake, and is thrown. */
  post(url: string, request: OutboundPost): Promise<OutboundOutcome>
  /** Ends every connection. What is under way comes back as not answered. */
  close(): Promise<void>
}

export const outboundRefusals = [
  'malformed',
  'tooLong',
  'credentialsInUrl',
  'fragmentInUrl',
  'schemeNotAllowed',
  'portNotAllowed',
  'hostNotAllowed',
  'addressNotAllowed',
] as const

export type OutboundRefusal = (typeof outboundRefusals)[number]

export interface OutboundPost {
  headers: Record<string, string>
  body: Buffer
  /** For everything together: the name, the connection, TLS, the request and its answer. */
  timeoutMs: number
}

export type OutboundOutcome =
  | {
      answered: true
      /** From 200 to 999. A redirect is an answer like any other. */
      status: number
      /** What `Retry-After` asks for, at most 30 days; null = nothing, or nothing that can be read. */
      retryAfterMs: number | null
      /** The beginning: at most 1024 bytes, read as UTF-8 whatever they are, without NUL. */
      answer: string
      durationMs: number
    }
  | {
      answered: false
      error: OutboundError
      /** One line that may be shown to the team: no address the name leads to, no header, no body. */
      detail: string
      durationMs: number
    }

/**
 * `forbiddenAddress`: nothing was sent. `dns`, `tls`: nothing of the request was sent. `connection`, `timeout`, `protocol`: it may have
 * arrived.
 */
export const outboundErrors = ['forbiddenAddress', 'dns', 'connection', 'tls', 'timeout', 'protocol'] as const

export type OutboundError = (typeof outboundErrors)[number]
