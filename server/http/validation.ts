import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { TObject } from 'typebox'
import { type DomainError, type Issue, invalid } from '../domain/errors.ts'
import { isStorableText } from '../domain/text.ts'

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, useDefaults: true })

/** Checks a JSON body against its schema; throws `invalidRequest` naming every field that breaks a rule. Unknown fields are left alone. */
export function compileBody(schema: TObject, optional: boolean): (body: unknown) => unknown {
  const validate = ajv.compile(schema)
  return (sent) => {
    const body = sent === undefined && optional ? {} : sent
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalid({ path: [], message: 'The body must be a JSON object.' })
    }
    if (!validate(body)) throw invalidFields(validate.errors ?? [])
    const unstorable = Object.keys(schema.properties).filter(
      (name) => !isStorable((body as Record<string, unknown>)[name]),
    )
    const issues = unstorable.map(
      (name): Issue => ({ path: [name], message: 'must be well-formed Unicode without NUL' }),
    )
    if (isNotEmpty(issues)) throw invalid(...issues)
    return body
  }
}

/** Checks path parameters: an id that cannot be one is refused before anybody looks for it. */
export function compileParams(schema: TObject): (params: Record<string, string>) => Record<string, string> {
  const validate = ajv.compile(schema)
  return (params) => {
    if (!validate(params)) throw invalidFields(validate.errors ?? [])
    return params
  }
}

function invalidFields(errors: readonly ErrorObject[]): DomainError {
  const messages = new Map<string, string[]>()
  for (const error of errors) {
    if (error.keyword === 'anyOf') continue
    const path = `${error.instancePath}${error.keyword === 'required' ? `/${error.params.missingProperty}` : ''}`
    messages.set(path, [...(messages.get(path) ?? []), ruleOf(error)])
  }
  const issues = [...messages].map(
    ([path, rules]): Issue => ({ path: pathOf(path), message: [...new Set(rules)].join(' or ') }),
  )
  if (!isNotEmpty(issues)) throw new Error('a failed validation named no field')
  return invalid(...issues)
}

function ruleOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required'
    case 'enum':
      return `must be one of ${error.params.allowedValues.join(', ')}`
    case 'pattern':
      return 'must be an id: only 0-9 and a-z'
    case 'minLength':
      return 'must not be empty'
    default:
      return error.message ?? 'is not valid'
  }
}

function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  return !Array.isArray(value) || value.every(isStorable)
}

function isNotEmpty<T>(list: T[]): list is [T, ...T[]] {
  return list.length > 0
}
