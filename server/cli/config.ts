import type { Command } from 'commander'
import { ConfigError, readConfig, type SettingName, settings, textOf } from '../config.ts'
import { answer, type OutputOptions, table, withJson } from './output.ts'

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('the settings')
  withJson(
    config.command('print').description('print every setting, its value and where that comes from; secrets are masked'),
  ).action(print)
}

type Source = 'default' | 'environment' | 'file'

interface Setting {
  name: SettingName
  /** Null when it cannot be read. */
  value: string | null
  source: Source
  about: string
}

function print(options: OutputOptions): void {
  const effective = (Object.keys(settings) as SettingName[]).map((name) => effectiveSetting(name, process.env))
  const rows = effective.map(({ name, value, source, about }) => [name, value ?? '?', source, about])
  const mistakes = findMistakes(process.env)
  answer(options, { settings: effective, mistakes }, table(['SETTING', 'VALUE', 'FROM', 'WHAT IT DOES'], rows, ''))
  if (mistakes.length === 0) return
  process.stderr.write(`${new ConfigError(mistakes).message}\n`)
  process.exitCode = 1
}

function effectiveSetting(name: SettingName, env: NodeJS.ProcessEnv): Setting {
  const source = env[`${name}_FILE`] ? 'file' : env[name] ? 'environment' : 'default'
  return { name, value: readValue(name, env), source, about: settings[name].about }
}

function readValue(name: SettingName, env: NodeJS.ProcessEnv): string | null {
  try {
    const text = textOf(env, name)
    return 'secret' in settings[name] ? masked(text) : text
  } catch {
    return null // its mistake is among the others
  }
}

function findMistakes(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

/** Of an address everything but the password; of other secrets nothing. */
export function masked(secret: string): string {
  if (secret === '') return ''
  if (!URL.canParse(secret)) return MASK
  const url = new URL(secret)
  if (url.host === '' && url.search === '') return MASK
  if (url.password !== '') url.password = MASK
  for (const name of url.searchParams.keys()) {
    if (/pass|key|secret/i.test(name)) url.searchParams.set(name, MASK)
  }
  return url.href
}

const MASK = '***'
