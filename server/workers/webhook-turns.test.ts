import { expect, onTestFinished, test } from 'vitest'
import { eventually, startServerOfTest, type TestTeam, teamOn } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'
import { aReceiver, type Receiver } from '../test/receiver.ts'
import { anEndpoint, deliveriesOf, events, type Shown, seqs, webhookEnv } from '../test/webhooks.ts'
import { startDeliveringWebhooks } from './deliver-webhooks.ts'

// More endpoints with work than are worked for at once, and receivers that take a second of the clock for each request.

/** How long an endpoint is worked for, at the least, before it gives way to others. */
const STAY_S = 10
/** To ask it to, and to finish what is under way. */
const SLACK_S = 2

const clock = new ManualClock()

/** On a server that answers and sends nothing, with a database of its own: the tests start what sends, and it would send for all teams. */
async function aTeam(): Promise<TestTeam> {
  return teamOn(await startServerOfTest({ env: { ...webhookEnv, OPEN_INBOX_ROLES: 'web' }, clock }))
}

interface SlowReceiver extends Receiver {
  endpoint: Shown
  /** The seconds in which it got requests, each as often as it did. */
  seconds: number[]
}

async function aCrowd(team: TestTeam, facts: readonly object[]) {
  const startedAt = clock.now().getTime()
  const second = () => Math.floor((clock.now().getTime() - startedAt) / 1_000)
  let held: { by: SlowReceiver; answer(): void }[] = []
  let heldMost = 0
  const answerAll = () => {
    const answered = held
    held = []
    for (const { answer } of answered) answer()
  }
  const receivers = await Promise.all(
    facts.map(async (one): Promise<SlowReceiver> => {
      const receiver = await aReceiver()
      const slow = { ...receiver, endpoint: await anEndpoint(team, receiver, one), seconds: [] as number[] }
      receiver.behave(() => {
        slow.seconds.push(second())
        return new Promise((resolve) => {
          held.push({ by: slow, answer: () => resolve(200) })
          heldMost = Math.max(heldMost, new Set(held.map(({ by }) => by)).size)
        })
      })
      return slow
    }),
  )
  return {
    receivers,
    answerAll,
    held: () => held.map(({ by }) => by),
    /** Of how many endpoints there were requests under way at the same time. */
    heldMost: () => heldMost,
    passSecond() {
      clock.advance(1_000)
      answerAll()
    },
    work(endpointsAtOnce: number) {
      const worker = startDeliveringWebhooks(team.server.core, { endpointsAtOnce })
      onTestFinished(async () => {
        for (const receiver of receivers) receiver.behave(200)
        answerAll()
        await worker.stop()
      })
    },
  }
}

test('endpoints that share too little room all get everything, in order, once, and each has a turn before any has a second', async () => {
  const team = await aTeam()
  const crowd = await aCrowd(team, Array(5).fill({ types: ['tag.created'] }))
  const { receivers } = crowd
  const sent = await events(team, 20)
  const isUnfinished = ({ received }: Receiver) => received.length < sent.length

  crowd.work(2)
  for (let second = 0; receivers.some(isUnfinished) || crowd.held().length > 0; second++) {
    expect(second).toBeLessThan(60)
    const busy = () => new Set([...crowd.held(), ...receivers.filter(isUnfinished)]).size
    // Wherever there is room, there is soon somebody in it.
    await eventually(async () => crowd.held().length === Math.min(2, busy()), 'requests to be under way')
    crowd.passSecond()
  }

  for (const receiver of receivers) expect(seqs(receiver)).toEqual(sent)
  expect(crowd.heldMost()).toBe(2)
  const turns = receivers.map(({ seconds }) => turnsOf(seconds))
  const firsts = turns.map(([first]) => first?.from ?? Number.NaN).sort((a, b) => a - b)
  expect(firsts[1]).toBe(0)
  expect(firsts[3]).toBeLessThanOrEqual(STAY_S + SLACK_S)
  expect(firsts[4]).toBeLessThanOrEqual(2 * (STAY_S + SLACK_S))
  const lastToBegin = firsts[4] ?? Number.NaN
  for (const [first, second] of turns) {
    expect((first?.to ?? Number.NaN) - (first?.from ?? Number.NaN)).toBeLessThanOrEqual(STAY_S + SLACK_S)
    expect(second?.from).toBeGreaterThanOrEqual(lastToBegin)
  }
})

