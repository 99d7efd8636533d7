import type { Tx } from '../../store/database.ts'
import type { ActionOutcome, ConversationState, Refusal } from '../connector.ts'
import type { AccountStatus } from './accounts.ts'
import { removeReaction as deleteReaction, replaceReaction } from './acts.ts'
import { type FaultOperation, faultRefusal, type TakenFault, takeFault } from './faults.ts'
import { pause, type Sandbox } from './sandbox.ts'

/** What an account of ours does beside sending. None of it appears in its own feed. */

export function editMessage(sandbox: Sandbox, account: string, edit: { messagePlatformId: string; content: string }) {
  return perform(sandbox, account, 'edit', async (tx, at) => {
    const message = await lockMessage(tx, account, edit.messagePlatformId)
    const refused = notOurs(message) ?? notVisible(message) ?? notEncrypted(message)
    if (refused) return refused
    await tx.query`
      update sandbox.messages set content = ${edit.content}, edited_at = ${at}
      where platform_id = ${edit.messagePlatformId} and content <> ${edit.content}`
  })
}

/** 'self' hides any message from the account only, and can be followed by 'all' for one of its own. Repeating a deletion is fine: an answer may have been lost. */
export function deleteMessage(
  sandbox: Sandbox,
  account: string,
  { messagePlatformId, scope }: { messagePlatformId: string; scope: 'self' | 'all' },
) {
  return perform(sandbox, account, 'delete', async (tx, at) => {
    const message = await lockMessage(tx, account, messagePlatformId)
    const refused = notKnown(message) ?? (scope === 'all' ? notOurs(message) : null) ?? notEncrypted(message)
    if (refused) return refused
    const deletedAt = scope === 'all' ? at : null
    await tx.query`
      update sandbox.messages set deleted_at = coalesce(deleted_at, ${deletedAt}), hidden_at = coalesce(hidden_at, ${at})
      where platform_id = ${messagePlatformId}`
  })
}

/** One per author: another emoji replaces the first. */
export function addReaction(
  sandbox: Sandbox,
  account: string,
  { messagePlatformId, emoji }: { messagePlatformId: string; emoji: string },
) {
  return perform(sandbox, account, 'react', async (tx, at) => {
    const message = await lockMessage(tx, account, messagePlatformId)
    const refused = notVisible(message)
    if (refused) return refused
    await replaceReaction(tx, { authorId: account, messageId: messagePlatformId, emoji, at })
  })
}

/** Taking back what is not there is fine. */
export function removeReaction(
  sandbox: Sandbox,
  account: string,
  { messagePlatformId, emoji }: { messagePlatformId: string; emoji: string },
) {
  return perform(sandbox, account, 'react', async (tx) => {
    const message = await lockMessage(tx, account, messagePlatformId)
    const refused = notVisible(message)
    if (refused) return refused
    await deleteReaction(tx, { authorId: account, messageId: messagePlatformId, emoji })
  })
}

/** Nothing is kept: nobody sits on the other side to see it. */
export function showTyping(sandbox: Sandbox, account: string, personPlatformId: string) {
  return perform(sandbox, account, 'typing', async (tx) => {
    const [person] = await tx.query`
      select p.platform_id from sandbox.people p join sandbox.accounts a on a.world = p.world
      where p.platform_id = ${personPlatformId} and a.platform_id = ${account} and p.account_status = 'active'`
    if (!person) return { kind: 'recipientUnavailable', reason: 'there is no such person' }
  })
}

/** Hides all that was said so far from the account. A message to come begins a conversation that is as private as this one. */
export function deleteConversation(sandbox: Sandbox, account: string, personPlatformId: string) {
  return perform(sandbox, account, 'delete', async (tx, at) => {
    await tx.query`
      update sandbox.messages set hidden_at = ${at}
      where account_id = ${account} and person_id = ${personPlatformId} and hidden_at is null`
    return undefined
  })
}

/** Its inbox has no archive. */
export function updateConversation(sandbox: Sandbox, account: string, { personPlatformId, unread }: ConversationState) {
  return perform(sandbox, account, 'mark', async (tx) => {
    await tx.query`
      update sandbox.conversations set marked_unread = coalesce(${unread ?? null}::boolean, marked_unread)
      where account_id = ${account} and person_id = ${personPlatformId}`
    return undefined
  })
}

/** Meets a fault first, then does the work unless the account is not allowed to do anything. */
async function perform(
  sandbox: Sandbox,
  account: string,
  operation: FaultOperation,
  work: (tx: Tx, at: Date) => Promise<Refusal | undefined>,
): Promise<ActionOutcome> {
  const fault = await meetFault(sandbox, account, operation)
  if (fault?.outcome === 'slow') await pause(sandbox.clock, fault.delayMs)
  else if (fault && fault.outcome !== 'ambiguous') return faultRefusal(fault)

  const at = sandbox.clock.now()
  const refused = await sandbox.database.transaction(async (tx) => {
    const status = await accountStatus(tx, account)
    return status === 'active' ? work(tx, at) : ({ kind: 'accountUnavailable', status } as const)
  })
  if (fault?.outcome === 'ambiguous') return { kind: 'lostAnswer' }
  return refused ?? { kind: 'done', at }
}

export async function meetFault(
  sandbox: Sandbox,
  account: string,
  operation: FaultOperation,
): Promise<TakenFault | null> {
  const [row] = await sandbox.database.query<{ world: string }>`
    select world from sandbox.accounts where platform_id = ${account}`
  return row ? takeFault(sandbox.database, { world: row.world, accountPlatformId: account, operation }) : null
}

/** An account the platform does not know is as good as signed out. */
async function accountStatus(tx: Tx, account: string): Promise<AccountStatus> {
  const [row] = await tx.query<{ status: AccountStatus }>`
    select status from sandbox.accounts where platform_id = ${account}`
  return row?.status ?? 'offline'
}

interface LockedMessage {
  fromAccount: boolean
  deleted: boolean
  hidden: boolean
  encrypted: boolean
}

async function lockMessage(tx: Tx, account: string, messageId: string): Promise<LockedMessage | undefined> {
  const [message] = await tx.query<LockedMessage>`
    select m.from_account as "fromAccount", m.deleted_at is not null as deleted, m.hidden_at is not null as hidden,
      c.account_wrote_at is not null and c.person_wrote_at is not null as encrypted
    from sandbox.messages m
    join sandbox.conversations c on c.account_id = m.account_id and c.person_id = m.person_id
    where m.platform_id = ${messageId} and m.account_id = ${account} for no key update of m`
  return message
}

function notOurs(message: LockedMessage | undefined): Refusal | null {
  if (!message || message.fromAccount) return null
  return { kind: 'notModifiable', reason: 'somebody else wrote it' }
}

function notKnown(message: LockedMessage | undefined): Refusal | null {
  return message ? null : { kind: 'notModifiable', reason: 'there is no such message' }
}

/** Hidden counts as gone for the account that hid it. */
function notVisible(message: LockedMessage | undefined): Refusal | null {
  if (message?.hidden || message?.deleted) return { kind: 'notModifiable', reason: 'it has been deleted' }
  return notKnown(message)
}

function notEncrypted(message: LockedMessage | undefined): Refusal | null {
  if (!message || message.encrypted) return null
  return { kind: 'notModifiable', reason: 'that takes an X Chat, and not both sides have written yet' }
}
