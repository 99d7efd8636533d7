import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Keeps what the database must not tell by itself. */
export interface Seals {
  /** `owner` says whose it is: sealed for one it does not open for another. */
  seal(text: string, owner: string): Buffer
  /** Null when it was sealed with another key or for somebody else, or is damaged. */
  open(sealed: Buffer, owner: string): string | null
}

const CIPHER = 'aes-256-gcm'
/** So that another cipher can be told apart later. */
const FORM = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/** `key` has 32 bytes. */
export function createSeals(key: Buffer): Seals {
  return {
    seal(text, owner) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(FORM), iv, cipher.getAuthTag(), sealed])
    },
    open(sealed, owner) {
      if (sealed[0] !== FORM) return null
      const iv = sealed.subarray(1, 1 + IV_BYTES)
      const tag = sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES)
      try {
        const decipher = createDecipheriv(CIPHER, key, iv).setAAD(Buffer.from(owner)).setAuthTag(tag)
        const text = decipher.update(sealed.subarray(1 + IV_BYTES + TAG_BYTES))
        return Buffer.concat([text, decipher.final()]).toString()
      } catch {
        return null
      }
    },
  }
}
