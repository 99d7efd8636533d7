import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { eventually } from '../test/harness.ts'
import { makeAuthority, makeCertificate } from './test/certificates.ts'
import {
  authority,
  clientOf,
  post,
  pretendingToBeAt,
  publicAddress,
  receiverName,
  startRawReceiver,
  startReceiver,
} from './test/receivers.ts'

const plain = { allow: [`http://${receiverName}`] }
const plainUrl = `http://${receiverName}/hook`

test('the receiver gets the body as it is, the headers, the path and its own name', async () => {
  const got: { request: IncomingMessage; body: Buffer }[] = []
  const receiver = await startReceiver(async (request, response) => {
    got.push({ request, body: Buffer.concat(await request.toArray()) })
    response.writeHead(201).end('thanks')
  })
  const body = Buffer.from('{"text":"grüße \u{1f44b}"}')

  const outcome = await clientOf(receiver).post('https://HOOKS.example.com/a%20b?c=d&e', {
    headers: { 'Content-Type': 'application/json', 'X-Inbox-Signature': 't=1,v1=abc' },
    body,
    timeoutMs: 5_000,
  })

  expect(outcome).toEqual({
    answered: true,
    status: 201,
    retryAfterMs: null,
    answer: 'thanks',
    durationMs: expect.any(Number),
  })
  expect(got).toHaveLength(1)
  const [{ request, body: received } = { request: null, body: null }] = got
  expect(received?.equals(body)).toBe(true)
  expect(request).toMatchObject({ method: 'POST', url: '/a%20b?c=d&e' })
  expect(request?.headers).toMatchObject({
    host: receiverName,
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-inbox-signature': 't=1,v1=abc',
    'accept-encoding': 'identity',
  })
})

test.each([200, 204, 301, 308, 400, 410, 429, 500, 503])('%i is an answer', async (status) => {
  const receiver = await startReceiver((_request, response) => response.writeHead(status).end())

  expect(await post(clientOf(receiver))).toMatchObject({ answered: true, status })
})

test('news before the answer are not the answer', async () => {
  const receiver = await startReceiver((_request, response) => {
    response.writeProcessing()
    response.writeEarlyHints({ link: '</x>; rel=preload' })
    response.writeHead(202).end()
  })

  expect(await post(clientOf(receiver))).toMatchObject({ answered: true, status: 202 })
})

test('the first 1024 bytes of an answer are kept, without NUL and half characters', async () => {
  const bodies = [
    Buffer.from(`a\0b${'é'.repeat(2_000)}`),
    Buffer.from([0x6f, 0x6b, 0xff, 0xfe]),
    Buffer.alloc(60_000, 'x'),
  ]
  const receiver = await startReceiver((_request, response) => response.end(bodies.shift()))
  const client = clientOf(receiver)

  expect(await post(client)).toMatchObject({ answer: `ab${'é'.repeat(510)}` })
  expect(await post(client)).toMatchObject({ answer: 'ok\ufffd\ufffd' })
  expect(await post(client)).toMatchObject({ answer: 'x'.repeat(1_024) })
  expect(receiver.connections()).toBeLessThanOrEqual(2)
})

test('an endless answer is an answer, and its connection is closed', async () => {
  const receiver = await startReceiver((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384, 'x')));
    }
    response.on('drain', more)
    more()
  })

  expect(await post(clientOf(receiver))).toMatchObject({ answered: true, status: 200, answer: 'x'.repeat(1_024) })
  await eventually(async () => receiver.open() === 0, 'the connection to close')
})

test('an answer whose text does not end in time, or breaks off, is as good as its head', async () => {
  const receiver = await startReceiver((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('begun')
    if (request.url === '/broken') setImmediate(() => response.destroy())
  })
  const client = clientOf(receiver)

  const slow = await post(client, `https://${receiverName}/slow`, 300)
  expect(slow).toMatchObject({ answered: true, status: 200, answer: 'begun' })
  expect(slow.durationMs).toBeGreaterThanOrEqual(295)
  expect(await post(client, `https://${receiverName}/broken`)).toMatchObject({ answered: true, status: 200 })
  await eventually(async () => receiver.open() === 0, 'the connections to close')
})

