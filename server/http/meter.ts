import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Core } from '../domain/context.ts'
import type { Meter, SendEnd } from '../domain/meter.ts'
import { countUnresolvedSends } from '../domain/sends.ts'
import { attemptErrors } from '../domain/webhook-delivery/attempt.ts'
import { createQuestion } from './question.ts'

/** From the start, so that an alert on a rate sees the first failure as a rise from 0. */
const sendEnds: Record<SendEnd, true> = {
  sent: true,
  notSent: true,
  unconfirmed: true,
  recipientUnavailable: true,
  contentRejected: true,
  accountUnavailable: true,
  notModifiable: true,
  rateLimited: true,
  unavailable: true,
  failed: true,
}

/** Counts for Prometheus what the domain reports. */
export function createMeter(registry: Registry): Meter {
  const events = tally(registry, {
    name: 'open_inbox_events_recorded_total',
    help: 'Events written to the logs of all teams.',
    label: 'type',
  })
  const sends = tally(registry, {
    name: 'open_inbox_sends_total',
    help: 'Attempts to send, by how they ended. An unconfirmed one is counted once more when it is settled.',
    label: 'outcome',
  })
  for (const end of Object.keys(sendEnds)) sends(end, 0)
  const facts = tally(registry, {
    name: 'open_inbox_inbound_facts_total',
    help: 'What platforms reported and this process applied.',
    label: 'kind',
  })
  const lag = new Histogram({
    name: 'open_inbox_inbound_lag_seconds',
    help: 'From when something happened on the platform until it was applied.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'open_inbox_inbound_failures_total',
    help: 'Times the news of an account could not be applied. It is tried again.',
    registers: [registry],
  })
  const attempts = tally(registry, {
    name: 'open_inbox_webhook_attempts_total',
    help: 'Attempts of this process to deliver webhooks, by what came of them.',
    label: 'outcome',
  })
  for (const outcome of ['delivered', ...attemptErrors]) attempts(outcome, 0)
  return {
    eventRecorded: (type) => events(type, 1),
    sendEnded: (end) => sends(end, 1),
    factApplied(kind, lagMs) {
      facts(kind, 1)
      if (lagMs !== null) lag.observe(lagMs / 1000)
    },
    receivingFailed: () => failures.inc(),
    webhookAttempted: (error) => attempts(error ?? 'delivered', 1),
  }
}

/** How a stream of events ended. */
export type StreamEnd = 'closedByReader' | 'tooSlow' | 'unauthorized' | 'serverStopping' | 'failed'

const streamEnds: Record<StreamEnd, true> = {
  closedByReader: true,
  tooSlow: true,
  unauthorized: true,
  serverStopping: true,
  failed: true,
}

/** Of this process. `look` says how many streams are open, and how many bytes wait for their readers. */
export function createStreamMeter(
  registry: Registry,
  look: () => { open: number; waitingBytes: number },
): (end: StreamEnd) => void {
  new Gauge({
    name: 'open_inbox_streams_open',
    help: 'Streams of events that are open.',
    registers: [registry],
    collect() {
      this.set(look().open)
    },
  })
  new Gauge({
    name: 'open_inbox_streams_waiting_bytes',
    help: 'Bytes that were written to streams of events and not yet taken by their readers.',
    registers: [registry],
    collect() {
      this.set(look().waitingBytes)
    },
  })
  const ended = tally(registry, {
    name: 'open_inbox_streams_ended_total',
    help: 'Streams of events that have ended, by why.',
    label: 'reason',
  })
  for (const end of Object.keys(streamEnds)) ended(end, 0)
  return (end) => ended(end, 1)
}

/** Counting into the library costs a microsecond of label handling each time; adding up here costs next to nothing. */
function tally(
  registry: Registry,
  { name, help, label }: { name: string; help: string; label: string },
): (value: string, more: number) => void {
  const counts = new Map<string, number>()
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of counts) this.inc({ [label]: value }, count)
    },
  })
  return (value, more) => counts.set(value, (counts.get(value) ?? 0) + more)
}

/** Of all servers on the database together: each of them says the same. Left out while the database does not answer. */
export function gaugeUnresolvedSends(core: Core, registry: Registry): void {
  const count = createQuestion(core.clock, () => countUnresolvedSends(core))
  new Gauge({
    name: 'open_inbox_sends_unresolved',
    help: 'Sends of which nobody knows yet whether they arrived, in the whole database.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const counted = await count()
      this.reset()
      if (!counted) return
      this.set({ state: 'sending' }, counted.sending)
      this.set({ state: 'unconfirmed' }, counted.unconfirmed)
    },
  })
  new Gauge({
    name: 'open_inbox_sends_unresolved_oldest_seconds',
    help: 'How long ago the oldest of them began; 0 when there are none.',
    registers: [registry],
    async collect() {
      const counted = await count()
      if (counted) this.set(counted.oldestMs / 1000)
      else this.remove()
    },
  })
}
