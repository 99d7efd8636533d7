import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HttpError } from './errors.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** At an address that has its routes: says which methods there are, and refuses all others. */
export function refuseOtherMethods(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const allowed = METHODS.filter((method) => methods.has(method === 'HEAD' ? 'GET' : method))
  const allow = [...allowed, 'OPTIONS'].join(', ')
  app.options(url, (_request, reply) => reply.status(204).header('allow', allow).send())
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    exposeHeadRoute: false,
    onRequest: (request, _reply, done) =>
      done(new HttpError(405, `${request.method} is not possible here, only ${allow}.`, { allow })),
    handler: () => undefined,
  })
}

const READ_ONLY: ReadonlySet<string> = new Set(['GET'])

/** For pages and files beside the APIs. */
export function refuseChanges(app: FastifyInstance, ...urls: readonly string[]): void {
  for (const url of urls) refuseOtherMethods(app, url, READ_ONLY)
}

/** Nothing answers at this address, or nothing on this server answers this method. */
export function notFoundAt({ method, raw }: Pick<FastifyRequest, 'method' | 'raw'>): HttpError {
  if (method === 'OPTIONS' || METHODS.includes(method)) {
    return new HttpError(404, `There is nothing at ${method} ${(raw.url ?? '').split('?', 1)[0]}.`)
  }
  const allow = [...METHODS, 'OPTIONS'].join(', ')
  return new HttpError(405, `${method} is not possible anywhere on this server.`, { allow })
}
