import type { LeasedEndpoint, WebhookLease } from '../../store/webhook-leases.ts'
import {
  endHurry,
  hurryDeliveries,
  listDeliveriesInLine,
  listDueDeliveries,
  type QueuedDelivery,
} from '../../store/webhook-queue.ts'
import { pause } from '../clock.ts'
import { type Core, tolerate } from '../context.ts'
import { Activity } from './activity.ts'
import { isGone, post, recordOf } from './attempt.ts'
import { fanOut } from './fan-out.ts'
import { HeldEndpoint } from './held-endpoint.ts'
import { Recorder } from './recorder.ts'

/** Read at once, with their bodies. */
const DELIVERIES_PER_PAGE = 32
/** Under way at the same time where order does not matter. */
const AT_ONCE = 8
/** Beside a line: who gets a stretch of the log again to mend a copy must not get an old event after a new one. */
const BESIDE_AT_ONCE = 1
const HURRIED_PER_STATEMENT = 2_000
/**
 * An endpoint that has much to catch up with would keep everybody else waiting: for each moment of making deliveries there are two for others.
 * The most is little enough that a fast receiver still has work where making 32 of them takes long.
 */
const PAUSE_PER_WORK = 2
const PAUSE_MAX_MS = 20

/**
 * Works for an endpoint while the lease is held: makes deliveries of new events, sends those that go one after the other, and those that do
 * not, each for itself, so that none of the three waits for another. When there is nothing left to do it gives the endpoint back.
 */
export class EndpointRun {
  readonly ended: Promise<void>
  /** It was told of news after the endpoint was given back. */
  wasWokenLate = false
  private end = () => {}
  private isStopping = false
  private hasFailed = false
  private isSettling = false
  private wasWoken = false
  private readonly held: HeldEndpoint
  private readonly recorder: Recorder
  private readonly feed: Activity
  private readonly line: Activity
  private readonly beside: Activity
  /** Of deliveries that are under way or not yet written down. */
  private readonly busy = new Set<string>()
  private underWay = 0
  private freed = () => {}
  /** How far the line was read. */
  private lineSeq = 0
  private nextInLine: Promise<QueuedDelivery[]> | null = null

  constructor(
    private readonly core: Core,
    readonly lease: WebhookLease,
    endpoint: LeasedEndpoint,
    until: Date,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
    this.held = new HeldEndpoint(core, lease, endpoint, until)
    const failed = (error: unknown) => this.fail(error)
    this.recorder = new Recorder((records) => this.held.record(records), failed)
    const on = { rest: () => this.settleWhenIdle(), failure: failed }
    this.feed = new Activity(() => this.feedOnce(), on)
    this.line = new Activity(() => this.sendInOrder(), on)
    this.beside = new Activity(() => this.sendAtOnce(), on)
    this.wakeAll()
  }

  /** There may be new events, or something about the endpoint changed. */
  wake(): void {
    if (this.isSettling) this.wasWoken = true
    else this.wakeAll()
  }

  /** Ends what is under way and gives the endpoint back. */
  stop(): void {
    this.isStopping = true
  }

  private wakeAll(): void {
    for (const activity of [this.feed, this.line, this.beside]) activity.wake()
  }

  private get mayGoOn(): boolean {
    return !this.isStopping && !this.hasFailed && !this.held.isLost
  }

  private async feedOnce(): Promise<boolean> {
    if (!this.mayGoOn || !(await this.requireReceiver())) return false
    const { position } = this.held
    const startedAt = performance.now()
    const mayBeMore = await fanOut(this.held)
    const took = performance.now() - startedAt
    if (this.held.position > position) {
      this.line.wake()
      this.beside.wake()
    }
    if (mayBeMore && this.mayGoOn) await pause(Math.min(took * PAUSE_PER_WORK, PAUSE_MAX_MS))
    return mayBeMore
  }

  /** False: nothing can be signed, and nobody but the team can help. */
  private async requireReceiver(): Promise<boolean> {
    if (this.held.receiver !== null) return true
    if (this.held.isEnabled) await this.held.disable('secretUnreadable')
    return false
  }

  /** A page of the line; what is not delivered keeps the rest waiting. */
  private async sendInOrder(): Promise<boolean> {
    const { held } = this
    if (!this.mayGoOn || !held.isEnabled || !held.inOrder || held.receiver === null) return false
    // Whoever tells them to wakes the line.
    if (held.hurryBefore !== null) return false
    const page = await (this.nextInLine ?? this.readLine(held.isFailing ? 1 : DELIVERIES_PER_PAGE))
    this.nextInLine = null
    for (const [i, delivery] of page.entries()) {
      this.lineSeq = delivery.seq ?? this.lineSeq
      if (isLater(delivery.nextAttemptAt, this.core.clock.now()) || !(await this.maySend()))
        return this.leaveLine(false)
      if (!held.isEnabled || !held.inOrder) return this.leaveLine(false)
      if (i === page.length >> 1 && page.length === DELIVERIES_PER_PAGE) this.readAhead(page)
      const state = await this.send(delivery)
      if (state !== 'delivered') return this.leaveLine(state === 'failed')
    }
    if (page.length > 0) return true
    return this.leaveLine(false)
  }

  private readLine(limit: number): Promise<QueuedDelivery[]> {
    return listDeliveriesInLine(this.core.db, this.lease, { afterSeq: this.lineSeq, limit })
  }

  private readAhead(page: readonly QueuedDelivery[]): void {
    const afterSeq = page.at(-1)?.seq ?? this.lineSeq
    this.nextInLine = listDeliveriesInLine(this.core.db, this.lease, { afterSeq, limit: DELIVERIES_PER_PAGE })
    // Whoever takes it hears of a failure.
    this.nextInLine.catch(() => {})
  }

