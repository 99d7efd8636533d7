import { followEvents } from '../../store/events.ts'
import { insertEventDeliveries } from '../../store/webhook-queue.ts'
import type { DomainEvent } from '../events.ts'
import type { HeldEndpoint } from './held-endpoint.ts'

/** Few enough that nobody who wants something of this process meanwhile waits long for it. */
const EVENTS_PER_PAGE = 32

/** Makes deliveries of the next events of the log. Whether there may be more of them at once. */
export async function fanOut(held: HeldEndpoint): Promise<boolean> {
  if (!held.isEnabled || !(await held.keep())) return false
  const { core, lease, position, endpoint } = held
  const { teamId } = lease
  const page = { afterSeq: position, types: held.types, limit: EVENTS_PER_PAGE }
  const { events, bounds } = await followEvents<DomainEvent>(core.db, teamId, page)
  const isFull = events.length === EVENTS_PER_PAGE
  const to = (isFull && events.at(-1)?.seq) || bounds.headSeq
  if (to <= position) return false
  const now = core.clock.now()
  const leaseUntil = held.newUntil()
  const isWritten = await insertEventDeliveries(core.db, lease, {
    from: position,
    to,
    missed: Math.max(0, bounds.oldestSeq - 1 - position),
    apiVersion: endpoint.apiVersion,
    payloads: events.map((event) => {
      const { type, json } = held.version.render(event, teamId)
      return { eventId: event.id, seq: event.seq, type, body: json }
    }),
    dueAt: held.inOrder ? null : now,
    now,
    leaseUntil,
  })
  // Disabled meanwhile, or the lease is lost.
  if (!isWritten) return held.reload()
  held.position = to
  held.extended(leaseUntil)
  return isFull
}
