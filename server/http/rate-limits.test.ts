import { expect, onTestFinished, test } from 'vitest'
import type { RunningServer } from '../main.ts'
import { apiAt, createDatabase, eventually, startOwnServer, teamOn } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

test('every answer to a known team tells its quota, refusals too', async () => {
  const { api } = await startTeamWithLimits('10/minute')

  const answers = [
    await api.get('/team'),
    await api.get('/threads/unknown'),
    await api.get('/threads?limit=0'),
    await api.post('/tags', '{'),
    await api.post('/tags', 'x', { 'content-type': 'text/plain' }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 400, 415])
  expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['9', '8', '7', '6', '5'])
  for (const { headers } of answers) expect(headers.get('x-ratelimit-limit')).toBe('10')
})

test('an unknown token learns nothing about quotas and costs nobody any', async () => {
  const { api, server } = await startTeamWithLimits('10/minute')
  const stranger = apiAt(`${server.url}/api/v1`, 'ibt_unknown')

  const refused = await stranger.get('/team')

  expect(refused.status).toBe(401)
  expect([...refused.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
  expect(remaining(await api.get('/team'))).toBe(9)
})

test('a team over its limit is told when to come back, and then is welcome', async () => {
  const { api, clock } = await startTeamWithLimits('2/minute')
  await api.get('/team')
  clock.advance(10_500)
  await api.get('/team')

  const refused = await api.get('/team')

  expect(refused.status).toBe(429)
  expect(refused.body.error).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
  expect(refused.body.error.message).toContain('2 requests per minute')
  expect(refused.headers.get('retry-after')).toBe('50')
  expect(refused.headers.get('x-ratelimit-reset')).toBe(String((clock.now().getTime() - 10_500 + MINUTE) / 1000))
  expect(remaining(refused)).toBe(0)

  clock.advance(49_499)
  expect((await api.get('/team')).status).toBe(429)
  clock.advance(1)
  expect((await api.get('/team')).status).toBe(200)
})

test('whoever used up a minute at once waits for a minute and not for longer', async () => {
  const { api, v2, clock } = await startTeamWithLimits('2/minute')
  clock.advance(250)
  await api.get('/team')
  await api.get('/team')

  const refused = await v2.get('/team')

  expect(refused.headers.get('retry-after')).toBe('60')
  const resetAt = clock.now().getTime() + MINUTE
  const details = { window: 'minute', limit: 2, resetAt: new Date(resetAt).toISOString() }
  expect([refused.status, refused.body.code, refused.body.details]).toEqual([429, 'rateLimited', details])
  // Whole seconds cannot say it: a later one is no lie.
  expect(refused.headers.get('x-ratelimit-reset')).toBe(String(Math.ceil(resetAt / 1000)))

  clock.advance(MINUTE - 1)
  expect((await v2.get('/team')).status).toBe(429)
  clock.advance(1)
  expect((await v2.get('/team')).status).toBe(200)
})

test('the window with the fewest requests left is the one reported', async () => {
  const { api, clock } = await startTeamWithLimits('5/minute,7/hour')
  const seen: (string | null)[] = []
  for (let i = 0; i < 6; i++) {
    const { headers } = await api.get('/team')
    seen.push(`${headers.get('x-ratelimit-remaining')} of ${headers.get('x-ratelimit-limit')}`)
    if (i === 2) clock.advance(MINUTE)
  }

  expect(seen).toEqual(['4 of 5', '3 of 5', '2 of 5', '3 of 7', '2 of 7', '1 of 7'])
})

test('all tokens of a team share its quota, and no other team has a part in it', async () => {
  const team = await startTeamWithLimits('10/minute')
  const { api: colleague } = await team.addMember()
  const { api: stranger } = await teamOn(team.server)

  await team.api.get('/team')

  expect(remaining(await colleague.get('/team'))).toBe(8)
  expect(remaining(await stranger.get('/team'))).toBe(9)
})

test('switched off, there are neither limits nor headers', async () => {
  const { api } = await startTeamWithLimits('off')

  const { headers } = await api.get('/team')

  expect(headers.has('x-ratelimit-limit')).toBe(false)
})

test('two servers on one database hold a team to one quota', async () => {
  const database = await createDatabase()
  const { api, clock, token } = await startTeamWithLimits('100/minute', { database })
  const { api: other } = await sameTeamOn(await start('100/minute', { database, clock }), token)
  let made = 0
  /** Every request of both counts once, however often they tell each other. */
  const knowsAll = (server: Limited['api']) =>
    eventually(async () => {
      clock.advance(400)
      made++
      return remaining(await server.get('/team')) === 100 - made
    }, 'a server to know the requests of both')

  for (let i = 0; i < 3; i++) await api.get('/team')
  for (let i = 0; i < 2; i++) await other.get('/team')
  made = 5

  await knowsAll(api)
  await knowsAll(other)
  await knowsAll(api)
})

test('after a restart nothing is forgotten: neither the last minute nor the day', async () => {
  const database = await createDatabase()
  const first = await startTeamWithLimits('10/minute,18/hour', { database })
  for (let i = 0; i < 9; i++) await first.api.get('/team')
  first.clock.advance(30 * MINUTE)
  for (let i = 0; i < 4; i++) await first.api.get('/team')
  await first.server.stop()

  first.clock.advance(20_000)
  const again = await start('10/minute,18/hour', { database, clock: first.clock })
  const { api } = await sameTeamOn(again, first.token)

  const inTheHour = await api.get('/team')
  expect([inTheHour.headers.get('x-ratelimit-limit'), remaining(inTheHour)]).toEqual(['18', 18 - 9 - 4 - 1])
  first.clock.advance(29 * MINUTE + 41_000 + MINUTE)
  // The nine have left the hour by now, whatever second of their minute they were in.
  expect(remaining(await api.get('/team'))).toBe(9)
  first.clock.advance(HOUR)
  expect(remaining(await api.get('/team'))).toBe(9)
})

test('what no window reaches back to is deleted', async () => {
  const { api, clock, server } = await startTeamWithLimits('10/minute')
  await api.get('/team')
  const rowsAre = (count: number) =>
    eventually(async () => {
      clock.advance(1_000)
      return (await usageRows(server)) === count
    }, `${count} rows`)
  await rowsAre(2)

  clock.advance(5 * MINUTE)
  await rowsAre(1)
  clock.advance(25 * HOUR)
  await rowsAre(0)
})

type Limited = Awaited<ReturnType<typeof startTeamWithLimits>>

async function startTeamWithLimits(limits: string, { database }: { database?: string } = {}) {
  const clock = new ManualClock()
  const server = await start(limits, { database: database ?? (await createDatabase()), clock })
  return { ...(await teamOn(server)), clock }
}

async function start(limits: string, { database, clock }: { database: string; clock: ManualClock }) {
  const env = { OPEN_INBOX_RATE_LIMITS: limits, OPEN_INBOX_SANDBOX: 'off' }
  const server = await startOwnServer({ env, clock }, database)
  onTestFinished(() => server.stop())
  return server
}

async function sameTeamOn(server: RunningServer, token: string) {
  return { api: apiAt(`${server.url}/api/v1`, token) }
}

function remaining({ headers }: { headers: Headers }): number {
  return Number(headers.get('x-ratelimit-remaining'))
}

async function usageRows({ core }: RunningServer): Promise<number> {
  const [row] = await core.db.query<{ count: number }>`select count(*) from rate_limit_usage`
  return row?.count ?? 0
}
