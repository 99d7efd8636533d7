import { constants } from 'node:os'
import type { Command } from 'commander'
import type { Logger } from 'pino'
import { type Config, readConfig } from '../config.ts'
import type { RunningServer } from '../main.ts'
import { type OutputOptions, withJson } from './output.ts'

export function addServeCommand(program: Command): void {
  withJson(
    program
      .command('serve')
      .description('run the server; SIGTERM or Ctrl-C stops it, twice stops it at once')
      .addHelpText('after', '\nWith --json one line says where it is reached, and the log goes to stderr.'),
  ).action(serve)
}

async function serve(options: OutputOptions): Promise<void> {
  const config = readConfig(process.env)
  const { createLogger } = await import('../main.ts')
  const logger = createLogger(config, options.json ? 2 : 1)
  await runUntilStopped(config, { logger }, async (server) => {
    const addresses = addressesOf(config, server)
    const places = addresses ?? { probesUrl: server.url }
    if (options.json) process.stdout.write(`${JSON.stringify(places)}\n`)
    // Where the log is collected, each line is JSON.
    else if (process.stdout.isTTY && addresses) process.stdout.write(`${addressLines(addresses)}\n`)
    else logger.info(places, 'ready')
  })
}

export interface Addresses {
  baseUrl: string
  docsUrl: string
}

/** Null when this process answers probes only. */
export function addressesOf(config: Config, { url }: RunningServer): Addresses | null {
  if (!config.roles.has('web')) return null
  const base = config.publicUrl ?? url
  return { baseUrl: `${base}/api/v1`, docsUrl: `${base}/docs` }
}

export function addressLines({ baseUrl, docsUrl }: Addresses): string {
  return `Base URL: ${baseUrl}\nDocs:     ${docsUrl}`
}

/** Starts a server and returns when a signal has stopped it; throws when it cannot start or go on. */
export async function runUntilStopped(
  config: Config,
  { logger, isSeeding }: { logger: Logger; isSeeding?: () => boolean },
  announce: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const { startServer } = await import('../main.ts')
  const end = new AbortController()
  const onLost = (cause: Error) => end.abort(cause)
  listenForSignals((signal) => {
    logger.info({ signal }, 'stopping')
    end.abort(null)
  })

  const server = await startServer(config, { logger, isSeeding, onLost })
  try {
    if (!end.signal.aborted) await announce(server)
    await aborted(end.signal)
  } finally {
    await server.stop()
  }
  if (end.signal.reason instanceof Error) throw end.signal.reason
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The terminal's Ctrl-C and the npm that passes it on are one wish; a signal after that is impatience. */
const SAME_WISH_MS = 500

function listenForSignals(stop: (signal: NodeJS.Signals) => void): void {
  let askedAt: number | null = null
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (askedAt === null) {
        askedAt = performance.now()
        stop(signal)
      } else if (performance.now() - askedAt > SAME_WISH_MS) {
        process.exit(128 + constants.signals[signal])
      }
    })
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
