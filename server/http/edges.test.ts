// Long because it is a list: one request after the other through the same few lines of raw HTTP below.

import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startTeam, type TestTeam, testServer } from '../test/harness.ts'
import { v1 } from './v1/api.ts'

/** What is wrong with a request before any operation is reached, and what no operation may choke on. Everything goes through sockets. */

const LONG = 'x'.repeat(17_000)
const ENVELOPE_CODE = /^[A-Z][A-Z_]+$/

test.each([
  ['GET', '/', 404],
  ['GET', '/nothing', 404],
  ['GET', '/api/v1', 404],
  ['GET', '/api/v1/', 404],
  ['GET', '/api/v1/nothing', 404],
  ['POST', '/api/v9/nothing', 404],
  // A path is what it says, to the letter.
  ['GET', '/api/v1/team/', 404],
  ['GET', '//api/v1/team', 404],
  ['GET', '/api//v1/team', 404],
  ['GET', '/api/v1/Team', 404],
  ['GET', '/API/v1/team', 404],
  ['GET', '/api/v1/te%61m/', 404],
  ['GET', '/api/v1/threads//messages', 404],
  ['GET', '/api/v1/tags/', 404],
  ['GET', '/api/v1/%zz', 400],
  ['GET', '/api/v1/tags/%', 400],
  ['GET', '/api/v1/tags/%ff', 400],
  ['PUT', '/api/v1/team', 405],
  ['DELETE', '/api/v1/team', 405],
  ['PATCH', '/api/v1/threads/lookup', 405],
  ['GET', '/api/v1/threads/messages', 405],
  ['TRACE', '/api/v1/team', 405],
  ['PROPFIND', '/', 405],
  ['POST', '/healthz', 405],
  ['DELETE', '/readyz', 405],
  ['PUT', '/metrics', 405],
  ['POST', '/docs', 405],
  ['PATCH', '/docs/static/index.html', 405],
  ['POST', '/api/v1/openapi.json', 405],
  ['POST', '/avatars/2029100000000000001.svg', 405],
  ['GET', '/docs/nothing', 404],
  ['GET', '/docs/static/nothing.js', 404],
  ['GET', '/docs/static/..%2f..%2fpackage.json', 404],
] as const)('%s %s is answered %d in the envelope', async (method, path, status) => {
  const { token } = await team()

  const answer = await exchange(request(method, path, { authorization: `Bearer ${token}` }))

  expectRefusal(answer, status)
})

test.each(['/api/v1/tags/', '/api/v1/team?q=', '/nothing'])('%s and 17,000 characters are too long', async (path) => {
  const { token } = await team()

  const answer = await exchange(request('GET', `${path}${LONG}`, { authorization: `Bearer ${token}` }))

  expectRefusal(answer, 414)
})

