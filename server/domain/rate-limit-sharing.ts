import { randomUUID } from 'node:crypto'
import type { HeardUsage, RateLimitUsage } from '../store/rate-limit-usage.ts'
import { deleteRateLimitUsage, exchangeRateLimitUsage, listRateLimitMinutes } from '../store/rate-limit-usage.ts'
import type { Core } from './context.ts'
import { createRateLimiter, type RateLimiter, type RateLimits } from './rate-limits.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Between two exchanges while there is something to tell the other servers, and while there is not. */
const BUSY_PAUSE_MS = 400
const IDLE_PAUSE_MS = 1_000
/** A second that is not told after this long has left the only window that counts by the second. */
const SECONDS_KEPT_MS = 2 * MINUTE_MS
/** How far back the others' seconds are read: as much as servers' clocks may differ, and then some. */
const HEARING_MS = 30_000
const HOUSEKEEPING_MS = MINUTE_MS

export interface SharedRateLimiter extends RateLimiter {
  /** Tells the last counts, for whoever starts next. */
  stop(): Promise<void>
}

/**
 * A rate limiter that shares its counts with the other servers on the database and remembers them over a restart. No request ever waits
 * for that: while the database is away, each server counts on its own.
 */
export async function startRateLimiter(core: Core, limits: RateLimits): Promise<SharedRateLimiter> {
  const nodeId = randomUUID()
  const own = new OwnUsage()
  const others = new OthersUsage()
  const limiter = createRateLimiter(limits, (teamId, at) => {
    if (own.note(teamId, at) && idle) schedule(BUSY_PAUSE_MS)
  })
  let heardUntil: string | null = null
  let idle = true
  let failing = false
  let stopped = false
  let housekeepingAt = 0
  let running: Promise<void> | null = null
  let cancelTimer = () => {}

  function schedule(pauseMs: number): void {
    cancelTimer()
    if (stopped) return
    idle = pauseMs === IDLE_PAUSE_MS
    cancelTimer = core.clock.after(pauseMs, () => {
      running ??= run().finally(() => {
        running = null
        schedule(own.isEmpty() ? IDLE_PAUSE_MS : BUSY_PAUSE_MS)
      })
    })
  }

  async function run(): Promise<void> {
    try {
      await exchange(now() - HEARING_MS)
      await keepHouse()
      if (failing) core.log.info({}, 'rate limits are shared again')
      failing = false
    } catch (error) {
      if (!failing) core.log.warn({ err: error }, 'rate limits are not shared: the database does not answer')
      failing = true
    }
  }

  async function exchange(since: number): Promise<void> {
    const told = own.collect(now())
    let heard: HeardUsage[]
    try {
      heard = await exchangeRateLimitUsage(core.db, nodeId, { own: told, since: new Date(since), heardUntil })
    } catch (error) {
      own.takeBack(told)
      throw error
    }
    own.confirm(told, now())
    for (const row of heard) {
      const count = others.newsIn(row)
      if (count > 0) limiter.addFromElsewhere(row.teamId, { at: atMost(now(), endOf(row.startsAt, SECOND_MS)), count })
      if (heardUntil === null || row.writtenAt > heardUntil) heardUntil = row.writtenAt
    }
    others.forgetBefore(now() - 2 * HEARING_MS)
  }

  async function keepHouse(): Promise<void> {
    if (now() < housekeepingAt) return
    housekeepingAt = now() + HOUSEKEEPING_MS
    limiter.forgetIdle(now())
    own.forgetTold(now())
    await deleteRateLimitUsage(core.db, {
      secondsBefore: new Date(now() - SECONDS_KEPT_MS - MINUTE_MS),
      minutesBefore: new Date(now() - DAY_MS - MINUTE_MS),
    })
  }

  /** Minutes as far as the minute window does not need them by the second. A minute counts from its end: rather too long than too short. */
  async function remember(): Promise<void> {
    const until = startOf(now() - MINUTE_MS, MINUTE_MS)
    const minutes = await listRateLimitMinutes(core.db, { since: new Date(now() - DAY_MS), until: new Date(until) })
    for (const { teamId, startsAt, requests } of minutes)
      limiter.addFromElsewhere(teamId, { at: endOf(startsAt, MINUTE_MS), count: requests })
    await exchange(until - 1)
  }

  function now(): number {
    return core.clock.now().getTime()
  }

  await remember()
  schedule(IDLE_PAUSE_MS)
  return {
    ...limiter,
    async stop() {
      stopped = true
      cancelTimer()
      await running
      await run()
    },
  }
}

