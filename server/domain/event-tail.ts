import { findLogBounds, followEvents, type LogBounds, listHeadSeqs } from '../store/events.ts'
import type { TeamId } from '../store/ids.ts'
import { systemClock } from './clock.ts'
import type { Core } from './context.ts'
import type { LogType } from './event-types.ts'
import type { DomainEvent, LoggedEvent } from './events.ts'

export type { LogBounds } from '../store/events.ts'

/** Somebody who follows a team's log. */
export interface EventReader {
  types: readonly LogType[]
  /** Takes the events in order. False: that was as much as fits, and it is not asked again before `room` says so; this one was taken. */
  take(event: LoggedEvent): boolean
  /** All that it asked for up to here was taken. */
  reached(seq: number): void
  /** What comes after `afterSeq` was forgotten; it goes on with `nextSeq`. */
  missed(gap: { afterSeq: number; nextSeq: number }): void
  /** Resolves when there is room for more; false = never again. */
  room(): Promise<boolean>
  /** The log could not be read; it is followed no more. */
  failed(error: unknown): void
}

export interface EventTail {
  /** Hands over what comes strictly after `afterSeq`, each event once and in order, until the returned function is called. */
  follow(teamId: TeamId, afterSeq: number, reader: EventReader): () => void
  stop(): void
}

/** Where the team's log begins and ends at this moment. */
export async function logBounds(core: Core, teamId: TeamId): Promise<LogBounds> {
  const bounds = await findLogBounds(core.db, teamId)
  if (!bounds) throw new Error(`there is no team ${teamId}`)
  return bounds
}

/** Of an old reader, at once: it is not to hold many in memory while it is slow. */
const REPLAY_EVENTS = 100
const LIVE_EVENTS = 500
/** Between two readings of a busy team's log; what is written meanwhile goes together. */
const PAUSE_MS = 10

/** Reads the log of each team with readers once for all of them. */
export function createEventTail(core: Core): EventTail {
  const tails = new Map<TeamId, TeamTail>()
  let isLooking = false
  let failing = false

  function tailOf(teamId: TeamId): TeamTail {
    const tail = tails.get(teamId) ?? new TeamTail(core, teamId)
    tails.set(teamId, tail)
    return tail
  }

  /** No signal says which teams have news: one statement tells. */
  async function lookAtAll(): Promise<void> {
    if (tails.size === 0 || isLooking) return
    isLooking = true
    try {
      for (const { teamId, headSeq } of await listHeadSeqs(core.db, [...tails.keys()])) {
        const tail = tails.get(teamId)
        if (tail && headSeq > tail.readSeq) tail.wake()
      }
      failing = false
    } catch (error) {
      if (!failing) core.log.warn({ err: error }, 'nobody can say whether there are new events')
      failing = true
    } finally {
      isLooking = false
    }
  }

  const unsubscribe = core.eventSignals.subscribe((teamId) => {
    if (teamId === null) void lookAtAll()
    else tails.get(teamId)?.wake()
  })

  return {
    follow(teamId, afterSeq, reader) {
      const tail = tailOf(teamId)
      const follower = { reader, seq: afterSeq, types: new Set(reader.types), stopped: false }
      tail.add(follower)
      return () => {
        follower.stopped = true
        tail.remove(follower)
        if (tail.isIdle() && tails.get(teamId) === tail) tails.delete(teamId)
      }
    },
    stop: unsubscribe,
  }
}

interface Follower {
  reader: EventReader
  /** All that it asked for up to here was taken. */
  seq: number
  types: ReadonlySet<LogType>
  stopped: boolean
}

type Page = Awaited<ReturnType<typeof followEvents<DomainEvent>>>

/**
 * A follower first reads for itself until it has reached the end of the log. Then it shares the readings with the others: each begins after
 * what the last of them has, and everybody leaves out what he has already. So there is neither gap nor repeat between the two. Whoever
 * cannot keep up reads for himself again, and delays nobody.
 */
class TeamTail {
  /** How far the log was read for all. */
  readSeq = 0
  private readonly all = new Set<Follower>()
  private readonly live = new Set<Follower>()
  /** Of all in `live`; null = to be put together anew. */
  private liveTypes: LogType[] | null = null
  private isReading = false
  /** There may be something new since the current reading began. */
  private isStale = false

