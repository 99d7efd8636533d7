import { expect, test } from 'vitest'
import { ConfigError, parseRateLimits, readConfig } from './config.ts'

test('nothing is required', () => {
  expect(readConfig({})).toMatchObject({
    port: 3210,
    host: 'localhost',
    databaseUrl: null,
    rateLimits: { minute: 300, hour: 10_000, day: 100_000 },
    outboundAllowed: [],
  })
})

test('every mistake is named at once', () => {
  const env = {
    PORT: 'http',
    DATABASE_URL: 'mysql://x',
    OPEN_INBOX_SECRET_KEY: 'too short',
    OPEN_INBOX_LOG_LEVEL: 'loud',
    OPEN_INBOX_OUTBOUND_ALLOW: 'hooks.internal 10.0.0.0/99',
    OPEN_INBOX_ROLES: 'web,cook',
    OPEN_INBOX_CORS_ORIGINS: 'https://app.example.com/inbox',
  }

  const read = () => readConfig(env)

  expect(read).toThrow(ConfigError)
  for (const name of Object.keys(env)) expect(read).toThrow(name)
})

test('what may be called is listed with commas or spaces, and a bad entry is named', () => {
  const read = (text: string) => readConfig({ OPEN_INBOX_OUTBOUND_ALLOW: text }).outboundAllowed

  expect(read('hooks.internal, http://localhost:4000 10.0.0.0/8')).toHaveLength(3)
  expect(() => read('hooks.internal,10.0.0.0/99')).toThrow(
    'OPEN_INBOX_OUTBOUND_ALLOW has "10.0.0.0/99", which is not a network',
  )
})

test.each([
  ['off', null],
  ['500/minute', { minute: 500, hour: 10_000, day: 100_000 }],
  ['7/d, 5/h 3/min', { minute: 3, hour: 5, day: 7 }],
  ['10,20,30', { minute: 10, hour: 20, day: 30 }],
])('rate limits "%s"', (text, limits) => {
  expect(parseRateLimits(text)).toEqual(limits)
})

test.each(['0/minute', '5/week', 'many', '1,2,3,4', '-1'])('"%s" are not rate limits', (text) => {
  expect(() => parseRateLimits(text)).toThrow('must be off or like')
})
