import { createAttachmentUrls } from '../server/domain/attachment-urls.ts'
import { systemClock } from '../server/domain/clock.ts'
import type { Core } from '../server/domain/context.ts'
import { noEventSignals } from '../server/domain/event-signals.ts'
import { createSeals } from '../server/domain/seals.ts'
import { createEventVersions } from '../server/event-versions.ts'
import { createOutbound } from '../server/outbound/client.ts'

/** What operations work with when a benchmark calls them itself: nobody is told, and nobody outside is called. */
export function coreOn({ db, connectors }: Pick<Core, 'db' | 'connectors'>): Core {
  const clock = systemClock
  const log = { info() {}, warn: console.warn, error: console.error }
  const publicUrl = (address: string | null) => address
  // Nobody follows the addresses or opens what is sealed: one key is as good as another.
  const key = Buffer.alloc(32)
  const attachmentUrls = createAttachmentUrls(key, { clock, publicUrl })
  return {
    db,
    clock,
    log,
    connectors,
    publicUrl,
    attachmentUrls,
    eventSignals: noEventSignals,
    eventVersions: createEventVersions({ publicUrl, attachmentUrls }),
    outbound: createOutbound({ allowed: [], clock }),
    webhooks: { seals: createSeals(key), retryGapsMs: [], logKeptMs: 0, userAgent: 'bench' },
  }
}
