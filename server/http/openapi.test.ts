import { describe, expect, test } from 'vitest'
import { requireDocumented, requireValid } from '../test/documented.ts'
import { exampleOf } from './examples.ts'
import { type Content, type DocumentedApi, type DocumentedResponse, documentOf } from './openapi.ts'
import { v1 } from './v1/api.ts'
import { v2 } from './v2/api.ts'

const operationsOf = (api: DocumentedApi) =>
  Object.values(documentOf(api).paths).flatMap((methods) => Object.values(methods))

test('v1 has its 38 operations, each under a name of its own', () => {
  expect(new Set(operationsOf(v1).map(({ operationId }) => operationId)).size).toBe(38)
})

test('v2 has the 37 operations and 33 error codes of the hosted API, and what is ours is marked', () => {
  const { components } = documentOf(v2)
  const isOurs = (part: object | undefined) => part !== undefined && 'x-open-inbox' in part
  const codes = Object.keys(v2.codes?.all ?? {}).map((code) => components.schemas[v2.codes?.componentOf(code) ?? ''])

  expect(operationsOf(v2).filter((operation) => !isOurs(operation))).toHaveLength(37)
  expect(codes.filter((schema) => !isOurs(schema))).toHaveLength(33)
  expect(
    operationsOf(v2)
      .filter(isOurs)
      .map(({ operationId }) => operationId),
  ).toContain('events.stream')
})

describe.each([v1, v2])('the document of $name', (api) => {
  const document = documentOf(api)

  test.each(operationsOf(api))('$operationId has examples that it accepts and could answer', (operation) => {
    const { requestBody, responses } = operation
    if (requestBody) requireExample(api, requestBody.content)
    for (const status of [200, 201, 202]) {
      const success = responses[status] as DocumentedResponse | undefined
      if (success?.content) requireExample(api, success.content)
    }
  })

  test.each(Object.entries(document.components.responses))('the example of %s is as documented', (_, response) => {
    if (response.content) requireExample(api, response.content)
  })

  test('references lead somewhere', () => {
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer]) => pointer ?? '')

    expect(pointers.length).toBeGreaterThan(100)
    for (const pointer of new Set(pointers)) {
      expect(
        pointer.split('/').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], document),
      ).toBeDefined()
    }
  })
})

describe('the check of every answer in tests', () => {
  const tag = { id: 'tz4a98xxat96iws9zmbrgj3a', name: 'VIP', color: '#14b8a6' }
  const get = (body: unknown, status = 200, headers: Record<string, string> = {}, version = 'v1') =>
    requireDocumented('GET', `/api/${version}/tags/tz4a98xxat96iws9zmbrgj3a`, {
      status,
      body,
      headers: new Headers({ 'x-request-id': '1', 'content-type': 'application/json; charset=utf-8', ...headers }),
    })

  test('accepts what is documented', () => {
    get(tag)
    get({ error: { code: 'TAG_NOT_FOUND', message: 'There is none.', status: 404 } }, 404)
    get(tag, 200, {}, 'v2')
    get({ code: 'tagNotFound', message: 'There is none.', details: null, requestId: '1' }, 404, {}, 'v2')
  })

  test('complains about everything else', () => {
    const unauthorized = { error: { code: 'UNAUTHORIZED', message: 'No.', status: 401 } }
    const limits = { 'x-ratelimit-limit': '300', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '1' }
    const error = { code: 'tagNotFound', message: 'There is none.', details: null, requestId: '1' }

    expect(() => get({ ...tag, extra: 1 })).toThrow('unevaluated')
    expect(() => get({ ...tag, color: null })).toThrow('color must be string')
    expect(() => get({ id: tag.id })).toThrow("required property 'name'")
    expect(() => get(tag, 201)).toThrow('does not declare')
    expect(() => get(tag, 404)).toThrow('not as documented')
    expect(() => get(tag, 200, { 'content-type': 'application/json' })).toThrow('answered 200 as application/json')
    expect(() => get(unauthorized, 401, limits)).toThrow('X-RateLimit')
    expect(() => get(unauthorized, 403)).toThrow('does not declare')
    expect(() => get({ ...tag, extra: 1 }, 200, {}, 'v2')).toThrow('additional')
    expect(() => get({ ...error, requestId: '2' }, 404, {}, 'v2')).toThrow('two request ids')
    expect(() => get({ ...error, details: { id: tag.id } }, 404, {}, 'v2')).toThrow('details must be null')
    expect(() => get({ ...error, code: 'threadNotFound' }, 404, {}, 'v2')).toThrow('does not declare threadNotFound')
  })

  test('sees a field too many inside a thread, its prospect and the context', () => {
    const schema = { $ref: '#/components/schemas/Thread' }
    // biome-ignore lint/suspicious/noExplicitAny: the point is to break its form
    const thread = exampleOf(schema, v1.components) as any
    requireValid(v1, schema, thread, 'the example')

    for (const place of [
      (t: typeof thread) => t,
      (t: typeof thread) => t.prospect,
      (t: typeof thread) => t.prospect.context,
    ]) {
      const broken = structuredClone(thread)
      place(broken).extra = 1
      expect(() => requireValid(v1, schema, broken, 'the example')).toThrow('unevaluated')
    }
  })
})

function requireExample(api: DocumentedApi, content: Content): void {
  const [{ schema, example }] = Object.values(content) as [Content[string]]
  if (!('$ref' in schema && schema.$ref?.endsWith('/Error'))) expect(example).toBeDefined()
  if (example !== undefined) requireValid(api, schema, example, 'the example')
}
