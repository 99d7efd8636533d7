import { createHash } from 'node:crypto'
import type { Context } from '../../domain/context.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Page, PageCursor } from '../../domain/pages.ts'

const VERSION = 1
const TIMESTAMP = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ID = /^[0-9a-z]+$/

interface PagedQuery {
  limit: number
  cursor?: string
}

/** A request for one page of a list: where it starts, and how to answer with it. */
export interface PageOfList {
  after: PageCursor | null
  limit: number
  present<T, P>(page: Page<T>, presentItem: (item: T) => P): { data: P[]; nextCursor: string | null }
}

/**
 * Reads and writes the cursors of one list. A cursor is good for the filters it was given out with, whatever the page's length and what is
 * expanded. Throws `invalidCursor` for any other.
 */
export function pageOfList(ctx: Context, operation: string, query: PagedQuery & Record<string, unknown>): PageOfList {
  const { cursor, limit, expand: _, ...filters } = query
  // Most lists fit on one page, and that has no cursor.
  let digested: string | null = null
  const list = () => {
    digested ??= digest([ctx.actor.teamId, operation, normalized(filters)])
    return digested
  }
  return {
    after: cursor === undefined ? null : readCursor(cursor, list()),
    limit,
    present: (page, presentItem) => ({
      data: page.items.map(presentItem),
      nextCursor: page.next && writeCursor(page.next, list()),
    }),
  }
}

function writeCursor({ timestamp, id }: PageCursor, list: string): string {
  return Buffer.from(JSON.stringify([VERSION, list, timestamp, id])).toString('base64url')
}

function readCursor(cursor: string, list: string): PageCursor {
  const parts = parse(cursor)
  if (!Array.isArray(parts) || parts.length !== 4) throw invalidCursor()
  const [version, itsList, timestamp, id] = parts
  const isWellFormed =
    version === VERSION &&
    itsList === list &&
    typeof timestamp === 'string' &&
    isTime(timestamp) &&
    typeof id === 'string' &&
    ID.test(id)
  if (!isWellFormed) throw invalidCursor()
  return { timestamp, id }
}

/** One that PostgreSQL can read: it knows no 30th of February, and no year zero. */
function isTime(text: string): boolean {
  return TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return null
  }
}

function invalidCursor(): DomainError {
  return new DomainError(
    'invalid',
    'invalidCursor',
    'The cursor is damaged, or belongs to a list with other filters. Start again without it.',
  )
}

/** The same filters make the same text, in whatever order they were written. */
function normalized(filters: Record<string, unknown>): [string, unknown][] {
  return Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, unknown] => [name, Array.isArray(value) ? [...value].sort() : value])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16)
}
