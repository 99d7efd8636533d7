import { expect, test } from 'vitest'
import { eventually } from '../test/harness.ts'
import {
  authority,
  clientOf,
  post,
  publicAddress,
  receiverName,
  startRawReceiver,
  startReceiver,
} from './test/receivers.ts'

const plain = { allow: [`http://${receiverName}`] }
const plainUrl = `http://${receiverName}/hook`

test('posts one after the other share two connections, and the name is asked for with each connection only', async () => {
  const receiver = await startReceiver((_request, response) => response.end('ok'))
  let asked = 0
  const resolve = () => {
    asked++
    return [publicAddress]
  }
  const client = clientOf(receiver, { resolve })

  for (let count = 0; count < 50; count++) expect(await post(client)).toMatchObject({ answered: true, status: 200 })

  // The next is written before undici has put the last one's connection back.
  expect(receiver.connections()).toBeLessThanOrEqual(2)
  expect(asked).toBe(receiver.connections())
})

test('600 posts at once to one receiver are all under way at once', async () => {
  const waiting: (() => void)[] = []
  const receiver = await startReceiver((request, response) => {
    request.resume().on('end', () => {
      waiting.push(() => response.end())
      if (waiting.length === 600) for (const answer of waiting) answer()
    })
  }, null)
  const client = clientOf(receiver, plain)

  const outcomes = await Promise.all(Array.from({ length: 600 }, () => post(client, plainUrl, 10_000)))

  expect(outcomes.filter((outcome) => outcome.answered && outcome.status === 200)).toHaveLength(600)
})

test('a receiver that does not answer delays no other', async () => {
  const receiver = await startReceiver((request, response) => {
    if (request.headers.host === receiverName) response.end()
  }, null)
  const client = clientOf(receiver, { allow: ['http://*.example.com'] })

  const stuck = Array.from({ length: 300 }, () => post(client, 'http://stuck.example.com/', 1_500))
  const outcome = await post(client, plainUrl, 1_400)

  expect(outcome).toMatchObject({ answered: true, status: 200 })
  for (const each of await Promise.all(stuck)) expect(each).toMatchObject({ answered: false, error: 'timeout' })
})

test('a connection the receiver closed between two posts is no failure, and nothing is sent twice', async () => {
  let received = 0
  const receiver = await startReceiver((_request, response) => {
    received++
    response.end()
  })
  const client = clientOf(receiver)

  for (let count = 1; count <= 20; count++) {
    expect(await post(client)).toMatchObject({ answered: true, status: 200 })
    receiver.closeIdle()
    // Every second time our side has not even noticed.
    if (count % 2 === 0) await eventually(async () => receiver.open() === 0, 'the connection to close')
  }

  expect(received).toBe(20)
})

test('a post that may have arrived is never sent again', async () => {
  let requests = 0
  const receiver = await startRawReceiver((socket) =>
    socket.on('data', () => {
      requests++
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      else socket.destroy()
    }),
  )
  const client = clientOf(receiver, plain)

  expect(await post(client, plainUrl)).toMatchObject({ answered: true, status: 200 })
  expect(await post(client, plainUrl)).toMatchObject({ answered: false, error: 'connection' })

  expect(requests).toBe(2)
})

test('a receiver that writes before it is asked answers nobody', async () => {
  const forged = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged'
  const receiver = await startRawReceiver((socket) =>
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue${forged}`)),
  )
  const client = clientOf(receiver, plain)

  for (let count = 0; count < 5; count++) {
    expect(await post(client, plainUrl)).toMatchObject({ answered: true, answer: 'true' })
  }
})

test('a post that ran out of time while it waited for a connection is not sent later', async () => {
  let requests = 0
  const receiver = await startReceiver((_request, response) => {
    requests++
    response.end()
  })
  let found: (addresses: string[]) => void = () => {}
  const late = new Promise<string[]>((resolve) => {
    found = resolve
  })
  const client = clientOf(receiver, { resolve: () => late })

  expect(await post(client, undefined, 100)).toMatchObject({ answered: false, error: 'timeout' })
  found([publicAddress])
  await eventually(async () => receiver.connections() === 1, 'the connection that nobody waits for any more')
  expect(await post(client)).toMatchObject({ answered: true })

  expect(requests).toBe(1)
})

test('idle connections are closed', async () => {
  const receiver = await startReceiver((_request, response) => response.setHeader('keep-alive', 'timeout=3').end())
  const client = clientOf(receiver)

  await post(client)

  expect(receiver.open()).toBe(1)
  await eventually(async () => receiver.open() === 0, 'the idle connection to close')
})

test('closing ends what is under way and every connection, and nothing goes out afterwards', async () => {
  const receiver = await startReceiver(() => {})
  const silent = await startRawReceiver((socket) => socket.resume())
  const client = clientOf(receiver)
  const handshaking = clientOf(silent)
  const under = [post(client), post(client), post(handshaking)]
  await eventually(async () => receiver.connections() === 2 && silent.connections() === 1, 'the connections')

  await client.close()
  await handshaking.close()

  const stopped = { answered: false, error: 'connection', detail: 'This server is stopping.' }
  for (const outcome of await Promise.all(under)) expect(outcome).toMatchObject(stopped)
  expect(await post(client)).toMatchObject(stopped)
  await client.close()
  await eventually(async () => receiver.open() + silent.open() === 0, 'the connections to close')
  expect(receiver.connections()).toBe(2)
})

test('a client nobody used closes as well', async () => {
  await clientOf({ port: 0 }, { ca: authority.cert }).close()
})
