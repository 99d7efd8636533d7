import type { Socket } from 'node:net'
import type { Agent, buildConnector } from 'undici'
import type { Clock } from '../domain/clock.ts'
import type { Outbound, OutboundOutcome, OutboundPost, OutboundRefusal } from '../domain/outbound.ts'
import type { AllowEntry } from './allow-list.ts'
import { createConnector, openSocket, type Route } from './connect.ts'
import { type Destination, destinationOf } from './destinations.ts'
import { Exchange } from './exchange.ts'
import { OutboundFailure } from './failures.ts'
import { systemNames } from './resolve.ts'

export interface OutboundOptions {
  allowed: readonly AllowEntry[]
  clock: Clock
  /** The ways out of this process, where a test has others. */
  surroundings?: Partial<Omit<Route, 'allowed'>>
}

/** So many URLs are not taken apart again for every post. */
const DESTINATIONS_KEPT_MAX = 1_000

/** Costs nothing until the first post: the command line makes one, and hardly ever calls anybody. */
export function createOutbound({ allowed, clock, surroundings }: OutboundOptions): Outbound {
  const names = surroundings?.names ?? systemNames()
  const route: Route = { openSocket, ca: undefined, connectTimeoutMs: 5_000, ...surroundings, names, allowed }
  const sockets = new Set<Socket>()
  const closing = new AbortController()
  const exchanges = new Set<Exchange>()
  const destinations = new Map<string, Destination>()
  let agent: Promise<Agent> | null = null

  /** The text and the exceptions decide alone, so what was found once stays true. */
  function find(url: string): Destination | OutboundRefusal {
    const known = destinations.get(url)
    if (known) return known
    const found = destinationOf(url, allowed)
    if (typeof found === 'string') return found
    if (destinations.size >= DESTINATIONS_KEPT_MAX) destinations.clear()
    destinations.set(url, found)
    return found
  }

  async function exchange({ origin, path }: Destination, { headers, body, timeoutMs }: OutboundPost) {
    const current = new Exchange({ timeoutMs, now: () => clock.now() })
    exchanges.add(current)
    try {
      agent ??= createAgent(createConnector(route, { sockets, closing: closing.signal }))
      const dispatcher = await agent
      if (closing.signal.aborted) current.end(stopping)
      else dispatcher.dispatch({ origin, path, method: 'POST', headers: withIdentity(headers), body }, current)
      return await current.outcome
    } finally {
      exchanges.delete(current)
    }
  }

  return {
    refusalOf(url) {
      const destination = find(url)
      return typeof destination === 'string' ? destination : null
    },
    async post(url, request) {
      const destination = find(url)
      if (typeof destination === 'string') return refused(destination)
      return exchange(destination, request)
    },
    async close() {
      closing.abort(stopping)
      for (const current of exchanges) current.end(stopping)
      names.close()
      await (await agent)?.destroy()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function createAgent(connect: buildConnector.connector): Promise<Agent> {
  const { Agent } = await import('undici')
  return new Agent({
    connect,
    // As many as whoever posts has under way: what waited here would wait behind others' requests, which may hang, and within its own time.
    connections: null,
    // A second request on the same connection would share the fate of the first.
    pipelining: 1,
    // The time of a post covers everything (exchange.ts).
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16_384,
    // Kept while a receiver has more to get. A receiver may ask for less.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    // So that a receiver that moved is looked up again although it never was idle.
    maxRequestsPerClient: 1_000,
  })
}

/** Nothing is unpacked here, so nothing packed is asked for. */
function withIdentity(headers: Record<string, string>): Record<string, string> {
  return { 'accept-encoding': 'identity', ...headers }
}

const stopping = new OutboundFailure('connection', 'This server is stopping.')

function refused(refusal: OutboundRefusal): OutboundOutcome {
  return { answered: false, error: 'forbiddenAddress', detail: refusalWords[refusal], durationMs: 0 }
}

const refusalWords: Record<OutboundRefusal, string> = {
  malformed: 'This is not a URL.',
  tooLong: 'The URL is too long.',
  credentialsInUrl: 'The URL has a user name or a password in it.',
  fragmentInUrl: 'The URL has a # in it, and what follows would not be sent.',
  schemeNotAllowed: 'Only https is called.',
  portNotAllowed: 'This port is not called.',
  hostNotAllowed: 'This host is not called.',
  addressNotAllowed: 'This address is not called.',
}