test('a method that is not possible is told which are', async () => {
  const { token } = await team()
  const authorization = `Bearer ${token}`

  const put = await exchange(request('PUT', '/api/v1/tags', { authorization }))
  const post = await exchange(request('POST', '/api/v1/tags/x', { authorization }))
  const options = await exchange(request('OPTIONS', '/api/v1/tags', {}))
  const probe = await exchange(request('POST', '/healthz', {}))
  const pages = await exchange(request('OPTIONS', '/docs/static/index.html', {}))
  const document = await exchange(request('DELETE', '/api/v2/openapi.json', {}))

  expect(put.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
  expect(post.headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE, OPTIONS')
  expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, 'GET, HEAD, POST, OPTIONS', ''])
  expect([probe.status, probe.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  expect([pages.status, pages.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
  expect([document.status, document.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
})

test('HEAD is answered like GET, without the body', async () => {
  const { token } = await team()
  const authorization = `Bearer ${token}`
  const get = await exchange(request('GET', '/api/v1/team', { authorization }))

  const head = await exchange(request('HEAD', '/api/v1/team', { authorization }))
  const unknown = await exchange(request('HEAD', '/api/v1/threads/unknown', { authorization }))
  const stranger = await exchange(request('HEAD', '/api/v1/team', {}))

  expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, '', String(get.body.length)])
  expect([unknown.status, unknown.body, stranger.status]).toEqual([404, '', 401])
})

test.each([
  ['none', {}],
  ['an empty one', { authorization: '' }],
  ['another scheme', { authorization: 'Basic aWJ0OnRva2Vu' }],
  ['no scheme', { authorization: '{token}' }],
  ['two words', { authorization: 'Bearer {token} {token}' }],
  ['a quoted one', { authorization: 'Bearer "{token}"' }],
  ['one with a comma', { authorization: 'Bearer {token},' }],
  ['one of another alphabet', { authorization: 'Bearer ibt_ÄÖÜ' }],
  ['a very long one', { authorization: `Bearer ${LONG}` }],
  ['spaces only', { authorization: `Bearer${' '.repeat(10_000)}` }],
  ['two different headers', { authorization: ['Bearer {token}', 'Bearer ibt_other'] }],
  ['the same header twice', { authorization: ['Bearer {token}', 'Bearer {token}'] }],
  ['one in the query', {}],
])('as a token, %s is refused with 401', async (_what, headers: Record<string, string | string[]>) => {
  const { token } = await team()
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    [value].flat().map((text) => text.replaceAll('{token}', token)),
  ])

  const answer = await exchange(request('GET', `/api/v1/team?access_token=${token}`, Object.fromEntries(filled)))

  expectRefusal(answer, 401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
})

test.each(['bearer {token}', 'BEARER {token}', 'Bearer   {token}', 'Bearer {token}  '])(
  '"%s" is a token',
  async (form) => {
    const { token } = await team()

    const answer = await exchange(request('GET', '/api/v1/team', { authorization: form.replace('{token}', token) }))

    expect(answer.status).toBe(200)
  },
)

const body = '{"name":"Media"}'

test.each([
  ['application/json', 200],
  ['application/json; charset=utf-8', 200],
  ['application/json;charset="UTF-8"', 200],
  ['Application/JSON; version=1', 200],
  ['application/json; charset=latin1', 415],
  ['application/jsonp', 415],
  ['application/problem+json', 415],
  ['text/json', 415],
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['multipart/form-data; boundary=x', 415],
  ['application', 415],
  ['*/*', 415],
  ['', 415],
])('a body of type "%s" is answered %d', async (type, status) => {
  const answer = await post('/api/v1/tags', JSON.stringify({ name: `Media ${type} ${Math.random()}` }), {
    'content-type': type,
  })

  if (status === 200) expect(answer.status).toBe(200)
  else expectRefusal(answer, status)
})

test('a body without a type is read as JSON, and without a body no type matters', async () => {
  const { api } = await team()
  const untyped = await post('/api/v1/tags', `{"name":"Untyped ${Math.random()}"}`, { 'content-type': null })
  const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => (await api.post('/tags', { name })).body.id))
  const { token } = await team()
  const authorization = `Bearer ${token}`

  const none = await exchange(request('DELETE', `/api/v1/tags/${ids[0]}`, { authorization }))
  const empty = await exchange(
    request('DELETE', `/api/v1/tags/${ids[1]}`, { authorization, 'content-length': '2' }, '{}'),
  )
  const form = await exchange(
    request('DELETE', `/api/v1/tags/${ids[2]}`, { authorization, 'content-type': 'application/x-www-form-urlencoded' }),
  )

  expect(untyped.status).toBe(200)
  expect([none, empty, form].map(({ status, body }) => [status, body])).toEqual([
    [200, ''],
    [200, ''],
    [200, ''],
  ])
})

test.each(['gzip', 'br', 'deflate, gzip', 'x'])('a body encoded with %s is refused', async (encoding) => {
  expectRefusal(await post('/api/v1/tags', body, { 'content-encoding': encoding }), 415)
})

test.each(
  [
    ['{"name": }', 'at line 1, column 10'],
    ['{"name":"x",}', 'at line 1, column 13'],
    ['{\n  "name": "x"\n  "color": null\n}', 'at line 3, column 3'],
    ["{'name':'x'}", 'at line 1, column 2'],
    ['{"name":"x"} {', 'at line 1, column 14'],
    ['{"name":"a\tb"}', 'at line 1, column 11'],
    ['{"name":"\\x"}', 'at line 1, column 10'],
    ['{"name":tru}', 'at line 1, column 9'],
    ['{"name":01}', 'at line 1, column 9'],
    ['{"name":NaN}', 'at line 1, column 9'],
    ['[1,2', 'ends too early'],
    ['{"name":"x"', 'ends too early'],
    ['{"name":"x', 'ends too early'],
    ['name=x', 'at line 1, column 1'],
    ['[}', 'at line 1, column 2'],
    ['['.repeat(100_000), 'ends too early'],
    [`{"name":"${'x'.repeat(1_000_000)}`, 'ends too early'],
  ].map(([text = '', where = '']) => ({ shown: text.slice(0, 30), text, where })),
)('of the body $shown it is said where it is not JSON', async ({ text, where }) => {
  const answer = await post('/api/v1/tags', text)

  expectRefusal(answer, 400)
  expect(answer.body).toContain(where)
})

test('where JSON breaks agrees with the parser: every text is either parsed or given a place', async () => {
  const { whereJsonBreaks } = await import('./json-mistake.ts')
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    'true',
    '1',
    '-',
    '.5',
    'e3',
    ' ',
    '\n',
    'null',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      const parses = isJson(text)
      // Past the end of a text that parses there is nothing to complain about.
      if (parses) expect(whereJsonBreaks(text)).toBe('because it ends too early')
      else expect(whereJsonBreaks(text)).toMatch(/^(at line \d+, column \d+|because it ends too early)$/)
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['', 'A body is required'],
  ['  \n', 'A body is required'],
  ['null', 'must be a JSON object'],
  ['[]', 'must be a JSON object'],
  ['"text"', 'must be a JSON object'],
  ['17', 'must be a JSON object'],
  ['{}', '"name" is required'],
])('the body %j is refused where an object is needed', async (text, rule) => {
  const answer = await post('/api/v1/tags', text)

  expectRefusal(answer, 400)
  expect(messageOf(answer)).toContain(rule)
})

test('an empty body is as good as none where none is needed', async () => {
  const { api } = await team()
  const { body: tag } = await api.post('/tags', { name: `Quiet ${Math.random()}` })

  const answer = await api.patch(`/tags/${tag.id}`, '')

  expect(answer.status).toBe(200)
})

test.each([
  ['POST', '/tags', { name: '' }, '"name" must not be empty'],
  ['POST', '/tags', { name: 5 }, '"name" must be a string'],
  ['POST', '/tags', { name: null }, '"name" must be a string'],
  ['POST', '/tags', { name: 'x'.repeat(256) }, '"name" must have at most 255 characters'],
  ['POST', '/tags', { name: 'x', color: 5 }, '"color" must be a string or null'],
  ['POST', '/tags', { color: 5 }, '"name" is required; "color" must be a string or null'],
  ['PATCH', '/threads/x', { done: 'yes' }, '"done" must be true or false'],
  ['PATCH', '/threads/x', { assigneeId: 'NO' }, '"assigneeId" must be an id (only 0-9 and a-z) or null'],
  ['PATCH', '/threads/x', { assigneeId: 5 }, '"assigneeId" must be a string or null'],
  [
    'PATCH',
    '/threads/x/settings',
    { typingIndicatorsEnabled: 1 },
    '"typingIndicatorsEnabled" must be true, false or null',
  ],
  ['PATCH', '/prospects/x/context', { valuation: '5' }, '"valuation" must be a number or null'],
  ['PATCH', '/prospects/x/context', { addTags: 'a' }, '"addTags" must be a list'],
  [
    'PATCH',
    '/prospects/x/context',
    { addTags: ['a', 'B', 5] },
    '"addTags[1]" must be an id (only 0-9 and a-z); "addTags[2]" must be a string',
  ],
  ['POST', '/threads/x/messages', { content: '' }, '"content" must not be empty'],
  ['GET', '/tags/NO', undefined, '"tagId" must be an id (only 0-9 and a-z)'],
  ['GET', '/tags/%00', undefined, '"tagId" must be an id (only 0-9 and a-z)'],
  ['GET', '/tags/a%2Fb', undefined, '"tagId" must be an id (only 0-9 and a-z)'],
  ['GET', '/tags/a%0A', undefined, '"tagId" must be an id (only 0-9 and a-z)'],
  ['GET', '/threads?limit=0', undefined, '"limit" must be from 1 to 100'],
])('%s %s with %j is told: %s', async (method, path, sent, message) => {
  const { token } = await team()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  const answer = await exchange(request(method, `/api/v1${path}`, headers, sent && JSON.stringify(sent)))

  expectRefusal(answer, 400)
  expect(messageOf(answer)).toBe(message)
})

test('an id nobody has is not found, however long it is', async () => {
  const { api } = await team()

  const answer = await api.get(`/tags/${'a'.repeat(8_000)}`)

  expect([answer.status, answer.body.error.code]).toEqual([404, 'TAG_NOT_FOUND'])
})

test.each([
  ['NUL', '{"name":"a\\u0000b"}'],
  ['half a surrogate pair', '{"name":"\\ud800"}'],
  ['the other half', '{"name":"x\\udfffx"}'],
])('%s in a text is refused before the database sees it', async (_what, text) => {
  const answer = await post('/api/v1/tags', text)

  expectRefusal(answer, 400)
  expect(messageOf(answer)).toBe('"name" must be well-formed Unicode without NUL')
})

test('bytes that are not UTF-8 are refused, not replaced', async () => {
  const answer = await post('/api/v1/tags', Buffer.from('{"name":"caf\xe9"}', 'latin1'))

  expectRefusal(answer, 400)
  expect(messageOf(answer)).toBe('The body is not valid UTF-8.')
})

test('a body with a byte order mark is read', async () => {
  expect((await post('/api/v1/tags', `\ufeff{"name":"Marked ${Math.random()}"}`)).status).toBe(200)
})

test.each(
  [
    `{"name":"Proto ${Math.random()}","__proto__":{"color":"red","admin":true}}`,
    `{"name":"Constructor ${Math.random()}","constructor":{"prototype":{"admin":true}}}`,
    `{"name":"Deep ${Math.random()}","unknown":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"name":"Deeper ${Math.random()}","unknown":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
    `{"name":"Numbers ${Math.random()}","unknown":[1e400,-1e400,9e999,1152921504606846976]}`,
    `{"name":"Twice ${Math.random()}","name":"Twice ${Math.random()}"}`,
  ].map((text) => ({ shown: text.slice(0, 60), text })),
)('unknown fields do no harm: $shown', async ({ text }) => {
  const answer = await post('/api/v1/tags', text)

  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body).color).toMatch(/^#[0-9a-f]{6}$/)
  expect(({} as { admin?: true }).admin).toBeUndefined()
})

test.each(['1e400', '-1e400', '9e999', '"5"', '"1e3"', '[5]'])('%s is no valuation', async (valuation) => {
  const { token } = await team()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  const answer = await exchange(request('PATCH', '/api/v1/prospects/x/context', headers, `{"valuation":${valuation}}`))

  expectRefusal(answer, 400)
  expect(messageOf(answer)).toContain('"valuation"')
})

test.each([
  ['10,000 parameters', Array.from({ length: 5_000 }, () => 'a=').join('&')],
  ['prototypes', '__proto__[limit]=1&constructor[prototype][limit]=1&limit[__proto__]=1'],
  ['deep brackets', `filters${'[a]'.repeat(2_000)}=1`],
  ['a high index', 'accountLinkIds[4294967295]=a'],
  ['a huge number', 'limit=9999999999999999999999'],
  ['a float', 'limit=1e1'],
  ['NUL', 'cursorId=a%00&cursorTimestamp=2026-03-04T05:06:07.000Z'],
  ['broken percent-encoding', 'cursorId=%E0%A4%A'],
  ['a year too far', 'cursorId=a&cursorTimestamp=99999-01-01T00:00:00Z'],
  ['a year before', 'cursorId=a&cursorTimestamp=0000-01-01T00:00:00Z'],
])('a query with %s is refused', async (_what, query) => {
  const { token } = await team()

  const answer = await exchange(request('GET', `/api/v1/threads?${query}`, { authorization: `Bearer ${token}` }))

  expectRefusal(answer, 400)
})

test.each(['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
  'the database takes a cursor of %s',
  async (timestamp) => {
    const { api } = await team()

    expect((await api.get(`/threads?cursorId=a&cursorTimestamp=${timestamp}`)).status).toBe(200)
  },
)

test('a number beyond all sequences is a place in the log like any other', async () => {
  const { api } = await team()

  expect((await api.get(`/events?afterSeq=${Number.MAX_SAFE_INTEGER}`)).body).toMatchObject({
    events: [],
    hasMore: false,
  })
  expect((await api.get('/events?afterSeq=9223372036854775808')).status).toBe(400)
})

test('a body may have a megabyte and not a byte more', async () => {
  const filler = (bytes: number) => `{"unknown":"${'x'.repeat(bytes - 14)}"}`

  const most = await post('/api/v1/tags', filler(1024 * 1024))
  const tooMuch = await post('/api/v1/tags', filler(1024 * 1024 + 1))

  expect(messageOf(most)).toBe('"name" is required')
  expectRefusal(tooMuch, 413)
})

test('a body in chunks is a body, and its limit holds as well', async () => {
  const { token } = await team()
  const headers = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' }
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const text = `{"name":"Chunky ${Math.random()}"}`

  const fine = await exchange(
    request('POST', '/api/v1/tags', headers, chunk(text.slice(0, 5)) + chunk(text.slice(5)) + chunk('')),
  )
  const endless = await exchange(request('POST', '/api/v1/tags', headers, chunk('x'.repeat(700_000)).repeat(2)))
  const broken = await exchange(request('POST', '/api/v1/tags', headers, 'no chunk at all\r\n'))

  expect(fine.status).toBe(200)
  expectRefusal(endless, 413)
  expectRefusal(broken, 400)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a wrong version', 'GET / HTTP/3.7\r\nhost: x\r\n\r\n', 400],
  ['no host', 'GET /api/v1/team HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ['a space in the path', 'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost x\r\n\r\n', 400],
  ['two lengths', 'POST /api/v1/tags HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', 400],
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['an unknown method', 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a proxy request', 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n', 400],
  ['headers of 70 kB', `GET / HTTP/1.1\r\nhost: x\r\nx-filler: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ['a URL of 100 kB', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
])('%s is answered in the envelope, and the connection is closed', async (_what, text, status) => {
  const answer = await exchange(text)

  expectRefusal(answer, status)
  expect(answer.headers.get('connection')).toBe('close')
})

test('what is no HTTP is refused in the words of the version that was meant', async () => {
  const { headers, body } = await exchange('GET /api/v2/team HTTP/1.1\r\nhost x\r\n\r\n')

  const requestId = headers.get('x-request-id')
  expect(JSON.parse(body)).toMatchObject({ code: 'invalidRequest', message: expect.any(String), requestId })
})

test('requests sent in one go are answered in order', async () => {
  const { token } = await team()
  const headers = { authorization: `Bearer ${token}`, connection: 'keep-alive' }
  const last = request('GET', '/api/v1/colors', { authorization: `Bearer ${token}` })

  const text = await send(request('GET', '/api/v1/team', headers) + request('GET', '/nothing', headers) + last)

  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  expect(statuses).toEqual(['200', '404', '200'])
})

test('a client that asks before it sends a body is told to go on', async () => {
  const { token } = await team()
  const text = `{"name":"Expected ${Math.random()}"}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  const asked = await send(request('POST', '/api/v1/tags', { ...headers, expect: '100-continue' }, text))
  const odd = await exchange(request('POST', '/api/v1/tags', { ...headers, expect: 'the-unexpected' }, text))

  expect(asked).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  expect(odd.status).toBe(409)
})

test('a path may come with a host before it', async () => {
  const { token } = await team()

  const answer = await exchange(request('GET', 'http://example.com/api/v1/team', { authorization: `Bearer ${token}` }))

  expect(answer.status).toBe(200)
})

test.each(v1.operations.map((operation) => [operation.id, operation] as const))(
  '%s: nothing that can be sent makes it fail',
  async (_id, operation) => {
    const { token } = await team()
    const ids = await someIds()
    const part = fc.oneof(
      fc.constantFrom(...ids),
      fc.constantFrom('x', 'lookup', '%00', '%2e%2e', '..', '%zz', '%F0%9F%98%80', ';', '*', "'", '0'.repeat(300)),
      fc.string({ unit: 'binary', maxLength: 12 }).map(encodeURIComponent),
    )
    const names = [
      'limit',
      'cursor',
      'cursorId',
      'cursorTimestamp',
      'accountLinkIds',
      'filters[tags][selectedIds]',
      'username',
    ]
    const pair = fc
      .tuple(fc.oneof(fc.constantFrom(...names), part), fc.constantFrom('', '[]', '[0]', '[id]', '['), part)
      .map(([name, brackets, value]) => `${name}${brackets}=${value}`)
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom(...ids),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.object({ maxDepth: 2 }),
    )
    const fields = Object.keys(operation.body?.properties ?? {})
    const json = fc
      .dictionary(fc.constantFrom('__proto__', 'unknown', ...fields), value, { maxKeys: 6 })
      .map((value) => JSON.stringify(value))
    const content = fc.oneof(
      { weight: 5, arbitrary: json.map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
    )
    const parts = fc.array(part, { minLength: 3, maxLength: 3 })

    await fc.assert(
      fc.asyncProperty(parts, fc.array(pair, { maxLength: 5 }), content, async (parts, query, content) => {
        let index = 0
        const path = operation.path.replaceAll(/\{\w+\}/g, () => parts[index++] ?? 'x')
        const target = `/api/v1${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const answer = await exchange(request(operation.method, target, headers, content))
        expect(answer.status, `${operation.method} ${target} ${content}`).toBeLessThan(500)
        expect(answer.headers.get('x-request-id') ?? '').not.toBe('')
        if (answer.status >= 400) expectRefusal(answer, answer.status)
      }),
      { numRuns: 25 },
    )
  },
)

