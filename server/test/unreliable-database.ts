import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { inject } from 'vitest'
import { urlOf } from './harness.ts'

/** A way to a test database that can be cut. */
export interface UnreliableDatabase {
  url: string
  /** Breaks every connection and refuses new ones. */
  cut(): void
  /** Keeps connections open and lets nothing through: a host that is gone without a word. */
  hang(): void
  restore(): void
  close(): Promise<void>
}

export async function openUnreliableDatabase(database: string): Promise<UnreliableDatabase> {
  const { host, port } = inject('postgres')
  const sockets = new Set<Socket>()
  let state: 'open' | 'cut' | 'hanging' = 'open'

  const proxy = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const server = String(host).startsWith('/')
      ? connect(join(String(host), `.s.PGSQL.${port}`))
      : connect({ host: String(host), port: Number(port) })
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
      if (state === 'hanging') socket.pause()
    }
    client.pipe(server).pipe(client)
    if (state === 'hanging') client.unpipe(server)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port')
  const url = new URL(urlOf(database))
  url.host = `127.0.0.1:${address.port}`
  url.search = ''

  return {
    url: url.href,
    cut() {
      state = 'cut'
      for (const socket of sockets) socket.destroy()
    },
    hang() {
      state = 'hanging'
      for (const socket of sockets) socket.pause()
    },
    restore() {
      state = 'open'
      for (const socket of sockets) socket.resume()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
