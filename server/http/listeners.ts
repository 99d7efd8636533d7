import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../domain/clock.ts'

export interface Timeouts {
  /** For a request's headers to arrive. */
  headersMs: number
  /** For all of a request to arrive. */
  requestMs: number
  /** For running requests to finish once the server stops. */
  drainMs: number
  /** Between saying "not ready" and closing the door, so that a load balancer can look elsewhere first. */
  noticeMs: number
}

const defaultTimeouts: Timeouts = { headersMs: 15_000, requestMs: 30_000, drainMs: 10_000, noticeMs: 0 }

/** How long a connection may wait for its next request; longer than load balancers usually do, so that they close first. */
const KEEP_ALIVE_MS = 72_000

interface ListenersOptions extends Partial<Timeouts> {
  urlLengthMax: number
  answerBrokenRequest: (error: NodeJS.ErrnoException, socket: Socket) => void
  onUnreachable: (address: string, error: unknown) => void
}

/** The addresses of a host to listen on: `localhost` is IPv4 to some clients and IPv6 to others. */
export async function addressesOf(host: string): Promise<string[]> {
  if (host !== 'localhost') return [host]
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

/** The server's sockets: there may be one for each address, and all have to be closed with care. */
export class Listeners {
  /** About to close: not ready any more, but requests are still welcome. */
  isDraining = false
  /** New requests are refused; those that run may finish. */
  isClosed = false
  private readonly servers: Server[] = []
  private readonly answersWithoutEnd: (() => void)[] = []
  private readonly sockets = new Set<Socket>()
  private readonly timeouts: Timeouts

  constructor(
    private readonly clock: Clock,
    private readonly options: ListenersOptions,
  ) {
    this.timeouts = { ...defaultTimeouts, ...options }
  }

  create(handler: RequestListener): Server {
    const server = createServer(
      {
        // Room for a URL of the permitted length and the headers around it.
        maxHeaderSize: this.options.urlLengthMax * 4,
        headersTimeout: this.timeouts.headersMs,
        requestTimeout: this.timeouts.requestMs,
        connectionsCheckingInterval: Math.min(1_000, this.timeouts.headersMs),
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Of two tokens neither is taken: joined they are no token.
        joinDuplicateHeaders: true,
        // Node would refuse without a word; the server does it in the envelope.
        requireHostHeader: false,
      },
      handler,
    )
    // An expectation we do not know is no reason to refuse a request.
    server.on('checkExpectation', handler)
    server.on('connect', (_request, socket: Socket) =>
      this.options.answerBrokenRequest(new Error('a proxy was expected'), socket),
    )
    // Without listening to their data: Node would then read every request on a slower path.
    server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    })
    this.servers.push(server)
    return server
  }

  /** Listens at further addresses like at the first. One that cannot be had is left out: a name may stand for more than the machine has. */
  async listenBeside(handler: RequestListener, addresses: readonly string[], port: number): Promise<void> {
    for (const address of addresses) {
      const server = this.create(handler)
      server.on('clientError', this.options.answerBrokenRequest)
      try {
        server.listen(port, address)
        await once(server, 'listening')
      } catch (error) {
        this.options.onUnreachable(address, error)
      }
    }
  }

  /** `end` is called when the server closes: it would wait for such answers otherwise. */
  beforeClosing(end: () => void): void {
    this.answersWithoutEnd.push(end)
  }

  /** Stops listening, lets running requests finish, and cuts those that take too long. */
  async close(): Promise<void> {
    this.isDraining = true
    if (this.timeouts.noticeMs > 0)
      await new Promise<void>((resolve) => this.clock.after(this.timeouts.noticeMs, resolve))
    this.isClosed = true
    for (const end of this.answersWithoutEnd) end()
    const closed = this.servers.map((server) => new Promise((resolve) => server.close(resolve)))
    // Node takes a connection that never said anything for busy.
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy()
    const cancel = this.clock.after(this.timeouts.drainMs, () => {
      for (const server of this.servers) server.closeAllConnections()
    })
    await Promise.all(closed)
    cancel()
  }
}
