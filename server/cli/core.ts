import { pino } from 'pino'
import { type Config, readConfig } from '../config.ts'
import { createAttachmentUrls } from '../domain/attachment-urls.ts'
import { systemClock } from '../domain/clock.ts'
import type { Core, PublicUrl } from '../domain/context.ts'
import { createEventSignals } from '../domain/event-signals.ts'
import type { EventVersion } from '../domain/event-types.ts'
import { serverKey } from '../domain/secrets.ts'
import { createOutbound } from '../outbound/client.ts'
import { openStorage, type Storage } from '../storage.ts'
import { readWebhookSettings } from '../webhook-settings.ts'

/**
 * Runs a command's work on the configured database: beside the server if one is running, else for itself. It leaves the
 * schema as it is: whoever only wanted to list teams has not agreed to change the tables under a running server.
 */
export async function withCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  const config = readConfig(process.env)
  return withStorage(config, { migrates: false }, async ({ db }) => {
    const publicUrl: PublicUrl = (address) => address
    const urlKey = await serverKey(db, config.secretKey, 'attachment urls')
    const attachmentUrls = createAttachmentUrls(urlKey, { clock: systemClock, publicUrl })
    // A command tells the servers what it did, and hears nothing itself.
    const eventSignals = createEventSignals({ db, log: commandLog })
    // There is nobody to talk to on a platform: what has to be done there, a server does.
    const connectors = new Map()
    const webhooks = await readWebhookSettings(db, config)
    const outbound = createOutbound({ allowed: config.outboundAllowed, clock: systemClock })
    try {
      const eventVersions = { 1: noVersion, 2: noVersion }
      const parts = { publicUrl, attachmentUrls, eventSignals, eventVersions, outbound, webhooks }
      return await work({ db, clock: systemClock, log: commandLog, connectors, ...parts })
    } finally {
      await outbound.close()
      await eventSignals.stop()
    }
  })
}

/** A command hands no events out; loading what does would be a third of its time. */
const noVersion: EventVersion = {
  catalogue: {},
  render() {
    throw new Error('a command hands no events out')
  },
}

export async function withStorage<T>(
  config: Config,
  { migrates }: { migrates: boolean },
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage(config, commandLog, { as: 'command', migrates })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

/** Warnings as plain lines on stderr; stdout is for the answer. */
const commandLog = pino(
  { level: 'warn', base: undefined },
  { write: (line: string) => process.stderr.write(`${JSON.parse(line).msg}\n`) },
)
