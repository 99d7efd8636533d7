import type { ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../domain/clock.ts'
import type { EventReader } from '../domain/event-tail.ts'
import type { LogType } from '../domain/event-types.ts'
import type { LoggedEvent } from '../domain/events.ts'
import type { StreamEnd } from './meter.ts'

/** What may wait for a reader in memory; who has more than that reads from the log again when there is room. */
const WAITING_BYTES_MAX = 256 * 1024
/** For a reader to take what waits for it; who is slower than that would never keep up. */
const TAKE_WITHIN_MS = 15_000
/** Less than proxies usually wait before they close a connection on which nothing happens. */
const HEARTBEAT_MS = 15_000
/** Before a browser comes back. */
const RETRY_MS = 1_000
/** For the last words to leave. */
const FAREWELL_MS = 1_000

interface EventStreamOptions {
  clock: Clock
  types: readonly LogType[]
  afterSeq: number
  /** An event as it is sent; made once for all streams. */
  frameOf(event: LoggedEvent): Buffer
  onEnd(end: StreamEnd, error?: unknown): void
}

/** One reader's stream, from its first byte to its last: server-sent events, in whose words `id` is the place in the log. */
export class EventStream implements EventReader {
  readonly types: readonly LogType[]
  /** Sent so far. */
  events = 0
  /** All that was asked for up to here is in the stream. */
  private seq: number
  /** What the reader will ask for when it comes back. */
  private sentId = -1
  private quietSince: number
  private endedBy: StreamEnd | null = null
  private stopWaiting = () => {}

  constructor(
    private readonly response: ServerResponse,
    private readonly options: EventStreamOptions,
  ) {
    this.types = options.types
    this.seq = options.afterSeq
    this.quietSince = options.clock.now().getTime()
    response.on('error', () => this.end('closedByReader'))
    response.on('close', () => this.end('closedByReader'))
    // With its place, so that who is cut before the first event goes on from here.
    this.write(`retry: ${RETRY_MS}\n${this.idLine()}\n`)
  }

  get waitingBytes(): number {
    return this.response.writableLength
  }

  take(event: LoggedEvent): boolean {
    if (this.endedBy) return false
    this.write(this.options.frameOf(event))
    this.events++
    this.seq = this.sentId = event.seq
    return this.waitingBytes < WAITING_BYTES_MAX
  }

  reached(seq: number): void {
    this.seq = seq
  }

  missed(gap: { afterSeq: number; nextSeq: number }): void {
    this.seq = gap.nextSeq - 1
    this.write(`${this.idLine()}event: stream.gap\ndata: ${JSON.stringify(gap)}\n\n`)
  }

  room(): Promise<boolean> {
    if (this.endedBy) return Promise.resolve(false)
    if (this.waitingBytes < WAITING_BYTES_MAX) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancelTimer = this.options.clock.after(TAKE_WITHIN_MS, () => this.end('tooSlow'))
      this.stopWaiting = () => {
        cancelTimer()
        this.response.off('drain', this.stopWaiting)
        resolve(this.endedBy === null)
      }
      this.response.on('drain', this.stopWaiting)
    })
  }

  failed(error: unknown): void {
    this.end('failed', error)
  }

  /** Shows reader and proxies that the connection lives, and how far the log was read without finding anything. */
  keepAlive(now: number): void {
    if (now - this.quietSince >= HEARTBEAT_MS && this.waitingBytes === 0) this.write(`: heartbeat\n${this.idLine()}\n`)
  }

  end(end: StreamEnd, error?: unknown): void {
    if (this.endedBy) return
    if (end !== 'closedByReader') this.sayFarewell(end)
    this.endedBy = end
    this.stopWaiting()
    this.options.onEnd(end, error)
  }

  private sayFarewell(reason: StreamEnd): void {
    const { socket } = this.response
    // The system's time: a reader that takes nothing must not hold up a server that stops.
    const cancelTimer = systemClock.after(FAREWELL_MS, () => socket?.destroy())
    this.response.once('close', cancelTimer)
    this.response.end(`${this.idLine()}event: stream.ended\ndata: ${JSON.stringify({ reason })}\n\n`, () =>
      socket?.end(),
    )
  }

  /** An id without data is not shown to a program, and yet a browser remembers it. */
  private idLine(): string {
    if (this.seq <= this.sentId) return ''
    this.sentId = this.seq
    return `id: ${this.seq}\n`
  }

  private write(piece: string | Buffer): void {
    this.quietSince = this.options.clock.now().getTime()
    this.response.write(piece)
  }
}
