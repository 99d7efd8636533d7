import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { DomainError } from '../domain/errors.ts'
import type { HttpError } from './errors.ts'
import type { Metrics } from './operations.ts'

/** What is written down about requests: who asked for what, how it ended and how long it took. Never what was in them. */
export interface RequestLog {
  /** The line every request gets. */
  write(request: FastifyRequest, reply: FastifyReply): void
  /** The line of the end of an answer that went on after its own. */
  writeEnd(request: FastifyRequest, end: { reason: string; events: number; ms: number }): void
  /** What was behind a refusal, where the answer does not say it all. */
  writeError(error: unknown, shown: DomainError | HttpError, request: FastifyRequest): void
  /** The line of what was no request. */
  writeBroken(refusal: HttpError, requestId: string): void
}

export function createRequestLog(logger: Logger, metrics: Metrics): RequestLog {
  return {
    write({ id, actor, method, routeOptions }, reply) {
      const { operation, isProbe } = routeOptions.config ?? {}
      const { statusCode: status, elapsedTime } = reply
      metrics.count(operation, method, status, elapsedTime)
      const level = isProbe ? 'debug' : status >= 500 ? 'error' : 'info'
      logger[level](
        { requestId: id, teamId: actor?.teamId, method, operation, status, ms: Math.round(elapsedTime * 10) / 10 },
        'request',
      )
    },

    writeEnd({ id, actor, routeOptions }, end) {
      const { operation } = routeOptions.config
      logger.info({ requestId: id, teamId: actor?.teamId, operation, ...end }, 'stream ended')
    },

    writeError(error, shown, request) {
      const fields = { err: error, requestId: request.id, teamId: request.actor?.teamId }
      if (shown instanceof DomainError) {
        if (shown.cause) logger.warn(fields, 'request refused')
      } else if (shown.status >= 500 && shown !== error) logger.error(fields, 'request failed')
      else if (shown !== error && isDatabaseError(error))
        logger.warn(fields, 'the database refused a value of a request')
    },

    writeBroken({ status }, requestId) {
      metrics.count(undefined, 'other', status, 0)
      logger.info({ requestId, status }, 'request')
    },
  }
}

function isDatabaseError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'severity' in error
}
