import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../domain/clock.ts'
import type { Outbound, OutboundOutcome } from '../../domain/outbound.ts'
import { parseAllowEntry } from '../allow-list.ts'
import { createOutbound } from '../client.ts'
import type { Route } from '../connect.ts'
import { type Credentials, makeAuthority, makeCertificate } from './certificates.ts'

export const receiverName = 'hooks.example.com'
export const publicAddress = '93.184.216.34'

/** The authority the clients of these tests trust. */
export const authority = makeAuthority('authority of these tests')
const credentials = makeCertificate({ names: [receiverName, publicAddress], by: authority })

export interface Receiver {
  port: number
  /** How many connections arrived so far. */
  connections(): number
  /** How many are open. */
  open(): number
  closeIdle(): void
}

/** A server on this machine that stands for one on the internet. */
export async function startReceiver(
  listener: RequestListener,
  tls: Credentials | null = credentials,
): Promise<Receiver> {
  const server = tls ? createHttpsServer({ ...tls, keepAlive: true }, listener) : createHttpServer(listener)
  const receiver = await listening(server)
  return { ...receiver, closeIdle: () => server.closeIdleConnections() }
}

/** The same for what no HTTP server would do. */
export function startRawReceiver(talk: (socket: Socket) => void): Promise<Omit<Receiver, 'closeIdle'>> {
  return listening(createServer(talk))
}

async function listening(server: Server): Promise<Omit<Receiver, 'closeIdle'>> {
  let connections = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  // A server that listens on TCP has such an address.
  return { port: (server.address() as AddressInfo).port, connections: () => connections, open: () => sockets.size }
}

export interface World extends Partial<Route> {
  allow?: string[]
  /** What a name leads to, each time it is asked for; by default every name leads to a public address. */
  resolve?: (name: string) => string[] | Promise<string[]>
}

/**
 * A client for which the whole internet is one receiver on this machine: wherever it connects to, it is there, and believes to be where it
 * wanted. So a connection that must not be is counted, whatever its address.
 */
export function clientOf(
  { port }: { port: number },
  { allow = [], resolve = () => [publicAddress], ...route }: World = {},
) {
  const addressesOf = async (name: string) => resolve(name)
  const client = createOutbound({
    allowed: allow.map(parseAllowEntry),
    clock: systemClock,
    surroundings: {
      ca: authority.cert,
      names: { addressesOf, addressesOfOwn: addressesOf, close() {} },
      openSocket: ({ address }) => pretendingToBeAt(address, connect({ host: '127.0.0.1', port })),
      ...route,
    },
  })
  onTestFinished(() => client.close())
  return client
}

export function pretendingToBeAt(address: string, socket: Socket): Socket {
  return Object.defineProperty(socket, 'remoteAddress', { value: address })
}

export function post(
  client: Outbound,
  url = `https://${receiverName}/hook`,
  timeoutMs = 5_000,
): Promise<OutboundOutcome> {
  return client.post(url, { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}'), timeoutMs })
}
