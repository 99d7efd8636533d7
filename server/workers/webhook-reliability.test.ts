import { expect, test } from 'vitest'
import { sampleEvent } from '../domain/event-samples.ts'
import { makeAuthority, makeCertificate } from '../outbound/test/certificates.ts'
import type { TeamId } from '../store/ids.ts'
import { eventually, startTeam, type TestTeam } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { aReceiver, aTlsReceiver, type Receiver } from '../test/receiver.ts'
import { report, scaled } from '../test/scale.ts'
import {
  anEndpoint,
  arrived,
  atRest,
  deliveriesOf,
  endpointNow,
  type Shown,
  seqs,
  webhookEnv,
} from '../test/webhooks.ts'

// `npm run soak` runs these with far more of everything. What they see is in docs/reliability.md.

const HOUR = 3_600_000
const MINUTE = 60_000
/** Events are written in so many portions, spread over the time that a receiver is away. */
const PORTIONS = 10
const clock = new ManualClock()
const authority = makeAuthority('authority of these tests')
const aTeam = () => startTeam({ env: webhookEnv, clock, outbound: { ca: authority.cert } })

/** How a receiver behaves while it is not well. */
const troubles: [what: string, hours: number, trouble: (receiver: Receiver) => Promise<void>][] = [
  ['is down for 24 hours', 24, (receiver) => receiver.close()],
  ['is down for 72 hours', 72, (receiver) => receiver.close()],
  ['answers 500 for 24 hours', 24, async (receiver) => receiver.behave(500)],
  ['loses every answer for 24 hours', 24, async (receiver) => receiver.behave('reset')],
]

test.each(troubles)(
  'an endpoint whose receiver %s gets every event, in order, and delays no other',
  { timeout: 1_800_000 },
  async (what, hours, trouble) => {
    const team = await aTeam()
    const [troubled, well] = [await aReceiver(), await aReceiver()]
    const endpoint = await anEndpoint(team, troubled)
    await anEndpoint(team, well)
    const count = scaled(300)
    await trouble(troubled)

    const lags = await writeOver({ hours, count, team, well })
    const before = troubled.received.length
    troubled.behave(200)
    await troubled.close()
    await troubled.open()
    // The last attempt was at most five minutes ago.
    clock.advance(5 * MINUTE + 1_000)
    let total = count
    do {
      lags.push(await lagOfOne(team, well))
      total++
    } while (troubled.received.length - before < count)
    await eventually(async () => seqOfLast(troubled) === total, 'all events', 60_000)
    await eventually(async () => (await endpointNow(team, endpoint)).failingSince === null, 'the endpoint to be well')

    const all = Array.from({ length: total }, (_, i) => i + 1)
    expect(firstTimes(seqs(troubled).slice(before))).toEqual(all)
    expect(seqs(well)).toEqual(all)
    reportRow(what, { count: total, repeats: troubled.received.length - before - total, lags })
  },
)

const names = ['127.0.0.1']
const good = makeCertificate({ names, by: authority })
const bad = {
  'has expired': makeCertificate({ names, by: authority, from: -9, until: -1 }),
  'is signed by itself': makeCertificate({ names }),
  'is for another name': makeCertificate({ names: ['hooks.example.com'], by: authority }),
}

test('a receiver with a bad certificate gets not a byte and delays no other, and gets every event, in order, once it has a good one', {
  timeout: 1_800_000,
}, async () => {
  const team = await aTeam()
  const well = await aTlsReceiver(good)
  await anEndpoint(team, well)
  const troubled = await Promise.all(
    Object.entries(bad).map(async ([what, credentials]) => {
      const receiver = await aTlsReceiver(credentials)
      return { what, receiver, endpoint: await anEndpoint(team, receiver) }
    }),
  )
  const count = scaled(60) + 1

  await writeEvents(team, 1)
  await Promise.all(troubled.map(({ endpoint }) => atRest(team, endpoint)))
  const heads = await Promise.all(troubled.map(async ({ endpoint }) => (await deliveriesOf(team, endpoint))[0]))
  await arrived(well, 1)
  const lags = await writeOver({ hours: 24, count: count - 1, team, well })
  await Promise.all(troubled.map(({ endpoint }) => atRest(team, endpoint)))
  for (const [i, { what, receiver }] of troubled.entries()) {
    const { body: head } = await team.v2.get(`/webhook-deliveries/${heads[i].id}`)
    const errors = new Set(head.attempts.map(({ error }: Shown) => error))
    expect([what, receiver.bytes(), [...errors]]).toEqual([what, 0, ['tls']])
    expect(head.attemptsCount).toBeGreaterThan(1)
    receiver.present(good)
  }
  // The last attempt was at most five minutes ago.
  clock.advance(5 * MINUTE + 1_000)

  const all = Array.from({ length: count }, (_, i) => i + 1)
  expect(seqs(well)).toEqual(all)
  for (const { what, receiver, endpoint } of troubled) {
    await eventually(async () => seqOfLast(receiver) === count, 'all events', 600_000)
    await atRest(team, endpoint)
    expect([what, seqs(receiver)]).toEqual([what, all])
    reportRow(`shows a certificate that ${what}, for 24 hours`, { count, repeats: 0, lags })
  }
})

