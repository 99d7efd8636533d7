import { type Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../domain/clock.ts'

export interface OutputOptions {
  json?: true
}

/** Adds `--json`. Called last, so that it stands below the command's own options. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the answer as JSON')
}

/** The answer, and nothing else, on stdout. */
export function answer({ json }: OutputOptions, value: object, text: string): void {
  process.stdout.write(`${printable(json ? JSON.stringify(value, null, 2) : text)}\n`)
}

/**
 * With `\u001b` and its like for characters that would steer the terminal or turn text around, since much of what is printed was written by
 * others; the ends of lines stay. JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const STEERING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu

/** Columns as wide as their longest word. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((word, column) => word.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `90d`, `12h`, `2w` from now, or a day or moment in ISO 8601. */
export function parseExpiry(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  if (count && unit) return new Date(systemClock.now().getTime() + Number(count) * unitMs[unit as keyof typeof unitMs])
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? new Date(text) : null
  if (!at || Number.isNaN(at.getTime())) throw new InvalidArgumentError('Write 90d, 12h, 2w or a date like 2027-01-31.')
  if (at <= systemClock.now()) throw new InvalidArgumentError('That time is over.')
  return at
}

const hourMs = 3_600_000
const unitMs = { h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs }
