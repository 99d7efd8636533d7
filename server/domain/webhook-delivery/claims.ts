import type { TeamId, Timestamp } from '../../store/ids.ts'
import {
  findNextDue,
  leaseWebhookEndpoints,
  listEndpointsWithWork,
  listTeamsWithEndpoints,
} from '../../store/webhook-leases.ts'
import type { Core } from '../context.ts'
import { leaseUntil } from './held-endpoint.ts'
import { EndpointRun } from './run.ts'

export type { EndpointRun } from './run.ts'

/** Those of the teams whose events may be anybody's to get; null = of all teams. */
export function teamsWithWebhooks(core: Core, teamIds: readonly TeamId[] | null): Promise<TeamId[]> {
  return listTeamsWithEndpoints(core.db, teamIds)
}

export interface Claim {
  /** With news; null = it may be any. */
  teamIds: readonly TeamId[] | null
  /** How many endpoints may be worked for beside those that are. */
  limit: number
  /** Of how many more it is said that they wait. */
  waitingMax: number
  /** By endpoint: a lease of ours that ran out is ours to renew. */
  isOurs(endpointId: string): boolean
}

/** An endpoint that had to be left out. */
export interface Waiting {
  teamId: TeamId
  since: Date
}

/** Begins to work for endpoints that have something to do and that nobody works for, those first that wait longest. */
export async function claimWebhookWork(
  core: Core,
  { teamIds, limit, waitingMax, isOurs }: Claim,
): Promise<{ runs: EndpointRun[]; waiting: Waiting[] }> {
  const now = core.clock.now()
  const found = await listEndpointsWithWork(core.db, { teamIds, now, limit: limit + waitingMax })
  const free = found.filter(({ endpointId }) => !isOurs(endpointId))
  const wanted = free.slice(0, limit)
  const waiting = free.slice(limit).map(({ teamId, since }) => ({ teamId, since: new Date(since) }))
  if (wanted.length === 0) return { runs: [], waiting }
  const until = leaseUntil(now)
  const leased = await leaseWebhookEndpoints(core.db, wanted, { now, until })
  const runs = leased.map(
    ({ teamId, endpointId, number, ...endpoint }) =>
      new EndpointRun(core, { teamId, endpointId, number }, endpoint, until),
  )
  return { runs, waiting }
}

/** When the next delivery is due that nobody works for; null = none waits. */
export function nextWebhookDue(core: Core): Promise<Timestamp | null> {
  return findNextDue(core.db, core.clock.now())
}