test.each([
  ['7', 7_000],
  ['0', 0],
  ['99999999999999999999', 30 * 86_400_000],
  ['Wed, 25 Nov 2026 12:01:30 GMT', 90_000],
  ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
  ['Wed, 25 Nov 2099 11:00:00 GMT', 30 * 86_400_000],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  ['5 apples', null],
  ['Wed, 99 Nov 2026 11:00:00 GMT', null],
  ['', null],
])('Retry-After "%s" asks for %s ms', async (retryAfter, retryAfterMs) => {
  const headers = { date: 'Wed, 25 Nov 2026 12:00:00 GMT', 'retry-after': retryAfter }
  const receiver = await startReceiver((_request, response) => response.writeHead(429, headers).end())

  expect(await post(clientOf(receiver))).toMatchObject({ answered: true, status: 429, retryAfterMs })
})

test.each<[string, (talk: { write(text: string): void; destroy(): void; reset(): void }) => void, object]>([
  ['nothing at all', () => {}, { error: 'timeout' }],
  ['a head that never ends', ({ write }) => write('HTTP/1.1 200 OK\r\nx: '), { error: 'timeout' }],
  [
    'a head that is too long',
    ({ write }) => write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`),
    { error: 'protocol' },
  ],
  ['many headers', ({ write }) => write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`), { error: 'protocol' }],
  ['something that is not HTTP', ({ write }) => write('220 smtp.example.com ESMTP\r\n'), { error: 'protocol' }],
  [
    'two lengths',
    ({ write }) => write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    { error: 'protocol' },
  ],
  [
    'another protocol',
    ({ write }) => write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    { error: 'protocol' },
  ],
  ['the end of the connection', ({ destroy }) => destroy(), { error: 'connection' }],
  ['a reset', ({ reset }) => reset(), { error: 'connection' }],
])('a receiver that answers with %s is a failure with a name', async (_what, talk, expected) => {
  const receiver = await startRawReceiver((socket) =>
    socket.once('data', () =>
      talk({
        write: (text) => socket.write(text),
        destroy: () => socket.destroy(),
        reset: () => socket.resetAndDestroy(),
      }),
    ),
  )

  const outcome = await post(clientOf(receiver, plain), plainUrl, 400)

  expect(outcome).toMatchObject({ answered: false, ...expected })
  await eventually(async () => receiver.open() === 0, 'the connection to close')
})

test('the time covers the name, the connection and TLS as well', async () => {
  const silent = await startRawReceiver((socket) => socket.resume())
  const forever = new Promise<string[]>(() => {})

  const outcomes = [
    await post(clientOf(silent, { resolve: () => forever }), undefined, 200),
    await post(clientOf(silent), undefined, 200),
  ]

  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ answered: false, error: 'timeout' })
    expect(outcome.durationMs).toBeLessThan(2_000)
  }
  expect(silent.connections()).toBe(1)
})

test('a connection that was not agreed on in its own time is given up', async () => {
  const silent = await startRawReceiver((socket) => socket.resume())

  expect(await post(clientOf(silent, { connectTimeoutMs: 100 }))).toMatchObject({ answered: false, error: 'timeout' })
  await eventually(async () => silent.open() === 0, 'the connection to close')
})

test('nobody listening, and a name nobody knows', async () => {
  const receiver = await startReceiver((_request, response) => response.end())
  const missing = () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' }))

  const refused = await post(clientOf({ port: 1 }))
  const unknown = await post(clientOf(receiver, { resolve: missing }))
  const empty = await post(clientOf(receiver, { resolve: () => [] }))

  expect(refused).toMatchObject({ error: 'connection', detail: 'There was no connection (ECONNREFUSED).' })
  expect(unknown).toMatchObject({ error: 'dns', detail: `The name ${receiverName} has no address.` })
  expect(empty).toMatchObject({ error: 'dns' })
})