/** Start of a second or minute, in Unix milliseconds → requests in it. */
type Counts = Map<number, number>

/** What this server accepted and the others have not been told, or not finally. */
class OwnUsage {
  private readonly teams = new Map<string, { seconds: Counts; minutes: Counts }>()
  /** Teams with requests since the last telling. */
  private readonly news = new Set<string>()

  /** True when the team is news. */
  note(teamId: string, at: number): boolean {
    let team = this.teams.get(teamId)
    if (!team) {
      team = { seconds: new Map(), minutes: new Map() }
      this.teams.set(teamId, team)
    }
    increment(team.seconds, startOf(at, SECOND_MS))
    increment(team.minutes, startOf(at, MINUTE_MS))
    if (this.news.has(teamId)) return false
    this.news.add(teamId)
    return true
  }

  isEmpty(): boolean {
    return this.news.size === 0
  }

  collect(now: number): RateLimitUsage[] {
    const rows: RateLimitUsage[] = []
    for (const teamId of this.news) {
      const team = this.teams.get(teamId)
      if (!team) continue
      // Only after the database was away for long.
      for (const start of team.seconds.keys()) if (start < now - SECONDS_KEPT_MS) team.seconds.delete(start)
      for (const start of team.minutes.keys()) if (start < now - DAY_MS) team.minutes.delete(start)
      for (const [start, requests] of team.seconds) rows.push({ teamId, span: 1, startsAt: new Date(start), requests })
      for (const [start, requests] of team.minutes) rows.push({ teamId, span: 60, startsAt: new Date(start), requests })
    }
    this.news.clear()
    return rows
  }

  takeBack(rows: readonly RateLimitUsage[]): void {
    for (const { teamId } of rows) this.news.add(teamId)
  }

  /** Forgets what is told and over. What still goes on is told again, with its new total. */
  confirm(rows: readonly RateLimitUsage[], now: number): void {
    for (const { teamId, span, startsAt, requests } of rows) {
      const team = this.teams.get(teamId)
      const counts = span === 1 ? team?.seconds : team?.minutes
      const start = startsAt.getTime()
      const isOver = start + span * SECOND_MS <= now
      if (isOver && counts?.get(start) === requests) counts.delete(start)
    }
  }

  /** Of teams that have been quiet since they were told. */
  forgetTold(now: number): void {
    for (const [teamId, { minutes }] of this.teams) {
      const goesOn = [...minutes.keys()].some((start) => start + MINUTE_MS > now)
      if (!goesOn && !this.news.has(teamId)) this.teams.delete(teamId)
    }
  }
}

/** What the other servers have said so far: they tell totals, and a total is told again whenever it grew. */
class OthersUsage {
  private readonly told = new Map<string, { requests: number; startsAt: number }>()

  newsIn({ teamId, nodeId, startsAt, requests }: HeardUsage): number {
    const key = `${nodeId} ${startsAt} ${teamId}`
    const before = this.told.get(key)?.requests ?? 0
    if (requests > before) this.told.set(key, { requests, startsAt: Date.parse(startsAt) })
    return Math.max(0, requests - before)
  }

  forgetBefore(time: number): void {
    for (const [key, { startsAt }] of this.told) if (startsAt < time) this.told.delete(key)
  }
}

function increment(counts: Counts, start: number): void {
  counts.set(start, (counts.get(start) ?? 0) + 1)
}

function startOf(time: number, spanMs: number): number {
  return Math.floor(time / spanMs) * spanMs
}

/** The last millisecond of it. */
function endOf(startsAt: string, spanMs: number): number {
  return Date.parse(startsAt) + spanMs - 1
}

function atMost(limit: number, time: number): number {
  return Math.min(limit, time)
}
