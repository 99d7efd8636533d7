import type { Config } from './config.ts'
import type { WebhookSettings } from './domain/context.ts'
import { createSeals } from './domain/seals.ts'
import { serverKey } from './domain/secrets.ts'
import type { Database } from './store/database.ts'
import { readVersion } from './version.ts'

export async function readWebhookSettings(
  db: Database,
  { secretKey, webhookRetryGapsMs, webhookLogMs }: Config,
): Promise<WebhookSettings> {
  return {
    seals: createSeals(await serverKey(db, secretKey, 'webhook secrets')),
    retryGapsMs: webhookRetryGapsMs,
    logKeptMs: webhookLogMs,
    userAgent: `open-inbox/${readVersion()}`,
  }
}
