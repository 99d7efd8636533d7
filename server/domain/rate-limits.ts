import { DomainError } from './errors.ts'

export interface RateLimits {
  minute: number
  hour: number
  day: number
}

export type Window = keyof RateLimits

const MINUTE_MS = 60_000
/** Shortest first. */
const windowMs: Record<Window, number> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS }
const windowNames: readonly Window[] = ['minute', 'hour', 'day']

/** Of the window with the fewest requests left; of several full ones, the one that stays full longest. */
export interface Quota {
  window: Window
  limit: number
  remaining: number
  /** When the window's oldest request leaves it, or when a full window has room again, in Unix milliseconds. */
  resetAt: number
}

export interface RateLimiter {
  /** Counts a request; throws `rateLimited` when one of the windows is full, in which case it costs nothing. */
  take(teamId: string, now: number): Quota
  /** Counts requests that were accepted elsewhere: by another server, or by this one before it was restarted. */
  addFromElsewhere(teamId: string, requests: { at: number; count: number }): void
  /** Forgets teams without a request in the longest window. */
  forgetIdle(now: number): void
}

export class RateLimitedError extends DomainError {
  constructor(
    readonly quota: Quota,
    now: number,
  ) {
    const retryAfterSeconds = Math.max(1, Math.ceil((quota.resetAt - now) / 1000))
    super(
      'limited',
      'rateLimited',
      `The team's limit of ${quota.limit} requests per ${quota.window} is used up. Try again in ${retryAfterSeconds} seconds.`,
      {
        window: quota.window,
        limit: quota.limit,
        resetAt: new Date(quota.resetAt).toISOString(),
        retryAfterSeconds,
      },
    )
  }
}

/** `accepted` hears of every request that counted. */
export function createRateLimiter(
  limits: RateLimits,
  accepted: (teamId: string, now: number) => void = () => {},
): RateLimiter {
  const usages = new Map<string, TeamUsage>()

  function usageOf(teamId: string): TeamUsage {
    let usage = usages.get(teamId)
    if (!usage) {
      usage = new TeamUsage(limits)
      usages.set(teamId, usage)
    }
    return usage
  }

  return {
    take(teamId, now) {
      const usage = usageOf(teamId)
      if (!usage.take(now)) throw new RateLimitedError(usage.quota(now), now)
      accepted(teamId, now)
      return usage.quota(now)
    },
    addFromElsewhere(teamId, { at, count }) {
      usageOf(teamId).add(at, count)
    },
    forgetIdle(now) {
      for (const [teamId, usage] of usages) if (usage.isIdle(now)) usages.delete(teamId)
    },
  }
}

interface WindowUsage {
  readonly name: Window
  readonly ms: number
  readonly limit: number
  /** How many of the newest moments it holds, and how many requests they make. */
  moments: number
  requests: number
}

const MOMENTS_MIN = 64
/** Up to here every millisecond counts for itself, which is half a megabyte. Beyond, what is older than a minute is kept by the second. */
const MOMENTS_EXACT_MAX = 32_768

/** Counts one team's requests over three sliding windows at once: exact, because it remembers when each was made. */
class TeamUsage {
  /** Moments with accepted requests, oldest first, and how many: two rings that grow and shrink with what the day holds. */
  private times = new Float64Array(MOMENTS_MIN)
  private counts = new Uint32Array(MOMENTS_MIN)
  private head = 0
  private length = 0
  private readonly windows: readonly WindowUsage[]

  constructor(limits: RateLimits) {
    this.windows = windowNames.map((name) => ({
      name,
      ms: windowMs[name],
      limit: limits[name],
      moments: 0,
      requests: 0,
    }))
  }

  /** False when a window is full. */
  take(now: number): boolean {
    this.forget(now)
    for (const { requests, limit } of this.windows) if (requests >= limit) return false
    this.add(now, 1)
    return true
  }

  /** A moment before the newest known one counts as that: requests of other servers arrive late, and clocks are set back. */
  add(at: number, count: number): void {
    const newest = this.length > 0 ? this.timeAt(this.length - 1) : Number.NEGATIVE_INFINITY
    if (at <= newest) this.addToNewest(count)
    else this.append(at, count)
  }

