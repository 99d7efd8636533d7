import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { TObject } from 'typebox'
import { type DomainError, type Issue, invalid } from '../domain/errors.ts'
import { emojiPattern, isStorableText } from '../domain/text.ts'
import { HttpError } from './errors.ts'

const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  validateFormats: false,
  useDefaults: true,
  // A choice between objects that name their kind is judged by the one it names.
  discriminator: true,
})

/** More do not help anybody. */
const ISSUES_MAX = 10

/** Checks a JSON body against its schema; throws `invalidRequest` naming every field that breaks a rule. Unknown fields are left alone unless the schema is closed. */
export function compileBody(schema: TObject, optional: boolean): (body: unknown) => unknown {
  const validator = compileOnUse(schema)
  const names = Object.keys(schema.properties)
  return (sent) => {
    const body = sent === undefined && optional ? {} : sent
    if (body === undefined) throw invalid({ path: [], message: 'A body is required: a JSON object.' })
    if (!isObject(body)) throw invalid({ path: [], message: 'The body must be a JSON object.' })
    const validate = validator()
    if (!validate(body)) throw invalidFields(validate.errors ?? [])
    const [first, ...others] = names
      .map((name) => unstorablePath(name, body[name]))
      .filter((path) => path !== null)
      .map((path): Issue => ({ path, message: 'must be well-formed Unicode without NUL' }))
    if (first) throw invalid(first, ...others)
    return body
  }
}

/** Checks a value that was put together from text, and fills in defaults. Throws `invalidRequest` naming every field that breaks a rule. */
export function compileCheck(schema: TObject): (value: object) => void {
  const validator = compileOnUse(schema)
  return (value) => {
    const validate = validator()
    if (!validate(value)) throw invalidFields(validate.errors ?? [])
  }
}

/** Checks path parameters: an id that cannot be one is refused before anybody looks for it. */
export function compileParams(schema: TObject): (params: Record<string, string>) => Record<string, string | number> {
  const validator = compileOnUse(schema)
  const numbers = Object.entries(schema.properties).flatMap(([name, field]) => (isInteger(field) ? [name] : []))
  return (sent) => {
    const params = numbers.length === 0 ? sent : withNumbers(sent, numbers)
    const validate = validator()
    if (validate(params)) {
      const unstorable = Object.keys(params).find((name) => unstorablePath(name, params[name]))
      if (unstorable === undefined) return params
      throw invalid({ path: [unstorable], message: 'must be well-formed Unicode without NUL' })
    }
    if (Object.values(sent).includes(''))
      throw new HttpError(404, 'There is nothing here: a part of the path is empty.')
    throw invalidFields(validate.errors ?? [])
  }
}

/** Compiling the schemas of all operations would be a sixth of what a server does until it is ready. */
function compileOnUse(schema: TObject): () => ValidateFunction {
  let compiled: ValidateFunction | null = null
  return () => (compiled ??= ajv.compile(schema))
}

function isInteger(field: object): boolean {
  return 'type' in field && field.type === 'integer'
}

/** What is no whole number stays text, which the check will complain about. */
function withNumbers(params: Record<string, string>, names: string[]): Record<string, string | number> {
  const numbers = names.map((name): [string, string | number] => {
    const text = params[name] ?? ''
    return [name, /^-?\d{1,16}$/.test(text) ? Number(text) : text]
  })
  return { ...params, ...Object.fromEntries(numbers) }
}

function invalidFields(errors: readonly ErrorObject[]): DomainError {
  const errorsByField = new Map<string, ErrorObject[]>()
  for (const error of errors) {
    // The branches of a choice say more than the choice.
    if (error.keyword === 'anyOf') continue
    const field = `${error.instancePath}${ofField(error)}`
    errorsByField.set(field, [...(errorsByField.get(field) ?? []), error])
  }
  const [first, ...others] = [...errorsByField]
    .slice(0, ISSUES_MAX)
    .map(([field, errors]): Issue => ({ path: pathOf(field), message: rulesOf(errors) }))
  if (!first) throw new Error('a failed validation named no field')
  return invalid(first, ...others)
}

/** Some rules are about a field of the object they were broken by. */
function ofField({ keyword, params }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return `/${pointerPart(params.missingProperty)}`
    case 'additionalProperties':
      return `/${pointerPart(params.additionalProperty)}`
    case 'discriminator':
      return `/${pointerPart(params.tag)}`
    default:
      return ''
  }
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/**
 * What all broken rules of a field ask for, as one sentence: `must be a string or null`. With a choice between something and null, the
 * value broke a rule of both; null goes last, and does not matter to a value that had the right type.
 */
function rulesOf(errors: readonly ErrorObject[]): string {
  const limits = errors.map(limitOf).filter((limit) => limit !== null)
  if (limits.length > 0) return [...new Set(limits)].join(' and ')
  const closer = errors.filter(({ keyword }) => keyword !== 'type').map(kindOf)
  const types = errors.filter(({ keyword }) => keyword === 'type').flatMap(typesOf)
  const kinds = closer.length > 0 ? [...closer, ...types.filter((type) => type === 'null')] : types
  return `must be ${listOf([...new Set(kinds)])}`
}

/** Rules that only a value of the right type can break. */
function limitOf({ keyword, params }: ErrorObject): string | null {
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return 'is not a field of this request'
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`
    case 'maxLength':
      return `must have at most ${params.limit} characters`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'minItems':
      return `must have at least ${params.limit} elements`
    case 'maxItems':
      return `must have at most ${params.limit} elements`
    default:
      return null
  }
}

/** Patterns that people have words for. */
const patternWords: Readonly<Record<string, string>> = {
  '^[0-9a-z]+$': 'an id (only 0-9 and a-z)',
  [emojiPattern]: 'exactly one emoji',
}

function kindOf({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'enum':
      return `one of ${params.allowedValues.join(', ')}`
    case 'const':
      return JSON.stringify(params.allowedValue)
    case 'pattern':
      return patternWords[params.pattern] ?? `like ${params.pattern}`
    case 'discriminator':
      return 'one of the kinds this request knows'
    default:
      return `valid (${message ?? keyword})`
  }
}

const typeWords: Record<string, string[]> = {
  string: ['a string'],
  integer: ['a whole number'],
  number: ['a number'],
  boolean: ['true', 'false'],
  array: ['a list'],
  object: ['an object'],
  null: ['null'],
}

function typesOf({ params }: ErrorObject): string[] {
  return [params.type].flat().flatMap((type) => typeWords[type] ?? [type])
}

/** `true, false or null` */
function listOf(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** From a JSON pointer. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}

interface Place {
  within: Place | null
  name: string | number
  value: unknown
}

/** Where a field has a text that cannot be stored; null: nowhere. Not by recursion: values may be nested as deep as a body is long. */
function unstorablePath(name: string, value: unknown): Issue['path'] | null {
  const left: Place[] = [{ within: null, name, value }]
  for (let place = left.pop(); place; place = left.pop()) {
    const { value } = place
    if (typeof value === 'string' && !isStorableText(value)) return pathTo(place)
    if (typeof value !== 'object' || value === null) continue
    const isList = Array.isArray(value)
    for (const [name, part] of Object.entries(value)) {
      left.push({ within: place, name: isList ? Number(name) : name, value: part })
    }
  }
  return null
}

/** Deeper down, where no field is known, the outer parts say enough. */
const PATH_PARTS_MAX = 10

function pathTo(place: Place): Issue['path'] {
  const path: Issue['path'] = []
  for (let next: Place | null = place; next; next = next.within) path.push(next.name)
  return path.reverse().slice(0, PATH_PARTS_MAX)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
