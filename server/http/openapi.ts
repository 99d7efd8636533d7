import type { TSchema } from 'typebox'
import { DomainError } from '../domain/errors.ts'
import { HttpError } from './errors.ts'
import { exampleOf, type Schema } from './examples.ts'
import type { Operation } from './route.ts'
import { ref } from './schemas.ts'
import type { Api } from './server.ts'

/** An API with a document of its own. */
export interface DocumentedApi extends Api {
  info: { title: string; version: string; description: string }
  /** Objects that several operations speak of, by name. `Error` is the body of every refusal. */
  components: Readonly<Record<string, TSchema>> & { readonly Error: TSchema }
  /** Every code it refuses with, and those that any operation may; for APIs whose operations say theirs. Each has a component. */
  codes?: {
    all: Readonly<Record<string, ErrorCodeFacts>>
    common: readonly string[]
    componentOf(code: string): string
  }
  /** Lists and objects in queries are spelled out in brackets, and empty values count as left out. Otherwise keys are repeated. */
  hasBracketQueries?: boolean
}

export interface ErrorCodeFacts {
  status: number
  /** When it is raised. */
  when: string
}

export interface OpenApiDocument {
  openapi: string
  info: DocumentedApi['info']
  servers: { url: string }[]
  tags: { name: string }[]
  security: Record<string, string[]>[]
  paths: Record<string, Record<string, DocumentedOperation>>
  components: {
    securitySchemes: Record<string, unknown>
    schemas: Record<string, Schema>
    responses: Record<string, DocumentedResponse>
    headers: Record<string, unknown>
  }
}

export interface DocumentedOperation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Content }
  responses: Record<string, DocumentedResponse | Reference>
  'x-open-inbox'?: true
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
  style?: string
  explode?: boolean
  example?: unknown
  allowEmptyValue?: boolean
  allowReserved?: boolean
}

export interface DocumentedResponse {
  description: string
  headers: Record<string, Reference>
  content?: Content
}

/** By media type. */
export type Content = Record<string, { schema: Schema; example?: unknown }>

interface Reference {
  $ref: string
}

/** The OpenAPI document of an API, made from the records its server runs on. The same API gives the same document, byte for byte. */
export function documentOf(api: DocumentedApi): OpenApiDocument {
  const { info, base, operations, components } = api
  const paths: OpenApiDocument['paths'] = {}
  for (const operation of operations) {
    const path = paths[operation.path] ?? {}
    paths[operation.path] = path
    path[operation.method.toLowerCase()] = describe(operation, api)
  }
  return {
    openapi: '3.1.1',
    info,
    // Relative: right on every host.
    servers: [{ url: base }],
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    security: [{ bearerAuth: [] }],
    paths,
    components: {
      securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', description: 'An API token of the team.' } },
      schemas: Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, plain(schema)])),
      responses: refusalResponses(api),
      headers,
    },
  }
}

function describe(operation: Operation, api: DocumentedApi): DocumentedOperation {
  const { components } = api
  const { id, group, summary, description, body, bodyOptional = false, otherStatus, ours, mediaType } = operation
  const parameters = parametersOf(operation, api)
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(description && { description }),
    ...(ours && { 'x-open-inbox': true }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: !bodyOptional, content: contentOf(body, components) } }),
    responses: {
      [operation.status ?? 200]: {
        description: operation.response ? 'Done.' : 'Done; the answer has no body.',
        headers: headersFor(200),
        ...(operation.response && { content: contentOf(operation.response, components, mediaType) }),
      },
      ...(otherStatus && {
        [otherStatus.status]: {
          description: otherStatus.when,
          headers: headersFor(200),
          ...(operation.response && { content: contentOf(operation.response, components) }),
        },
      }),
      ...Object.fromEntries(
        refusalsOf(operation).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
      ),
      ...codedRefusals(operation, api),
    },
  }
}

function contentOf(schema: TSchema, components: DocumentedApi['components'], mediaType = 'application/json'): Content {
  return { [mediaType]: { schema: plain(schema), example: exampleOf(schema, components) } }
}

