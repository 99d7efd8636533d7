import { equal, ok } from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Schema } from '../http/examples.ts'
import { type DocumentedApi, type DocumentedOperation, type DocumentedResponse, documentOf } from '../http/openapi.ts'
import { v1 } from '../http/v1/api.ts'
import { v2 } from '../http/v2/api.ts'
import type { Answer } from './harness.ts'

interface Documented {
  api: DocumentedApi
  document: ReturnType<typeof documentOf>
  templates: { pattern: RegExp; methods: Record<string, DocumentedOperation>; parameters: number }[]
  /** Throws unless the value is as a schema of the document says, and nothing beyond it. */
  requireValid(schema: Schema, value: unknown, what: string): void
}

/** Of v2, by code; each schema is compiled once. */
const refusals = new Map<string, Schema>(
  Object.keys(v2.codes?.all ?? {}).map((code) => [
    code,
    { $ref: `#/components/schemas/${v2.codes?.componentOf(code)}` },
  ]),
)

const documentedApis = [v1, v2].map(readDocument)

/** Throws unless the document of the API says that this call can be answered like this. What is no operation must be refused in the envelope. */
export function requireDocumented(method: string, path: string, answer: Answer): void {
  const documented = documentedApis.find(({ api }) => path.startsWith(`${api.base}/`))
  if (!documented || path === `${documented.api.base}/openapi.json`) return
  const call = `${method} ${path}`
  ok(answer.headers.has('x-request-id'), `${call} has no X-Request-Id`)
  const limits = ['limit', 'remaining', 'reset'].filter((name) => answer.headers.has(`x-ratelimit-${name}`))
  ok(limits.length === (answer.status === 401 ? 0 : limits.length && 3), `${call} has only X-RateLimit-${limits}`)

  const operation = operationAt(documented, method, path)
  const { responses } = documented.document.components
  const response = operation ? responseOf(documented, operation, answer.status) : responses[400]
  ok(response, `${call} answered ${answer.status}, which the document does not declare`)
  if (!operation) ok(answer.status >= 400, `${call} is no operation and was answered ${answer.status}`)
  if (method !== 'HEAD') requireContent(documented, call, response, answer)
  if (method !== 'HEAD' && answer.status >= 400) requireEnvelope(documented, call, response, answer)
}

/** Throws unless the value is as a schema of the API's document says, and nothing beyond it. */
export function requireValid(api: DocumentedApi, schema: Schema, value: unknown, what: string): void {
  documentedApis.find((documented) => documented.api === api)?.requireValid(schema, value, what)
}

function readDocument(api: DocumentedApi): Documented {
  const document = documentOf(api)
  const templates = Object.entries(document.paths)
    .map(([path, methods]) => ({ pattern: patternOf(path), methods, parameters: path.split('{').length }))
    // As in the router, `/threads/lookup` comes before `/threads/{threadId}`.
    .sort((a, b) => a.parameters - b.parameters)
  return { api, document, templates, requireValid: validatorOf(document) }
}

function operationAt({ api, templates }: Documented, method: string, path: string): DocumentedOperation | undefined {
  const relative = path.slice(api.base.length)
  return templates.find(({ pattern }) => pattern.test(relative))?.methods[method.toLowerCase()]
}

function responseOf(
  { document }: Documented,
  { responses }: DocumentedOperation,
  status: number,
): DocumentedResponse | undefined {
  const response = responses[status]
  return response && '$ref' in response ? document.components.responses[status] : response
}

function requireContent(
  documented: Documented,
  call: string,
  { content }: DocumentedResponse,
  { status, body, headers }: Answer,
): void {
  const type = headers.get('content-type')
  if (!content) {
    ok(body === undefined && type === null, `${call} answered ${type} where nothing is declared`)
    return
  }
  const [mediaType = '', charset] = type?.split('; ') ?? []
  const declared = content[mediaType]
  ok(declared && charset === 'charset=utf-8', `${call} answered ${status} as ${type}`)
  // What is no JSON is text, and of a stream nobody waits for all of it.
  if (mediaType !== 'application/json') return
  documented.requireValid(declared.schema, body, `the body of ${call}, answered ${status},`)
}

/** What a schema cannot say of an error. */
function requireEnvelope(
  { api, requireValid }: Documented,
  call: string,
  { description }: DocumentedResponse,
  { status, body, headers }: Answer,
): void {
  if (api === v1) {
    equal(body.error.status, status, `${call} answered ${status}, but its body says otherwise`)
    return
  }
  equal(body.requestId, headers.get('x-request-id'), `${call} has two request ids`)
  // A code of the contract must be one that the operation declares.
  const facts = v2.codes?.all[body.code]
  const schema = refusals.get(body.code)
  if (!facts || !schema) return
  requireValid(schema, body, `the refusal of ${call}`)
  if (!description.includes('`')) return
  equal(facts.status, status, `${call} answered ${body.code} with ${status}`)
  ok(description.includes(`\`${body.code}\``), `${call} does not declare ${body.code}`)
}

function validatorOf(document: Documented['document']): Documented['requireValid'] {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({
    $id: 'document',
    components: { schemas: mapValues(document.components.schemas, (schema) => strict(schema, 'part')) },
  })
  const validators = new Map<Schema, ValidateFunction>()
  return (schema, value, what) => {
    const validate = validators.get(schema) ?? ajv.compile(strict(schema, 'whole'))
    validators.set(schema, validate)
    if (validate(value)) return
    const reasons = ajv.errorsText(validate.errors, { dataVar: '' })
    throw new Error(`${what} is not as documented: ${reasons}\n${JSON.stringify(value, null, 2)}`)
  }
}

/** A schema that refuses fields it does not name. What is part of a whole leaves that to the whole. */
function strict(schema: Schema, as: 'part' | 'whole'): Schema {
  const { $ref, properties, items, allOf, anyOf, ...rest } = schema
  const closes = as === 'whole' && ($ref || allOf || properties)
  return {
    ...rest,
    ...($ref && { $ref: `document${$ref}` }),
    ...(properties && { properties: mapValues(properties, (field) => strict(field, 'whole')) }),
    ...(items && { items: strict(items, 'whole') }),
    ...(allOf && { allOf: allOf.map((part) => strict(part, 'part')) }),
    ...(anyOf && { anyOf: anyOf.map((choice) => strict(choice, as)) }),
    ...(closes && { unevaluatedProperties: false }),
  }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
