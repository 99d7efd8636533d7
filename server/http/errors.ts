import type { DomainError } from '../domain/errors.ts'

/** How one API version puts its errors on the wire. */
export interface ErrorRenderer {
  /** Any refusal or failure, ready to be sent. */
  render(
    error: DomainError | HttpError,
    requestId: string,
  ): { status: number; body: object; retryAfterSeconds: number | null }
}

/** Something wrong with the request before it reaches the domain: route, method, media type, size, syntax; or a bug of ours. */
export class HttpError extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 405 | 408 | 410 | 413 | 414 | 415 | 416 | 431 | 500 | 503,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}
