import type { AttachmentPart, CardFacts, MediaFacts, MediaKind, MediaState } from '../connectors/connector.ts'
import type { Queryable, Tx } from './database.ts'
import type { AccountLinkId, MessageId, TeamId, ThreadId } from './ids.ts'

/** Something attached to a message. `index` is its place there and never changes. */
export type Attachment = Media | Card

export interface Media extends MediaFacts {
  index: number
  kind: MediaKind
  state: MediaState
}

/** A card is there from the start. */
export interface Card extends CardFacts {
  index: number
  kind: 'card'
  state: 'ready'
}

export interface AttachmentRow {
  index: number
  kind: Attachment['kind']
  state: MediaState
  facts: object
}

export function attachmentOf({ facts, ...row }: AttachmentRow): Attachment {
  // insertAttachments and updateMedia write the facts that belong to the kind.
  return { ...row, ...facts } as Attachment
}

function rowOf({ index, kind, state, ...facts }: Attachment): AttachmentRow {
  return { index, kind, state, facts }
}

/** Of a message that has none so far. */
export async function insertAttachments(
  tx: Tx,
  teamId: TeamId,
  messageId: MessageId,
  attachments: readonly Attachment[],
): Promise<void> {
  await tx.query`
    with counted as (
      update messages set attachments_count = ${attachments.length} where team_id = ${teamId} and id = ${messageId}
    )
    insert into attachments (team_id, message_id, index, kind, state, facts)
    select ${teamId}, ${messageId}, a.index, a.kind, a.state, a.facts
    from json_to_recordset(${JSON.stringify(attachments.map(rowOf))}::json) as a (index integer, kind text, state text, facts json)`
}

/** Its state and what is known about it; the kind stays. */
export async function updateMedia(tx: Tx, teamId: TeamId, messageId: MessageId, media: Media): Promise<void> {
  const { index, state, facts } = rowOf(media)
  await tx.query`
    update attachments set state = ${state}, facts = ${JSON.stringify(facts)}::json
    where team_id = ${teamId} and message_id = ${messageId} and index = ${index}`
}

/** Which file is meant. */
export interface FileAddress {
  teamId: TeamId
  messageId: MessageId
  index: number
  part: AttachmentPart
}

export interface AttachmentSource {
  attachment: Attachment
  accountLinkId: AccountLinkId
  messagePlatformId: string | null
}

/** Null: there is none, or its thread was deleted. */
export async function findAttachmentSource(
  db: Queryable,
  { teamId, messageId, index }: Omit<FileAddress, 'part'>,
): Promise<AttachmentSource | null> {
  const [row] = await db.query<AttachmentRow & { accountLinkId: AccountLinkId; messagePlatformId: string | null }>`
    select a.index, a.kind, a.state, a.facts, m.account_link_id as "accountLinkId", m.platform_id as "messagePlatformId"
    from attachments a
    join messages m on m.team_id = a.team_id and m.id = a.message_id
    join threads t on t.team_id = m.team_id and t.id = m.thread_id and t.deleted_at is null
    where a.team_id = ${teamId} and a.message_id = ${messageId} and a.index = ${index}`
  if (!row) return null
  const { accountLinkId, messagePlatformId, ...attachment } = row
  return { attachment: attachmentOf(attachment), accountLinkId, messagePlatformId }
}

export interface StoredFile {
  /** Null: neither the platform nor the sender said. */
  contentType: string | null
  sizeBytes: number
  sha256: Buffer
}

/** Null: nobody has fetched it yet. */
export async function findFile(db: Queryable, file: FileAddress): Promise<StoredFile | null> {
  const [row] = await db.query<StoredFile>`
    select content_type as "contentType", size_bytes as "sizeBytes", sha256 from attachment_files
    where team_id = ${file.teamId} and message_id = ${file.messageId} and index = ${file.index} and part = ${file.part}`
  return row ?? null
}

/**
 * Makes room for the chunks of a file. False: somebody else has stored it, or its thread was deleted. The thread's lock keeps a deletion
 * from passing by unseen.
 */
export async function insertFile(tx: Tx, file: FileAddress, stored: StoredFile & { now: Date }): Promise<boolean> {
  const rows = await tx.query`
    with open as (
      select a.index from attachments a
      join messages m on m.team_id = a.team_id and m.id = a.message_id
      join threads t on t.team_id = m.team_id and t.id = m.thread_id and t.deleted_at is null
      where a.team_id = ${file.teamId} and a.message_id = ${file.messageId} and a.index = ${file.index}
      for share of t
    )
    insert into attachment_files (team_id, message_id, index, part, content_type, size_bytes, sha256, stored_at)
    select ${file.teamId}, ${file.messageId}, index, ${file.part}, ${stored.contentType}, ${stored.sizeBytes}, ${stored.sha256}, ${stored.now}
    from open
    on conflict do nothing
    returning index`
  return rows.length === 1
}

export async function insertChunk(tx: Tx, file: FileAddress, number: number, bytes: Buffer): Promise<void> {
  await tx.query`
    insert into attachment_chunks (team_id, message_id, index, part, number, bytes)
    values (${file.teamId}, ${file.messageId}, ${file.index}, ${file.part}, ${number}, ${bytes})`
}

/** Null: the file has no such chunk, or is gone. */
export async function findChunk(db: Queryable, file: FileAddress, number: number): Promise<Buffer | null> {
  const [row] = await db.query<{ bytes: Buffer }>`
    select bytes from attachment_chunks
    where team_id = ${file.teamId} and message_id = ${file.messageId} and index = ${file.index} and part = ${file.part} and number = ${number}`
  return row?.bytes ?? null
}

/** Only the bytes; what is known about the attachments stays. */
export async function deleteFilesOfThread(tx: Tx, teamId: TeamId, threadId: ThreadId): Promise<void> {
  await tx.query`
    delete from attachment_files f using messages m
    where m.team_id = ${teamId} and m.thread_id = ${threadId} and m.attachments_count > 0
      and f.team_id = m.team_id and f.message_id = m.id`
}
