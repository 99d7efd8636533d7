import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Credentials } from '../outbound/test/certificates.ts'

/** A request as it arrived. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** The body, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: events of both versions and every type
  event: any
}

/** What the receiver does with a request: a status, an answer with headers and a text, or something worse. */
export type Behaviour = number | { status: number; headers?: Record<string, string>; body?: string } | 'hang' | 'reset'

export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** For what comes from now on; a function decides for each. */
  behave(as: Behaviour | ((request: Received, before: number) => Behaviour | Promise<Behaviour>)): void
  /** Nothing listens at its address until it opens again. */
  close(): Promise<void>
  open(): Promise<void>
}

export interface TlsReceiver extends Receiver {
  /** Whose certificate connections from now on are shown. */
  present(credentials: Credentials): void
  /** Of requests, whole or not, as they were before TLS. */
  bytes(): number
}

type AtTheEnd = (work: () => Promise<void>) => void

/** Something that gets webhooks, on this machine. It takes everything until it is told otherwise, and ends with the test (of tests that run at the same time, each says itself how it ends). */
export async function aReceiver(atTheEnd: AtTheEnd = onTestFinished): Promise<Receiver> {
  return receiverOf(createServer(), { scheme: 'http', atTheEnd })
}

/** The same behind TLS. */
export async function aTlsReceiver(credentials: Credentials): Promise<TlsReceiver> {
  let bytes = 0
  const server = createTlsServer({ cert: credentials.cert, key: credentials.key })
  server.on('secureConnection', (socket) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
  })
  const receiver = await receiverOf(server, { scheme: 'https', atTheEnd: onTestFinished })
  return { ...receiver, present: ({ cert, key }) => server.setSecureContext({ cert, key }), bytes: () => bytes }
}

async function receiverOf(
  server: Server,
  { scheme, atTheEnd }: { scheme: string; atTheEnd: AtTheEnd },
): Promise<Receiver> {
  const received: Received[] = []
  let decide: (request: Received, before: number) => Behaviour | Promise<Behaviour> = () => 200
  server.on('request', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString()
      const one = { path: request.url ?? '', headers: request.headers, body, event: JSON.parse(body) }
      const before = received.push(one) - 1
      answer(response, await decide(one, before))
    })
  })
  const open = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await open(0)
  const { port } = server.address() as AddressInfo
  atTheEnd(close)
  return {
    url: `${scheme}://127.0.0.1:${port}/hook`,
    port,
    received,
    behave(as) {
      decide = typeof as === 'function' ? as : () => as
    },
    close,
    open: () => open(port),
  }
}

function answer(response: ServerResponse, as: Behaviour): void {
  if (as === 'hang') return
  if (as === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const { status, headers = {}, body = '' } = typeof as === 'number' ? { status: as } : as
  response.writeHead(status, headers).end(body)
}

/** Whether a request is signed with the secret, told by both of its signatures, and as a receiver would that never saw our code. */
export function isSignedWith(secret: string, { headers, body }: Received): boolean {
  const fields = String(headers['x-inbox-signature'])
    .split(',')
    .map((field) => field.trim().split('='))
  const t = fields.find(([name]) => name === 't')?.[1]
  const hex = createHmac('sha256', Buffer.from(secret, 'utf8')).update(`${t}.${body}`).digest('hex')
  const isOurs = fields.some(([name, value]) => name === 'v1' && value === hex)
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']]
  // As the libraries of Standard Webhooks take a secret: whsec_ and base64.
  const key = Buffer.from(`whsec_${Buffer.from(secret).toString('base64')}`.slice('whsec_'.length), 'base64')
  const base64 = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const isStandard = String(headers['webhook-signature']).split(' ').includes(`v1,${base64}`)
  if (isOurs !== isStandard || t !== timestamp) throw new Error('the two signatures do not agree')
  return isOurs
}
