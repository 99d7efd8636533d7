import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import type { Actor, Core } from '../domain/context.ts'
import type { RateLimiter } from '../domain/rate-limits.ts'
import { requireUnlocked } from '../domain/teams.ts'
import { createAuthenticator } from './auth.ts'
import { acceptJson, BODY_BYTES_MAX } from './body.ts'
import { type ErrorRenderer, HttpError } from './errors.ts'
import { createEventStreams, type EventStreams } from './event-streams.ts'
import { jsonBody } from './json-body.ts'
import { addressesOf, Listeners, type Timeouts } from './listeners.ts'
import { notFoundAt, refuseOtherMethods } from './methods.ts'
import { createMetrics, serveOperations } from './operations.ts'
import { sendQuota } from './quota.ts'
import { createErrorSender } from './refusals.ts'
import { createRequestLog } from './request-log.ts'
import { Answer, EventStreamAnswer, type Operation } from './route.ts'
import { compileBody, compileParams } from './validation.ts'

const URL_LENGTH_MAX = 16 * 1024

/** An API version: its operations, and how it reads queries and writes errors. */
export interface Api {
  name: string
  /** `/api/v1` */
  base: string
  operations: readonly Operation[]
  errors: ErrorRenderer
  /** Costs no quota, and no lock is in its way. The sandbox's controls play the other side of a conversation, whom a team cannot stop. */
  isFree?: boolean
  /** Makes a reader of raw query strings (without `?`) from an operation's query schema. */
  compileQuery(schema: NonNullable<Operation['query']>): (raw: string) => unknown
}

export interface ProbeOptions {
  apis: readonly [Api, ...Api[]]
  logger: Logger
  /** Where metrics are collected that /metrics shows; default: only the server's own. */
  registry?: Registry
  timeouts?: Partial<Timeouts>
  /** While it is true the server is not ready. Default: never. */
  isSeeding?: () => boolean
}

export interface HttpOptions extends ProbeOptions {
  /** Null: no limits and no headers about them. */
  rateLimiter: RateLimiter | null
  /** Of this server, at the same time. */
  streamsPerTeamMax: number
}

export type HttpServer = FastifyInstance

declare module 'fastify' {
  interface FastifyInstance {
    listeners: Listeners
  }
  interface FastifyRequest {
    actor: Actor | null
    /** An answer that goes on is written down when it begins. */
    isLogged: boolean
  }
  interface FastifyContextConfig {
    /** Id of the operation that answers here; what logs and metrics call it. */
    operation?: string
    /** Asked all the time by machines: not worth a line in the log, whatever the answer. */
    isProbe?: boolean
  }
}

/** The server without a port: `listen` is the caller's. Pages register themselves on it before. `close` lets running requests finish. */
export function createHttpServer(core: Core, { rateLimiter, streamsPerTeamMax, ...options }: HttpOptions): HttpServer {
  const { app, requestLog, registry } = createBareServer(core, options)
  const { listeners } = app
  const streams = createEventStreams(core, { listeners, requestLog, registry, perTeamMax: streamsPerTeamMax })
  for (const api of options.apis) mount(app, { core, api, rateLimiter: api.isFree ? null : rateLimiter, streams })
  return app
}

/** The same for a process that only works: it answers probes. */
export function createProbeServer(core: Core, options: ProbeOptions): HttpServer {
  return createBareServer(core, options).app
}

