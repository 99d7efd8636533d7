/** How the fields of v1 and v2 belong together, as data: the guide is made from it, and a test holds a team's answers against it. */

/** An answer of an API, or a part of one. */
// biome-ignore lint/suspicious/noExplicitAny: answers have every shape; the documents check their form
export type Shown = any

export interface Row {
  /** A v1 field, as its document names it under the thing: `lastMessage.id`. */
  field: string
  /** Where v2 shows it, in Markdown. */
  counterpart: string
  rule: string
  /** Whether the v1 value goes with what v2 shows. */
  agrees(value: Shown, v2: Shown): boolean
  /** Nothing gives it another value, or v2 has nothing to compare it with. */
  isConstant: boolean
}

/** A kind of thing v1 shows, and what v2 shows instead. */
export interface Thing {
  name: string
  /** Where the v1 document describes it: a component, or an operation and where in its answer. */
  schemas: readonly string[]
  /** In Markdown: which answers of v2 the rows speak of. */
  about: string
  rows: readonly Row[]
}

/** v2 shows the same value, here. */
export function same(field: string, path = field): Row {
  return computed(field, `\`${path}\``, 'the same', (v2) => at(v2, path))
}

/** The v1 value can be made from what v2 shows. */
export function computed(field: string, counterpart: string, rule: string, valueFrom: (v2: Shown) => unknown): Row {
  return related(field, counterpart, rule, (value, v2) => isSame(value, valueFrom(v2)))
}

/** v2 shows something else that goes with it. */
export function related(field: string, counterpart: string, rule: string, agrees: Row['agrees']): Row {
  return { field, counterpart, rule, agrees, isConstant: false }
}

/** v1 always says the same. */
export function constant(field: string, value: unknown, counterpart = '–', rule = 'not shown'): Row {
  const always = `${rule}; always ${value === '' ? 'empty' : `\`${value}\``} in v1`
  return { ...computed(field, counterpart, always, () => value), isConstant: true }
}

/** v2 has nothing like it: there is nothing to hold it against. */
export function gone(field: string, rule = 'not shown'): Row {
  return { ...related(field, '–', rule, () => true), isConstant: true }
}

/** Undefined where the path ends early. */
export function at(value: Shown, path: string): Shown {
  return path.split('.').reduce((part, name) => part?.[name], value)
}

export function isSame(one: unknown, other: unknown): boolean {
  return textOf(one) === textOf(other)
}

/** Independent of the order of fields. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
