const MINUTE_MS = 60_000
/** The line of an endpoint that is down is tried again so soon that it goes on within minutes once the endpoint is up. */
const PROBE_MS = 5 * MINUTE_MS
/** Longer than anybody should ask for: the schedule's own longest gap. */
const ASKED_MAX_MS = 24 * 60 * MINUTE_MS
/** So that many that failed together do not come back together. */
const JITTER = 0.1

export interface FailedTry {
  at: Date
  /** Of the schedule, this one included. */
  tries: number
  /** When the schedule began: with the first of them. */
  triedSince: Date
  /** What the receiver asked for; null = nothing. */
  askedToWaitMs: number | null
}

/**
 * When to try again; null = the schedule is used up. Where order matters the delay is at most five minutes, and it goes on until as much
 * time has passed as all gaps are long.
 */
export function nextTryAt(
  { at, tries, triedSince, askedToWaitMs }: FailedTry,
  { gapsMs, inOrder }: { gapsMs: readonly number[]; inOrder: boolean },
): Date | null {
  const gapMs = gapsMs[tries - 1] ?? (inOrder ? gapsMs.at(-1) : undefined)
  if (gapMs === undefined) return null
  const wantedMs = gapMs * (1 + JITTER * (2 * Math.random() - 1))
  const delayMs = inOrder ? Math.min(wantedMs, PROBE_MS) : wantedMs
  if (tries > gapsMs.length && at.getTime() + delayMs > triedSince.getTime() + sum(gapsMs)) return null
  return new Date(at.getTime() + Math.round(Math.max(delayMs, Math.min(askedToWaitMs ?? 0, ASKED_MAX_MS))))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
