import { appendFileSync } from 'node:fs'

/** `npm run soak` makes tests that depend on it so many times as large. */
const factor = Number(process.env.OPEN_INBOX_SOAK ?? 1)

export function scaled(count: number): number {
  return Math.round(count * factor)
}

/** What a soak test saw, for docs/reliability.md. */
export function report(line: string): void {
  const file = process.env.OPEN_INBOX_SOAK_REPORT
  if (file) appendFileSync(file, `${line}\n`)
}
