import { deleteOldEvents } from '../store/events.ts'
import { deleteOldSends } from '../store/sends.ts'
import {
  deleteDeletedEndpoints,
  deleteDeliveriesOfDeleted,
  deleteDeliveriesOfDisabled,
  deleteOldDeliveries,
  deleteOldPayloads,
} from '../store/webhook-retention.ts'
import type { Core } from './context.ts'

const DAY_MS = 86_400_000
/** As long as the hosted API keeps events. */
export const eventsKeptMs = 7 * DAY_MS
export const eventsKeptPerTeam = 25_000
/** As long as an event about them can be replayed. */
export const sendsKeptMs = 7 * DAY_MS
/** Small enough that nobody waits for it. */
const BATCH = 5_000

/** Events older than seven days, and those beyond the newest 25,000 of their team, unless a webhook endpoint is still to get them. */
export async function forgetOldEvents(core: Core): Promise<void> {
  const before = new Date(core.clock.now().getTime() - eventsKeptMs)
  await inBatches(() => deleteOldEvents(core.db, { before, keep: eventsKeptPerTeam, limit: BATCH }))
}

/** Settled sends, and with them the idempotency keys they were made under. */
export async function forgetOldSends(core: Core): Promise<void> {
  const before = new Date(core.clock.now().getTime() - sendsKeptMs)
  await inBatches(() => deleteOldSends(core.db, { before, limit: BATCH }))
}

/** Settled webhook deliveries, those that wait at an endpoint that is disabled for so long, and what was deleted. */
export async function forgetOldWebhooks(core: Core): Promise<void> {
  const before = new Date(core.clock.now().getTime() - core.webhooks.logKeptMs)
  const old = { before, limit: BATCH }
  await inBatches(() => deleteOldDeliveries(core.db, old))
  await inBatches(() => deleteDeliveriesOfDisabled(core.db, old))
  await inBatches(() => deleteDeliveriesOfDeleted(core.db, BATCH))
  await deleteDeletedEndpoints(core.db)
  await inBatches(() => deleteOldPayloads(core.db, old))
}

async function inBatches(deleteBatch: () => Promise<number>): Promise<void> {
  while ((await deleteBatch()) === BATCH);
}
