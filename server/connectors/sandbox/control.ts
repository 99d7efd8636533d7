import { and, sql, type Tx } from '../../store/database.ts'
import type { MediaState } from '../connector.ts'
import { accountNotFound, findAccount } from './accounts.ts'
import {
  personEdits,
  personReacts,
  personTypes,
  personUnreacts,
  personUnsends,
  personWrites,
  type Written,
} from './acts.ts'
import { type AttachmentInput, changeState, personAttaches } from './attachments.ts'
import { findPerson, personNotFound } from './people.ts'
import { type ControlRefusal, isRefusal, refusal, type Sandbox, type World } from './sandbox.ts'

export { changeAccountState, createAccount, findAccount } from './accounts.ts'
export type { PendingFault } from './faults.ts'
export { addFault, clearFaults, listFaults } from './faults.ts'
export { importConversation } from './history.ts'
export { setLively } from './lively.ts'
export { createPerson, findPerson, listPeople, updatePerson } from './people.ts'
export type { ControlRefusal } from './sandbox.ts'

export interface MessageInput {
  personPlatformId: string
  accountPlatformId: string
  /** May be empty when something is attached. */
  content: string
  attachments?: readonly AttachmentInput[] | undefined
  /** What is made up of the attachments follows from it; left out = from who writes what. */
  seed?: string | undefined
  replyToPlatformId?: string | null | undefined
}

export async function writeMessage(
  sandbox: Sandbox,
  world: World,
  message: MessageInput,
): Promise<Written | ControlRefusal> {
  const { personPlatformId, accountPlatformId, content, attachments = [], replyToPlatformId = null } = message
  const { seed = `${personPlatformId} ${content}` } = message
  const newMessage = {
    world,
    accountId: accountPlatformId,
    personId: personPlatformId,
    content,
    replyToId: replyToPlatformId,
    at: sandbox.clock.now(),
  }
  const written = await (attachments.length === 0
    ? personWrites(sandbox.database, newMessage)
    : sandbox.database.transaction((tx) => personAttaches(tx, newMessage, { attachments, seed })))
  if (written) return written
  const missing = await missingSide(sandbox, world, message)
  return missing ?? refusal('messageNotFound', `There is no message "${replyToPlatformId}" in this conversation.`)
}

interface MessageOfPerson {
  personPlatformId: string
  messagePlatformId: string
}

export async function editMessage(
  sandbox: Sandbox,
  world: World,
  edit: MessageOfPerson & { content: string },
): Promise<'done' | ControlRefusal> {
  return act(sandbox, world, edit, (tx, act) => personEdits(tx, { ...act, content: edit.content }))
}

export async function unsendMessage(
  sandbox: Sandbox,
  world: World,
  message: MessageOfPerson,
): Promise<'done' | ControlRefusal> {
  return act(sandbox, world, message, personUnsends)
}

/** What the platform made of something attached. */
export async function setAttachmentState(
  sandbox: Sandbox,
  world: World,
  { index, state, ...message }: MessageOfPerson & { index: number; state: MediaState },
): Promise<'done' | ControlRefusal> {
  const person = await findPerson(sandbox, world, message.personPlatformId)
  if (isRefusal(person)) return person
  const { personPlatformId, messagePlatformId: messageId } = message
  const [known] = await sandbox.database.query`
    select from sandbox.attachments a join sandbox.messages m on m.platform_id = a.message_id
    where a.message_id = ${messageId} and a.index = ${index} and a.kind <> 'card'
      and m.person_id = ${personPlatformId} and not m.from_account`
  if (!known) return refusal('messageNotFound', `The person sent no media ${index} with a message "${messageId}".`)
  const at = sandbox.clock.now()
  await sandbox.database.transaction((tx) => changeState(tx, { messageId, index, state, at }))
  return 'done'
}

export async function addReaction(
  sandbox: Sandbox,
  world: World,
  reaction: MessageOfPerson & { emoji: string },
): Promise<'done' | ControlRefusal> {
  return act(sandbox, world, reaction, (tx, act) => personReacts(tx, { ...act, emoji: reaction.emoji }))
}