test.each([
  ['takes every other request', { taken: 1, refused: 1, count: scaled(40) }],
  ['refuses two requests after each 25', { taken: 25, refused: 2, count: scaled(200) }],
])(
  'of a receiver that %s nothing is lost, and the order is kept',
  { timeout: 1_800_000 },
  async (what, { taken, refused, count }) => {
    const team = await aTeam()
    const receiver = await aReceiver()
    const endpoint = await anEndpoint(team, receiver)
    const isTaken = (nth: number) => nth % (taken + refused) < taken
    receiver.behave((_request, before) => (isTaken(before) ? 200 : 503))
    await writeEvents(team, count)

    await eventually(
      async () => {
        const { failingSince } = await endpointNow(team, endpoint)
        if (failingSince !== null) clock.advance(5 * MINUTE + 1_000)
        return seqOfLast(receiver) === count && isTaken(receiver.received.length - 1)
      },
      'all events',
      1_200_000,
    )
    await atRest(team, endpoint)

    const got = seqs(receiver).filter((_, nth) => isTaken(nth))
    expect(got).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    reportRow(what, { count, repeats: got.length - count, lags: [] })
  },
)

interface Writing {
  hours: number
  count: number
  team: TestTeam
  well: Receiver
}

/** Spreads so many events over the time. The last of each portion comes alone: says how many milliseconds those took. */
async function writeOver({ hours, count, team, well }: Writing): Promise<number[]> {
  const lags: number[] = []
  for (let portion = 1; portion <= PORTIONS; portion++) {
    const due = well.received.length + count / PORTIONS - 1
    await writeEvents(team, count / PORTIONS - 1)
    await eventually(async () => well.received.length === due, `event ${due} at the other endpoint`, 600_000)
    lags.push(await lagOfOne(team, well))
    clock.advance((hours * HOUR) / PORTIONS)
  }
  return lags
}

/** Writes an event: how many milliseconds later the receiver that is well had it. */
async function lagOfOne(team: TestTeam, well: Receiver): Promise<number> {
  const due = well.received.length + 1
  const writtenAt = performance.now()
  await writeEvents(team, 1)
  await eventually(async () => well.received.length === due, `event ${due} at the other endpoint`, 60_000)
  return performance.now() - writtenAt
}

function seqOfLast({ received }: Receiver): number | undefined {
  return received.at(-1)?.event.seq
}

/** Each number where it stands first. */
function firstTimes(numbers: readonly number[]): number[] {
  return [...new Set(numbers)]
}

/** For the table of docs/reliability.md; what a test asserts is not counted again. */
function reportRow(what: string, { count, repeats, lags }: { count: number; repeats: number; lags: number[] }): void {
  const sorted = lags.toSorted((a, b) => a - b)
  const lag =
    sorted.length > 0
      ? `${sorted.at(-1)?.toFixed(0)} ms, half of ${lags.length} within ${sorted[lags.length >> 1]?.toFixed(0)}`
      : ''
  report('receivers', [what, count, 0, repeats, 'yes', lag])
}

/** As if so many messages had come at this moment. */
async function writeEvents({ server, teamId }: TestTeam, count: number): Promise<void> {
  const { db, eventSignals } = server.core
  const data = sampleEvent('message.received')
  await db.transaction(
    (tx) => tx.query`
      with counter as (
        update event_counters set seq = seq + ${count}::int where team_id = ${teamId} returning seq - ${count}::int as before
      )
      insert into events (team_id, seq, id, type, data, created_at)
      select ${teamId}, counter.before + n, 'e' || substr(md5(random()::text), 1, 23), 'message.received', ${data}::json, ${clock.now()}
      from counter, generate_series(1, ${count}::int) n`,
  )
  eventSignals.recorded(teamId as TeamId)
}
