import type { Queryable } from './database.ts'

/** Deletes up to `limit` deliveries that were settled before, with their attempts; says how many. */
export async function deleteOldDeliveries(db: Queryable, old: { before: Date; limit: number }): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select team_id, id from webhook_deliveries where settled_at < ${old.before} order by settled_at limit ${old.limit}
    )
    delete from webhook_deliveries d using doomed where d.team_id = doomed.team_id and d.id = doomed.id
    returning d.id`
  return rows.length
}

/** Deletes up to `limit` of those that have waited since before at a disabled endpoint, which then has missed them; says how many. */
export async function deleteDeliveriesOfDisabled(db: Queryable, old: { before: Date; limit: number }): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select d.team_id, d.id from webhook_endpoints e
      join webhook_deliveries d on d.team_id = e.team_id and d.endpoint_id = e.id
      where e.disabled_at < ${old.before} and d.state = 'pending' and d.created_at < ${old.before}
      limit ${old.limit}
    ), deleted as (
      delete from webhook_deliveries d using doomed where d.team_id = doomed.team_id and d.id = doomed.id
      returning d.team_id, d.endpoint_id, d.id, d.cause
    ), missed as (
      update webhook_endpoints e set missed_events = e.missed_events + lost.count, version = e.version + 1
      from (select team_id, endpoint_id, count(*) from deleted where cause = 'event' group by team_id, endpoint_id) lost
      where e.team_id = lost.team_id and e.id = lost.endpoint_id
    )
    select id from deleted`
  return rows.length
}

/** Deletes up to `limit` deliveries of endpoints that were deleted; says how many. */
export async function deleteDeliveriesOfDeleted(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select d.team_id, d.id from webhook_endpoints e
      join webhook_deliveries d on d.team_id = e.team_id and d.endpoint_id = e.id
      where e.deleted_at is not null
      limit ${limit}
    )
    delete from webhook_deliveries d using doomed where d.team_id = doomed.team_id and d.id = doomed.id
    returning d.id`
  return rows.length
}

/** Those that nothing refers to any more. */
export async function deleteDeletedEndpoints(db: Queryable): Promise<void> {
  await db.query`
    delete from webhook_endpoints e where e.deleted_at is not null
      and not exists (select 1 from webhook_deliveries d where d.team_id = e.team_id and d.endpoint_id = e.id)`
}

/** Deletes up to `limit` payloads that were last used before and that nobody waits for; says how many. */
export async function deleteOldPayloads(db: Queryable, old: { before: Date; limit: number }): Promise<number> {
  const rows = await db.query`
    with doomed as (
      select p.team_id, p.event_id, p.api_version from webhook_payloads p
      where p.used_at < ${old.before} and not exists (
        select 1 from webhook_deliveries d where d.team_id = p.team_id and d.event_id = p.event_id and d.state = 'pending')
      order by p.used_at limit ${old.limit}
    )
    delete from webhook_payloads p using doomed
    where p.team_id = doomed.team_id and p.event_id = doomed.event_id and p.api_version = doomed.api_version
      -- Again: somebody may have used it while this waited.
      and p.used_at < ${old.before}
    returning p.event_id`
  return rows.length
}