  /** The line is read from its beginning next time. */
  private async leaveLine(mayBeMore: boolean): Promise<boolean> {
    await this.recorder.flush()
    this.nextInLine = null
    this.lineSeq = 0
    return mayBeMore
  }

  private async sendAtOnce(): Promise<boolean> {
    const { held } = this
    if (!this.mayGoOn || held.receiver === null || !(await held.keep())) return false
    if (held.isEnabled && held.hurryBefore !== null) return this.hurry(held.hurryBefore)
    const which = held.isEnabled ? (held.inOrder ? 'besideLine' : 'all') : 'tests'
    // What is written down while the page is read may be on it as it was before.
    const busyBefore = new Set(this.busy)
    const limit = DELIVERIES_PER_PAGE + busyBefore.size
    const due = await listDueDeliveries(this.core.db, this.lease, { which, now: this.core.clock.now(), limit })
    for (const delivery of due.filter(({ id }) => !busyBefore.has(id))) {
      await this.slot(which === 'all' ? AT_ONCE : BESIDE_AT_ONCE)
      if (!(await this.maySend())) return false
      // What is due now may not be what it was.
      if (which !== (held.isEnabled ? (held.inOrder ? 'besideLine' : 'all') : 'tests')) return true
      void this.sendBeside(delivery)
    }
    return due.length === limit
  }

  private async hurry(before: string): Promise<boolean> {
    const { held, core, lease } = this
    const { enabledAt } = held.endpoint
    const told = { before, enabledAt, alsoUntried: !held.inOrder, now: core.clock.now(), limit: HURRIED_PER_STATEMENT }
    if ((await hurryDeliveries(core.db, lease, told)) < HURRIED_PER_STATEMENT) {
      // It may be noted only now: with the attempts that told of it.
      await this.recorder.flush()
      await endHurry(core.db, lease, before)
      if (held.hurryBefore === before) held.hurryBefore = null
      this.line.wake()
    }
    return true
  }

  private async slot(atOnce: number): Promise<void> {
    while (this.underWay >= atOnce) {
      await new Promise<void>((resolve) => {
        this.freed = resolve
      })
    }
  }

  private async sendBeside(delivery: QueuedDelivery): Promise<void> {
    this.underWay++
    this.busy.add(delivery.id)
    try {
      await this.send(delivery, () => this.busy.delete(delivery.id))
    } catch (error) {
      this.fail(error)
    }
    this.underWay--
    this.freed()
    this.settleWhenIdle()
  }

  private async maySend(): Promise<boolean> {
    await this.recorder.room()
    return this.mayGoOn && (await this.held.keep()) && this.held.receiver !== null && this.mayGoOn
  }

  /** `onRecorded`: it is written down, or never will be. */
  private async send(delivery: QueuedDelivery, onRecorded = () => {}): Promise<'pending' | 'delivered' | 'failed'> {
    const { core, held } = this
    const { receiver } = held
    if (receiver === null) throw new Error('nothing is sent without a receiver')
    const at = core.clock.now()
    const outcome = await post(core, receiver, delivery)
    const record = recordOf(delivery, outcome, {
      at,
      now: core.clock.now(),
      gapsMs: core.webhooks.retryGapsMs,
      inOrder: held.inOrder && delivery.cause === 'event',
      enabledAt: new Date(held.endpoint.enabledAt),
      headerValues: Object.values(receiver.headers),
    })
    held.noteOutcome(record, delivery.cause)
    core.meter?.webhookAttempted(record.error)
    const hadToHurry = held.hurryBefore
    const recorded = this.recorder.add(record).then(onRecorded)
    if (record.error !== null) {
      await recorded
      if (isGone(record)) await this.giveUp('gone')
      else if (held.hasGivenUp) await this.giveUp('failing')
    } else if (hadToHurry !== null) {
      this.beside.wake()
    }
    return record.state
  }

  private async giveUp(reason: 'gone' | 'failing'): Promise<void> {
    if (this.held.isEnabled && !this.held.isLost) await this.held.disable(reason)
  }

  private fail(error: unknown): void {
    if (!this.hasFailed) {
      const { teamId, endpointId } = this.lease
      this.core.log.error(
        { err: error, teamId, webhookEndpointId: endpointId },
        'delivering webhooks failed, trying again',
      )
    }
    this.hasFailed = true
  }

  private settleWhenIdle(): void {
    const isActive = [this.feed, this.line, this.beside].some(({ isRunning }) => isRunning) || this.underWay > 0
    if (isActive || this.isSettling) return
    this.isSettling = true
    void this.settle().catch((error) => {
      this.fail(error)
      return this.giveBack()
    })
  }

  private async settle(): Promise<void> {
    await this.recorder.flush()
    if (this.hasFailed) return this.giveBack()
    if (this.wasWoken && this.mayGoOn) return this.goOn()
    if (await this.held.release()) return this.finish()
    if (!(await this.held.reload())) return this.finish()
    if (this.isStopping) return this.settle()
    return this.goOn()
  }

  private goOn(): void {
    this.wasWoken = false
    this.isSettling = false
    this.wakeAll()
  }

  private async giveBack(): Promise<void> {
    await tolerate(this.core.log, 'giving back a webhook endpoint', this.held.abandon())
    this.finish()
  }

  private finish(): void {
    this.wasWokenLate = this.wasWoken
    this.end()
  }
}

function isLater(at: string | null, now: Date): boolean {
  return at !== null && new Date(at) > now
}
