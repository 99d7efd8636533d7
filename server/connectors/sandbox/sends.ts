import type { OutgoingMessage, SendOutcome, SendReceipt } from '../connector.ts'
import { faultRefusal } from './faults.ts'
import { pause, type Sandbox } from './sandbox.ts'

type SentRow = { messageId: string; conversationId: string; sentAt: string }

/** What sandbox.send answers. */
type SendRow =
  | ({ outcome: 'sent' } & SentRow)
  | { outcome: 'lostAnswer' | 'expired' }
  | { outcome: 'slow'; waitMs: number }
  | { outcome: 'rejected'; detail: string | null }
  | { outcome: 'rateLimited' | 'down'; waitMs: number | null }
  | { outcome: 'accountUnavailable'; detail: 'offline' | 'paused' }
  | { outcome: 'recipientUnavailable'; detail: string }

/** One round trip, because every message of ours goes through here. A slow platform takes a second one after the wait. */
export async function send(sandbox: Sandbox, account: string, message: OutgoingMessage): Promise<SendOutcome> {
  const answer = await callSend(sandbox, account, message, false)
  if (answer.outcome !== 'slow') return outcomeOf(answer)
  await pause(sandbox.clock, answer.waitMs)
  return outcomeOf(await callSend(sandbox, account, message, true))
}

/**
 * 'notSent' gives the reference up: nothing can be sent under it any more. 'unknown' while a slow send is still on its
 * way; if its process died, until ten seconds after it should have arrived.
 */
export async function findSent(
  sandbox: Sandbox,
  account: string,
  reference: string,
): Promise<SendReceipt | 'notSent' | 'unknown'> {
  const [row] = await sandbox.database.query<({ outcome: 'sent' } & SentRow) | { outcome: 'notSent' | 'unknown' }>`
    select outcome, message_id as "messageId", conversation_id as "conversationId", happened_at as "sentAt"
    from sandbox.find_sent(${account}, ${reference}, ${sandbox.clock.now()})`
  if (!row) throw new Error('sandbox.find_sent gave no row')
  return row.outcome === 'sent' ? receipt(row) : row.outcome
}

async function callSend(
  sandbox: Sandbox,
  account: string,
  message: OutgoingMessage,
  waited: boolean,
): Promise<SendRow> {
  const { personPlatformId, reference, content, replyToPlatformId } = message
  const [row] = await sandbox.database.query<SendRow>`
    select outcome, message_id as "messageId", conversation_id as "conversationId", happened_at as "sentAt",
      detail, wait_ms as "waitMs"
    from sandbox.send(${account}, ${personPlatformId}, ${reference}, ${content}, ${replyToPlatformId},
      ${sandbox.clock.now()}, ${waited})`
  if (!row) throw new Error('sandbox.send gave no row')
  return row
}

function outcomeOf(row: SendRow): SendOutcome {
  switch (row.outcome) {
    case 'sent':
      return receipt(row)
    case 'lostAnswer':
      return { kind: 'lostAnswer' }
    case 'accountUnavailable':
      return { kind: 'accountUnavailable', status: row.detail }
    case 'recipientUnavailable':
      return { kind: 'recipientUnavailable', reason: row.detail }
    case 'rejected':
      return faultRefusal({ outcome: 'rejected', detail: row.detail })
    case 'rateLimited':
    case 'down':
      return faultRefusal({ outcome: row.outcome, retryAfterMs: row.waitMs })
    case 'expired':
      return { kind: 'failed', detail: 'the platform had given up on this message' }
    case 'slow':
      throw new Error('a send that has waited was told to wait')
  }
}

function receipt({ messageId, conversationId, sentAt }: SentRow): SendReceipt {
  return {
    kind: 'sent',
    messagePlatformId: messageId,
    conversationPlatformId: conversationId,
    sentAt: new Date(sentAt),
  }
}
