import { systemClock } from '../server/domain/clock.ts'
import { parseAllowEntry } from '../server/outbound/allow-list.ts'
import { createOutbound } from '../server/outbound/client.ts'
import { answerJobs } from './processes.ts'

/** What to post, and how often. */
export interface PosterJob {
  url: string
  body: string
  posts: number
}

// The limit of deliveries: the same client posts the same bytes, and there is nothing else.
answerJobs<PosterJob, { perSecond: number }>(async ({ url, body, posts }) => {
  const outbound = createOutbound({ allowed: [parseAllowEntry(new URL(url).origin)], clock: systemClock })
  const request = { headers: { 'content-type': 'application/json' }, body: Buffer.from(body), timeoutMs: 10_000 }
  const startedAt = performance.now()
  for (let i = 0; i < posts; i++) await outbound.post(url, request)
  const perSecond = posts / ((performance.now() - startedAt) / 1_000)
  await outbound.close()
  return { perSecond }
})
