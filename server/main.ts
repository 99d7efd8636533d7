import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import type { Config } from './config.ts'
import { sandboxConnector } from './connectors/sandbox/connector.ts'
import { startLife } from './connectors/sandbox/life.ts'
import type { Sandbox } from './connectors/sandbox/sandbox.ts'
import { createAttachmentUrls } from './domain/attachment-urls.ts'
import { type Clock, systemClock } from './domain/clock.ts'
import { compareClocks } from './domain/clock-difference.ts'
import type { Core } from './domain/context.ts'
import { createEventSignals } from './domain/event-signals.ts'
import { startRateLimiter } from './domain/rate-limit-sharing.ts'
import { serverKey } from './domain/secrets.ts'
import { createEventVersions } from './event-versions.ts'
import { serveAttachments } from './http/attachments.ts'
import { allowOrigins } from './http/cors.ts'
import { createMeter } from './http/meter.ts'
import { serveReference } from './http/reference.ts'
import { serveAvatars } from './http/sandbox/avatars.ts'
import { createSandboxApi } from './http/sandbox/routes.ts'
import { createHttpServer, createProbeServer, listen } from './http/server.ts'
import { v1 } from './http/v1/api.ts'
import { v2 } from './http/v2/api.ts'
import { createLogger } from './logger.ts'
import { createOutbound, type OutboundOptions } from './outbound/client.ts'
import { openStorage } from './storage.ts'
import { readWebhookSettings } from './webhook-settings.ts'
import { startDeliveringWebhooks } from './workers/deliver-webhooks.ts'
import { startReceiving } from './workers/receive.ts'
import { startResolvingSends } from './workers/resolve-sends.ts'
import { startRetention } from './workers/retention.ts'
import { startSearchTexts } from './workers/search-texts.ts'

export { createLogger } from './logger.ts'

/** A server in operation. */
export interface RunningServer {
  core: Core
  /** Null when it is switched off. */
  sandbox: Sandbox | null
  /** Where it answers, without a slash at the end. One without the role web answers probes only. */
  url: string
  /** Refuses new work, finishes what it has, closes everything. */
  stop(): Promise<void>
}

export interface Surroundings {
  clock?: Clock
  logger?: Logger
  /** The ways out of this process, where a test has others. */
  outbound?: OutboundOptions['surroundings']
  /** Another server took the data folder while the database was down: this one must end. */
  onLost?: (cause: Error) => void
  /** Whether the server answers, but what people are to find on it is still being made. Default: never. */
  isSeeding?: () => boolean
}

/** Starts everything the configuration asks for; this is the only place where the parts are wired together. */
export async function startServer(
  config: Config,
  { clock = systemClock, logger = createLogger(config), outbound: surroundings, onLost, isSeeding }: Surroundings = {},
): Promise<RunningServer> {
  const storage = await openStorage(config, logger, { as: 'server', migrates: true, onLost })
  const started: (() => Promise<void>)[] = [storage.close]
  /** The last started is the first to stop. */
  const stop = async () => {
    while (started.length > 0) await started.pop()?.()
  }
  try {
    const { differenceMs, warning } = await compareClocks(storage.db, clock)
    if (warning) logger.warn({ differenceMs }, warning)
    let publicBase = config.publicUrl ?? ''
    const publicUrl = (address: string | null) => (address?.startsWith('/') ? `${publicBase}${address}` : address)
    const onError = (error: Error) => logger.error({ err: error }, 'the sandbox failed in the background')
    const sandbox: Sandbox | null = config.sandbox ? { database: storage.db, clock, onError } : null
    const connectors = new Map(sandbox ? [['sandbox', sandboxConnector(sandbox)]] : [])
    const registry = new Registry()
    const urlKey = await serverKey(storage.db, config.secretKey, 'attachment urls')
    const attachmentUrls = createAttachmentUrls(urlKey, { clock, publicUrl })
    const eventSignals = createEventSignals({ db: storage.db, log: logger })
    started.push(eventSignals.stop)
    await eventSignals.listen()
    const outbound = createOutbound({ allowed: config.outboundAllowed, clock, surroundings })
    started.push(outbound.close)
    const core: Core = {
      db: storage.db,
      clock,
      log: logger,
      connectors,
      publicUrl,
      attachmentUrls,
      eventSignals,
      outbound,
      eventVersions: createEventVersions({ publicUrl, attachmentUrls }),
      webhooks: await readWebhookSettings(storage.db, config),
      meter: createMeter(registry),
    }

    if (config.roles.has('worker')) {
      for (const connector of connectors.values()) started.push((await startReceiving(core, connector)).stop)
      started.push(startResolvingSends(core).stop, startRetention(core).stop, startSearchTexts(core).stop)
      started.push(startDeliveringWebhooks(core).stop)
      if (sandbox) started.push(await startLife(sandbox))
    }

    const isWeb = config.roles.has('web')
    const apis = sandbox ? ([v1, v2, createSandboxApi(sandbox)] as const) : ([v1, v2] as const)
    const probes = { apis, logger, registry, isSeeding, timeouts: { noticeMs: config.shutdownDelayMs } }
    const http = isWeb ? await createWeb() : createProbeServer(core, probes)
    started.push(() => http.close())
    const port = await listen(http, config)
    const url = `http://localhost:${port}`
    // Only now is it known which port we got. What only answers probes has nothing that a link could lead to.
    if (isWeb) publicBase ||= url
    return { core, sandbox, url, stop }

    async function createWeb() {
      const rateLimiter = config.rateLimits && (await startRateLimiter(core, config.rateLimits))
      if (rateLimiter) started.push(rateLimiter.stop)
      const web = createHttpServer(core, { ...probes, rateLimiter, streamsPerTeamMax: config.streamsPerTeamMax })
      allowOrigins(web, config.corsOrigins)
      serveAttachments(web, core)
      if (sandbox) serveAvatars(web)
      serveReference(web, apis)
      return web
    }
  } catch (error) {
    await stop()
    throw error
  }
}
