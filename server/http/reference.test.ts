import { expect, test } from 'vitest'
import { testServer } from '../test/harness.ts'
import { documentOf } from './openapi.ts'
import { v1 } from './v1/api.ts'

async function read(path: string) {
  const { url } = await testServer()
  const response = await fetch(`${url}${path}`)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('the document is served without a token, beside the operations', async () => {
  const { status, headers, text } = await read('/api/v1/openapi.json')

  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(documentOf(v1))))
})

test('the pages come whole from this server', async () => {
  const page = await read('/docs')
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('x-request-id')).not.toBe(null)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")

  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(files.length).toBeGreaterThan(4)
  for (const file of files) {
    expect(file).toMatch(/^\/docs\/static\//)
    expect((await read(file)).status).toBe(200)
  }
})

test('the pages read the documents of this server', async () => {
  const { text } = await read('/docs/static/swagger-initializer.js')

  expect(text).toContain(
    '"urls":[{"name":"open-inbox API v1","url":"/api/v1/openapi.json"},{"name":"open-inbox API v2","url":"/api/v2/openapi.json"},{"name":"Sandbox controls","url":"/api/sandbox/openapi.json"}]',
  )
})

test('every document the pages offer can be read', async () => {
  for (const api of ['v1', 'v2', 'sandbox']) {
    const { status, text } = await read(`/api/${api}/openapi.json`)
    expect(status, api).toBe(200)
    expect(Object.keys(JSON.parse(text).paths).length, api).toBeGreaterThan(5)
  }
})

test('what is not there is not found', async () => {
  expect((await read('/docs/nothing')).status).toBe(404)
  expect((await read('/docs/static/nothing.js')).status).toBe(404)
})
