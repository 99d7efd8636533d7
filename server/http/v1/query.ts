import qs from 'qs'
import type { Static, TObject } from 'typebox'
import { type Issue, invalid } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/text.ts'

/** More than any screen offers to filter by; 16 kB of URL could spell out far more. */
const ELEMENTS_MAX = 200
const PARAMETERS_MAX = 500
const DEPTH_MAX = 5

/**
 * How long qs may make a list. It counts the gaps between indices as elements in some mixtures of forms, so this leaves room for gaps:
 * indices up to 499 and all parameters besides. How many elements there really are is checked afterwards.
 */
const PLACES_MAX = 1_000

/**
 * Makes a reader of v1 query strings (without `?`) from the schema of an operation's query. The reader returns the typed value with
 * defaults filled in, or throws `invalidRequest` naming every parameter that breaks a rule.
 *
 * v1 is generous in form and strict in content: arrays come as `ids=a`, `ids[]=a` or `ids[3]=a` in any mixture, an empty value is an
 * absent one (null where the schema says so), unknown parameters are ignored. Elements keep the order of their indices, or without
 * indices the order in which they were written; a mixture of both has no order.
 */
export function compileQuery<S extends TObject>(schema: S): (raw: string) => Static<S> {
  const readFields = compileFields(schema as QuerySchema)
  const names = new Set(Object.keys(schema.properties))
  return (raw) => {
    const issues: Issue[] = []
    const value = readFields(raw === '' ? {} : parseBrackets(raw, names), [], issues)
    const [first, ...others] = issues
    if (first) throw invalid(first, ...others.slice(0, 9))
    // The readers are made from this very schema.
    return value as Static<S>
  }
}

export interface Cursor {
  id: string
  timestamp: string
}

interface CursorQuery {
  cursorId?: string
  cursorTimestamp?: string
  cursor?: Partial<Cursor>
}

/** Where a list goes on, from either spelling: `cursorId` and `cursorTimestamp`, or the older `cursor[id]` and `cursor[timestamp]`. */
export function readCursor({ cursorId, cursorTimestamp, cursor }: CursorQuery): Cursor | null {
  const flat = { id: cursorId, timestamp: cursorTimestamp }
  if (!cursor) return wholeCursor(flat, { id: ['cursorId'], timestamp: ['cursorTimestamp'] })
  if (flat.id !== undefined || flat.timestamp !== undefined) {
    throw invalid({ path: ['cursor'], message: 'cannot be combined with cursorId and cursorTimestamp' })
  }
  return wholeCursor(cursor, { id: ['cursor', 'id'], timestamp: ['cursor', 'timestamp'] })
}

function wholeCursor({ id, timestamp }: Partial<Cursor>, paths: Record<keyof Cursor, Path>): Cursor | null {
  if (id === undefined && timestamp === undefined) return null
  if (id === undefined)
    throw invalid({ path: paths.id, message: 'is missing: a cursor needs its id and its timestamp' })
  if (timestamp === undefined) {
    throw invalid({ path: paths.timestamp, message: 'is missing: a cursor needs its id and its timestamp' })
  }
  return { id, timestamp }
}

type Path = Issue['path']

/** What brackets spell out, before the schema gives it a meaning. */
type Tree = string | Tree[] | Branch
type Branch = { [name: string]: Tree }

/** qs knows the bracket forms; what it would guess or cut short is settled before or refused. */
function parseBrackets(raw: string, names: ReadonlySet<string>): Branch {
  const given = raw.split('&', PARAMETERS_MAX + 1)
  if (given.length > PARAMETERS_MAX) throw queryTooLarge(`has more than ${PARAMETERS_MAX} parameters`)
  const pairs = given.filter((pair) => hasValue(pair) && names.has(nameOf(pair).split('[', 1)[0] ?? ''))
  const query = pairs.map(guardValue).join('&')
  try {
    // With these options qs makes nothing but strings, arrays and objects without a prototype.
    return qs.parse(query, {
      plainObjects: true,
      arrayLimit: PLACES_MAX,
      parameterLimit: PARAMETERS_MAX,
      depth: DEPTH_MAX,
      strictDepth: true,
      throwOnLimitExceeded: true,
    }) as Branch
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw beyondLimits(pairs)
  }
}

