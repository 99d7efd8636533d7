import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FileAddress } from '../store/attachments.ts'
import type { MessageId, TeamId } from '../store/ids.ts'
import type { Clock } from './clock.ts'
import type { PublicUrl } from './context.ts'

export type { FileAddress } from '../store/attachments.ts'

/** Addresses of attached files. Whoever has one can read the file, without a token, until it expires. */
export interface AttachmentUrls {
  /** Good for at least an hour. */
  expiring(file: FileAddress): { url: string; expiresAt: string }
  /** For what the wire gives no expiry. */
  lasting(file: FileAddress): string
  /** 'forged': it is not as we signed it. */
  read(parts: UrlParts): FileAddress | 'forged' | 'expired'
}

/** As they stand in the address, unchecked. */
export interface UrlParts {
  teamId: string
  messageId: string
  index: string
  part: string
  /** Unix seconds; undefined on a lasting one. */
  expires: string | undefined
  signature: string | undefined
}

const VALID_MS = 3_600_000
/** Expiries fall on the same moments, so that whoever asks again gets the same address and need not load the picture again. */
const STEP_MS = 300_000
const CANONICAL_INDEX = /^(0|[1-9]\d{0,5})$/

export function createAttachmentUrls(
  key: Buffer,
  { clock, publicUrl }: { clock: Clock; publicUrl: PublicUrl },
): AttachmentUrls {
  function urlOf(parts: Omit<UrlParts, 'signature'>): string {
    const { teamId, messageId, index, part, expires } = parts
    const query = expires === undefined ? '' : `expires=${expires}&`
    const path = `/attachments/${teamId}/${messageId}/${index}/${part}?${query}signature=${signatureOf(key, parts)}`
    return publicUrl(path) ?? path
  }

  return {
    expiring({ index, ...file }) {
      const expiresAtMs = Math.ceil((clock.now().getTime() + VALID_MS) / STEP_MS) * STEP_MS
      return {
        url: urlOf({ ...file, index: String(index), expires: String(expiresAtMs / 1000) }),
        expiresAt: new Date(expiresAtMs).toISOString(),
      }
    },

    lasting: ({ index, ...file }) => urlOf({ ...file, index: String(index), expires: undefined }),

    read(parts) {
      const { teamId, messageId, index, part, expires } = parts
      if (part !== 'media' && part !== 'preview') return 'forged'
      if (!CANONICAL_INDEX.test(index) || !isSigned(key, parts)) return 'forged'
      if (expires !== undefined && Number(expires) * 1000 <= clock.now().getTime()) return 'expired'
      // Signed ids were ours when we signed them.
      return { teamId: teamId as TeamId, messageId: messageId as MessageId, index: Number(index), part }
    },
  }
}

function isSigned(key: Buffer, parts: UrlParts): boolean {
  const given = Buffer.from(parts.signature ?? '')
  const right = Buffer.from(signatureOf(key, parts))
  return given.length === right.length && timingSafeEqual(given, right)
}

/** Over every part by itself, so that none can be moved into its neighbour. */
function signatureOf(key: Buffer, { teamId, messageId, index, part, expires }: Omit<UrlParts, 'signature'>): string {
  const text = JSON.stringify([teamId, messageId, index, part, expires ?? null])
  return createHmac('sha256', key).update(text).digest('base64url')
}
