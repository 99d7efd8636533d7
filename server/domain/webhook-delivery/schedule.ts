const MINUTE_MS = 60_000
/** The line of an endpoint that is down is tried again so soon that it goes on within minutes once the endpoint is up. */
const PROBE_MS = 5 * MINUTE_MS
/** So that many that failed together do not come back together. */
const JITTER = 0.1

export interface FailedTry {
  at: Date
  /** Of the schedule, this one included. */
  tries: number
  /** When the schedule began: with the first of them. */
  triedSince: Date
  /** Not before; null = the receiver did not ask for anything. */
  waitUntil: Date | null
}

/**
 * When to try again; null = the schedule is used up. Where order matters the delay is at most five minutes, and it goes on until as much
 * time has passed as all gaps are long.
 */
export function nextTryAt(
  { at, tries, triedSince, waitUntil }: FailedTry,
  { gapsMs, inOrder }: { gapsMs: readonly number[]; inOrder: boolean },
): Date | null {
  const gapMs = gapsMs[tries - 1] ?? (inOrder ? gapsMs.at(-1) : undefined)
  if (gapMs === undefined) return null
  const wantedMs = gapMs * (1 + JITTER * (2 * Math.random() - 1))
  const delayMs = inOrder ? Math.min(wantedMs, PROBE_MS) : wantedMs
  if (tries > gapsMs.length && at.getTime() + delayMs > triedSince.getTime() + sum(gapsMs)) return null
  return new Date(Math.max(at.getTime() + Math.round(delayMs), waitUntil?.getTime() ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