test('an address that does not answer is followed by the next, IPv4 first', async () => {
  const receiver = await startReceiver((_request, response) => response.end())
  const dialled: string[] = []
  const client = clientOf(receiver, {
    resolve: () => ['2606:2800:220:1::1', '93.184.216.35', publicAddress],
    openSocket: ({ address }) => {
      dialled.push(address)
      return pretendingToBeAt(address, connect({ host: '127.0.0.1', port: dialled.length < 3 ? 1 : receiver.port }))
    },
  })

  expect(await post(client)).toMatchObject({ answered: true, status: 200 })
  expect(dialled).toEqual(['93.184.216.35', publicAddress, '2606:2800:220:1::1'])
})

const strange = makeAuthority('strange authority')

test.each([
  ['signed by itself', makeCertificate({ names: [receiverName] }), 'signed by nobody'],
  ['signed by a stranger', makeCertificate({ names: [receiverName], by: strange }), 'without those between|nobody'],
  ['for another name', makeCertificate({ names: ['other.example.com'], by: authority }), 'for another name'],
  ['that has expired', makeCertificate({ names: [receiverName], by: authority, from: -9, until: -1 }), 'has expired'],
  ['of tomorrow', makeCertificate({ names: [receiverName], by: authority, from: 1, until: 9 }), 'not valid yet'],
])('a certificate %s is refused before anything is sent', async (_what, credentials, why) => {
  let requests = 0
  const receiver = await startReceiver((_request, response) => {
    requests++
    response.end()
  }, credentials)

  const outcome = await post(clientOf(receiver))

  expect(outcome).toMatchObject({ answered: false, error: 'tls', detail: expect.stringMatching(why) })
  expect(requests).toBe(0)
})

test('no variable of the environment makes a bad certificate good', async () => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  const receiver = await startReceiver(
    (_request, response) => response.end(),
    makeCertificate({ names: [receiverName] }),
  )
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  try {
    expect(await post(clientOf(receiver))).toMatchObject({ answered: false, error: 'tls' })
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  }
})

test('a certificate for an address is good for that address', async () => {
  const receiver = await startReceiver((_request, response) => response.end())

  expect(await post(clientOf(receiver), `https://${publicAddress}/`)).toMatchObject({ answered: true, status: 200 })
  expect(await post(clientOf(receiver), 'https://93.184.216.99/')).toMatchObject({ answered: false, error: 'tls' })
})

test('the name goes to the receiver with TLS, HTTP/1.1 is what is spoken, and no receiver without TLS gets the request', async () => {
  const hellos: { servername: string | false; alpn: string | false | null }[] = []
  const credentials = makeCertificate({ names: [receiverName], by: authority })
  const server = createTlsServer({ ...credentials, ALPNProtocols: ['h2', 'http/1.1'] }, (socket: TLSSocket) => {
    // Node's types leave it out.
    const { servername } = socket as TLSSocket & { servername: string | false }
    hellos.push({ servername, alpn: socket.alpnProtocol })
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
  })
  const receiver = await startRawReceiver((socket) => server.emit('connection', socket))
  const withoutTls = await startReceiver((_request, response) => response.end(), null)

  expect(await post(clientOf(receiver))).toMatchObject({ answered: true, status: 204 })
  expect(hellos).toEqual([{ servername: receiverName, alpn: 'http/1.1' }])
  expect(await post(clientOf(withoutTls))).toMatchObject({ answered: false, error: 'tls' })
})

test('a header that HTTP does not allow is thrown: no receiver is to blame', async () => {
  const receiver = await startReceiver((_request, response) => response.end())
  const client = clientOf(receiver)
  const request = { body: Buffer.from('x'), timeoutMs: 1_000 }

  const forbidden: Record<string, string>[] = [
    { 'x-a': 'b\r\nx-c: d' },
    { 'x a': 'b' },
    { 'transfer-encoding': 'chunked' },
  ]
  for (const headers of forbidden) {
    await expect(client.post(`https://${receiverName}/`, { ...request, headers })).rejects.toThrow()
  }
  expect(await post(client)).toMatchObject({ answered: true, status: 200 })
})
