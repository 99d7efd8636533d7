import type { Timestamp } from '../store/ids.ts'

export interface PageCursor {
  timestamp: Timestamp
  id: string
}

export interface Page<T> {
  items: T[]
  /** The last item, when there is something after it. */
  next: PageCursor | null
}

/** Makes a page of up to `limit` of the rows, of which one more was asked for to see whether there are more. */
export function pageOf<T>(rows: T[], limit: number, cursorOf: (row: T) => PageCursor): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last ? cursorOf(last) : null }
}

/** The page of a list that is short enough to be read whole, in its order: oldest first, ids break ties. */
export function pageWithin<T extends { id: string; createdAt: Timestamp }>(
  rows: readonly T[],
  { after, limit }: { after: PageCursor | null; limit: number },
): Page<T> {
  const isAfter = (row: T, cursor: PageCursor) =>
    row.createdAt === cursor.timestamp ? row.id > cursor.id : row.createdAt > cursor.timestamp
  const rest = after ? rows.filter((row) => isAfter(row, after)) : [...rows]
  return pageOf(rest, limit, ({ id, createdAt }) => ({ id, timestamp: createdAt }))
}
