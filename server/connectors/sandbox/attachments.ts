import type { Queryable, Tx } from '../../store/database.ts'
import type {
  AttachmentRequest,
  CardFacts,
  FetchOutcome,
  IncomingAttachment,
  MediaFacts,
  MediaKind,
  MediaState,
} from '../connector.ts'
import { meetFault } from './actions.ts'
import { appendFact, type NewMessage, personWrites, type Written } from './acts.ts'
import { faultRefusal } from './faults.ts'
import { makeMedia, makeThumbnail } from './media.ts'
import { insertPlan } from './plans.ts'
import { later, pause, type Sandbox } from './sandbox.ts'

/** What a person attaches; what is left out is made up. */
export type AttachmentInput = MediaInput | CardInput

export interface MediaInput {
  kind: MediaKind
  filename?: string | null | undefined
  contentType?: string | null | undefined
  state?: MediaState | undefined
  /** When one that is not ready yet becomes so by itself; left out = not before it is told to. */
  readyAfterMs?: number | undefined
  /** What is in it. Its measures are then what the person says, or not known. */
  bytes?: Buffer | undefined
  /** Instead of bytes: so many, all alike. */
  sizeBytes?: number | undefined
  width?: number | undefined
  height?: number | undefined
  durationSeconds?: number | undefined
}

export interface CardInput {
  kind: 'card'
  url: string
  title?: string | null | undefined
  description?: string | null | undefined
  domain?: string | null | undefined
  /** False: the card has no picture. */
  picture?: boolean | undefined
}

/** As table and feed keep it: with everything there is to know, even while it is being processed. */
export type StoredAttachment =
  | { kind: MediaKind; state: MediaState; facts: MediaFacts }
  | { kind: 'card'; state: 'ready'; facts: CardFacts }

/** Writes a message with something attached; plans what becomes of it. */
export async function personAttaches(
  tx: Tx,
  message: NewMessage,
  { attachments, seed }: { attachments: readonly AttachmentInput[]; seed: string },
): Promise<Written | null> {
  const written = await personWrites(tx, { ...message, attached: attachedJson(attachments, seed) })
  if (!written) return null
  for (const [index, attachment] of attachments.entries()) {
    if (attachment.kind === 'card' || attachment.readyAfterMs === undefined) continue
    const plan = { kind: 'finish', messageId: written.messagePlatformId, index } as const
    await insertPlan(tx, later(message.at, attachment.readyAfterMs), plan)
  }
  return written
}

/** As sandbox.write takes it. */
function attachedJson(attachments: readonly AttachmentInput[], seed: string): string {
  const rows = attachments.map((input, index) => {
    const { bytes, preview, ...stored } = prepare(input, `${seed} ${index}`)
    return { index, ...stored, bytes: bytes?.toString('base64'), preview: preview?.toString('base64') }
  })
  return JSON.stringify(rows)
}

type Prepared = StoredAttachment & { bytes: Buffer | null; preview: Buffer | null }

function prepare(input: AttachmentInput, seed: string): Prepared {
  return input.kind === 'card' ? prepareCard(input, seed) : prepareMedia(input, seed)
}

/** Null: it is no URL. `URL.canParse` would do, but on Node.js 20 not for names with an umlaut once it has been called often. */
function hostOf(url: string): string | null {
  try {
    return new URL(url).hostname
  } catch {
    return null
  }
}

function prepareCard({ url, title, description = null, domain, picture = true }: CardInput, seed: string): Prepared {
  const host = hostOf(url)
  const made = picture ? makeThumbnail(seed) : null
  const thumbnail = made && { width: made.width, height: made.height, alt: title ?? null }
  const facts = { url, title: title === undefined ? host : title, description, domain: domain ?? host, thumbnail }
  return { kind: 'card', state: 'ready', facts, bytes: null, preview: made?.bytes ?? null }
}

function prepareMedia(input: MediaInput, seed: string): Prepared {
  const { kind, filename, contentType, readyAfterMs } = input
  const state = input.state ?? (readyAfterMs === undefined ? 'ready' : 'processing')
  const isGiven = input.bytes !== undefined || input.sizeBytes !== undefined
  const made: Made = isGiven ? givenMedia(input) : makeMedia(kind, seed)
  const facts = {
    ...made.facts,
    ...(filename !== undefined && { filename }),
    ...(contentType !== undefined && { contentType }),
  }
  return { kind, state, facts, bytes: made.bytes, preview: made.preview }
}

interface Made {
  facts: MediaFacts
  bytes: Buffer | null
  preview: Buffer | null
}

