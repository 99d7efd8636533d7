import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RateLimits } from './domain/rate-limits.ts'
import { type AllowEntry, parseAllowEntry } from './outbound/allow-list.ts'

/** The environment, read once. */
export interface Config {
  host: string
  /** 0 = any free port. */
  port: number
  /** Where others reach this server; null = `http://localhost:<port>`. */
  publicUrl: string | null
  /** Null: the embedded database in the data folder. */
  databaseUrl: string | null
  dataDir: string
  /** What signatures are made with, of all servers on one database. Null = a secret kept in the database. */
  secretKey: string | null
  /** Connections to the database at the most. */
  databaseConnectionsMax: number
  /** Start even when the database could lose acknowledged writes. */
  allowUnsafeDatabase: boolean
  /** Null = off. */
  rateLimits: RateLimits | null
  /** Whose pages may call the APIs; `*` = anybody's. */
  corsOrigins: readonly string[]
  /** Live streams a team may have open on one server. */
  streamsPerTeamMax: number
  /** What may be called besides public addresses over https. */
  outboundAllowed: readonly AllowEntry[]
  logLevel: LogLevel
  /** From saying "not ready" to closing the door. */
  shutdownDelayMs: number
  /** What this process does: answer requests, do the work behind them, or both. Probes it answers always. */
  roles: ReadonlySet<ProcessRole>
  /** The simulated platform and its control API. */
  sandbox: boolean
  /** Between the attempts to deliver a webhook. */
  webhookRetryGapsMs: readonly number[]
  /** How long settled webhook deliveries are remembered. */
  webhookLogMs: number
  /** How often somebody in the demo's sandbox does something; null = never. */
  demoTrafficMs: number | null
}

export type ProcessRole = 'web' | 'worker'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Every setting: its name, what it is by default, and what it does. The README's table and `config print` are made from this. */
export const settings = {
  PORT: { default: '3210', about: 'Port to listen on; 0 takes a free one.' },
  HOST: { default: 'localhost', about: 'Address to listen on; 0.0.0.0 for every network.' },
  OPEN_INBOX_PUBLIC_URL: {
    default: '',
    about: 'Where others reach the server, for links. Default: http://localhost with the port.',
  },
  DATABASE_URL: {
    default: '',
    about: 'PostgreSQL 15 or newer. Without it the server runs its own in the data folder.',
    secret: true,
  },
  OPEN_INBOX_DATA_DIR: { default: './data', about: 'Folder of the embedded database.' },
  OPEN_INBOX_SECRET_KEY: {
    default: '',
    about: 'What addresses of attachments are signed with; at least 32 characters. Default: a secret in the database.',
    secret: true,
  },
  OPEN_INBOX_DATABASE_CONNECTIONS: { default: '16', about: 'Connections to the database at the most.' },
  OPEN_INBOX_ALLOW_UNSAFE_DATABASE: {
    default: 'false',
    about: 'Accept a database with fsync or synchronous_commit off.',
  },
  OPEN_INBOX_RATE_LIMITS: {
    default: '300/minute,10000/hour,100000/day',
    about: "A team's requests per window, or off. Windows left out keep their default.",
  },
  OPEN_INBOX_CORS_ORIGINS: {
    default: '',
    about:
      'Origins whose pages may call the APIs from a browser, like https://app.example.com, or * for any. Empty: none.',
  },
  OPEN_INBOX_STREAMS_PER_TEAM: { default: '100', about: 'Live streams a team may have open on one server.' },
  OPEN_INBOX_OUTBOUND_ALLOW: {
    default: '',
    about:
      'What else may be called than public addresses over https: hosts and networks, like hooks.internal, *.internal:8443, http://localhost:4000, 10.0.0.0/8:*',
  },
  OPEN_INBOX_LOG_LEVEL: { default: 'info', about: `One of ${logLevels.join(', ')}.` },
  OPEN_INBOX_SHUTDOWN_DELAY: {
    default: '0',
    about: 'Milliseconds to go on serving after /readyz says no, so that load balancers notice first.',
  },
  OPEN_INBOX_ROLES: {
    default: 'web,worker',
    about: 'What this process does: web, worker, or both. A worker alone answers probes and metrics only.',
  },
  OPEN_INBOX_SANDBOX: { default: 'on', about: 'The simulated platform and its control API: on or off.' },
  OPEN_INBOX_WEBHOOK_RETRIES: {
    default: '5s,5m,30m,2h,5h,10h,14h,20h,24h',
    about: 'Pauses between the attempts to deliver a webhook; after the last it has failed. Or off.',
  },
  OPEN_INBOX_WEBHOOK_LOG_DAYS: { default: '30', about: 'Days that deliveries of webhooks are remembered.' },
  OPEN_INBOX_DEMO_TRAFFIC: {
    default: '20000',
    about: 'Milliseconds between things that happen in the demo by themselves, or off.',
  },
} as const satisfies Record<string, { default: string; about: string; secret?: boolean }>

export type SettingName = keyof typeof settings