test('one that waits makes one give way, and the others go on', async () => {
  const team = await aTeam()
  const crowd = await aCrowd(team, Array(4).fill({ types: ['tag.created'] }))
  await events(team, 60)
  crowd.work(3)
  const isFull = () => eventually(async () => crowd.held().length === 3, 'three requests to be under way')
  const begun = () => crowd.receivers.filter(({ received }) => received.length > 0).length

  for (let second = 0; second < STAY_S; second++) {
    await isFull()
    expect(begun()).toBe(3)
    crowd.passSecond()
  }
  await eventually(async () => {
    await isFull()
    crowd.answerAll()
    return begun() === 4
  }, 'the fourth to get its turn')
  // Whoever else was asked to go would have gone by now.
  for (let round = 0; round < 3; round++) {
    await isFull()
    crowd.answerAll()
  }

  await isFull()
  const leases = await team.server.core.db.query<{ number: number }>`
    select lease_number as number from webhook_endpoints where team_id = ${team.teamId} order by lease_number`
  expect(leases.map(({ number }) => number)).toEqual([1, 1, 1, 1])
})

test('one that sends in parallel and has much to send gives way like any other', async () => {
  const team = await aTeam()
  const crowd = await aCrowd(team, [
    { types: ['tag.created'], deliveryMode: 'parallel' },
    { types: ['status.created'] },
  ])
  const [many, few] = crowd.receivers
  await events(team, 120)
  crowd.work(1)
  await eventually(async () => (many?.received.length ?? 0) > 0, 'the first to have its turn')
  await team.v2.post('/statuses', { name: 'Won' })

  for (let second = 0; few?.received.length === 0; second++) {
    expect(second).toBeLessThanOrEqual(STAY_S + SLACK_S)
    await eventually(async () => crowd.held().length > 0, 'requests to be under way')
    crowd.passSecond()
  }

  expect(many?.received.length).toBeLessThan(120)
})

/** Stretches of seconds without a pause. */
function turnsOf(seconds: readonly number[]): { from: number; to: number }[] {
  const turns: { from: number; to: number }[] = []
  for (const second of seconds) {
    const last = turns.at(-1)
    if (last && second <= last.to + 1) last.to = second
    else turns.push({ from: second, to: second })
  }
  return turns
}

test('who lets its requests hang keeps nobody waiting, not even others with the same receiver', async () => {
  const slow = await aTeam()
  const quick = await teamOn(slow.server)
  onTestFinished(startDeliveringWebhooks(slow.server.core).stop)
  const receiver = await aReceiver()
  const hanging = () => receiver.received.filter(({ path }) => path === '/hook/hang').length
  receiver.behave(({ path }) => (path === '/hook/hang' ? 'hang' : 200))
  const endpoints: Shown[] = []
  for (let i = 0; i < 40; i++) {
    const to = { url: `${receiver.url}/hang` }
    endpoints.push(await anEndpoint(slow, to, { types: ['tag.*'], deliveryMode: 'parallel' }))
  }
  await anEndpoint(quick, { url: `${receiver.url}/quick` }, { types: ['tag.*'] })
  await events(slow, 8)
  await eventually(async () => hanging() === 320, 'eight requests of each that hang', 30_000)

  const sent = await events(quick, 5)

  const taken = () => receiver.received.filter(({ path }) => path === '/hook/quick').map(({ event }) => event.seq)
  await eventually(async () => taken().length === 5, 'all of the other team’s')
  expect(taken()).toEqual(sent)
  // Nothing had to end to make room.
  for (const endpoint of endpoints) {
    const deliveries = await deliveriesOf(slow, endpoint)
    expect(deliveries.map(({ attemptsCount }) => attemptsCount)).toEqual(Array(8).fill(0))
  }
})