function parametersOf({ params, query, headers }: Operation, { hasBracketQueries }: DocumentedApi): Parameter[] {
  const queryParameter = hasBracketQueries ? bracketParameter : repeatedParameter
  return [
    ...fieldsOf(params).map(pathParameter),
    ...fieldsOf(query).map(queryParameter),
    ...fieldsOf(headers).map(headerParameter),
  ]
}

interface Field {
  name: string
  required: boolean
  description: string | undefined
  schema: Schema
}

function fieldsOf(schema: Operation['query']): Field[] {
  const required: string[] = schema?.required ?? []
  return Object.entries(schema?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = plain(field)
    // Of something or null, the something is described.
    const isRequired = required.includes(name) && !('default' in schema)
    return { name, required: isRequired, description: description ?? wordsOf(schema), schema }
  })
}

function wordsOf({ anyOf = [] }: Schema): string | undefined {
  return anyOf.map(({ description }) => description).find((words) => words !== undefined)
}

function pathParameter({ name, description, schema }: Field): Parameter {
  return { name, in: 'path', required: true, ...(description && { description }), schema }
}

/** A list is OpenAPI's usual one: its key is repeated. */
function repeatedParameter({ name, required, description, schema }: Field): Parameter {
  return { name, in: 'query', required, ...(description && { description }), schema }
}

function headerParameter(field: Field): Parameter {
  return { ...repeatedParameter(field), in: 'header' }
}

function bracketParameter({ name, required, description, schema }: Field): Parameter {
  return {
    name,
    in: 'query',
    required,
    ...(description && { description }),
    schema,
    ...(hasParts(schema) && { style: 'deepObject', explode: true }),
    // Pages that try a call fill in what stands here; made-up filters would find nothing.
    ...(isObject(schema) && { example: schema.examples?.[0] ?? {} }),
    allowEmptyValue: true,
    allowReserved: true,
  }
}

/** Lists and objects are spelled out in brackets. */
function hasParts({ type, anyOf = [] }: Schema): boolean {
  return type === 'array' || type === 'object' || anyOf.some(hasParts)
}

function isObject({ type, anyOf = [] }: Schema): boolean {
  return type === 'object' || anyOf.some(isObject)
}

/** Every refusal there is: what it means, and one as an example, worded by the API's own renderer. */
const refusalKinds: Record<number, { description: string; example: DomainError | HttpError }> = {
  400: {
    description: 'A parameter or field breaks a rule, or the body is not JSON.',
    example: new DomainError('invalid', 'invalidRequest', '"limit" must be from 1 to 100'),
  },
  401: {
    description: 'The token is missing, unknown, expired or revoked.',
    example: new DomainError(
      'unauthenticated',
      'unauthorized',
      'The API token is missing, unknown, expired or revoked.',
    ),
  },
  403: {
    description: 'The team may not do this.',
    example: new DomainError(
      'forbidden',
      'planRequired',
      'This team may not write to people who have not written first.',
    ),
  },
  404: {
    description: 'Something the request names does not exist in this team.',
    example: new DomainError('not_found', 'threadNotFound', 'There is no thread "tz4a98xxat96iws9zmbrgj3a".'),
  },
  409: {
    description: 'What there is already stands in the way.',
    example: new DomainError('conflict', 'nameTaken', 'There is already a tag called "VIP".'),
  },
  413: {
    description: 'The body is too large.',
    example: new HttpError(413, 'The body is larger than 1048576 bytes.'),
  },
  414: {
    description: 'The URL is too long.',
    example: new HttpError(414, 'The URL is longer than 16384 characters.'),
  },
  415: {
    description: 'The body is not sent as JSON.',
    example: new HttpError(415, 'The body must be sent as application/json.'),
  },
  422: {
    description: 'Well-formed, but not possible as things are.',
    example: new DomainError('unprocessable', 'contentRejected', 'The message is longer than 10000 characters.'),
  },
  429: {
    description: "The team's rate limit is used up, or the platform's.",
    example: new DomainError(
      'limited',
      'rateLimited',
      "The team's limit of 300 requests per minute is used up. Try again in 12 seconds.",
    ),
  },
  500: {
    description: 'A fault of the server.',
    example: new HttpError(500, 'Something went wrong on our side. The request id helps us find out what.'),
  },
  502: {
    description: 'The platform failed. The message says whether anything happened there.',
    example: new DomainError(
      'upstream',
      'platformError',
      'The platform failed unexpectedly. Nothing was changed there.',
    ),
  },
  503: {
    description: 'The platform or this server cannot answer at the moment.',
    example: new DomainError(
      'upstream',
      'platformUnavailable',
      'The platform does not answer. Nothing was changed there.',
    ),
  },
}

