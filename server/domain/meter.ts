import type { IncomingFact, Refusal } from '../connectors/connector.ts'
import type { DomainEvent } from './events.ts'

/**
 * How an attempt to send ended. `notSent`: the answer was lost, and the platform said later that nothing had arrived.
 * `unconfirmed`: the platform could not say yet; such a send is counted once more when it is settled.
 */
export type SendEnd = 'sent' | 'notSent' | 'unconfirmed' | Refusal['kind']

/** Is told what happens, for whoever watches the server. It must neither fail nor wait, and learns nothing of teams. */
export interface Meter {
  /** After the commit. */
  eventRecorded(type: DomainEvent['type']): void
  sendEnded(end: SendEnd): void
  /** `lagMs`: since it happened on the platform; null where the platform does not say when. */
  factApplied(kind: IncomingFact['kind'], lagMs: number | null): void
  /** The news of an account could not be applied; it is tried again. */
  receivingFailed(): void
  /** Of a webhook delivery. Null: it arrived. */
  webhookAttempted(error: string | null): void
}