  /** As it was at the last `take`. */
  quota(now: number): Quota {
    let tightest: WindowUsage | undefined
    for (const window of this.windows) if (!tightest || remainingIn(window) <= remainingIn(tightest)) tightest = window
    if (!tightest) throw new Error('there are no windows')
    return {
      window: tightest.name,
      limit: tightest.limit,
      remaining: remainingIn(tightest),
      resetAt: this.roomAt(tightest, now),
    }
  }

  isIdle(now: number): boolean {
    this.forget(now)
    return this.length === 0
  }

  /** When the oldest request leaves the window; if more were made than it allows, when enough of them have left. */
  private roomAt(window: WindowUsage, now: number): number {
    if (window.moments === 0) return now + window.ms
    let index = this.length - window.moments
    let requests = window.requests - this.countAt(index)
    while (requests >= window.limit) requests -= this.countAt(++index)
    return this.timeAt(index) + window.ms
  }

  private addToNewest(count: number): void {
    const slot = this.slot(this.length - 1)
    this.counts[slot] = this.countAt(this.length - 1) + count
    // Windows the newest moment has already left do not get it back.
    for (const window of this.windows) if (window.moments > 0) window.requests += count
  }

  private append(at: number, count: number): void {
    if (this.length === this.times.length) this.makeRoom(at)
    const slot = this.slot(this.length++)
    this.times[slot] = at
    this.counts[slot] = count
    for (const window of this.windows) {
      window.moments++
      window.requests += count
    }
  }

  private forget(now: number): void {
    for (const window of this.windows) {
      while (window.moments > 0 && this.timeAt(this.length - window.moments) <= now - window.ms) {
        window.requests -= this.countAt(this.length - window.moments)
        window.moments--
      }
    }
    this.dropForgotten()
  }

  /** What left the longest window is no longer needed. */
  private dropForgotten(): void {
    const kept = this.windows.at(-1)?.moments ?? 0
    if (kept === this.length) return
    this.head = this.slot(this.length - kept)
    this.length = kept
    if (this.times.length > MOMENTS_MIN && kept < this.times.length / 8) this.resize(this.times.length / 2)
  }

  private makeRoom(now: number): void {
    if (this.length >= MOMENTS_EXACT_MAX) this.coarsen(now - MINUTE_MS)
    if (this.length > this.times.length / 2) this.resize(this.times.length * 2)
  }

  /** Makes one moment of all in the same second: the latest of them, so that nothing is forgotten too early. */
  private coarsen(before: number): void {
    const times: number[] = []
    const counts: number[] = []
    for (let i = 0; i < this.length; i++) {
      const time = this.timeAt(i)
      const last = times.length - 1
      const merges = time < before && Math.floor(time / 1000) === Math.floor((times[last] ?? -1) / 1000)
      if (merges) {
        times[last] = time
        counts[last] = (counts[last] ?? 0) + this.countAt(i)
      } else {
        times.push(time)
        counts.push(this.countAt(i))
      }
    }
    this.head = 0
    this.length = 0
    for (const window of this.windows) window.moments = window.requests = 0
    times.forEach((time, i) => {
      this.append(time, counts[i] ?? 0)
    })
    this.forget(before + MINUTE_MS)
  }

  private resize(size: number): void {
    const times = new Float64Array(size)
    const counts = new Uint32Array(size)
    for (let i = 0; i < this.length; i++) {
      times[i] = this.timeAt(i)
      counts[i] = this.countAt(i)
    }
    this.times = times
    this.counts = counts
    this.head = 0
  }

  private timeAt(index: number): number {
    return this.times[this.slot(index)] ?? 0
  }

  private countAt(index: number): number {
    return this.counts[this.slot(index)] ?? 0
  }

  /** Sizes are powers of two. */
  private slot(index: number): number {
    return (this.head + index) & (this.times.length - 1)
  }
}

function remainingIn({ limit, requests }: WindowUsage): number {
  return Math.max(0, limit - requests)
}
