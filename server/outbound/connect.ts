import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'
import { type Address, parseAddress } from './addresses.ts'
import type { AllowEntry, Target } from './allow-list.ts'
import { admits, isNamed } from './destinations.ts'
import { failureToConnect, failureToResolve, failureToSecure, OutboundFailure } from './failures.ts'
import { defaultPorts } from './names.ts'
import type { Names } from './resolve.ts'

export interface Route {
  allowed: readonly AllowEntry[]
  names: Names
  /** Starts a connection to exactly this address. */
  openSocket(to: { address: string; port: number }): Socket
  /** Authorities to trust, in PEM; undefined = those Node trusts, with NODE_EXTRA_CA_CERTS. */
  ca: string | undefined
  /** Milliseconds for a connection to one address, and for agreeing on TLS. */
  connectTimeoutMs: number
}

export const openSocket: Route['openSocket'] = ({ address, port }) =>
  connectTcp({ host: address, port, autoSelectFamily: false })

/** More say nothing new, and each may take its whole time. */
const ADDRESSES_MAX = 4

export interface Opening {
  /** Every socket until it closes. */
  sockets: Set<Socket>
  /** Once aborted, no connection is begun. */
  closing: AbortSignal
}

/** Opens every connection there is. */
export function createConnector(route: Route, opening: Opening): buildConnector.connector {
  return ({ hostname, protocol, port }, done) => {
    // The URL was taken apart before, and only these two schemes came through.
    const scheme = protocol as Target['scheme']
    const target: Target = { scheme, host: hostname, port: port ? Number(port) : defaultPorts[scheme] }
    open(route, target, opening).then(
      (socket) => done(null, socket),
      (error) => done(error, null),
    )
  }
}

async function open(route: Route, target: Target, opening: Opening): Promise<Socket> {
  const addresses = await checkedAddresses(route, target)
  const socket = await reachFirst(route, { target, addresses }, opening)
  return target.scheme === 'https:' ? secure(route, target, socket) : socket
}

/** Resolves once. A name of which one address is forbidden leads nowhere: whoever mixes them wants the check to see the other one. */
async function checkedAddresses(route: Route, target: Target): Promise<Address[]> {
  const texts = await resolve(route, target)
  const addresses = texts.map((text) => {
    const address = parseAddress(text)
    if (!address || !admits(target, address, route.allowed)) throw forbidden(target)
    return address
  })
  if (addresses.length === 0) throw new OutboundFailure('dns', `The name ${target.host} has no address.`)
  // Machines with an IPv6 address and no way out are common, receivers without IPv4 are not.
  const inOrder = addresses.sort((one, other) => one.kind().localeCompare(other.kind()))
  return inOrder.slice(0, ADDRESSES_MAX)
}

async function resolve({ names, allowed }: Route, target: Target): Promise<string[]> {
  if (isIP(target.host) !== 0) return [target.host]
  try {
    return await (isNamed(target, allowed) ? names.addressesOfOwn(target.host) : names.addressesOf(target.host))
  } catch (error) {
    throw failureToResolve(target.host, error)
  }
}

interface Way {
  target: Target
  addresses: Address[]
}

async function reachFirst(route: Route, { target, addresses }: Way, { sockets, closing }: Opening): Promise<Socket> {
  let failure: unknown
  for (const address of addresses) {
    closing.throwIfAborted()
    const socket = route.openSocket({ address: address.toString(), port: target.port })
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    try {
      await happened(socket, 'connect', route.connectTimeoutMs)
      requireReached(socket, address)
      return socket.setNoDelay(true)
    } catch (error) {
      socket.destroy()
      failure = failureToConnect(error)
      if (error instanceof OutboundFailure && error.error === 'forbiddenAddress') break
    }
  }
  throw failure
}

/** The last word, before a byte is written: what the connection itself says of its other end. */
function requireReached(socket: Socket, address: Address) {
  const reached = parseAddress(socket.remoteAddress ?? '')
  if (reached?.toString() !== address.toString()) {
    throw new OutboundFailure(
      'forbiddenAddress',
      'The connection led to another address than the one that was checked.',
    )
  }
}

async function secure({ ca, connectTimeoutMs }: Route, { host }: Target, socket: Socket): Promise<Socket> {
  const secured = connectTls({
    socket,
    // A server name is never an address; the certificate is compared with the host either way.
    ...(isIP(host) === 0 && { servername: host }),
    host,
    ...(ca !== undefined && { ca }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Said here so that no variable of the environment can say otherwise.
    rejectUnauthorized: true,
  })
  try {
    await happened(secured, 'secureConnect', connectTimeoutMs)
    return secured
  } catch (error) {
    secured.destroy()
    socket.destroy()
    throw failureToSecure(error)
  }
}

/** Rejects when the socket fails or closes first, or it takes too long. Real time: it is about a network, not about what the product means. */
function happened(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(tooSlow), timeoutMs)
    // Stays: an error that comes after the first has nobody else to hear it.
    socket.on('error', fail)
    socket.once('close', closed)
    socket.once(event, () => {
      stop()
      resolve()
    })
    function closed() {
      fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    }
    function fail(error: Error) {
      stop()
      reject(error)
    }
    function stop() {
      clearTimeout(timer)
      socket.off('close', closed)
    }
  })
}

const tooSlow = new OutboundFailure('timeout', 'There was no connection in time.')

function forbidden({ host }: Target): OutboundFailure {
  return new OutboundFailure('forbiddenAddress', `${host} leads to an address that is not allowed.`)
}
