import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * For a PostgreSQL that serves one run of the tests and is deleted afterwards. Transactions behave as ever; only a power cut would show
 * the difference. Tests of what survives on the disk start databases of their own, with the product's settings.
 */
export const throwAwaySettings: Record<string, string> = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // A database for each test file, some for each test: a vacuum that looks through all of them again and again is all it would do.
  autovacuum: 'off',
}

const MEMORY = '/dev/shm'
/** Several times what all databases of a run take at once. Containers often have 64 MB there. */
const MEMORY_BYTES_MIN = 4 * 1024 ** 3

/** In memory where there is plenty: a database is some 300 files, and each test file gets a copy of them. */
export async function throwAwayFolder(prefix: string): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => null)
  const hasRoom = memory !== null && memory.bavail * memory.bsize >= MEMORY_BYTES_MIN
  return mkdtemp(join(hasRoom ? MEMORY : tmpdir(), prefix))
}
