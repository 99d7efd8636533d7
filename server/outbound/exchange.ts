import { StringDecoder } from 'node:string_decoder'
import type { Dispatcher } from 'undici'
import type { OutboundOutcome } from '../domain/outbound.ts'
import { failureOf, OutboundFailure } from './failures.ts'
import { readRetryAfter } from './retry-after.ts'

/** What is kept of an answer. */
const ANSWER_BYTES_MAX = 1_024
/** What is read of it, so that the connection can be used again. One that says more is closed. */
const ANSWER_BYTES_READ_MAX = 65_536

type Headers = Record<string, string | string[] | undefined>

interface Head {
  status: number
  headers: Headers
}

/**
 * One request and its answer, told by undici. The head decides: it is the receiver's word. A body that is endless, slow or breaks off takes
 * nothing from it, else a receiver that has taken an event would get it again for the sake of text nobody needs.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<OutboundOutcome>
  #settle: (outcome: OutboundOutcome) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #isSettled = false
  #controller: Dispatcher.DispatchController | null = null
  #head: Head | null = null
  #kept = Buffer.alloc(0)
  #bytesRead = 0
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #now: () => Date

  constructor({ timeoutMs, now }: { timeoutMs: number; now: () => Date }) {
    this.#now = now
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#reject = reject
    })
    // Real time, as in connect.ts: days that a test lets pass do not make a network slow.
    this.#timer = setTimeout(() => this.end(new OutboundFailure('timeout', 'There was no answer in time.')), timeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.#controller = controller
    // It waited for a connection too long: nothing is written any more.
    if (this.#isSettled) controller.abort(abandoned)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers) {
    // 103 and its like come before the answer.
    if (status >= 200) this.#head = { status, headers }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer) {
    const missing = ANSWER_BYTES_MAX - this.#kept.length
    if (missing > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, missing)])
    this.#bytesRead += chunk.length
    if (this.#bytesRead > ANSWER_BYTES_READ_MAX) this.end(abandoned)
  }

  onResponseEnd() {
    this.end(abandoned)
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error) {
    const failure = failureOf(error)
    if (failure) this.end(failure)
    else this.#once(() => this.#reject(error))
  }

  /** With the answer, if its head has come; without one it is this failure. */
  end({ error, detail }: OutboundFailure) {
    this.#once(() => {
      const durationMs = Math.round(performance.now() - this.#startedAt)
      if (!this.#head) return this.#settle({ answered: false, error, detail, durationMs })
      const { status, headers } = this.#head
      const retryAfterMs = readRetryAfter(headers, this.#now())
      this.#settle({ answered: true, status, retryAfterMs, answer: textOf(this.#kept), durationMs })
    })
  }

  #once(settle: () => void) {
    if (this.#isSettled) return
    this.#isSettled = true
    clearTimeout(this.#timer)
    settle()
    this.#controller?.abort(abandoned)
  }
}

const abandoned = new OutboundFailure('connection', 'The connection was closed before there was an answer.')

/** A character that was cut in two is left out. */
function textOf(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes).replaceAll('\0', '')
}
