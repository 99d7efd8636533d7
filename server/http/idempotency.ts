import type { IncomingHttpHeaders } from 'node:http'
import type { Idempotency } from '../domain/idempotency.ts'

/** What the `Idempotency-Key` header says; undefined without it. `request` is all that makes it the same request. */
export function idempotencyOf(headers: IncomingHttpHeaders, request: unknown): Idempotency | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? { key, request } : undefined
}
