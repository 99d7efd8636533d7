import { accountNotFound, findAccount } from './accounts.ts'
import { findPerson } from './people.ts'
import { type ControlRefusal, isRefusal, type Sandbox, type World } from './sandbox.ts'

/** A conversation that took place before anybody was listening. */
export interface PastConversation {
  accountPlatformId: string
  personPlatformId: string
  /** Oldest first. */
  messages: PastMessage[]
}

export interface PastMessage {
  from: 'person' | 'account'
  content: string
  sentAt: Date
  editedAt?: Date | undefined
  /** Position of the quoted message in the same list. */
  replyTo?: number | undefined
  reactions?: { from: 'person' | 'account'; emoji: string; at: Date }[] | undefined
}

export interface ImportedConversation {
  conversationPlatformId: string
  /** In the order given. */
  messagePlatformIds: string[]
}

/** Writes it into the platform's memory as it was then. Nothing of it appears in the feed, among the deliveries, or is answered. */
export async function importConversation(
  sandbox: Sandbox,
  world: World,
  { accountPlatformId, personPlatformId, messages }: PastConversation,
): Promise<ImportedConversation | ControlRefusal> {
  if (isRefusal(await findAccount(sandbox, world, accountPlatformId))) return accountNotFound(accountPlatformId)
  const person = await findPerson(sandbox, world, personPlatformId)
  if (isRefusal(person)) return person

  return sandbox.database.transaction(async (tx) => {
    const ids = await tx.query<{ id: string }>`
      select sandbox.new_id(at::timestamptz) as id
      from unnest(${messages.map((message) => message.sentAt.toISOString())}::text[]) with ordinality t (at, n)
      order by n`
    const rows = messages.map((message, index) => messageRow(message, ids, index))
    await tx.query`
      insert into sandbox.messages (platform_id, account_id, person_id, from_account, content, reply_to_id, sent_at, edited_at)
      select id, ${accountPlatformId}, ${personPlatformId}, "fromAccount", content, "replyToId", "sentAt", "editedAt"
      from json_to_recordset(${JSON.stringify(rows)}) as t (id text, "fromAccount" boolean, content text,
        "replyToId" text, "sentAt" timestamptz, "editedAt" timestamptz)`
    const reactions = messages.flatMap((message, index) =>
      (message.reactions ?? []).map(({ from, emoji, at }) => ({
        messageId: ids[index]?.id,
        authorId: from === 'person' ? personPlatformId : accountPlatformId,
        emoji,
        at,
      })),
    )
    await tx.query`
      insert into sandbox.reactions (message_id, author_id, emoji, created_at)
      select "messageId", "authorId", emoji, at from json_to_recordset(${JSON.stringify(reactions)})
        as t ("messageId" text, "authorId" text, emoji text, at timestamptz)
      on conflict (message_id, author_id) do nothing`
    const [conversation] = await tx.query<{ id: string }>`
      insert into sandbox.conversations as c (account_id, person_id, account_wrote_at, person_wrote_at)
      values (${accountPlatformId}, ${personPlatformId}, ${firstBy('account', messages)}, ${firstBy('person', messages)})
      on conflict (account_id, person_id) do update set
        account_wrote_at = least(c.account_wrote_at, excluded.account_wrote_at),
        person_wrote_at = least(c.person_wrote_at, excluded.person_wrote_at)
      returning sandbox.conversation_id(account_id, person_id) as id`
    if (!conversation) throw new Error('the conversation was not stored')
    return {
      conversationPlatformId: conversation.id,
      messagePlatformIds: ids.map(({ id }) => id),
    }
  })
}

function messageRow({ from, content, sentAt, editedAt, replyTo }: PastMessage, ids: { id: string }[], index: number) {
  return {
    id: ids[index]?.id,
    fromAccount: from === 'account',
    content,
    replyToId: replyTo === undefined ? null : (ids[replyTo]?.id ?? null),
    sentAt,
    editedAt: editedAt ?? null,
  }
}

function firstBy(side: PastMessage['from'], messages: PastMessage[]): Date | null {
  return messages.find(({ from }) => from === side)?.sentAt ?? null
}
