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
