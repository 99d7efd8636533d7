import type { Command } from 'commander'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { explain } from './failures.ts'
import { answer, type OutputOptions, withJson } from './output.ts'

export function addDoctorCommand(program: Command): void {
  withJson(
    program.command('doctor').description('check this machine, the settings and the database; changes nothing'),
  ).action(doctor)
}

export interface Finding {
  name: string
  state: 'ok' | 'warn' | 'fail'
  /** What was found, and what to do about it. */
  message: string
}

export const ok = (name: string, message: string): Finding => ({ name, state: 'ok', message })
export const warn = (name: string, message: string): Finding => ({ name, state: 'warn', message })
export const fail = (name: string, message: string): Finding => ({ name, state: 'fail', message })

async function doctor(options: OutputOptions): Promise<void> {
  const result = await examine(process.env, systemClock)
  const lines = result.findings.map(({ name, state, message }) => `${state.padEnd(4)}  ${name}: ${message}`)
  answer(options, result, lines.join('\n'))
  if (!result.ok) process.exitCode = 1
}

/** What `--json` prints. A warning is nothing that fails. */
export async function examine(env: NodeJS.ProcessEnv, clock: Clock): Promise<{ ok: boolean; findings: Finding[] }> {
  const findings = [checkNode(), ...(await checkConfigured(env, clock))]
  return { ok: findings.every(({ state }) => state !== 'fail'), findings }
}

function checkNode(): Finding {
  // bin/open-inbox.mjs refuses older ones.
  return ok('Node.js', `${process.versions.node} on ${process.platform} ${process.arch}`)
}

async function checkConfigured(env: NodeJS.ProcessEnv, clock: Clock): Promise<Finding[]> {
  const config = tryConfig(env)
  if (config instanceof ConfigError) return [fail('Configuration', config.mistakes.join('; '))]
  const { checkDatabase } = await import('./doctor/database.ts')
  const { checkDataFolder, checkBinaries } = await import('./doctor/machine.ts')
  const { checkPort, checkPublicUrl } = await import('./doctor/address.ts')
  const checks: [string, (config: Config) => Promise<Finding[]>][] = [
    ['Data folder', checkDataFolder],
    ['Embedded PostgreSQL', checkBinaries],
    ['Database', (config) => checkDatabase(config, clock)],
    ['Port', checkPort],
    ['Public URL', checkPublicUrl],
  ]
  const findings = [ok('Configuration', 'valid')]
  for (const [name, check] of checks) findings.push(...(await settled(name, check(config))))
  return findings
}

function tryConfig(env: NodeJS.ProcessEnv): Config | ConfigError {
  try {
    return readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

/** A check that breaks is a finding, too. */
async function settled(name: string, check: Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check
  } catch (error) {
    return [fail(name, explain(error) ?? `the check failed unexpectedly: ${String(error)}`)]
  }
}
