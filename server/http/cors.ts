import type { HttpServer } from './server.ts'

/** What a page may read of an answer beyond its body. */
const EXPOSED = ['X-Request-Id', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After']
/** For a browser to ask again whether it may. */
const PREFLIGHT_SECONDS = 600

/** Lets pages of these origins call the server from a browser; `*` = of any. They need a token like anybody else: there are no cookies. */
export function allowOrigins(app: HttpServer, origins: readonly string[]): void {
  if (origins.length === 0) return
  app.register(import('@fastify/cors'), {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
    // OPTIONS goes on to say which methods there are, as it does without any of this.
    strictPreflight: false,
    preflightContinue: true,
  })
}
