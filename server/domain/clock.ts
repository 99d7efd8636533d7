/** The only source of time in the server, passed in so that tests can move days in seconds. */
export interface Clock {
  now(): Date
  /** Calls `work` once after `delayMs`, unless the returned function is called first. A pending timer does not keep the process alive. */
  after(delayMs: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other
}
