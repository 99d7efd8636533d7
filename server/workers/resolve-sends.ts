import type { Core } from '../domain/context.ts'
import { resolveUnfinishedSends } from '../domain/sends.ts'
import { repeat, type Worker } from './worker.ts'

/** How late an interrupted send may be noticed. */
const PAUSE_MS = 2_000
const BATCH = 50

/** Finds out what became of sends whose caller is gone: killed, or cut off from the platform's answer. */
export function startResolvingSends(core: Core): Worker {
  return repeat(core, 'resolving unfinished sends', PAUSE_MS, async () => {
    while ((await resolveUnfinishedSends(core, BATCH)) === BATCH);
  })
}
