import type { Cursor, Incoming, IncomingFact, PlatformProfile } from '../connector.ts'
import type { AccountState } from './accounts.ts'
import { presentAttachment, type StoredAttachment } from './attachments.ts'
import { type PersonRow, personColumns, presentProfile } from './people.ts'
import type { Sandbox } from './sandbox.ts'

const batchSize = 200
/** Notifications announce news within milliseconds; this is for the ones that got lost. */
const pollEveryMs = 20_000

/** A fact as the feed keeps it. People are named by id and described when it is read, as they are then. */
export type StoredFact =
  | {
      kind: 'message'
      personId: string
      messageId: string
      conversationId: string
      content: string
      replyToId: string | null
      /** Null or absent: none. */
      attachments?: StoredAttachment[] | null
      /** Milliseconds since 1970, here and below. */
      at: number
    }
  | { kind: 'edit'; messageId: string; content: string; at: number }
  | { kind: 'deletion'; messageId: string; personId: string; at: number }
  | { kind: 'reactionAdded' | 'reactionRemoved'; messageId: string; personId: string; emoji: string; at: number }
  | { kind: 'attachment'; messageId: string; index: number; attachment: StoredAttachment }
  | { kind: 'typing'; personId: string; at: number }
  | { kind: 'profile'; personId: string }
  /** Facts from before accounts could miss something do not say what. */
  | ({ kind: 'account' } & Omit<AccountState, 'missingCapabilities'> & Partial<AccountState>)

type FeedRow = { seq: number; fact: StoredFact } & (PersonRow | { platformId: null })

/** The cursor is the number in the account's feed. */
export async function* receiveFeed(sandbox: Sandbox, account: string, after: Cursor | null): AsyncIterable<Incoming> {
  let seq = position(after)
  const first = await readFeed(sandbox, account, seq)
  if (first.length === 0 && seq > 0) await noteAllRead(sandbox, account, seq)
  for (let batch = first; batch.length > 0; batch = await readFeed(sandbox, account, seq)) {
    for (const row of batch) {
      seq = row.seq
      yield { cursor: String(seq), ...presentFact(row) }
    }
    if (batch.length < batchSize) return
  }
}

/**
 * Names an account for every fact, and again and again every account whose reader has not yet shown, by asking beyond
 * the last fact in vain, that it applied them all. So a server that was away for a week, or died while applying, is told.
 */
export async function watchFeeds(sandbox: Sandbox, onNews: (accountPlatformId: string) => void) {
  let stopped = false
  let stopPolling = () => {}

  async function nameUnread() {
    const accounts = await sandbox.database.query<{ id: string }>`
      select account_id as id from sandbox.feed_counters where seq > read_seq order by news_at`
    if (!stopped) for (const account of accounts) onNews(account.id)
  }

  function poll() {
    stopPolling = sandbox.clock.after(pollEveryMs, async () => {
      await nameUnread().catch(sandbox.onError)
      if (!stopped) poll()
    })
  }

  const stopListening = await sandbox.database.listen('sandbox_feed', (account) => {
    if (stopped) return
    if (account === null) nameUnread().catch(sandbox.onError)
    else onNews(account)
  })
  await nameUnread()
  poll()
  return async () => {
    stopped = true
    stopPolling()
    await stopListening()
  }
}

function position(cursor: Cursor | null): number {
  if (cursor === null) return 0
  const seq = Number(cursor)
  if (!Number.isSafeInteger(seq) || seq < 0) throw new Error(`not a cursor of the sandbox: ${cursor}`)
  return seq
}

function readFeed(sandbox: Sandbox, account: string, after: number): Promise<FeedRow[]> {
  return sandbox.database.query<FeedRow>`
    select f.seq, f.fact, ${personColumns}
    from sandbox.feed f left join sandbox.people p on p.platform_id = f.fact->>'personId'
    where f.account_id = ${account} and f.seq > ${after} order by f.seq limit ${batchSize}`
}

/** Whoever asks for what comes after a fact has applied it. Only written down when there is nothing to do anyway: it costs a commit. */
async function noteAllRead(sandbox: Sandbox, account: string, seq: number): Promise<void> {
  await sandbox.database.query`
    update sandbox.feed_counters set read_seq = least(seq, ${seq}) where account_id = ${account} and read_seq < ${seq}`
}

function presentFact(row: FeedRow): IncomingFact {
  const { fact } = row
  switch (fact.kind) {
    case 'message':
      return {
        kind: 'message',
        messagePlatformId: fact.messageId,
        conversationPlatformId: fact.conversationId,
        author: profileOf(row),
        content: fact.content,
        attachments: (fact.attachments ?? []).map(presentAttachment),
        replyToPlatformId: fact.replyToId,
        sentAt: new Date(fact.at),
      }
    case 'edit':
      return { kind: 'edit', messagePlatformId: fact.messageId, content: fact.content, at: new Date(fact.at) }
    case 'deletion':
      return {
        kind: 'deletion',
        messagePlatformId: fact.messageId,
        authorPlatformId: fact.personId,
        at: new Date(fact.at),
      }
    case 'reactionAdded':
    case 'reactionRemoved':
      return {
        kind: fact.kind,
        messagePlatformId: fact.messageId,
        authorPlatformId: fact.personId,
        emoji: fact.emoji,
        at: new Date(fact.at),
      }
    case 'attachment': {
      const media = presentAttachment(fact.attachment)
      if (media.kind === 'card') throw new Error(`fact ${row.seq} says that a card became ready`)
      return { kind: 'attachment', messagePlatformId: fact.messageId, index: fact.index, media }
    }
    case 'typing':
      return { kind: 'typing', personPlatformId: fact.personId, at: new Date(fact.at) }
    case 'profile':
      return { kind: 'profile', profile: profileOf(row) }
    case 'account':
      return { ...fact, missingCapabilities: fact.missingCapabilities ?? [] }
  }
}

function profileOf(row: FeedRow): PlatformProfile {
  if (row.platformId === null) throw new Error(`fact ${row.seq} is about somebody who is not there`)
  return presentProfile(row)
}