/** Names every mistake at once. */
export class ConfigError extends Error {
  constructor(readonly mistakes: string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : 'mistakes'}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`,
    )
  }
}

/** Reads the environment; throws `ConfigError`. An empty variable counts as unset, `NAME_FILE` gives the value in a file. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const mistakes: string[] = []

  function read<T>(name: SettingName, parse: (text: string) => T): T | undefined {
    try {
      return parse(textOf(env, name))
    } catch (error) {
      mistakes.push(`${name} ${(error as Error).message}`)
      return undefined
    }
  }

  const config = {
    host: read('HOST', String),
    port: read('PORT', (text) => integer(text, 0, 65_535)),
    publicUrl: read(
      'OPEN_INBOX_PUBLIC_URL',
      optional((text) => url(text, ['http:', 'https:']).replace(/\/+$/, '')),
    ),
    databaseUrl: read(
      'DATABASE_URL',
      optional((text) => url(text, ['postgres:', 'postgresql:'])),
    ),
    dataDir: read('OPEN_INBOX_DATA_DIR', (text) => resolve(text)),
    secretKey: read('OPEN_INBOX_SECRET_KEY', optional(secret)),
    databaseConnectionsMax: read('OPEN_INBOX_DATABASE_CONNECTIONS', (text) => integer(text, 2, 500)),
    allowUnsafeDatabase: read('OPEN_INBOX_ALLOW_UNSAFE_DATABASE', onOrOff),
    rateLimits: read('OPEN_INBOX_RATE_LIMITS', parseRateLimits),
    corsOrigins: read('OPEN_INBOX_CORS_ORIGINS', (text) => words(text).map(origin)),
    streamsPerTeamMax: read('OPEN_INBOX_STREAMS_PER_TEAM', (text) => integer(text, 1, 100_000)),
    outboundAllowed: read('OPEN_INBOX_OUTBOUND_ALLOW', (text) => words(text).map(parseAllowEntry)),
    logLevel: read('OPEN_INBOX_LOG_LEVEL', (text) => among(text, logLevels)),
    shutdownDelayMs: read('OPEN_INBOX_SHUTDOWN_DELAY', (text) => integer(text, 0, 600_000)),
    roles: read(
      'OPEN_INBOX_ROLES',
      (text) => new Set(words(text).map((word) => among(word, ['web', 'worker'] as const))),
    ),
    sandbox: read('OPEN_INBOX_SANDBOX', onOrOff),
    webhookRetryGapsMs: read('OPEN_INBOX_WEBHOOK_RETRIES', (text) => (text === 'off' ? [] : words(text).map(duration))),
    webhookLogMs: read('OPEN_INBOX_WEBHOOK_LOG_DAYS', (text) => integer(text, 1, 3_650) * unitMs.d),
    demoTrafficMs: read('OPEN_INBOX_DEMO_TRAFFIC', (text) => (text === 'off' ? null : integer(text, 100, 86_400_000))),
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  // Without mistakes every value was read.
  return config as Config
}

/** The text of a setting: from the environment, from its file, or its default. */
export function textOf(env: NodeJS.ProcessEnv, name: SettingName): string {
  const file = env[`${name}_FILE`]
  if (env[name] && file) throw new Error(`and ${name}_FILE are both set`)
  if (!file) return env[name] || settings[name].default
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(`cannot be read from the file ${name}_FILE names`)
  }
}

const windowNames: Record<string, keyof RateLimits> = {
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  h: 'hour',
  hour: 'hour',
  d: 'day',
  day: 'day',
}

/** `300/minute,10000/hour,100000/day` in any order and selection, the three numbers alone in this order, or `off`. */
export function parseRateLimits(text: string): RateLimits | null {
  if (text === 'off') return null
  const limits: RateLimits = { minute: 300, hour: 10_000, day: 100_000 }
  words(text).forEach((word, position) => {
    const [, count, unit] = /^(\d{1,9})(?:\/([a-z]+))?$/.exec(word) ?? []
    const window = unit ? windowNames[unit] : (['minute', 'hour', 'day'] as const)[position]
    if (!window || !(Number(count) >= 1)) throw new Error('must be off or like 300/minute,10000/hour,100000/day')
    limits[window] = Number(count)
  })
  return limits
}

/** As many as 16 random bytes have in hex. */
const SECRET_LENGTH_MIN = 32

function optional<T>(parse: (text: string) => T): (text: string) => T | null {
  return (text) => (text === '' ? null : parse(text))
}

function secret(text: string): string {
  if (text.length < SECRET_LENGTH_MIN) throw new Error(`must have at least ${SECRET_LENGTH_MIN} characters`)
  return text
}

export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

function integer(text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw new Error(`must be a whole number from ${min} to ${max}`)
  return value
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `5s`, `10m`, `2h` or `1d`, in milliseconds. */
function duration(text: string): number {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
  if (!(Number(count) >= 1)) throw new Error('must be off, or pauses like 5s,10m,2h,1d')
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

function onOrOff(text: string): boolean {
  return ['on', 'true', '1'].includes(among(text, ['on', 'off', 'true', 'false', '1', '0'] as const))
}

function among<const T extends string>(text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text)
  if (!found) throw new Error(`must be one of ${values.join(', ')}`)
  return found
}

function origin(text: string): string {
  if (text === '*') return text
  const { origin } = new URL(url(text, ['http:', 'https:']))
  if (origin !== text) throw new Error(`must be * or origins, like ${origin}`)
  return origin
}

function url(text: string, protocols: readonly string[]): string {
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    throw new Error(`must be a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
  return text
}
