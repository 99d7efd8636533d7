/** How the requests of v1 and v2 belong together, as data: the guide is made from it, and tests make the same requests through both. */
import type { Api } from '../../harness.ts'
import type { Shown } from '../row.ts'

/** What a request says, by name: `{threadId}` is in the path, `?limit` in the query, anything else in the body. */
export type Said = Readonly<Record<string, unknown>>

export interface Request {
  /** As the document names it: `GET /threads`. */
  call: string
  says: Said
}

/** A call of v1, and what v2 has instead. */
export interface Call {
  v1: string
  /** Null where v2 has none. */
  v2: string | null
  /** In Markdown: what the rows do not say. */
  about?: string
  /** What v2 has to be told whatever v1 was told. */
  always: Said
  rows: readonly RequestRow[]
}

export interface RequestRow {
  /** What v1 takes. */
  field: string
  /** Where v2 takes it. */
  counterparts: readonly Counterpart[]
  rule: string
  /** What v1 takes for said when nothing is said, if that is not so in v2. */
  leftOut?: unknown
  /** What the call of v2 is told. */
  says(value: Shown, beside: Beside): Said | Promise<Said>
  /** What is called besides. */
  others(value: Shown, beside: Beside): Others | Promise<Others>
}

export interface Others {
  before?: Request[]
  after?: Request[]
}

export interface Counterpart {
  /** Of another call than the one that does most of it. */
  call?: string
  name: string
}

/** What a translation may look at beside the value. */
export interface Beside {
  v2: Api
  /** All that v1 is told. */
  request: Said
  /** v2's cursor of the same page, by either part of v1's. */
  cursors: ReadonlyMap<string, string>
}

export function same(field: string, name = field): RequestRow {
  return becomes(field, name, 'the same', (value) => value)
}

/** v2 takes something made of it. */
export function becomes(
  field: string,
  name: string,
  rule: string,
  valueFrom: (value: Shown, beside: Beside) => unknown,
): RequestRow {
  return {
    ...{ field, counterparts: [{ name }], rule, others: () => ({}) },
    says: async (value, beside) => ({ [name]: await valueFrom(value, beside) }),
  }
}

/** v2 has nothing like it, or does not need it. */
export function gone(field: string, rule: string): RequestRow {
  return { field, counterparts: [], rule, says: () => ({}), others: () => ({}) }
}

/** v2's cursor belongs to its own page, so it cannot be made of v1's. */
export const cursor: readonly RequestRow[] = ['?cursorId', '?cursorTimestamp', '?cursor[id]', '?cursor[timestamp]'].map(
  (field) =>
    becomes(
      field,
      '?cursor',
      "one opaque text for both, v2's own: the `nextCursor` of the page before",
      (part, beside) => beside.cursors.get(part),
    ),
)

/**
 * The requests that do in v2 what one of v1 does, in the order they are to be made. None where it is about nobody: a list of nobody's would
 * be everybody's.
 */
export async function translate({ v2, always, rows }: Call, beside: Beside): Promise<Request[]> {
  if (v2 === null) return []
  let says = always
  const [before, after]: [Request[], Request[]] = [[], []]
  for (const row of rows) {
    const value = row.field in beside.request ? beside.request[row.field] : row.leftOut
    if (value === undefined) continue
    says = { ...says, ...(await row.says(value, beside)) }
    const others = await row.others(value, beside)
    before.push(...(others.before ?? []))
    after.push(...(others.after ?? []))
  }
  if (Object.values(says).some((value) => Array.isArray(value) && value.length === 0)) return []
  const isAddressOnly = Object.keys(says).every((name) => name.startsWith('{'))
  const isNeeded = !isAddressOnly || before.length + after.length === 0
  return [...before, ...(isNeeded ? [{ call: v2, says }] : []), ...after]
}
