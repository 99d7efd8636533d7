import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter, type Quota, RateLimitedError, type RateLimits } from './rate-limits.ts'

const START = Date.parse('2026-03-04T05:06:07.000Z')
const MINUTE = 60_000

test('the windows agree with a plain list of all requests ever made', () => {
  const step = fc.record({
    pauseMs: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
      { weight: 3, arbitrary: fc.integer({ min: 2_000, max: 90_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 90_000, max: 90_000_000 }) },
    ),
    elsewhere: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
    ),
  })
  const limits = fc.record({
    minute: fc.integer({ min: 1, max: 12 }),
    hour: fc.integer({ min: 1, max: 30 }),
    day: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 200 }), (limits, steps) => {
      const limiter = createRateLimiter(limits)
      const model = plainModel(limits)
      let now = START
      for (const { pauseMs, elsewhere } of steps) {
        now += pauseMs
        if (elsewhere > 0) {
          limiter.addFromElsewhere('team', { at: now, count: elsewhere })
          model.add(now, elsewhere)
        }
        expect(take(limiter, now)).toEqual(model.take(now))
      }
    }),
  )
})

test('a team that makes more requests than are kept one by one is still held to its limits', () => {
  const limiter = createRateLimiter({ minute: 1_000_000, hour: 1_000_000, day: 200_000 })
  let accepted = 0
  for (let now = START; accepted < 200_000; now += 40) {
    take(limiter, now)
    accepted++
  }
  const end = START + 200_000 * 40

  expect(take(limiter, end)).toMatchObject({ refused: true, window: 'day', remaining: 0 })
  // Nothing older than a second too long, nothing forgotten too early.
  expect(take(limiter, START + 24 * 60 * MINUTE - 1)).toMatchObject({ refused: true })
  expect(take(limiter, START + 24 * 60 * MINUTE + 1_000)).toMatchObject({ refused: false })
})

test('of several full windows the one that stays full longest is reported', () => {
  const limiter = createRateLimiter({ minute: 2, hour: 2, day: 100 })
  take(limiter, START)
  take(limiter, START)

  expect(take(limiter, START + 1_000)).toMatchObject({ refused: true, window: 'hour', resetAt: START + 60 * MINUTE })
})

test('when other servers overshot, there is room again only after enough requests have left', () => {
  const limiter = createRateLimiter({ minute: 3, hour: 100, day: 100 })
  limiter.addFromElsewhere('team', { at: START, count: 2 })
  limiter.addFromElsewhere('team', { at: START + 10_000, count: 3 })

  expect(take(limiter, START + 20_000)).toMatchObject({ refused: true, remaining: 0, resetAt: START + 70_000 })
})

test('news that arrives late counts from the newest request on', () => {
  const limiter = createRateLimiter({ minute: 3, hour: 100, day: 100 })
  take(limiter, START + 5_000)
  limiter.addFromElsewhere('team', { at: START, count: 2 })

  expect(take(limiter, START + MINUTE + 4_000)).toMatchObject({ refused: true })
  expect(take(limiter, START + MINUTE + 5_000)).toMatchObject({ refused: false })
})

test('a clock that is set back refuses nobody for longer, and forgets nothing', () => {
  const limiter = createRateLimiter({ minute: 2, hour: 100, day: 100 })
  take(limiter, START)

  expect(take(limiter, START - 30_000)).toMatchObject({ refused: false, remaining: 0 })
  expect(take(limiter, START + 1)).toMatchObject({ refused: true })
  expect(take(limiter, START + MINUTE)).toMatchObject({ refused: false })
})

function take(limiter: ReturnType<typeof createRateLimiter>, now: number): Quota & { refused: boolean } {
  try {
    return { ...limiter.take('team', now), refused: false }
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error
    return { ...error.quota, refused: true }
  }
}

/** The definition, word for word: keep every time, count again for every question. */
function plainModel(limits: RateLimits) {
  const times: number[] = []
  const windows = [
    { window: 'minute', ms: MINUTE },
    { window: 'hour', ms: 60 * MINUTE },
    { window: 'day', ms: 24 * 60 * MINUTE },
  ] as const

  function quotas(now: number) {
    return windows.map(({ window, ms }) => {
      const inside = times.filter((time) => time > now - ms)
      const limit = limits[window]
      const surplus = Math.max(0, inside.length - limit)
      const leaves = (inside[surplus] ?? now) + ms
      return { window, limit, remaining: Math.max(0, limit - inside.length), resetAt: leaves }
    })
  }

  function tightest(now: number) {
    return quotas(now).reduce((tightest, quota) => (quota.remaining <= tightest.remaining ? quota : tightest))
  }

  return {
    add(at: number, count: number) {
      for (let i = 0; i < count; i++) times.push(at)
    },
    take(now: number) {
      const before = tightest(now)
      if (before.remaining === 0) return { ...before, refused: true }
      times.push(now)
      return { ...tightest(now), refused: false }
    },
  }
}