/** It answers probes, and refuses everything else in the words of the API that was meant. */
function createBareServer(core: Core, options: ProbeOptions) {
  const { apis, logger } = options
  const registry = options.registry ?? new Registry()
  const metrics = createMetrics(core, registry)
  const requestLog = createRequestLog(logger, metrics)
  const { sendError, answerBrokenRequest } = createErrorSender(apis, requestLog)
  const listeners = new Listeners(core.clock, {
    ...options.timeouts,
    urlLengthMax: URL_LENGTH_MAX,
    answerBrokenRequest,
    onUnreachable: (address, error) => logger.warn({ err: error, address }, 'cannot listen at an address'),
  })

  // Without a logger of Fastify's own: it would make a child of it for every request, and requestLog writes all there is to say.
  const app: FastifyInstance = Fastify({
    serverFactory: (handler) => listeners.create(handler),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    // Ids of any length are looked up and not found; the URL as a whole has a limit.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER, querystringParser: () => ({}) },
    // Fastify ends the process when closing takes longer than that; the listeners have a limit of their own.
    pluginTimeout: 0,
    // The listeners refuse late requests in the envelope.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply)
      requestLog.write(request, reply)
    },
    clientErrorHandler: answerBrokenRequest,
  })
  app.decorateRequest('actor', null)
  app.decorateRequest('isLogged', false)
  app.decorate('listeners', listeners)
  acceptJson(app)
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done(refusalBefore(request, listeners))
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (listeners.isDraining) reply.header('connection', 'close')
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (!request.isLogged) requestLog.write(request, reply)
    done()
  })
  app.addHook('preClose', () => listeners.close())
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply))
  app.setNotFoundHandler((request, reply) => sendError(notFoundAt(request), request, reply))
  serveOperations(app, { core, metrics, listeners, isSeeding: options.isSeeding ?? (() => false) })
  return { app, requestLog, registry }
}

/** Opens the server at every address of the host, or at those given. Says at which port. */
export async function listen(
  app: HttpServer,
  { host, port }: { host: string | readonly string[]; port: number },
): Promise<number> {
  const [first, ...others] = typeof host === 'string' ? await addressesOf(host) : host
  await app.listen({ host: first, port })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server has no port')
  await app.listeners.listenBeside(app.routing, others, address.port)
  return address.port
}

function refusalBefore(request: FastifyRequest, listeners: Listeners): HttpError | undefined {
  if (listeners.isClosed && !request.routeOptions.config.isProbe) {
    return new HttpError(503, 'The server is shutting down.', { 'retry-after': '1' })
  }
  if ((request.raw.url?.length ?? 0) > URL_LENGTH_MAX) {
    return new HttpError(414, `The URL is longer than ${URL_LENGTH_MAX} characters.`)
  }
  if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
    return new HttpError(400, 'The request has no Host.', { connection: 'close' })
  }
}

interface Mounting {
  core: Core
  api: Api
  rateLimiter: RateLimiter | null
  streams: EventStreams
}

function mount(app: FastifyInstance, { core, api, rateLimiter, streams }: Mounting): void {
  const authenticate = createAuthenticator(core)

  function admit(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const actor = authenticate(request.headers.authorization)
    if (actor instanceof Promise) actor.then((found) => welcome(found, request, reply)).then(() => done(), done)
    else {
      welcome(actor, request, reply)
      done()
    }
  }

  function welcome(actor: Actor, request: FastifyRequest, reply: FastifyReply): void {
    request.actor = actor
    if (rateLimiter) sendQuota(reply, rateLimiter.take(actor.teamId, core.clock.now().getTime()))
  }

  const methodsByPath = new Map<string, Set<string>>()
  for (const operation of api.operations) {
    const url = `${api.base}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    const methods = methodsByPath.get(url) ?? new Set()
    methodsByPath.set(url, methods.add(operation.method))
    const read = compileRequest(api, operation)
    const needsUnlocked = operation.method !== 'GET' && !api.isFree && !operation.asksForLockItself
    app.route({
      method: operation.method,
      url,
      config: { operation: operation.id },
      onRequest: admit,
      async handler(request, reply) {
        const { actor } = request
        if (!actor) throw new Error(`${operation.id} was reached without an actor`)
        const parts = read(request)
        if (needsUnlocked) requireUnlocked(actor)
        const result = await operation.handle({ ...parts, ctx: { ...core, actor }, headers: request.headers })
        if (result instanceof EventStreamAnswer) return streams.open({ request, reply, actor }, result.wish)
        const { status, body } = result instanceof Answer ? result : { status: operation.status ?? 200, body: result }
        reply.status(status)
        if (operation.response === null) return reply.send()
        return reply.header('content-type', 'application/json; charset=utf-8').send(jsonBody(body))
      },
    })
  }
  for (const [url, methods] of methodsByPath) refuseOtherMethods(app, url, methods)
}

type RequestReader = (request: FastifyRequest) => {
  params: Record<string, string | number>
  query: unknown
  body: unknown
}

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