export async function removeReaction(
  sandbox: Sandbox,
  world: World,
  reaction: MessageOfPerson & { emoji: string },
): Promise<'done' | ControlRefusal> {
  return act(sandbox, world, reaction, (tx, act) => personUnreacts(tx, { ...act, emoji: reaction.emoji }))
}

export async function showTyping(
  sandbox: Sandbox,
  world: World,
  sides: { personPlatformId: string; accountPlatformId: string },
): Promise<'done' | ControlRefusal> {
  const missing = await missingSide(sandbox, world, sides)
  if (missing) return missing
  const { personPlatformId: personId, accountPlatformId: accountId } = sides
  await personTypes(sandbox.database, { personId, accountId, at: sandbox.clock.now() })
  return 'done'
}

/** What the platform received from an account of ours through its API: the judge of "once". */
export interface Delivery {
  platformId: string
  conversationPlatformId: string
  /** The account's id on the platform. */
  from: string
  /** The person's. */
  to: string
  content: string
  replyToPlatformId: string | null
  sentAt: string
  editedAt: string | null
  deletedAt: string | null
}

/** Oldest first; go on with the last platformId as `after`. */
export async function listDeliveries(
  sandbox: Sandbox,
  world: World,
  {
    accountPlatformId,
    after,
    limit,
  }: { accountPlatformId?: string | undefined; after?: string | undefined; limit: number },
): Promise<Delivery[]> {
  const conditions = [sql`a.world = ${world}`, sql`m.reference is not null`]
  if (accountPlatformId) conditions.push(sql`m.account_id = ${accountPlatformId}`)
  if (after) conditions.push(sql`m.platform_id > ${after}`)
  return sandbox.database.query<Delivery>`
    select m.platform_id as "platformId", sandbox.conversation_id(m.account_id, m.person_id) as "conversationPlatformId",
      m.account_id as "from", m.person_id as "to", m.content, m.reply_to_id as "replyToPlatformId",
      m.sent_at as "sentAt", m.edited_at as "editedAt", m.deleted_at as "deletedAt"
    from sandbox.messages m join sandbox.accounts a on a.platform_id = m.account_id
    where ${and(conditions)} order by m.platform_id limit ${limit}`
}

/** Does something to a message on behalf of a person, and finds out why when it cannot be. */
async function act(
  sandbox: Sandbox,
  world: World,
  { personPlatformId: personId, messagePlatformId: messageId }: MessageOfPerson,
  perform: (tx: Tx, act: { personId: string; messageId: string; at: Date }) => Promise<boolean>,
): Promise<'done' | ControlRefusal> {
  const person = await findPerson(sandbox, world, personId)
  if (isRefusal(person)) return person
  const at = sandbox.clock.now()
  const done = await sandbox.database.transaction((tx) => perform(tx, { personId, messageId, at }))
  return done ? 'done' : whyNot(sandbox, personId, messageId)
}

async function whyNot(sandbox: Sandbox, personId: string, messageId: string): Promise<ControlRefusal> {
  const [message] = await sandbox.database.query<{ deleted: boolean }>`
    select deleted_at is not null as deleted from sandbox.messages
    where platform_id = ${messageId} and person_id = ${personId}`
  if (!message) return refusal('messageNotFound', `The person has no message "${messageId}".`)
  return refusal(
    'notModifiable',
    message.deleted ? 'The message has been deleted.' : 'The message is not by this person.',
  )
}

async function missingSide(
  sandbox: Sandbox,
  world: World,
  { personPlatformId, accountPlatformId }: { personPlatformId: string; accountPlatformId: string },
): Promise<ControlRefusal | null> {
  if (isRefusal(await findPerson(sandbox, world, personPlatformId))) return personNotFound(personPlatformId)
  if (isRefusal(await findAccount(sandbox, world, accountPlatformId))) return accountNotFound(accountPlatformId)
  return null
}
