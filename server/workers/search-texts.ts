import type { Core } from '../domain/context.ts'
import { catchUpWithTexts } from '../domain/search.ts'
import { repeat, type Worker } from './worker.ts'

/** The longer, the less work in all, and the more every search looks through: at 400 messages a second some 2 MB. */
const PAUSE_MS = 2_000

/** Keeps searches by text fast. Any number of servers may do it. */
export function startSearchTexts(core: Core): Worker {
  return repeat(core, 'sorting in the texts of threads', PAUSE_MS, () => catchUpWithTexts(core))
}