/** Says which parameter it was: qs only says that there is one. */
function beyondLimits(pairs: readonly string[]) {
  for (const name of pairs.map(nameOf)) {
    const brackets = [...name.matchAll(/\[([^\]]*)\]/g)].map(([, part = '']) => part)
    if (brackets.length > DEPTH_MAX) return invalid({ path: [name], message: `has brackets deeper than ${DEPTH_MAX}` })
    if (brackets.some((part) => Number(part) >= PLACES_MAX))
      return invalid({ path: [name], message: `has an index in brackets above ${PLACES_MAX - 1}` })
  }
  return queryTooLarge(`has a list of more than ${PLACES_MAX} elements`)
}

function nameOf(pair: string): string {
  const name = pair.slice(0, pair.indexOf('=')).replaceAll('+', ' ')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function queryTooLarge(rule: string) {
  return invalid({ path: [], message: `The query ${rule}.` })
}

/** An empty value is absent in v1, wherever it stands. */
function hasValue(pair: string): boolean {
  const equals = pair.indexOf('=')
  return equals >= 0 && equals < pair.length - 1
}

/** The first `=` ends the name; qs would take a later `]=` for its end. */
function guardValue(pair: string): string {
  const valueAt = pair.indexOf('=') + 1
  return pair.slice(0, valueAt) + pair.slice(valueAt).replaceAll('=', '%3D')
}

/** The part of JSON Schema that v1's queries are described with. */
interface QuerySchema {
  type?: string
  properties?: Record<string, QuerySchema>
  required?: string[]
  items?: QuerySchema
  anyOf?: QuerySchema[]
  enum?: string[]
  pattern?: string
  minLength?: number
  format?: string
  minimum?: number
  maximum?: number
  default?: unknown
}

const RULES = [
  'type',
  'properties',
  'required',
  'items',
  'anyOf',
  'enum',
  'pattern',
  'minLength',
  'format',
  'minimum',
  'maximum',
  'default',
]
const NOTES = ['title', 'description', 'examples', 'deprecated']

/** Undefined when nothing was given, or when an issue says what is wrong with it. */
type Reader<T extends Tree = Tree> = (tree: T, path: Path, issues: Issue[]) => unknown

function compileReader(schema: QuerySchema): Reader {
  refuseUnknownRules(schema)
  if (schema.anyOf) return compileReader(notNull(schema))
  if (schema.enum) return single(enumReader(schema.enum))
  switch (schema.type) {
    case 'object':
      return objectReader(schema)
    case 'array':
      return arrayReader(schema)
    case 'integer':
      return single(integerReader(schema))
    case 'boolean':
      return single(readBoolean)
    case 'string':
      return single(schema.format ? readDateTime : stringReader(schema))
    default:
      throw new Error(`a query cannot hold ${JSON.stringify(schema)}`)
  }
}

/** A rule that is written down and not enforced would be worse than none. */
function refuseUnknownRules(schema: QuerySchema): void {
  const unknown = Object.keys(schema).filter(
    (key) => !RULES.includes(key) && !NOTES.includes(key) && !key.startsWith('x-'),
  )
  if (unknown.length > 0) throw new Error(`queries do not know the rule ${unknown.join(', ')}`)
  if (schema.format !== undefined && schema.format !== 'date-time')
    throw new Error(`queries do not know ${schema.format}`)
}

function isNullable({ anyOf }: QuerySchema): boolean {
  return anyOf?.some(({ type }) => type === 'null') ?? false
}

function notNull({ anyOf = [] }: QuerySchema): QuerySchema {
  const [schema, ...others] = anyOf.filter(({ type }) => type !== 'null')
  if (!schema || others.length > 0) throw new Error('the only choice a query knows is between something and null')
  return schema
}

function objectReader(schema: QuerySchema): Reader {
  const names = Object.keys(schema.properties ?? {})
  const readFields = compileFields(schema)
  return (tree, path, issues) => {
    if (typeof tree === 'string' || Array.isArray(tree))
      return refuse(issues, path, `takes names in brackets: ${names.join(', ')}`)
    return names.some((name) => name in tree) ? readFields(tree, path, issues) : undefined
  }
}

function compileFields({ properties = {}, required = [] }: QuerySchema): Reader<Branch> {
  const fields = Object.entries(properties).map(([name, schema]) => ({
    name,
    read: compileReader(schema),
    required: required.includes(name),
    fallback: schema.default ?? (isNullable(schema) ? null : undefined),
  }))
  return (tree, path, issues) => {
    const result: Record<string, unknown> = {}
    for (const { name, read, required, fallback } of fields) {
      const issuesBefore = issues.length
      const given = tree[name]
      const value = (given === undefined ? undefined : read(given, [...path, name], issues)) ?? fallback
      if (value !== undefined) result[name] = value
      else if (required && issues.length === issuesBefore) refuse(issues, [...path, name], 'is required')
    }
    return result
  }
}

function arrayReader({ items = {} }: QuerySchema): Reader {
  const readElement = compileReader(items)
  return (tree, path, issues) => {
    if (typeof tree === 'object' && !Array.isArray(tree))
      return refuse(issues, path, 'is a list: brackets hold a number or nothing')
    const elements = elementsOf(tree)
    if (elements.length > ELEMENTS_MAX) return refuse(issues, path, `must have at most ${ELEMENTS_MAX} elements`)
    return elements.map((element, index) => readElement(element, [...path, index], issues))
  }
}

/** An index given twice makes an array within the array. */
function elementsOf(tree: string | Tree[]): Tree[] {
  return typeof tree === 'string'
    ? [tree]
    : tree.flatMap((element) => (Array.isArray(element) ? elementsOf(element) : [element]))
}

function single(read: Reader<string>): Reader {
  return (tree, path, issues) => {
    return typeof tree === 'string'
      ? read(tree, path, issues)
      : refuse(issues, path, 'must be a single value, given once and without brackets')
  }
}

function enumReader(values: string[]): Reader<string> {
  return (text, path, issues) =>
    values.includes(text) ? text : refuse(issues, path, `must be one of ${values.join(', ')}`)
}

function stringReader({ pattern, minLength = 0 }: QuerySchema): Reader<string> {
  const allowed = new RegExp(pattern ?? '', 'u')
  return (text, path, issues) => {
    if (!isStorableText(text)) return refuse(issues, path, 'must be well-formed Unicode without NUL')
    if (!allowed.test(text)) return refuse(issues, path, `must match ${pattern}`)
    if (text.length < minLength) return refuse(issues, path, `must have at least ${minLength} characters`)
    return text
  }
}

function integerReader({
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
}: QuerySchema): Reader<string> {
  return (text, path, issues) => {
    if (!/^-?\d+$/.test(text)) return refuse(issues, path, 'must be a whole number')
    const number = Number(text)
    return number >= minimum && number <= maximum
      ? number
      : refuse(issues, path, `must be from ${minimum} to ${maximum}`)
  }
}

function readBoolean(text: string, path: Path, issues: Issue[]): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : refuse(issues, path, 'must be true or false')
}

function readDateTime(text: string, path: Path, issues: Issue[]): unknown {
  return parseDateTime(text) ?? refuse(issues, path, 'must be a date and time such as 2026-03-04T05:06:07.000Z')
}

/** ISO 8601 with an offset. The offset's `+` is a space once the query is decoded. */
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+ -])([01]\d|2[0-3]):?([0-5]\d)?)$/
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds and UTC, as everywhere else; finer digits are cut off. Null for what is not a moment of the years 1 to 9999. */
function parseDateTime(text: string): string | null {
  const match = DATE_TIME.exec(text)
  if (!match) return null
  const [, day, minute, seconds = '00', fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] = match
  const clockTime = `${day}T${minute}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === '-' ? -1 : 1)
  const at = Date.parse(clockTime)
  // Date.parse turns February 30 into March 2 and 24:00 into the next day.
  if (Number.isNaN(at) || new Date(at).toISOString() !== clockTime) return null
  const utc = at - offsetMs
  return utc >= EARLIEST && utc <= LATEST ? new Date(utc).toISOString() : null
}

function refuse(issues: Issue[], path: Path, message: string): undefined {
  issues.push({ path, message })
}