test('after all that the server is as it was', async () => {
  const { api } = await team()

  expect((await api.get('/team')).status).toBe(200)
})

let known: Promise<string[]> | null = null

/** Of a thread, its account, its prospect, the owner, a tag and a status: with them, more than the first check is reached. */
function someIds(): Promise<string[]> {
  known ??= (async () => {
    const one = await team()
    const { body: account } = await one.sandbox.post('/account-links', {})
    const { body: person } = await one.sandbox.post('/people', {})
    const opening = { accountLinkId: account.id, externalPlatformId: person.platformId }
    const { body: thread } = await one.api.post('/threads', opening)
    const { body: tag } = await one.api.post('/tags', { name: 'Known' })
    const { body: status } = await one.api.post('/statuses', { name: 'Known' })
    return [thread.id, account.id, thread.prospect.externalId, one.ownerId, tag.id, status.id, person.platformId]
  })()
  return known
}

let one: Promise<TestTeam> | null = null

/** One for all tests here: none of them counts what is there. */
function team(): Promise<TestTeam> {
  one ??= startTeam()
  return one
}

interface RawAnswer {
  status: number
  headers: Map<string, string>
  body: string
}

function expectRefusal({ status, headers, body }: RawAnswer, expected: number): void {
  expect(status, body).toBe(expected)
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  const { error, ...rest } = JSON.parse(body)
  expect(rest).toEqual({})
  expect(error).toEqual({ code: expect.stringMatching(ENVELOPE_CODE), message: expect.any(String), status })
  // Nothing of our own insides.
  expect(error.message).not.toMatch(/node_modules|\.ts:|\bat .*:\d+:\d+|select |insert |syntax error|FST_|pg_/i)
}

