import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { hostileUrls } from '../../outbound/test/hostile-urls.ts'
import { eventually, startServerOfTest, startTeam, teamOn } from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { anEndpoint, deliveriesOf, events, type Shown } from '../../test/webhooks.ts'

const harmless = 'https://hooks.example.com/inbox'
const families = Object.entries(hostileUrls)

test('no hostile URL becomes an endpoint, or the new address of one', { timeout: 120_000 }, async () => {
  const team = await startTeam()
  const endpoint = await anEndpoint(team, { url: harmless }, { types: ['campaign.*'] })

  for (const url of families.flatMap(([, urls]) => urls)) {
    for (const { status } of [
      await team.v2.post('/webhook-endpoints', { url }),
      await team.v2.patch(`/webhook-endpoints/${endpoint.id}`, { url }),
    ]) {
      expect([url, status]).toEqual([url, expect.toBeOneOf([400, 422])])
    }
  }

  const { body } = await team.v2.get('/webhook-endpoints')
  expect(body.data.map(({ url }: Shown) => url)).toEqual([harmless])
  expect(await team.events()).toEqual([])
})

test('an address that was allowed once and is forbidden now is called by nothing: no test, event, retry or redelivery', {
  timeout: 120_000,
}, async () => {
  const clock = new ManualClock()
  const team = await teamOn(await startServerOfTest({ clock }))
  const { url: trap, connections } = await startTrap()
  // One of each family, of those that were ever short enough to be stored.
  const ofFamilies = families.flatMap(([, urls]) => urls.find(({ length }) => length > 0 && length <= 2_048) ?? [])
  const urls = [trap, ...ofFamilies]
  const endpoint = await anEndpoint(team, { url: harmless }, { deliveryMode: 'parallel', types: ['tag.*'] })
  const path = `/webhook-endpoints/${endpoint.id}`
  let expected = 0

  for (const [i, url] of urls.entries()) {
    await team.v2.post(`${path}/disable`)
    // As a server with other settings left it.
    await team.server.core.db
      .query`update webhook_endpoints set url = ${url}, version = version + 1 where id = ${endpoint.id}`
    await team.v2.post(`${path}/enable`)
    await team.v2.post(`${path}/test`)
    const [seq] = await events(team, 1, `For ${i}`)
    await triedTimes(1, seq)
    clock.advance(6_000)
    await triedTimes(2, seq)
    const [delivery] = (await deliveriesOf(team, endpoint)).filter((one) => one.seq === seq)
    expect((await team.v2.post(`/webhook-deliveries/${delivery?.id}/redeliver`)).status).toBe(202)
    expected += 3
    await eventually(async () => {
      const all = await deliveriesOf(team, endpoint)
      return all.length === expected && all.every(({ attemptsCount }) => attemptsCount > 0)
    }, 'everything to be tried')
  }

  const errors = (await deliveriesOf(team, endpoint)).map(({ lastAttempt }) => lastAttempt.error)
  expect(new Set(errors)).toEqual(new Set(['forbiddenAddress']))
  expect(connections()).toBe(0)

  async function triedTimes(count: number, seq: number | undefined): Promise<void> {
    await eventually(async () => {
      const found = (await deliveriesOf(team, endpoint)).find((one) => one.seq === seq && one.cause === 'event')
      return (found?.attemptsCount ?? 0) >= count
    }, `attempt ${count}`)
  }
})

/** Counts whoever comes, on this machine. */
async function startTrap(): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the trap has no port')
  return { url: `http://127.0.0.1:${address.port}/`, connections: () => connections }
}
