import { describe, expect, test } from 'vitest'
import { createDatabase, eventually, startOwnServer, type TestTeam, teamOn, urlOf } from '../test/harness.ts'
import { type ServerProcess, startServerProcess } from '../test/processes.ts'
import { aReceiver, type Receiver } from '../test/receiver.ts'
import { anEndpoint, events, type Shown, webhookEnv } from '../test/webhooks.ts'

/** As many as may be sent and not written down yet. */
const UNRECORDED_MAX = 16
/** Longer than a lease. */
const TAKEOVER_MS = 60_000

interface World {
  team: TestTeam
  startWorker(): Promise<ServerProcess>
  end(): Promise<void>
}

/** A server that answers and sends nothing, for processes that do. */
async function aWorld(): Promise<World> {
  const database = await createDatabase()
  const server = await startOwnServer({ env: { ...webhookEnv, OPEN_INBOX_ROLES: 'web' } }, database)
  const workers: ServerProcess[] = []
  return {
    team: await teamOn(server),
    async startWorker() {
      const worker = await startServerProcess({ ...webhookEnv, DATABASE_URL: urlOf(database) })
      workers.push(worker)
      return worker
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.kill()))
      await server.stop()
    },
  }
}

const seqsAt = (receiver: Receiver): number[] => receiver.received.map(({ event }) => event.seq)

function hasAll(receiver: Receiver, count: number): Promise<boolean> {
  return eventually(async () => new Set(seqsAt(receiver)).size === count, `${count} events`, TAKEOVER_MS)
}

/** Nothing is lost, nothing comes for the first time before what was before it, and no more is repeated than was not written down. */
function expectEachInOrder(receiver: Receiver, seqs: readonly number[]): void {
  expect([...new Set(seqsAt(receiver))]).toEqual(seqs)
  expect(receiver.received.length - seqs.length).toBeLessThanOrEqual(UNRECORDED_MAX)
}

async function expectAllWrittenDown({ v2 }: TestTeam, { id }: Shown): Promise<void> {
  await eventually(async () => {
    const { body } = await v2.get(`/webhook-endpoints/${id}/deliveries?state=pending`)
    return body.data.length === 0
  }, 'everything to be written down')
}

// Both wait for a lease to run out, and nothing of one is in the way of the other.
describe.concurrent('of two processes on one database', () => {
  test('one that is killed is replaced by the other, with nothing lost, in order, and hardly anything repeated', {
    timeout: 180_000,
  }, async ({ onTestFinished }) => {
    const { team, startWorker, end } = await aWorld()
    onTestFinished(end)
    const receiver = await aReceiver(onTestFinished)
    const endpoint = await anEndpoint(team, receiver)
    const first = await startWorker()
    const sending = events(team, 200)
    await eventually(async () => receiver.received.length >= 60, 'a part of them', TAKEOVER_MS)

    await startWorker()
    receiver.behave(async (_, before) => {
      if (before === 100) await first.kill()
      return 200
    })
    const seqs = await sending
    await hasAll(receiver, 200)

    expectEachInOrder(receiver, seqs)
    await expectAllWrittenDown(team, endpoint)
  })

  test('one that stood still for longer than its lease sends nothing more of what the other took over', {
    timeout: 180_000,
  }, async ({ onTestFinished }) => {
    const { team, startWorker, end } = await aWorld()
    onTestFinished(end)
    const receiver = await aReceiver(onTestFinished)
    const endpoint = await anEndpoint(team, receiver)
    const first = await startWorker()
    // It is stopped with a request under way, whose answer it has not read.
    receiver.behave((_, before) => {
      if (before === 20) first.pause()
      return 200
    })
    const seqs = await events(team, 60)
    await startWorker()
    await hasAll(receiver, 60)
    await expectAllWrittenDown(team, endpoint)
    const before = receiver.received.length

    first.resume()
    const more = await events(team, 5, 'More')
    await hasAll(receiver, 65)
    await expectAllWrittenDown(team, endpoint)

    expectEachInOrder(receiver, [...seqs, ...more])
    expect(receiver.received.length - before).toBe(5)
    const { body } = await team.v2.get(`/webhook-endpoints/${endpoint.id}/deliveries?limit=100`)
    expect(body.data.map(({ state, attemptsCount }: Shown) => [state, attemptsCount])).toEqual(
      Array(65).fill(['delivered', 1]),
    )
  })
})
