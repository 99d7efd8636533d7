import { expect, test } from 'vitest'
import { systemClock } from '../domain/clock.ts'
import { startTeam } from '../test/harness.ts'
import type { Tx } from './database.ts'
import type { TeamId, WebhookEndpointId } from './ids.ts'
import { listDeliveriesInLine, listDueDeliveries } from './webhook-queue.ts'

const WAITING = 3_000

test('a page of what waits costs a page, also when nobody expected that so much would wait', async () => {
  const { server, ...team } = await startTeam()
  const { db } = server.core
  const teamId = team.teamId as TeamId
  const lease = { teamId, endpointId: 'many' as WebhookEndpointId, number: 1 }
  await db.transaction((tx) => insert(tx, teamId, { endpointId: 'many', state: 'delivered', count: 20_000 }))
  await db.query`analyze webhook_deliveries`

  await db.transaction(async (tx) => {
    await insert(tx, teamId, { endpointId: 'other', state: 'pending', count: WAITING })
    await insert(tx, teamId, { endpointId: 'many', state: 'pending', count: WAITING })
    const before = await rowsRead(tx)
    await listDeliveriesInLine(tx, lease, { afterSeq: WAITING / 2, limit: 32 })
    const inLine = await rowsRead(tx)
    await listDueDeliveries(tx, lease, { which: 'all', now: systemClock.now(), limit: 32 })
    const due = await rowsRead(tx)

    expect([inLine - before, due - inLine]).toEqual([32, 32])
  })
})

/** Nothing that refers to them is looked at. */
async function insert(
  tx: Tx,
  teamId: TeamId,
  { endpointId, state, count }: { endpointId: string; state: 'pending' | 'delivered'; count: number },
): Promise<void> {
  await tx.query`set local session_replication_role = replica`
  await tx.query`
    insert into webhook_deliveries (team_id, id, endpoint_id, event_id, api_version, seq, type, cause, state, next_attempt_at, settled_at, created_at)
    select ${teamId}, ${`${endpointId}-${state}`}::text || n, ${endpointId}::text, 'event' || n, '2', n, 'tag.created', 'event', ${state}::text,
      case when ${state}::text = 'pending' then now() end, case when ${state}::text = 'pending' then null else now() end, now()
    from generate_series(1, ${count}::int) n`
}

/** Of the deliveries, by this transaction. */
async function rowsRead(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ count: number }>`
    select seq_tup_read + coalesce(idx_tup_fetch, 0) as count from pg_stat_xact_user_tables where relname = 'webhook_deliveries'`
  return row?.count ?? 0
}
