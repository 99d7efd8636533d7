import { systemClock } from '../../domain/clock.ts'
import type { Outbound, OutboundOutcome } from '../../domain/outbound.ts'
import { newWebhookSecret } from '../../domain/webhook-secrets.ts'
import { signatureHeaders } from '../../domain/webhook-signatures.ts'
import { type AllowEntry, parseAllowEntry } from '../../outbound/allow-list.ts'
import { createOutbound } from '../../outbound/client.ts'
import { readVersion } from '../../version.ts'
import { CommandError } from '../failures.ts'

const TIMEOUT_MS = 10_000

/** An event as it is posted. */
export interface Posting {
  id: string
  seq: number
  type: string
  /** JSON. */
  body: string
}

/** The receiver somebody is writing, on their own machine as a rule: that it was named is reason enough to call it. */
export class Forwarder {
  readonly secret: string
  private readonly outbound: Outbound

  /** Throws `CommandError` for an address that nothing is ever sent to. */
  constructor(
    private readonly receiver: URL,
    secret: string | undefined,
  ) {
    this.secret = secret ?? newWebhookSecret()
    this.outbound = createOutbound({ allowed: [allowEntryOf(receiver)], clock: systemClock })
    const refusal = this.outbound.refusalOf(receiver.href)
    if (refusal) throw new CommandError(`${receiver.href} cannot be a receiver (${refusal}).`)
  }

  /** Posts it once, signed as a webhook is. */
  post({ id, seq, type, body }: Posting): Promise<OutboundOutcome> {
    const bytes = Buffer.from(body)
    return this.outbound.post(this.receiver.href, {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': `open-inbox/${readVersion()}`,
        'x-inbox-event-type': type,
        'x-inbox-attempt': '1',
        'x-inbox-delivery': `${id}-${seq}`,
        ...signatureHeaders([this.secret], { id, body: bytes, at: systemClock.now() }),
      },
      body: bytes,
      timeoutMs: TIMEOUT_MS,
    })
  }

  close(): Promise<void> {
    return this.outbound.close()
  }
}

function allowEntryOf(receiver: URL): AllowEntry {
  try {
    return parseAllowEntry(receiver.origin)
  } catch (error) {
    throw new CommandError(`${receiver.href} cannot be a receiver: it ${(error as Error).message}.`)
  }
}

/** `200 in 12 ms: ok`. The receiver's words are as they came: see `printable`. */
export function inWords(outcome: OutboundOutcome): string {
  const duration = `${Math.round(outcome.durationMs)} ms`
  if (!outcome.answered) return `no answer after ${duration}: ${outcome.detail}`
  const [line = ''] = outcome.answer.trim().split(/\r?\n/)
  return `${outcome.status} in ${duration}${line && `: ${line.slice(0, 120)}`}`
}

/** What a script wants to know of it. */
export function asFacts(outcome: OutboundOutcome): object {
  return outcome.answered
    ? { status: outcome.status, error: null, answer: outcome.answer, durationMs: Math.round(outcome.durationMs) }
    : { status: null, error: outcome.error, answer: outcome.detail, durationMs: Math.round(outcome.durationMs) }
}
