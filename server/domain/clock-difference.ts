import type { Queryable } from '../store/database.ts'
import { readDatabaseTime } from '../store/database-time.ts'
import type { Clock } from './clock.ts'

/** Two servers may differ by twice as much: less than the shortest lease has left when it is renewed, 3.5 seconds of a send's. */
const DIFFERENCE_MAX_MS = 1_500

export interface ClockDifference {
  /** How far our clock is ahead of the database's; negative = behind. What the asking took may be missing in it. */
  differenceMs: number
  /** What to tell the operator; null = it is small enough. */
  warning: string | null
}

export async function compareClocks(db: Queryable, clock: Clock): Promise<ClockDifference> {
  const askedAt = clock.now().getTime()
  const theirs = await readDatabaseTime(db)
  const answeredAt = clock.now().getTime()
  // Anything between the question and the answer may be the same moment.
  const differenceMs = Math.round(Math.max(0, askedAt - theirs) - Math.max(0, theirs - answeredAt))
  return { differenceMs, warning: Math.abs(differenceMs) > DIFFERENCE_MAX_MS ? warningOf(differenceMs) : null }
}

function warningOf(differenceMs: number): string {
  const side = differenceMs > 0 ? 'ahead of' : 'behind'
  return (
    `this machine's clock is ${Math.round(Math.abs(differenceMs) / 100) / 10} s ${side} the database's; ` +
    'leases of sends and webhook endpoints end by the clock of each server, so one could take over what another is still sending, ' +
    'and tokens and events age by it; let both machines keep time by NTP'
  )
}
