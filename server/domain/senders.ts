import type { MemberId, TokenId } from '../store/ids.ts'
import type { Message } from '../store/messages.ts'

/** Who of ours sent a message, and by what means. */
export type Sender =
  | { type: 'member'; memberId: MemberId }
  /** A program that acted for the member. */
  | { type: 'agent'; agentId: string; memberId: MemberId }
  | { type: 'campaign'; campaignId: string; stepId: string | null }
  | { type: 'api'; tokenId: TokenId | null }

/** Null: the person sent it, or it was sent outside this product. */
export function senderOf(message: Message): Sender | null {
  const { campaignId, campaignStepId, agentId, memberId, tokenId } = message
  if (message.direction === 'inbound') return null
  if (campaignId) return { type: 'campaign', campaignId, stepId: campaignStepId }
  if (agentId && memberId) return { type: 'agent', agentId, memberId }
  if (message.origin === 'api') return { type: 'api', tokenId }
  return memberId && { type: 'member', memberId }
}
