import { expect } from 'vitest'
import { type Answer, eventually, type TestTeam } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import type { Receiver } from './receiver.ts'

/** What a server needs to call receivers of tests. */
export const webhookEnv = { OPEN_INBOX_OUTBOUND_ALLOW: 'http://127.0.0.1:*,https://127.0.0.1:*' }

export type Shown = Answer['body']

export async function anEndpoint(team: TestTeam, { url }: Pick<Receiver, 'url'>, facts: object = {}): Promise<Shown> {
  const { status, body } = await team.v2.post('/webhook-endpoints', { url, ...facts })
  expect([status, body.code]).toEqual([201, undefined])
  return body
}

export async function endpointNow({ v2 }: TestTeam, { id }: { id: string }): Promise<Shown> {
  return (await v2.get(`/webhook-endpoints/${id}`)).body
}

/** Waits until as many requests have come, and says which. */
export function arrived(receiver: Receiver, count: number): Promise<Receiver['received']> {
  return eventually(
    async () => receiver.received.length >= count && receiver.received,
    `${count} requests, of which ${receiver.received.length} came`,
    30_000,
  )
}

/** Records so many events; says their numbers. */
export async function events({ v2, server }: TestTeam, count: number, name = 'Tag'): Promise<number[]> {
  const { body: before } = await v2.get('/events?type=tag.created&limit=1000')
  const { clock } = server.core
  for (let i = 0; i < count; i++) {
    // Nothing in a log is of the very same moment as another.
    if (clock instanceof ManualClock) clock.advance(1)
    const { status } = await v2.post('/tags', { name: `${name} ${i}` })
    expect(status).toBe(201)
  }
  const { body } = await v2.get(`/events?type=tag.created&limit=1000&afterSeq=${before.lastSeq ?? 0}`)
  return body.data.map(({ seq }: { seq: number }) => seq)
}

export const seqs = (receiver: Receiver): number[] => receiver.received.map(({ event }) => event.seq)

/** Newest first. */
export async function deliveriesOf({ v2 }: TestTeam, { id }: { id: string }, parameters = ''): Promise<Shown[]> {
  const { status, body } = await v2.get(`/webhook-endpoints/${id}/deliveries?limit=100&${parameters}`)
  expect([status, body.code]).toEqual([200, undefined])
  return body.data
}

/** Waits until nobody has anything to do for the endpoint at this moment. */
export function atRest({ server }: TestTeam, { id }: { id: string }): Promise<unknown> {
  return eventually(
    async () => {
      const [row] = await server.core.db.query<{ dueAt: string | null }>`
        select e.due_at as "dueAt" from webhook_endpoints e join event_counters c on c.team_id = e.team_id
        where e.id = ${id} and e.lease_until is null and (e.disabled_reason is not null or e.position = c.seq)
          and (e.due_at is null or e.due_at > ${server.core.clock.now()})`
      return row
    },
    'the endpoint to be at rest',
    30_000,
  )
}

/** Lets time pass in steps; in each the endpoint does what is due. */
export async function passTime(
  team: TestTeam,
  endpoint: { id: string },
  { clock, ms, stepMs }: { clock: ManualClock; ms: number; stepMs: number },
): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed))
    await atRest(team, endpoint)
  }
}
