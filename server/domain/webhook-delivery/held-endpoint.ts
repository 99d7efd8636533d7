import type { Timestamp } from '../../store/ids.ts'
import type { LeasedEndpoint, WebhookLease } from '../../store/webhook-leases.ts'
import { releaseWebhookLease, renewWebhookLease } from '../../store/webhook-leases.ts'
import { type AttemptRecord, recordAttempts } from '../../store/webhook-queue.ts'
import type { Core } from '../context.ts'
import { compileTypes, type EventVersion, type LogType } from '../event-types.ts'
import { change } from '../events.ts'
import { type DisabledReason, disable } from '../webhook-endpoints.ts'
import { type Receiver, receiverOf } from './attempt.ts'

/** After a crash the endpoint waits as long, at the most. */
const LEASE_MS = 30_000
/** With less left it is renewed before anything is begun: longer than a request may take. */
const RENEW_WITH_MS = 20_000
/** After a failure of ours, until anybody tries again. */
const FAILURE_PAUSE_MS = 2_000
const DAY_MS = 86_400_000
/** After nothing but failures for so long nobody is there any more. */
const FAILING_MAX_MS = 5 * DAY_MS
/** When it was down for so long, what waits may come at once now that it is up; failures here and there are no reason to. */
const OUTAGE_MS = 30_000

export function leaseUntil(now: Date): Date {
  return new Date(now.getTime() + LEASE_MS)
}

/** An endpoint whose lease is ours, until it is lost. */
export class HeldEndpoint {
  isLost = false
  position: number
  /** Deliveries that were tried before are due now; null = nobody has to hurry. */
  hurryBefore: Timestamp | null
  receiver: Receiver | null = null
  types: LogType[] = []
  private failingSince: Date | null
  private until: Date
  /** The version of the endpoint in the database, as far as we heard. */
  private heardVersion: number

  constructor(
    readonly core: Core,
    readonly lease: WebhookLease,
    public endpoint: LeasedEndpoint,
    until: Date,
  ) {
    this.until = until
    this.position = endpoint.position
    this.hurryBefore = endpoint.hurryBefore
    this.failingSince = endpoint.failingSince === null ? null : new Date(endpoint.failingSince)
    this.heardVersion = endpoint.version
    this.read()
  }

  get version(): EventVersion {
    return this.core.eventVersions[this.endpoint.apiVersion]
  }

  get isEnabled(): boolean {
    return this.endpoint.disabledReason === null
  }

  /** Whether it goes one by one. */
  get inOrder(): boolean {
    return this.endpoint.deliveryMode === 'ordered'
  }

  get isFailing(): boolean {
    return this.failingSince !== null
  }

  /** Somebody changed it, or asked for something. */
  get isOutdated(): boolean {
    return this.heardVersion !== this.endpoint.version
  }

  /** Before something is begun. False: the lease is lost, perhaps because this process stood still. */
  async keep(): Promise<boolean> {
    if (this.isLost) return false
    const left = this.until.getTime() - this.core.clock.now().getTime()
    if (left >= RENEW_WITH_MS && !this.isOutdated) return true
    return this.reload()
  }

  /** False: the lease is lost. */
  async reload(): Promise<boolean> {
    const until = this.newUntil()
    const endpoint = await renewWebhookLease(this.core.db, this.lease, until)
    if (!endpoint) {
      this.isLost = true
      return false
    }
    // It was enabled again: what was before does not count.
    if (endpoint.enabledAt !== this.endpoint.enabledAt) this.failingSince = null
    this.until = until
    this.endpoint = endpoint
    this.position = endpoint.position
    // Ours may not be written down yet.
    this.hurryBefore = laterOf(this.hurryBefore, endpoint.hurryBefore)
    this.heardVersion = endpoint.version
    this.read()
    return true
  }

  newUntil(): Date {
    return leaseUntil(this.core.clock.now())
  }

  extended(until: Date): void {
    this.until = until
  }

  /** What it says of the endpoint. */
  noteOutcome({ at, error }: AttemptRecord, cause: 'event' | 'test' | 'redelivery'): void {
    if (error !== null) {
      // A test is somebody's question, and no event went astray.
      if (cause !== 'test') this.failingSince ??= at
      return
    }
    const wasDown = this.failingSince && at.getTime() - this.failingSince.getTime() >= OUTAGE_MS
    if (wasDown) this.hurryBefore = at.toISOString()
    this.failingSince = null
  }

  get hasGivenUp(): boolean {
    return this.failingSince !== null && this.core.clock.now().getTime() - this.failingSince.getTime() >= FAILING_MAX_MS
  }

  /** False: the lease is lost, and nothing was written. */
  async record(records: readonly AttemptRecord[]): Promise<boolean> {
    const until = this.newUntil()
    const { failingSince } = this
    const hurryBefore = this.hurryBefore === null ? null : new Date(this.hurryBefore)
    const health = { failingSince, hurryBefore, leaseUntil: until }
    const version = await recordAttempts(this.core.db, this.lease, records, health)
    if (version === null) {
      this.isLost = true
      return false
    }
    this.until = until
    this.heardVersion = version
    return true
  }

  /** As long as the lease is ours. */
  async disable(reason: DisabledReason): Promise<void> {
    const { core, lease } = this
    const { teamId, endpointId } = lease
    const isDisabled = await change(core, teamId, async (tx, record) => {
      const endpoint = await renewWebhookLease(tx, lease, this.newUntil())
      if (endpoint?.disabledReason !== null) return false
      await disable(tx, teamId, { id: endpointId, reason, now: core.clock.now() }, record)
      return true
    })
    if (isDisabled) core.log.warn({ teamId, webhookEndpointId: endpointId, reason }, 'a webhook endpoint was disabled')
    await this.reload()
  }

  /** False: something changed meanwhile, and it is to be looked at again. */
  async release(): Promise<boolean> {
    const { core, lease, endpoint } = this
    if (this.isLost) return true
    return releaseWebhookLease(core.db, lease, { version: endpoint.version, now: core.clock.now() })
  }

  /** After a failure of ours: somebody tries again soon, and not at once. */
  async abandon(): Promise<void> {
    const until = new Date(this.core.clock.now().getTime() + FAILURE_PAUSE_MS)
    await renewWebhookLease(this.core.db, this.lease, until)
  }

  private read(): void {
    this.receiver = receiverOf(this.core, this.lease, this.endpoint)
    this.types = compileTypes(this.version.catalogue, this.endpoint.types, ['types'])
  }
}

function laterOf(one: Timestamp | null, other: Timestamp | null): Timestamp | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
