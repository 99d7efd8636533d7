import { DomainError } from '../domain/errors.ts'

export interface RateLimits {
  minute: number
  hour: number
  day: number
}

export type Window = keyof RateLimits

export const windowSeconds: Record<Window, number> = { minute: 60, hour: 3_600, day: 86_400 }
const windows = Object.keys(windowSeconds) as Window[]

/** Of the window with the fewest requests left. */
export interface Quota {
  window: Window
  limit: number
  remaining: number
  /** When the window's oldest request leaves it, in Unix seconds. */
  resetAt: number
}

/** Counts one team's requests over three sliding windows at once: exact, because it remembers the time of each. */
class TeamUsage {
  /** Times of the accepted requests of the last day, oldest first, in a ring that grows up to the day's limit. */
  private times = new Float64Array(64)
  private head = 0
  private length = 0
  /** How many of the newest requests each window still holds. */
  private readonly held: Record<Window, number> = { minute: 0, hour: 0, day: 0 }

  constructor(private readonly limits: RateLimits) {}

  take(now: number): { accepted: boolean; quota: Quota } {
    for (const window of windows) this.forget(window, now)
    this.trim()
    const tightest = this.tightest(now)
    if (tightest.remaining === 0) return { accepted: false, quota: tightest }
    this.add(now)
    return { accepted: true, quota: this.tightest(now) }
  }

  /** Requests made elsewhere (another server, before a restart) count too. Must not be newer than `now` of the next take. */
  add(at: number): void {
    if (this.length === this.times.length) this.grow()
    this.times[(this.head + this.length) % this.times.length] = at
    this.length++
    for (const window of windows) this.held[window]++
  }

  isIdle(now: number): boolean {
    this.forget('day', now)
    return this.held.day === 0
  }

  private forget(window: Window, now: number): void {
    const since = now - windowSeconds[window] * 1000
    while (this.held[window] > 0 && this.at(this.length - this.held[window]) <= since) this.held[window]--
  }

  /** What left the longest window is no longer needed. */
  private trim(): void {
    const old = this.length - this.held.day
    this.head = (this.head + old) % this.times.length
    this.length -= old
  }

  private tightest(now: number): Quota {
    const quotas = windows.map((window): Quota => {
      const limit = this.limits[window]
      const held = this.held[window]
      const oldest = held > 0 ? this.at(this.length - held) : now
      return {
        window,
        limit,
        remaining: Math.max(0, limit - held),
        resetAt: Math.ceil(oldest / 1000 + windowSeconds[window]),
      }
    })
    return quotas.reduce((tightest, quota) => (quota.remaining < tightest.remaining ? quota : tightest))
  }

  private at(index: number): number {
    return this.times[(this.head + index) % this.times.length] ?? 0
  }

  private grow(): void {
    const larger = new Float64Array(this.times.length * 2)
    for (let i = 0; i < this.length; i++) larger[i] = this.at(i)
    this.times = larger
    this.head = 0
  }
}

export interface RateLimiter {
  /** Counts a request; throws `rateLimited` when one of the windows is full, in which case it costs nothing. */
  take(teamId: string, now: number): Quota
}

export class RateLimitedError extends DomainError {
  constructor(
    readonly quota: Quota,
    now: number,
  ) {
    const retryAfterSeconds = Math.max(1, Math.ceil(quota.resetAt - now / 1000))
    super(
      'limited',
      'rateLimited',
      `The team's limit of ${quota.limit} requests per ${quota.window} is used up. Try again in ${retryAfterSeconds} seconds.`,
      {
        window: quota.window,
        limit: quota.limit,
        resetAt: new Date(quota.resetAt * 1000).toISOString(),
        retryAfterSeconds,
      },
    )
  }
}

export function createRateLimiter(limits: RateLimits): RateLimiter {
  const usages = new Map<string, TeamUsage>()
  return {
    take(teamId, now) {
      let usage = usages.get(teamId)
      if (!usage) {
        usage = new TeamUsage(limits)
        usages.set(teamId, usage)
      }
      const { accepted, quota } = usage.take(now)
      if (!accepted) throw new RateLimitedError(quota, now)
      return quota
    },
  }
}
