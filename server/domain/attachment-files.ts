import { createHash } from 'node:crypto'
import type { FetchOutcome } from '../connectors/connector.ts'
import { findAccountLink } from '../store/account-links.ts'
import type { Attachment, AttachmentSource, FileAddress, StoredFile } from '../store/attachments.ts'
import {
  findAttachmentSource,
  findChunk,
  findFile,
  insertChunk,
  insertFile,
  updateMedia,
} from '../store/attachments.ts'
import { ATTACHMENT_BYTES_MAX } from './attachments.ts'
import { refusalError, sessionOf } from './connectors.ts'
import type { Core } from './context.ts'

/** The bytes of attachments: fetched from the platform when somebody first looks, then ours. */
export interface AttachmentFiles {
  /** Null: there is no such file, not yet, or no longer. Throws what the platform refuses with. */
  open(address: FileAddress): Promise<AttachmentFile | null>
}

export interface AttachmentFile {
  /** As the sender or the platform says, unchecked; null = nobody does. */
  contentType: string | null
  /** Of the same kind. */
  filename: string | null
  sizeBytes: number
  sha256: Buffer
  /** Both ends included. Reads as it is asked, a piece at a time. */
  read(first: number, last: number): AsyncIterable<Buffer>
}

const CHUNK_BYTES = 256 * 1024
const FETCH_TIMEOUT_MS = 30_000
/** Each is held in memory until it is complete. */
const FETCHES_AT_ONCE = 2

export function createAttachmentFiles(core: Core): AttachmentFiles {
  const { db } = core
  const takeTurn = limitTo(FETCHES_AT_ONCE)
  /** Whoever asks for what is being fetched waits for it. */
  const fetching = new Map<string, Promise<StoredFile | null>>()

  function fetchOnce(address: FileAddress, source: AttachmentSource): Promise<StoredFile | null> {
    const key = JSON.stringify(address)
    let file = fetching.get(key)
    if (!file) {
      file = takeTurn(() => fetchFile(core, address, source)).finally(() => fetching.delete(key))
      fetching.set(key, file)
    }
    return file
  }

  return {
    async open(address) {
      const [source, stored] = await Promise.all([findAttachmentSource(db, address), findFile(db, address)])
      if (!source || !hasPart(source.attachment, address.part)) return null
      const file = stored ?? (await fetchOnce(address, source))
      return file && fileOf(core, address, source.attachment, file)
    },
  }
}

function hasPart(attachment: Attachment, part: FileAddress['part']): boolean {
  if (attachment.state !== 'ready') return false
  if (attachment.kind === 'card') return part === 'preview' && attachment.thumbnail !== null
  return part === 'media' || attachment.poster !== null
}

function fileOf(core: Core, address: FileAddress, attachment: Attachment, stored: StoredFile): AttachmentFile {
  const isWhole = address.part === 'media' && attachment.kind !== 'card'
  return {
    contentType: (isWhole ? attachment.contentType : null) ?? stored.contentType,
    filename: isWhole ? attachment.filename : null,
    sizeBytes: stored.sizeBytes,
    sha256: stored.sha256,
    async *read(first, last) {
      for (let number = Math.floor(first / CHUNK_BYTES); number * CHUNK_BYTES <= last; number++) {
        const chunk = await findChunk(core.db, address, number)
        if (!chunk) throw new Error(`a file was deleted while it was read, before its chunk ${number}`)
        const start = number * CHUNK_BYTES
        yield chunk.subarray(Math.max(0, first - start), last - start + 1)
      }
    },
  }
}

/** From the platform into our tables. Null: the platform does not have it, or it is too large; then it has failed for good. */
async function fetchFile(core: Core, address: FileAddress, source: AttachmentSource): Promise<StoredFile | null> {
  // Another server, or whoever had the turn before, may have been faster.
  const known = await findFile(core.db, address)
  if (known) return known
  const link = await findAccountLink(core.db, address.teamId, source.accountLinkId)
  if (!link || source.messagePlatformId === null) return null
  const outcome = await sessionOf(core, link).fetchAttachment({
    messagePlatformId: source.messagePlatformId,
    index: address.index,
    part: address.part,
    bytesMax: ATTACHMENT_BYTES_MAX,
    timeoutMs: FETCH_TIMEOUT_MS,
  })
  switch (outcome.kind) {
    case 'fetched':
      return storeFile(core, address, outcome)
    case 'gone':
    case 'tooLarge':
      await giveUp(core, address, source.attachment)
      return null
    default:
      throw refusalError(link, outcome)
  }
}

async function giveUp({ db }: Core, { teamId, messageId, part }: FileAddress, attachment: Attachment): Promise<void> {
  // A film without its still can be watched, a card without its picture can be read.
  if (attachment.kind === 'card' || part === 'preview') return
  await db.transaction((tx) => updateMedia(tx, teamId, messageId, { ...attachment, state: 'failed' }))
}

/** The first to finish decides what the file is. Null: its thread was deleted meanwhile. */
async function storeFile(
  { db, clock }: Core,
  address: FileAddress,
  { contentType, bytes }: Extract<FetchOutcome, { kind: 'fetched' }>,
): Promise<StoredFile | null> {
  const { chunks, sizeBytes, sha256 } = await readChunks(bytes)
  const file: StoredFile = { contentType, sizeBytes, sha256 }
  const isOurs = await db.transaction(async (tx) => {
    if (!(await insertFile(tx, address, { ...file, now: clock.now() }))) return false
    for (const [number, chunk] of chunks.entries()) await insertChunk(tx, address, number, chunk)
    return true
  })
  return isOurs ? file : findFile(db, address)
}

async function readChunks(bytes: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  let sizeBytes = 0
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let filled = 0
  for await (const piece of bytes) {
    hash.update(piece)
    sizeBytes += piece.length
    // Connectors keep to the limit that they are given; this is for the day when one does not.
    if (sizeBytes > ATTACHMENT_BYTES_MAX) throw new Error('a connector sent more bytes than it was allowed')
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK_BYTES - filled)
      chunk.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < CHUNK_BYTES) continue
      chunks.push(chunk)
      chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      filled = 0
    }
  }
  if (filled > 0) chunks.push(chunk.subarray(0, filled))
  return { chunks, sizeBytes, sha256: hash.digest() }
}

/** Runs so many at once; the others wait in their order. */
function limitTo(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running === atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // Whoever comes next takes this place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
