import type { Static, TObject } from 'typebox'
import { type Issue, invalid } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/text.ts'
import { compileCheck } from '../validation.ts'

const PARAMETERS_MAX = 1_000

/**
 * Makes a reader of v2 query strings (without `?`) from the schema of an operation's query. The reader returns the typed value with
 * defaults filled in, or throws `invalidRequest` naming every parameter that breaks a rule.
 *
 * v2 is strict: a list is written by repeating its key, everything else comes once, and what the operation does not know is refused.
 */
export function compileQuery<S extends TObject>(schema: S): (raw: string) => Static<S> {
  const fields = schema.properties as Record<string, FieldSchema>
  const check = compileCheck(schema)
  return (raw) => {
    const values = readValues(raw)
    const issues = [...values].flatMap(([name, texts]) => issuesOf(name, texts, fields))
    const [first, ...others] = issues
    if (first) throw invalid(first, ...others.slice(0, 9))
    const query = Object.fromEntries([...values].map(([name, texts]) => [name, typedValue(texts, fields[name] ?? {})]))
    check(query)
    // The check is made from this very schema.
    return query as Static<S>
  }
}

interface FieldSchema {
  type?: string
  items?: FieldSchema
}

function readValues(raw: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  if (raw === '') return values
  const pairs = raw.split('&', PARAMETERS_MAX + 1)
  if (pairs.length > PARAMETERS_MAX) {
    throw invalid({ path: [], message: `The query has more than ${PARAMETERS_MAX} parameters.` })
  }
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), [])
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1), [name])
    values.set(name, [...(values.get(name) ?? []), value])
  }
  return values
}

function decode(text: string, path: Issue['path']): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalid({ path, message: 'is not properly percent-encoded' })
  }
}

function issuesOf(name: string, texts: readonly string[], fields: Record<string, FieldSchema>): Issue[] {
  if (!Object.hasOwn(fields, name)) return [{ path: [name], message: unknownParameter(name, fields) }]
  if (fields[name]?.type !== 'array' && texts.length > 1) return [{ path: [name], message: 'must be given once' }]
  if (!texts.every(isStorableText)) return [{ path: [name], message: 'must be well-formed Unicode without NUL' }]
  return []
}

function unknownParameter(name: string, fields: Record<string, FieldSchema>): string {
  const bare = name.replace(/\[.*$/s, '')
  const isBracketed = bare !== name && Object.hasOwn(fields, bare)
  return isBracketed ? `is not understood; repeat "${bare}" for each value` : 'is not a parameter of this operation'
}

/** What stays text is what the check will complain about. */
function typedValue(texts: readonly string[], schema: FieldSchema): unknown {
  if (schema.type === 'array') return [...new Set(texts)].map((text) => typedValue([text], schema.items ?? {}))
  const [text = ''] = texts
  switch (schema.type) {
    case 'integer':
      return /^-?\d{1,16}$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text)
    default:
      return text
  }
}
