import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../domain/clock.ts'
import { createDatabase, testEnvironment, urlOf } from '../../test/harness.ts'
import { startLogged } from '../../test/logged-server.ts'
import { examine } from '../doctor.ts'

const shiftedBy = (ms: number): Clock => ({
  ...systemClock,
  now: () => new Date(systemClock.now().getTime() + ms),
})

test.each([
  [20_000, 'ahead of'],
  [-20_000, 'behind'],
])(
  'a server whose clock is %d ms from the database says so when it starts, and what depends on it',
  async (ms, side) => {
    const { lines } = await startLogged('warn', { clock: shiftedBy(ms) })

    const [line, ...others] = lines().filter(({ msg }) => msg.includes('clock'))

    expect(others).toEqual([])
    expect(line).toMatchObject({ level: 'warn', msg: expect.stringContaining(`20 s ${side} the database's`) })
    expect(line?.msg).toMatch(/leases of sends and webhook endpoints/)
    expect(Math.round(Number(line?.differenceMs) / 1_000)).toBe(ms / 1_000)
  },
)

test('a server whose clock is about right says nothing of it', async () => {
  for (const ms of [0, 1_000, -1_000]) {
    const { lines } = await startLogged('warn', { clock: shiftedBy(ms) })
    expect([ms, lines()]).toEqual([ms, []])
  }
})

test('the doctor warns of a clock that is wrong, with a remedy, and finds the machine sound all the same', async () => {
  const env = { ...testEnvironment, DATABASE_URL: urlOf(await createDatabase()) }
  const clockOf = async (ms: number) => {
    const { ok, findings } = await examine(env, shiftedBy(ms))
    return { ok, clock: findings.filter(({ name }) => name === 'Clock') }
  }

  expect(await clockOf(20_000)).toEqual({
    ok: true,
    clock: [
      {
        name: 'Clock',
        state: 'warn',
        message: expect.stringMatching(/^.*20 s ahead of the database's.*leases .*let both machines keep time by NTP$/),
      },
    ],
  })
  expect(await clockOf(1_000)).toMatchObject({ ok: true, clock: [{ state: 'ok' }] })
})