  constructor(
    private readonly core: Core,
    private readonly teamId: TeamId,
  ) {}

  isIdle(): boolean {
    return this.all.size === 0
  }

  add(follower: Follower): void {
    this.all.add(follower)
    void this.catchUp(follower)
  }

  remove(follower: Follower): void {
    this.all.delete(follower)
    this.leave(follower)
  }

  wake(): void {
    this.isStale = true
    if (!this.isReading && this.live.size > 0) void this.readForAll()
  }

  private async catchUp(follower: Follower): Promise<void> {
    const { reader } = follower
    try {
      while (await reader.room()) {
        if (follower.stopped) return
        const page = await this.read(follower.seq, [...follower.types], REPLAY_EVENTS)
        if (follower.stopped) return
        if (hand(follower, page, REPLAY_EVENTS) && page.events.length < REPLAY_EVENTS) {
          this.join(follower)
          // What was recorded after the page, and before anybody would have told.
          return this.wake()
        }
      }
    } catch (error) {
      if (!follower.stopped) reader.failed(error)
    }
  }

  private join(follower: Follower): void {
    this.live.add(follower)
    this.liveTypes = null
  }

  private leave(follower: Follower): void {
    this.live.delete(follower)
    this.liveTypes = null
  }

  private async readForAll(): Promise<void> {
    this.isReading = true
    let mayBeMore = false
    try {
      while ((this.isStale || mayBeMore) && this.live.size > 0) {
        this.isStale = false
        mayBeMore = await this.readOnce()
        if (!mayBeMore) await new Promise<void>((resolve) => systemClock.after(PAUSE_MS, resolve))
      }
    } catch (error) {
      // Nobody lost anything: the next look, within a second, finds that nothing has been read.
      this.readSeq = 0
      this.core.log.warn({ err: error, teamId: this.teamId }, 'events could not be read')
    } finally {
      this.isReading = false
    }
  }

  /** Who joins meanwhile has to wait for the next one, which was perhaps not asked for his types or from his place. */
  private async readOnce(): Promise<boolean> {
    const followers = [...this.live]
    const afterSeq = Math.min(...followers.map(({ seq }) => seq))
    this.liveTypes ??= [...new Set(followers.flatMap(({ reader }) => reader.types))]
    const page = await this.read(afterSeq, this.liveTypes, LIVE_EVENTS)
    this.readSeq = Math.max(this.readSeq, endOf(page, LIVE_EVENTS))
    for (const follower of followers) {
      if (!follower.stopped) this.handOver(follower, page)
    }
    return page.events.length === LIVE_EVENTS
  }

  /** What is wrong with one of them is not to stop the others. */
  private handOver(follower: Follower, page: Page): void {
    try {
      if (hand(follower, page, LIVE_EVENTS)) return
      this.leave(follower)
      void this.catchUp(follower)
    } catch (error) {
      follower.reader.failed(error)
    }
  }

  private read(afterSeq: number, types: readonly LogType[], limit: number): Promise<Page> {
    return followEvents<DomainEvent>(this.core.db, this.teamId, { afterSeq, types, limit })
  }
}

/** False: the follower has no room for all of it. */
function hand(follower: Follower, page: Page, limit: number): boolean {
  const { reader, types } = follower
  const { oldestSeq } = page.bounds
  if (follower.seq < oldestSeq - 1) {
    reader.missed({ afterSeq: follower.seq, nextSeq: oldestSeq })
    follower.seq = oldestSeq - 1
  }
  for (const event of page.events) {
    if (event.seq <= follower.seq || !types.has(event.data.type)) continue
    const hasRoom = reader.take(event)
    follower.seq = event.seq
    if (!hasRoom) return false
  }
  follower.seq = Math.max(follower.seq, endOf(page, limit))
  reader.reached(follower.seq)
  return true
}

/** How far a page reaches: to the end of the log, unless it is full. */
function endOf({ events, bounds }: Page, limit: number): number {
  return events.length === limit ? (events.at(-1)?.seq ?? bounds.headSeq) : bounds.headSeq
}
