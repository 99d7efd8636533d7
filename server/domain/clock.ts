/** The source of all time that means something, passed in so that tests can move days in seconds. */
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

/** In real time, whatever the clock says: what is spared is this machine. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other
}
