import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { HttpError } from './errors.ts'
import { notFoundAt, refuseChanges } from './methods.ts'
import { type DocumentedApi, documentOf } from './openapi.ts'
import type { HttpServer } from './server.ts'

/** For whoever wants to read the API: the document of each version beside its operations, and all of them as pages under `/docs`. No token is needed. */
export function serveReference(app: HttpServer, apis: readonly [DocumentedApi, ...DocumentedApi[]]): void {
  for (const api of apis) serveDocument(app, api)
  servePages(app, apis)
}

function serveDocument(app: HttpServer, api: DocumentedApi): void {
  let text: string | null = null
  app.get(addressOf(api), (_request, reply) => {
    text ??= JSON.stringify(documentOf(api))
    reply.header('content-type', 'application/json; charset=utf-8').send(text)
  })
  refuseChanges(app, addressOf(api))
}

/** Behind `/docs` is a server of its own, made when the first reader comes: its packages would take a tenth of a second of every start. */
function servePages(app: HttpServer, apis: readonly [DocumentedApi, ...DocumentedApi[]]): void {
  let pages: Promise<FastifyInstance> | null = null

  async function handler(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    pages ??= createPages(apis)
    const { routing } = await pages
    reply.hijack()
    reply.raw.setHeader('x-request-id', request.id)
    routing(request.raw, reply.raw)
  }

  app.get('/docs', handler)
  app.get('/docs/*', handler)
  refuseChanges(app, '/docs', '/docs/*')
  app.addHook('onClose', async () => (await pages)?.close())
}

async function createPages(apis: readonly [DocumentedApi, ...DocumentedApi[]]): Promise<FastifyInstance> {
  const [swagger, swaggerUi] = await Promise.all([import('@fastify/swagger'), import('@fastify/swagger-ui')])
  const pages = Fastify()
  await pages.register(swagger.default, {
    mode: 'static',
    // The plugin's type knows OpenAPI 3.0 schemas only.
    specification: { document: documentOf(apis[0]) as never },
  })
  await pages.register(swaggerUi.default, {
    routePrefix: '/docs',
    theme: { title: apis[0].info.title },
    logo: { type: 'image/svg+xml', content: Buffer.from(logo), href: '/docs', target: '_self' },
    staticCSP: {
      'default-src': "'self'",
      // What the pages draw themselves.
      'img-src': "'self' data:",
      'style-src': "'self' 'unsafe-inline'",
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    },
    uiConfig: {
      urls: apis.map((api) => ({ name: api.info.title, url: addressOf(api) })),
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      // The plugin's type means the browser's Request.
      requestInterceptor: spellOutLists as never,
    },
  })
  const refuse = (refusal: HttpError, reply: FastifyReply) => {
    const requestId = String(reply.raw.getHeader('x-request-id'))
    const { status, body } = apis[0].errors.render(refusal, requestId)
    reply.status(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
  }
  pages.setNotFoundHandler((request, reply) => refuse(notFoundAt(request), reply))
  // Of a path that leads out of the folder the plugin says 403: there is nothing either.
  pages.setErrorHandler((error: FastifyError, request, reply) => {
    if ((error.statusCode ?? 500) < 500) return refuse(notFoundAt(request), reply)
    refuse(new HttpError(500, 'Something went wrong on our side.'), reply)
  })
  return pages.ready().then(() => pages)
}

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="40"><text x="0" y="28" fill="#fff" font-family="sans-serif" font-size="24" font-weight="600">open-inbox</text></svg>'

/**
 * Runs in the reader's browser, from its source text, so it holds no names from outside. The pages write objects inside a parameter as
 * JSON, `filters[tags]={"noTags":true}`; the API takes them in brackets, `filters[tags][noTags]=true`.
 */
function spellOutLists(request: { url: string }) {
  const [address, query] = request.url.split('?')
  if (!query) return request
  const waiting: [string, unknown][] = [...new URLSearchParams(query)]
  const spelled = new URLSearchParams()
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, value] = next
    let inner = value
    if (typeof value === 'string' && name.includes('[') && /^[{[]/.test(value)) {
      try {
        inner = JSON.parse(value)
      } catch {
        // Not JSON after all: sent as it was typed.
      }
    }
    if (typeof inner !== 'object' || inner === null) spelled.append(name, String(inner))
    else waiting.unshift(...Object.entries(inner).map(([key, part]): [string, unknown] => [`${name}[${key}]`, part]))
  }
  request.url = `${address}?${spelled}`
  return request
}

function addressOf(api: DocumentedApi): string {
  return `${api.base}/openapi.json`
}
