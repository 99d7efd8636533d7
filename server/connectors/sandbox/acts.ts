import type { Queryable } from '../../store/database.ts'
import type { StoredFact } from './feed.ts'

/** What a person does, each with its entry in the account's feed. The feed comes last: it is held until the commit. */

export interface Written {
  messagePlatformId: string
  conversationPlatformId: string
  sentAt: Date
}

export interface NewMessage {
  world: string
  accountId: string
  personId: string
  content: string
  /** What is attached, as sandbox.write takes it; null or left out = nothing. */
  attached?: string | null
  replyToId: string | null
  at: Date
}

/** Null: not both of that world, or the quoted message is not of this conversation. One round trip. */
export async function personWrites(db: Queryable, message: NewMessage): Promise<Written | null> {
  const { world, accountId, personId, content, attached = null, replyToId, at } = message
  const [row] = await db.query<{ messageId: string; conversationId: string; sentAt: string }>`
    with sides as materialized (
      select a.platform_id as account, p.platform_id as person
      from sandbox.accounts a join sandbox.people p on p.world = a.world
      where a.platform_id = ${accountId} and a.world = ${world} and p.platform_id = ${personId}
        and (${replyToId}::text is null or exists (
          select from sandbox.messages m
          where m.platform_id = ${replyToId} and m.account_id = ${accountId} and m.person_id = ${personId}))
    )
    select written.message_id as "messageId", sandbox.conversation_id(account, person) as "conversationId",
      written.happened_at as "sentAt"
    from sides, lateral sandbox.write(account, person, ${content}, ${replyToId}, ${at}, ${attached}::json) written`
  return (
    (row && {
      messagePlatformId: row.messageId,
      conversationPlatformId: row.conversationId,
      sentAt: new Date(row.sentAt),
    }) ??
    null
  )
}

interface Act {
  personId: string
  messageId: string
  at: Date
}

/** False: it is not theirs, or it is gone. */
export async function personEdits(db: Queryable, { personId, messageId, at, content }: Act & { content: string }) {
  const [edited] = await db.query<{ account: string }>`
    update sandbox.messages set content = ${content}, edited_at = ${at}
    where platform_id = ${messageId} and person_id = ${personId} and not from_account and deleted_at is null
    returning account_id as account`
  if (!edited) return false
  await appendFact(db, edited.account, { kind: 'edit', messageId, content, at: at.getTime() }, at)
  return true
}

/** False: it is not theirs, or it is gone already. */
export async function personUnsends(db: Queryable, { personId, messageId, at }: Act) {
  const [deleted] = await db.query<{ account: string }>`
    update sandbox.messages set deleted_at = ${at}
    where platform_id = ${messageId} and person_id = ${personId} and not from_account and deleted_at is null
    returning account_id as account`
  if (!deleted) return false
  await appendFact(db, deleted.account, { kind: 'deletion', messageId, personId, at: at.getTime() }, at)
  return true
}

/** Replaces the person's earlier reaction; the feed then tells of both. False: there is no such message of theirs or to them. */
export async function personReacts(db: Queryable, { personId, messageId, at, emoji }: Act & { emoji: string }) {
  const account = await accountOfMessage(db, personId, messageId)
  if (!account) return false
  const replaced = await replaceReaction(db, { authorId: personId, messageId, emoji, at })
  if (replaced === emoji) return true
  const fact = { messageId, personId, at: at.getTime() }
  if (replaced) await appendFact(db, account, { kind: 'reactionRemoved', ...fact, emoji: replaced }, at)
  await appendFact(db, account, { kind: 'reactionAdded', ...fact, emoji }, at)
  return true
}

/** Taking back what is not there is no news. False: there is no such message of theirs or to them. */
export async function personUnreacts(db: Queryable, { personId, messageId, at, emoji }: Act & { emoji: string }) {
  const account = await accountOfMessage(db, personId, messageId)
  if (!account) return false
  if (await removeReaction(db, { authorId: personId, messageId, emoji })) {
    await appendFact(db, account, { kind: 'reactionRemoved', messageId, personId, emoji, at: at.getTime() }, at)
  }
  return true
}

export async function personTypes(
  db: Queryable,
  { personId, accountId, at }: Omit<Act, 'messageId'> & { accountId: string },
) {
  await appendFact(db, accountId, { kind: 'typing', personId, at: at.getTime() }, at)
}

interface Reaction {
  authorId: string
  messageId: string
  emoji: string
}

/** The emoji that was there before, if any. Changes of one author to one message wait for each other. */
export async function replaceReaction(db: Queryable, { authorId, messageId, emoji, at }: Reaction & { at: Date }) {
  const [before] = await db.query<{ emoji: string }>`
    select emoji from sandbox.reactions where message_id = ${messageId} and author_id = ${authorId} for update`
  if (before?.emoji === emoji) return emoji
  await db.query`
    insert into sandbox.reactions (message_id, author_id, emoji, created_at)
    values (${messageId}, ${authorId}, ${emoji}, ${at})
    on conflict (message_id, author_id) do update set emoji = excluded.emoji, created_at = excluded.created_at`
  return before?.emoji ?? null
}

/** False: there was none like it. */
export async function removeReaction(db: Queryable, { authorId, messageId, emoji }: Reaction): Promise<boolean> {
  const rows = await db.query`
    delete from sandbox.reactions
    where message_id = ${messageId} and author_id = ${authorId} and emoji = ${emoji} returning emoji`
  return rows.length > 0
}

/** Locks the message, so that nobody reacts to one that is being deleted and reactions to it come one after the other. */
async function accountOfMessage(db: Queryable, personId: string, messageId: string): Promise<string | null> {
  const [message] = await db.query<{ account: string }>`
    select account_id as account from sandbox.messages
    where platform_id = ${messageId} and person_id = ${personId} and deleted_at is null for no key update`
  return message?.account ?? null
}

export async function appendFact(db: Queryable, account: string, fact: StoredFact, at: Date): Promise<void> {
  await db.query`select sandbox.append_fact(${account}, ${JSON.stringify(fact)}, ${at})`
}
