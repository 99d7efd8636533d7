import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client'
import type { Core } from '../domain/context.ts'
import type { Listeners } from './listeners.ts'
import { gaugeUnresolvedSends } from './meter.ts'
import { refuseChanges } from './methods.ts'
import { createQuestion } from './question.ts'

/** What the server counts about itself. No label names a team: they are many, and nobody's business. */
export interface Metrics {
  registry: Registry
  count(operation: string | undefined, method: string, status: number, elapsedMs: number): void
}

const NO_OPERATION = 'none'

/** Adds what this process does to what is in the registry already. */
export function createMetrics(core: Core, registry: Registry): Metrics {
  collectDefaultMetrics({ register: registry })
  gaugeDatabase(core, registry)
  gaugeUnresolvedSends(core, registry)
  const durations = new Histogram({
    name: 'open_inbox_http_request_duration_seconds',
    help: 'Time from the arrival of the headers to the end of the answer.',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  const tallies = new Map<string, Tally>()
  new Counter({
    name: 'open_inbox_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['operation', 'method', 'status'],
    registers: [registry],
    // Counting into the library costs a microsecond of label handling per request; adding up here costs next to nothing.
    collect() {
      this.reset()
      for (const { operation, method, byClass } of tallies.values()) {
        byClass.forEach((count, statusClass) => {
          if (count > 0) this.inc({ operation, method, status: `${statusClass}xx` }, count)
        })
      }
    },
  })
  return {
    registry,
    count(operation = NO_OPERATION, method, status, elapsedMs) {
      const key = `${method} ${operation}`
      let tally = tallies.get(key)
      if (!tally) {
        tally = { operation, method, byClass: [0, 0, 0, 0, 0, 0] }
        tallies.set(key, tally)
      }
      const statusClass = Math.floor(status / 100)
      tally.byClass[statusClass] = (tally.byClass[statusClass] ?? 0) + 1
      durations.observe({ operation }, elapsedMs / 1000)
    },
  }
}

interface Tally {
  operation: string
  method: string
  /** Index 2: answers of the two hundreds. */
  byClass: number[]
}

function gaugeDatabase({ db }: Core, registry: Registry): void {
  new Gauge({
    name: 'open_inbox_database_connections',
    help: 'Connections of the pool, by what they do.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { open, idle } = db.usage()
      this.set({ state: 'busy' }, open - idle)
      this.set({ state: 'idle' }, idle)
    },
  })
  new Gauge({
    name: 'open_inbox_database_waiting',
    help: 'Statements and transactions that wait for a connection.',
    registers: [registry],
    collect() {
      this.set(db.usage().waiting)
    },
  })
}

interface Parts {
  core: Core
  metrics: Metrics
  listeners: Listeners
  isSeeding: () => boolean
}

/** What machines ask: is it alive, may it get requests, what does it count. */
export function serveOperations(app: FastifyInstance, { core, metrics, listeners, isSeeding }: Parts): void {
  // The schema is up to date since before the server listened.
  const askDatabase = createQuestion(core.clock, () => core.db.query`select 1`)
  const config = { isProbe: true }

  app.get('/healthz', { config }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'alive' }),
  )

  app.get('/readyz', { config }, async (_request, reply) => {
    const status = await readiness()
    return reply
      .status(status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status })
  })

  async function readiness() {
    if (listeners.isDraining) return 'stopping'
    if (!(await askDatabase())) return 'databaseUnavailable'
    return isSeeding() ? 'seeding' : 'ready'
  }

  app.get('/metrics', { config }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )

  refuseChanges(app, '/healthz', '/readyz', '/metrics')
}
