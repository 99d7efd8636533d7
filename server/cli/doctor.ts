import type { Command } from 'commander'
import { type Config, ConfigError, readConfig } from '../config.ts'
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
  const findings = [checkNode(), ...(await checkConfigured())]
  const failed = findings.some(({ state }) => state === 'fail')
  const lines = findings.map(({ name, state, message }) => `${state.padEnd(4)}  ${name}: ${message}`)
  answer(options, { ok: !failed, findings }, lines.join('\n'))
  if (failed) process.exitCode = 1
}

function checkNode(): Finding {
  // bin/open-inbox.mjs refuses older ones.
  return ok('Node.js', `${process.versions.node} on ${process.platform} ${process.arch}`)
}

async function checkConfigured(): Promise<Finding[]> {
  const config = tryConfig()
  if (config instanceof ConfigError) return [fail('Configuration', config.mistakes.join('; '))]
  const { checkDatabase } = await import('./doctor/database.ts')
  const { checkDataFolder, checkBinaries } = await import('./doctor/machine.ts')
  const { checkPort, checkPublicUrl } = await import('./doctor/address.ts')
  const checks: [string, (config: Config) => Promise<Finding[]>][] = [
    ['Data folder', checkDataFolder],
    ['Embedded PostgreSQL', checkBinaries],
    ['Database', checkDatabase],
    ['Port', checkPort],
    ['Public URL', checkPublicUrl],
  ]
  const findings = [ok('Configuration', 'valid')]
  for (const [name, check] of checks) findings.push(...(await settled(name, check(config))))
  return findings
}

function tryConfig(): Config | ConfigError {
  try {
    return readConfig(process.env)
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
