import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Actor, Core } from '../domain/context.ts'
import { DomainError } from '../domain/errors.ts'
import { createAuthenticator } from './auth.ts'
import { type ErrorRenderer, HttpError } from './errors.ts'
import type { Quota, RateLimiter } from './rate-limits.ts'
import { RateLimitedError } from './rate-limits.ts'
import type { Operation } from './route.ts'
import { compileBody, compileParams } from './validation.ts'

const BODY_BYTES_MAX = 1024 * 1024
const URL_LENGTH_MAX = 16 * 1024

/** An API version: its operations, and how it reads queries and writes errors. */
export interface Api {
  name: string
  /** `/api/v1` */
  base: string
  operations: readonly Operation[]
  errors: ErrorRenderer
  /** Makes a reader of raw query strings (without `?`) from an operation's query schema. */
  compileQuery(schema: NonNullable<Operation['query']>): (raw: string) => unknown
}

export interface HttpOptions {
  apis: readonly [Api, ...Api[]]
  logger: FastifyBaseLogger
  /** Null: no limits and no headers about them. */
  rateLimiter: RateLimiter | null
}

export type HttpServer = FastifyInstance

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | null
  }
}

/** The server without a port: `listen` is the caller's. Pages and probes register themselves on it afterwards. */
export function createHttpServer(core: Core, options: HttpOptions): HttpServer {
  const app: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: 30_000,
    // Room for a URL of the permitted length and the headers around it.
    http: { maxHeaderSize: URL_LENGTH_MAX * 4, headersTimeout: 15_000 },
    routerOptions: { maxParamLength: 1024, querystringParser: () => ({}) },
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => sendError(options, error, request, reply),
    clientErrorHandler: (error, socket) => answerBrokenRequest(options.apis[0], error, socket),
  })
  app.decorateRequest('actor', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (_request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => {
      try {
        done(null, parseJson(text))
      } catch (error) {
        done(error as Error)
      }
    },
  )
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (request.raw.url && request.raw.url.length > URL_LENGTH_MAX) {
      throw new HttpError(414, `The URL is longer than ${URL_LENGTH_MAX} characters.`)
    }
  })
  app.addHook('onResponse', async (request, reply) => {
    const { actor, method, routeOptions } = request
    const fields = {
      requestId: request.id,
      teamId: actor?.teamId,
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    }
    app.log.info(fields, 'request')
  })
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(options, error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    sendError(options, new HttpError(404, `There is nothing at ${request.method} ${pathOf(request)}.`), request, reply),
  )
  for (const api of options.apis) mount(app, core, api, options.rateLimiter)
  return app
}

function mount(app: FastifyInstance, core: Core, api: Api, rateLimiter: RateLimiter | null): void {
  const authenticate = createAuthenticator(core)

  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const actor = authenticate(request.headers.authorization)
    request.actor = actor instanceof Promise ? await actor : actor
    if (!rateLimiter) return
    const quota = rateLimiter.take(request.actor.teamId, core.clock.now().getTime())
    sendQuota(reply, quota)
  }

  const methodsByPath = new Map<string, Set<string>>()
  for (const operation of api.operations) {
    const url = `${api.base}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    const methods = methodsByPath.get(url) ?? new Set()
    methodsByPath.set(url, methods.add(operation.method))
    const read = compileRequest(api, operation)
    app.route({
      method: operation.method,
      url,
      onRequest: admit,
      async handler(request, reply) {
        const { actor } = request
        if (!actor) throw new Error(`${operation.id} was reached without an actor`)
        const result = await operation.handle({ ...read(request), ctx: { ...core, actor }, headers: request.headers })
        reply.status(operation.status ?? 200)
        if (operation.response === null) return reply.send()
        return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(result))
      },
    })
  }
  for (const [url, methods] of methodsByPath) refuseOtherMethods(app, url, methods)
}

type RequestReader = (request: FastifyRequest) => { params: Record<string, string>; query: unknown; body: unknown }

function compileRequest(api: Api, operation: Operation): RequestReader {
  const readParams = operation.params && compileParams(operation.params)
  const readQuery = operation.query && api.compileQuery(operation.query)
  const readBody = operation.body && compileBody(operation.body, operation.bodyOptional ?? false)
  return (request) => {
    const raw = request.raw.url ?? ''
    const question = raw.indexOf('?')
    return {
      params: readParams?.(request.params as Record<string, string>) ?? {},
      query: readQuery?.(question < 0 ? '' : raw.slice(question + 1)),
      body: readBody?.(request.body),
    }
  }
}

function refuseOtherMethods(app: FastifyInstance, url: string, methods: Set<string>): void {
  const allowed = methods.has('GET') ? [...methods, 'HEAD'] : [...methods]
  const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
    (method) => !allowed.includes(method),
  )
  app.route({
    method: others,
    url,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      throw new HttpError(405, `${request.method} is not possible here, only ${[...methods].join(', ')}.`, {
        allow: allowed.join(', '),
      })
    },
    handler: () => undefined,
  })
}

function sendQuota(reply: FastifyReply, quota: Quota): void {
  reply.header('x-ratelimit-limit', quota.limit)
  reply.header('x-ratelimit-remaining', quota.remaining)
  reply.header('x-ratelimit-reset', quota.resetAt)
}

function sendError({ apis, logger }: HttpOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof DomainError || error instanceof HttpError ? error : httpErrorOf(error)
  if (known instanceof HttpError && known.status === 500)
    logger.error({ err: error, requestId: request.id }, 'request failed')
  if (known instanceof DomainError && known.cause) logger.warn({ err: known, requestId: request.id }, 'request refused')
  const { errors } = apis.find((api) => request.raw.url?.startsWith(`${api.base}/`)) ?? apis[0]
  const { status, body, retryAfterSeconds } = errors.render(known, request.id)
  if (known instanceof HttpError) reply.headers(known.headers)
  if (known instanceof RateLimitedError) sendQuota(reply, known.quota)
  if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  reply.header('x-request-id', request.id)
  reply.status(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body))
}

/** What Fastify itself refuses has a status and a code of its own. */
function httpErrorOf(error: unknown): HttpError {
  const { code, statusCode } = error as Partial<FastifyError>
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpError(415, 'The body must be sent as application/json.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpError(413, `The body is larger than ${BODY_BYTES_MAX} bytes.`)
    case 'FST_ERR_BAD_URL':
      return new HttpError(400, 'The path is not properly percent-encoded.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpError(400, 'The body is not as long as its Content-Length says.')
  }
  if (statusCode === 400) return new HttpError(400, 'The request could not be read.')
  if (statusCode === 503) return new HttpError(503, 'The server is shutting down.', { connection: 'close' })
  return new HttpError(500, 'Something went wrong on our side. The request id helps us find out what.')
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1]
    throw new HttpError(
      400,
      `The body is not valid JSON${position ? `, at ${lineAndColumn(text, Number(position))}` : ': it ends too early'}.`,
    )
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

function pathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '').split('?', 1)[0] ?? ''
}

/** What Node refused before there was a request: too large headers, broken HTTP. */
function answerBrokenRequest(api: Api, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new HttpError(431, 'The URL and headers are too large.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new HttpError(408, 'The request took too long to arrive.')
        : new HttpError(400, 'The request is not valid HTTP.')
  const requestId = randomUUID()
  const { status, body } = api.errors.render(refusal, requestId)
  const text = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status} ${refusal.name}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  )
}
