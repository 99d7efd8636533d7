import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export async function open({ url }: { url: string }): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  await once(socket, 'connect')
  return socket
}

export async function sendAndClose(server: { url: string }, text: string): Promise<string> {
  const socket = await open(server)
  socket.write(text)
  return textOf(socket)
}

/** Everything until the other side closes. */
export async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}
