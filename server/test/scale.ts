import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** `npm run soak` makes tests that depend on it so many times as large. */
const factor = Number(process.env.OPEN_INBOX_SOAK ?? 1)

export function scaled(count: number): number {
  return Math.round(count * factor)
}

/** The tables of docs/reliability.md that have figures. */
type Table = 'receivers' | 'readers'

/** What a soak test saw, as a row of a table. */
export function report(table: Table, cells: readonly (string | number)[]): void {
  const folder = process.env.OPEN_INBOX_SOAK_REPORT
  if (!folder) return
  const shown = cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell))
  appendFileSync(join(folder, table), `| ${shown.join(' | ')} |\n`)
}