function messageOf({ body }: RawAnswer): string {
  return JSON.parse(body).error.message
}

/** A null header is left out. */
async function post(
  path: string,
  content: string | Buffer,
  headers: Record<string, string | null> = {},
): Promise<RawAnswer> {
  const { token } = await team()
  const all = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers }
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  return exchange(request('POST', path, Object.fromEntries(sent), content))
}

function request(
  method: string,
  target: string,
  headers: Record<string, string | string[]>,
  content: string | Buffer = '',
): string {
  const text = typeof content === 'string' ? Buffer.from(content).toString('latin1') : content.toString('latin1')
  const all: Record<string, string | string[]> = { host: 'localhost', connection: 'close', ...headers }
  if (text !== '' && !all['transfer-encoding']) all['content-length'] = String(text.length)
  const lines = Object.entries(all).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${Buffer.from(value).toString('latin1')}`),
  )
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${text}`
}

async function exchange(bytes: string): Promise<RawAnswer> {
  const text = await send(bytes)
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map(
    (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
  )
  return { status: Number(first.split(' ')[1]), headers: new Map(headers), body: text.slice(end + 4) }
}

/** Sends latin1 bytes and gives back what came until the server closed. */
async function send(bytes: string): Promise<string> {
  const { url } = await testServer()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => socket.write(bytes, 'latin1'))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => socket.destroy())
    // A server that refuses early stops reading; what it said is still there.
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
