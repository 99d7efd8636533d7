import { createSocket } from 'node:dgram'
import { onTestFinished } from 'vitest'

/** A name server on this machine. `answer` says each time which IPv4 addresses a name has; it has no others. */
export async function startNameServer(answer: (name: string) => string[]): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => socket.send(answerTo(question, answer), port, address))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    socket.close()
  })
  return `127.0.0.1:${socket.address().port}`
}

const TYPE_A = 1

function answerTo(message: Buffer, answer: (name: string) => string[]): Buffer {
  const { name, end } = readName(message, 12)
  const question = message.subarray(12, end + 4)
  const addresses = message.readUInt16BE(end) === TYPE_A ? answer(name) : []
  const header = Buffer.alloc(12)
  message.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  // The name as a pointer to the question, type A, class IN, never to be kept, four bytes.
  const records = addresses.map((text) =>
    Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...text.split('.').map(Number)]),
  )
  return Buffer.concat([header, question, ...records])
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}