const ANY_TIME = [400, 401, 414, 429, 500, 503]

function refusalsOf({ method, params, body, refusals = [] }: Operation): number[] {
  const changes = method === 'GET' ? [] : [403]
  return [
    ...new Set([...ANY_TIME, ...changes, ...(params ? [404] : []), ...(body ? [413, 415] : []), ...refusals]),
  ].sort()
}

/** Of an API that documents its codes: for each status the codes it may come with. */
function codedRefusals({ codes = [] }: Operation, api: DocumentedApi): Record<string, DocumentedResponse> {
  if (!api.codes) return {}
  const { all, common, componentOf } = api.codes
  const byStatus = new Map<number, { lines: string[]; components: string[] }>()
  for (const code of [...common, ...codes]) {
    const facts = all[code]
    if (!facts) throw new Error(`there is no error code ${code}`)
    const { lines, components } = byStatus.get(facts.status) ?? { lines: [], components: [] }
    lines.push(`\`${code}\`: ${facts.when}`)
    components.push(componentOf(code))
    byStatus.set(facts.status, { lines, components })
  }
  return Object.fromEntries(
    [...byStatus].map(([status, { lines, components }]) => [
      status,
      {
        description: lines.join('\n\n'),
        headers: headersFor(status),
        content: {
          'application/json': { schema: anyOfComponents(uncoded.has(status) ? [...components, 'Error'] : components) },
        },
      },
    ]),
  )
}

/** An incomplete address and a database that is away have no code of the contract. */
const uncoded: ReadonlySet<number> = new Set([404, 503])

function anyOfComponents(names: readonly string[]): Schema {
  const choices = names.map((name) => plain(ref(name)))
  return choices.length === 1 && choices[0] ? choices[0] : { anyOf: choices }
}

function refusalResponses({ errors }: DocumentedApi): Record<string, DocumentedResponse> {
  const schema = { $ref: '#/components/schemas/Error' }
  return Object.fromEntries(
    Object.entries(refusalKinds).map(([status, { description, example }]) => [
      status,
      {
        description,
        headers: headersFor(Number(status)),
        content: { 'application/json': { schema, example: errors.render(example, exampleRequestId).body } },
      },
    ]),
  )
}

const exampleRequestId = '0f6f2a3e-6a53-4f0c-9f0e-2f1b7c1d9a10'

const headers = {
  'X-Request-Id': {
    description: 'Names the request in the logs of the server.',
    required: true,
    schema: { type: 'string', examples: [exampleRequestId] },
  },
  'X-RateLimit-Limit': {
    description: 'Requests per window, of the window with the fewest left. The three are absent when limits are off.',
    schema: { type: 'integer', examples: [300] },
  },
  'X-RateLimit-Remaining': {
    description: 'Requests left in that window.',
    schema: { type: 'integer', examples: [286] },
  },
  'X-RateLimit-Reset': {
    description: 'When the oldest request leaves that window, in Unix seconds.',
    schema: { type: 'integer', examples: [1_772_600_767] },
  },
  'Retry-After': {
    description: 'Seconds to wait before trying again.',
    schema: { type: 'integer', examples: [12] },
  },
}

/** Nobody's limit is counted before it is known who asks. */
function headersFor(status: number): Record<string, Reference> {
  const names: (keyof typeof headers)[] = ['X-Request-Id']
  if (status !== 401) names.push('X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset')
  if (status === 429 || status === 503) names.push('Retry-After')
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** The JSON a schema is written as: without what TypeBox remembers about it. */
function plain(schema: TSchema): Schema {
  return JSON.parse(JSON.stringify(schema))
}
