import { hkdfSync, randomBytes } from 'node:crypto'
import type { Database } from '../store/database.ts'
import { findSecret, keepSecret } from '../store/secrets.ts'

const NAME = 'serverKey'
const KEY_BYTES = 32

/**
 * A key for one purpose, the same on every server. It comes from the operator's secret key; without one (null), from a secret that the
 * first server made up and the database keeps.
 */
export async function serverKey(db: Database, secretKey: string | null, purpose: string): Promise<Buffer> {
  const secret = secretKey ?? (await findSecret(db, NAME)) ?? (await keepSecret(db, NAME, randomBytes(KEY_BYTES)))
  return Buffer.from(hkdfSync('sha256', secret, '', `open-inbox ${purpose}`, KEY_BYTES))
}
