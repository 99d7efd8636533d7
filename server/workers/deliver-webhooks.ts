import type { Core } from '../domain/context.ts'
import {
  claimWebhookWork,
  type EndpointRun,
  nextWebhookDue,
  teamsWithWebhooks,
} from '../domain/webhook-delivery/claims.ts'
import type { Worker } from './worker.ts'

/** Worked for at the same time: each may wait for a dead receiver, and none for another. */
const ENDPOINTS_AT_ONCE = 256
/** An endpoint that always has something to do gives way to others after so long. */
const STAY_MS = 10_000

type TeamId = EndpointRun['lease']['teamId']

/** Sends teams' events to their webhook endpoints. Any number of servers may do it. */
export function startDeliveringWebhooks(core: Core): Worker {
  const runs = new Map<string, { run: EndpointRun; since: Date }>()
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
    for (const { run } of runs.values()) if (teamId === null || teamId === run.lease.teamId) run.wake()
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
    const limit = ENDPOINTS_AT_ONCE - runs.size
    const claimed = await claimWebhookWork(core, { teamIds, limit, isOurs: (endpointId) => runs.has(endpointId) })
    for (const run of claimed.runs) keep(run)
    if (claimed.hasMore) makeRoom()
    await setTimer()
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
    runs.set(endpointId, { run, since: core.clock.now() })
    if (stopped) run.stop()
    void run.ended.then(() => {
      runs.delete(endpointId)
      if (run.wasWokenLate) news.add(teamId)
      look()
    })
  }

  function makeRoom(): void {
    const before = core.clock.now().getTime() - STAY_MS
    for (const { run, since } of runs.values()) if (since.getTime() < before) run.stop()
  }

  async function setTimer(): Promise<void> {
    const dueAt = await nextWebhookDue(core)
    cancelTimer()
    if (dueAt === null || stopped) return
    cancelTimer = core.clock.after(Math.max(0, new Date(dueAt).getTime() - core.clock.now().getTime()), look)
  }

  const unsubscribe = core.eventSignals.subscribe(heard)
  look()

  return {
    async stop() {
      stopped = true
      unsubscribe()
      cancelTimer()
      await looking
      for (const { run } of runs.values()) run.stop()
      await Promise.all([...runs.values()].map(({ run }) => run.ended))
    },
  }
}
