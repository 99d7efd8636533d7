import { LimitedMap } from './limited-map.ts'
import type { RawRow, RowReader } from './prepared.ts'

/** How many rows of the same columns are remembered: some 20 MB, when texts are of the usual length. */
const ROWS_MAX = 3_000

/**
 * A row that arrives as it did before is the same object, frozen. The first column says which row it is. Remembered is only what comes a second
 * time, so that whoever reads everything once displaces little.
 */
export function remembering(read: RowReader): RowReader {
  const seen = new LimitedMap<string, true>(ROWS_MAX)
  const known = new LimitedMap<string, { raw: RawRow; row: object }>(ROWS_MAX)
  return (raw) => {
    const key = raw[0] ?? ''
    const before = known.get(key)
    if (before && isSame(before.raw, raw)) return before.row
    const row = read(raw)
    if (before || seen.has(key)) known.set(key, { raw, row: Object.freeze(row) })
    else seen.set(key, true)
    return row
  }
}

function isSame(one: RawRow, other: RawRow): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
