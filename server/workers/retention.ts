import type { Core } from '../domain/context.ts'
import { forgetOldEvents, forgetOldSends, forgetOldWebhooks } from '../domain/retention.ts'
import { repeat, type Worker } from './worker.ts'

const PAUSE_MS = 60_000

/** Forgets what is kept for a limited time only. Any number of servers may do it. */
export function startRetention(core: Core): Worker {
  return repeat(core, 'retention', PAUSE_MS, async () => {
    await forgetOldEvents(core)
    await forgetOldSends(core)
    await forgetOldWebhooks(core)
  })
}
