import type { Core } from '../domain/context.ts'
import {
  claimWebhookWork,
  type EndpointRun,
  nextWebhookDue,
  teamsWithWebhooks,
  type Waiting,
} from '../domain/webhook-delivery/claims.ts'
import type { Worker } from './worker.ts'

/** An endpoint that always has something to do gives way to others after so long. */
const STAY_MS = 10_000
/**
 * Nobody has to give way to who has waited for less. Whoever gave way waits, too: without a pause one that waits would make them all go, one
 * for the other.
 */
const PATIENCE_MS = 1_000

type TeamId = EndpointRun['lease']['teamId']

interface Stay {
  run: EndpointRun
  since: Date
  /** It was asked to give way. */
  isLeaving: boolean
}

/** So many may wait for a dead receiver, and nobody else for them. */
const ENDPOINTS_AT_ONCE = 256

/** Sends teams' events to their webhook endpoints, of so many at the same time. Any number of servers may do it. */
export function startDeliveringWebhooks(core: Core, { endpointsAtOnce = ENDPOINTS_AT_ONCE } = {}): Worker {
  /** The longest first. */
  const stays = new Map<string, Stay>()
  /** Teams that are known to have endpoints, and those that had none within the last second. */
  let withWebhooks = new Set<TeamId>()
  let without = new Set<TeamId>()
  let news = new Set<TeamId>()
  let isAnyTeam = true
  let mayHaveWork = true
  let looking: Promise<void> | null = null
  let cancelTimer = () => {}
  let failing = false
  let stopped = false

  function heard(teamId: TeamId | null): void {
    if (teamId === null) isAnyTeam = true
    else if (!without.has(teamId)) news.add(teamId)
    else return
    for (const { run } of stays.values()) if (teamId === null || teamId === run.lease.teamId) run.wake()
    look()
  }

  function look(): void {
    mayHaveWork = true
    if (!stopped) looking ??= lookAll()
  }

  async function lookAll(): Promise<void> {
    while (mayHaveWork && !stopped) {
      mayHaveWork = false
      try {
        await lookOnce()
        failing = false
      } catch (error) {
        // Within a second it is looked again.
        if (!failing) core.log.warn({ err: error }, 'nobody can say whether there are webhooks to deliver')
        failing = true
      }
    }
    looking = null
  }

  async function lookOnce(): Promise<void> {
    const teamIds = await teamsToLookAt()
    const claimed = await claimWebhookWork(core, {
      teamIds,
      limit: endpointsAtOnce - stays.size,
      waitingMax: endpointsAtOnce,
      isOurs: (endpointId) => stays.has(endpointId),
    })
    for (const run of claimed.runs) keep(run)
    for (const { teamId } of claimed.waiting) news.add(teamId)
    await setTimer(makeRoom(claimed.waiting))
  }

  /** Null: it may be any. */
  async function teamsToLookAt(): Promise<TeamId[] | null> {
    const named = [...news]
    news = new Set()
    if (isAnyTeam) {
      isAnyTeam = false
      withWebhooks = new Set(await teamsWithWebhooks(core, null))
      without = new Set()
      return null
    }
    const unknown = named.filter((teamId) => !withWebhooks.has(teamId))
    if (unknown.length > 0) {
      for (const teamId of await teamsWithWebhooks(core, unknown)) withWebhooks.add(teamId)
      for (const teamId of unknown) if (!withWebhooks.has(teamId)) without.add(teamId)
    }
    return named.filter((teamId) => withWebhooks.has(teamId))
  }

  function keep(run: EndpointRun): void {
    const { endpointId, teamId } = run.lease
    stays.set(endpointId, { run, since: core.clock.now(), isLeaving: false })
    if (stopped) run.stop()
    void run.ended.then(() => {
      stays.delete(endpointId)
      if (run.wasWokenLate) news.add(teamId)
      look()
    })
  }

  /** As many of the longest stays end as others wait, each when both have lasted long enough. Says when the next does; null = none. */
  function makeRoom(waiting: readonly Waiting[]): Date | null {
    const staying = [...stays.values()].filter(({ isLeaving }) => !isLeaving)
    const leavingCount = stays.size - staying.length
    for (const [i, { since }] of waiting.slice(leavingCount).entries()) {
      const stay = staying[i]
      if (!stay) return null
      const at = new Date(Math.max(stay.since.getTime() + STAY_MS, since.getTime() + PATIENCE_MS))
      if (at > core.clock.now()) return at
      stay.isLeaving = true
      stay.run.stop()
    }
    return null
  }

  /** For what is due next, or for `at` if that is earlier. */
  async function setTimer(at: Date | null): Promise<void> {
    const dueAt = await nextWebhookDue(core)
    cancelTimer()
    const times = [at, dueAt === null ? null : new Date(dueAt)].filter((time) => time !== null)
    if (times.length === 0 || stopped) return
    const first = Math.min(...times.map((time) => time.getTime()))
    cancelTimer = core.clock.after(Math.max(0, first - core.clock.now().getTime()), look)
  }

  const unsubscribe = core.eventSignals.subscribe(heard)
  look()

  return {
    async stop() {
      stopped = true
      unsubscribe()
      cancelTimer()
      await looking
      for (const { run } of stays.values()) run.stop()
      await Promise.all([...stays.values()].map(({ run }) => run.ended))
    },
  }
}
