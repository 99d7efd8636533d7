import { randomUUID } from 'node:crypto'
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { DatabaseUnavailable, DomainError } from '../domain/errors.ts'
import { RateLimitedError } from '../domain/rate-limits.ts'
import { BODY_BYTES_MAX, unsupportedMediaType } from './body.ts'
import { HttpError } from './errors.ts'
import { sendQuota } from './quota.ts'
import type { RequestLog } from './request-log.ts'
import type { Api } from './server.ts'

interface ErrorSender {
  /** Answers with an error in the words of the API the request was meant for. */
  sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void
  /** Answers what Node refused before there was a request: too large headers, broken HTTP. */
  answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void
}

export function createErrorSender(apis: readonly [Api, ...Api[]], log: RequestLog): ErrorSender {
  function apiOf(url: string | undefined): Api {
    return apis.find(({ base }) => url?.startsWith(`${base}/`)) ?? apis[0]
  }

  return {
    sendError(error, request, reply) {
      const known = error instanceof DomainError || error instanceof HttpError ? error : httpErrorOf(error)
      log.writeError(error, known, request)
      const { status, body, retryAfterSeconds } = apiOf(request.raw.url).errors.render(known, request.id)
      if (known instanceof HttpError) reply.headers(known.headers)
      if (known instanceof RateLimitedError) sendQuota(reply, known.quota)
      if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds)
      if (status === 401) reply.header('www-authenticate', 'Bearer')
      reply.header('x-request-id', request.id)
      reply.status(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body))
    },

    answerBrokenRequest(error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) return void socket.destroy()
      const refusal = httpErrorOfNode(error)
      const requestId = randomUUID()
      log.writeBroken(refusal, requestId)
      const text = JSON.stringify(apiOf(urlOf(error)).errors.render(refusal, requestId).body)
      socket.end(
        `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
          `X-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      )
    },
  }
}

/** Undefined when the line with it came before the packet that broke the request: Node tells only that one. */
function urlOf(error: NodeJS.ErrnoException): string | undefined {
  const { rawPacket } = error as { rawPacket?: Buffer }
  const [, url] = /^[A-Z]+ (\S+)/.exec(rawPacket?.toString('latin1') ?? '') ?? []
  return url
}

/** Another answer is on its way: ours would end up in the middle of it. Node's own handler asks the same. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage } = socket as Socket & { _httpMessage?: ServerResponse }
  return _httpMessage?.headersSent ?? false
}

function httpErrorOfNode(error: NodeJS.ErrnoException): HttpError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpError(431, 'The URL and headers are too large.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpError(408, 'The request took too long to arrive.')
    default:
      return new HttpError(400, 'The request is not valid HTTP.')
  }
}

/** What Fastify itself refuses has a status and a code of its own. */
function httpErrorOf(error: unknown): HttpError {
  const { code, statusCode } = error as Partial<FastifyError>
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType()
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpError(413, `The body is larger than ${BODY_BYTES_MAX} bytes.`)
    case 'FST_ERR_BAD_URL':
      return new HttpError(400, 'The path is not properly percent-encoded.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpError(400, 'The body is not as long as its Content-Length says.')
  }
  if (error instanceof DatabaseUnavailable) {
    return new HttpError(503, 'The database does not answer. Try again in a moment.', { 'retry-after': '1' })
  }
  if (isUnstorable(code)) return new HttpError(400, 'The request holds a value that cannot be stored.')
  if (statusCode === 400) return new HttpError(400, 'The request could not be read.')
  return new HttpError(500, 'Something went wrong on our side. The request id helps us find out what.')
}

/** SQLSTATE class 22 (data exception) and 54 (limit exceeded): a value our own checks should have caught. */
function isUnstorable(code: string | undefined): boolean {
  return /^(22|54)[0-9A-Z]{3}$/.test(code ?? '')
}