function givenMedia({ bytes, sizeBytes, width, height, durationSeconds }: MediaInput): Made {
  const facts: MediaFacts = {
    filename: null,
    contentType: null,
    sizeBytes: bytes?.length ?? sizeBytes ?? null,
    width: width ?? null,
    height: height ?? null,
    durationSeconds: durationSeconds ?? null,
    poster: null,
  }
  return { facts, bytes: bytes ?? null, preview: null }
}

/** As the platform tells of it: what can only be known of a ready one is not told before. */
export function presentAttachment(stored: StoredAttachment): IncomingAttachment {
  if (stored.kind === 'card') return { kind: 'card', ...stored.facts }
  const { kind, state, facts } = stored
  if (state === 'ready') return { kind, state, ...facts }
  const { filename, contentType } = facts
  const unknown = { sizeBytes: null, width: null, height: null, durationSeconds: null, poster: null }
  return { kind, state, filename, contentType, ...unknown }
}

/** Tells the account what became of it. False: there is no such thing, it is a card, or it is so already. */
export async function changeState(
  db: Queryable,
  { messageId, index, state, at }: { messageId: string; index: number; state: MediaState; at: Date },
): Promise<boolean> {
  const [row] = await db.query<StoredAttachment & { account: string }>`
    update sandbox.attachments a set state = ${state}
    from sandbox.messages m
    where a.message_id = ${messageId} and a.index = ${index} and a.kind <> 'card' and a.state <> ${state}
      and m.platform_id = a.message_id and m.deleted_at is null
    returning a.kind, a.state, a.facts, m.account_id as account`
  if (!row) return false
  const { account, ...attachment } = row
  await appendFact(db, account, { kind: 'attachment', messageId, index, attachment }, at)
  return true
}

/** What was planned when it was sent: it becomes ready, unless something else became of it. */
export async function finishProcessing(
  tx: Tx,
  { messageId, index, at }: { messageId: string; index: number; at: Date },
) {
  const [row] = await tx.query<{ state: MediaState }>`
    select state from sandbox.attachments where message_id = ${messageId} and index = ${index} for update`
  if (row?.state === 'pending' || row?.state === 'processing') {
    await changeState(tx, { messageId, index, state: 'ready', at })
  }
}

export async function fetchAttachment(
  sandbox: Sandbox,
  account: string,
  request: AttachmentRequest,
): Promise<FetchOutcome> {
  const fault = await meetFault(sandbox, account, 'fetch')
  switch (fault?.outcome) {
    case 'slow':
      await pause(sandbox.clock, Math.min(fault.delayMs, request.timeoutMs))
      if (fault.delayMs > request.timeoutMs) return { kind: 'unavailable', retryAfterMs: null }
      break
    case 'rejected':
      return { kind: 'gone' }
    case 'ambiguous':
      return { kind: 'unavailable', retryAfterMs: null }
    case 'rateLimited':
    case 'down':
      return faultRefusal(fault)
  }
  return readAttachment(sandbox, account, request)
}

async function readAttachment(
  sandbox: Sandbox,
  account: string,
  { messagePlatformId, index, part, bytesMax }: AttachmentRequest,
): Promise<FetchOutcome> {
  const [row] = await sandbox.database.query<
    StoredAttachment & { status: 'active' | 'offline' | 'paused'; content: Buffer | null }
  >`
    select c.status, a.kind, a.state, a.facts, case when ${part} = 'media' then a.bytes else a.preview end as content
    from sandbox.attachments a
    join sandbox.messages m on m.platform_id = a.message_id
    join sandbox.accounts c on c.platform_id = m.account_id
    where a.message_id = ${messagePlatformId} and a.index = ${index} and m.account_id = ${account}
      and m.deleted_at is null and m.hidden_at is null`
  if (row?.state !== 'ready') return { kind: 'gone' }
  if (row.status !== 'active') return { kind: 'accountUnavailable', status: row.status }
  const contentType = part === 'media' && row.kind !== 'card' ? row.facts.contentType : 'image/png'
  const alike = part === 'media' && row.kind !== 'card' ? row.facts.sizeBytes : null
  const sizeBytes = row.content?.length ?? alike
  if (sizeBytes === null) return { kind: 'gone' }
  if (sizeBytes > bytesMax) return { kind: 'tooLarge' }
  return { kind: 'fetched', contentType, bytes: row.content ? once(row.content) : filler(sizeBytes) }
}

async function* once(content: Buffer): AsyncIterable<Uint8Array> {
  yield content
}

const FILLER = Buffer.from('The tide comes in, the tide goes out again. '.repeat(1_000), 'latin1')

async function* filler(sizeBytes: number): AsyncIterable<Uint8Array> {
  for (let left = sizeBytes; left > 0; left -= FILLER.length) yield FILLER.subarray(0, left)
}
