import { randomUUID } from 'node:crypto'
import type { Database } from '../store/database.ts'
import { listenForEvents, notifyOfEvents } from '../store/event-signals.ts'
import type { TeamId } from '../store/ids.ts'
import { systemClock } from './clock.ts'
import type { Log } from './context.ts'

/**
 * Who wants to know of new events hears of them within milliseconds, on every process of the database. A signal is a hint: it may be lost
 * or come twice, and what there is to know is in the log.
 */
export interface EventSignals {
  /** Called after the commit; whoever subscribed in this process has heard when it returns. */
  recorded(teamId: TeamId): void
  /**
   * Calls `heard` with the team that has new events, or with null if it may be any: at least every second, so that who looks then misses
   * nothing for longer. It must not throw, and leave what takes time for later. Ends when the returned function is called.
   */
  subscribe(heard: (teamId: TeamId | null) => void): () => void
}

/** Where nobody is to hear: what happens there is not committed yet, or done for a measurement. */
export const noEventSignals: EventSignals = { recorded() {}, subscribe: () => () => {} }

export interface RunningEventSignals extends EventSignals {
  /** Without it subscribers hear of this process's events only. */
  listen(): Promise<void>
  /** Tells the others what they have not been told. */
  stop(): Promise<void>
}

/** Between two tellings: every one takes a lock that all tellings of the cluster share, however many teams it names. */
const PAUSE_MS = 10
/** The longest that something goes unnoticed of which no signal arrived. */
const LOOK_EVERY_MS = 1_000
/** In one telling, of 25 bytes each; beyond that it says "any". */
const TEAMS_MAX = 250
const ANY = '*'

/**
 * Timers are the system's: how long a signal travels is no part of what the product means, and it must travel while a test holds the
 * clock. Processes are told outside of the writer's transaction, because a NOTIFY in it would make all commits wait for each other.
 */
export function createEventSignals({ db, log }: { db: Database; log: Log }): RunningEventSignals {
  const processId = randomUUID()
  const subscribers = new Set<(teamId: TeamId | null) => void>()
  const untold = new Set<TeamId>()
  let telling: Promise<void> | null = null
  let failing = false
  let stopped = false
  let endPause = () => {}
  let stopLooking = () => {}
  let stopListening = async () => {}

  function signal(teamId: TeamId | null): void {
    for (const heard of subscribers) heard(teamId)
  }

  /** The first at once; what comes meanwhile goes together. */
  async function tellAll(): Promise<void> {
    while (untold.size > 0) {
      const teams = [...untold]
      untold.clear()
      await tell(teams)
      if (!stopped) await pause()
    }
    telling = null
  }

  async function tell(teams: readonly TeamId[]): Promise<void> {
    const named = teams.length > TEAMS_MAX ? [ANY] : teams
    try {
      await notifyOfEvents(db, [processId, ...named].join(' '))
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'other processes are not told of events, they look by themselves')
      failing = true
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = systemClock.after(PAUSE_MS, resolve)
      endPause = () => {
        cancel()
        resolve()
      }
    })
  }

  function hear(payload: string | null): void {
    const [teller, ...teams] = payload?.split(' ') ?? [null, ANY]
    if (teller === processId) return
    for (const team of teams) signal(team === ANY ? null : (team as TeamId))
  }

  function lookAgain(): void {
    stopLooking = systemClock.after(LOOK_EVERY_MS, () => {
      signal(null)
      lookAgain()
    })
  }

  return {
    recorded(teamId) {
      signal(teamId)
      untold.add(teamId)
      telling ??= tellAll()
    },
    subscribe(heard) {
      subscribers.add(heard)
      return () => subscribers.delete(heard)
    },
    async listen() {
      stopListening = await listenForEvents(db, hear)
      lookAgain()
    },
    async stop() {
      stopped = true
      stopLooking()
      endPause()
      await Promise.all([telling, stopListening()])
    },
  }
}
