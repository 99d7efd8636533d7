import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { outboundRefusals } from '../domain/outbound.ts'
import { destinationOf } from './destinations.ts'
import { systemNames } from './resolve.ts'
import { forbiddenIpv4, forbiddenIpv6, hostileUrls, inIpv6 } from './test/hostile-urls.ts'
import { startNameServer } from './test/name-server.ts'
import {
  clientOf,
  post,
  pretendingToBeAt,
  publicAddress,
  receiverName,
  startRawReceiver,
  startReceiver,
} from './test/receivers.ts'

const forbiddenAddress = { answered: false, error: 'forbiddenAddress' }

test('there are at least 300 hostile URLs', () => {
  expect(new Set(Object.values(hostileUrls).flat()).size).toBeGreaterThanOrEqual(300)
})

test.each(Object.entries(hostileUrls))('%s: refused by the text, and nobody is called', async (_family, urls) => {
  const receiver = await startReceiver((_request, response) => response.end())
  const client = clientOf(receiver)

  for (const url of urls) {
    expect(outboundRefusals, url).toContain(client.refusalOf(url))
    expect(await post(client, url), url).toMatchObject(forbiddenAddress)
  }

  expect(receiver.connections()).toBe(0)
})

test('the reason names what is wrong with a URL', () => {
  const client = clientOf({ port: 0 })

  expect(client.refusalOf('not a url')).toBe('malformed')
  expect(client.refusalOf(`https://a.example.com/${'a'.repeat(3_000)}`)).toBe('tooLong')
  expect(client.refusalOf('https://me:secret@a.example.com/')).toBe('credentialsInUrl')
  expect(client.refusalOf('https://a.example.com/#here')).toBe('fragmentInUrl')
  expect(client.refusalOf('http://a.example.com/')).toBe('schemeNotAllowed')
  expect(client.refusalOf('https://a.example.com:8443/')).toBe('portNotAllowed')
  expect(client.refusalOf('https://printer.local/')).toBe('hostNotAllowed')
  expect(client.refusalOf('https://10.0.0.1/')).toBe('addressNotAllowed')
})

test.each([
  'https://hooks.example.com',
  'https://hooks.example.com/',
  'https://hooks.example.com:443/a/b?c=d&e=%20@',
  'HTTPS://Hooks.Example.COM/hook',
  'https://bücher.example.com/hook',
  'https://xn--bcher-kva.example.com/hook',
  'https://my_hooks.a-b.example.co.uk/hook?url=https://127.0.0.1/',
  'https://93.184.216.34/hook',
  'https://[2606:2800:220:1:248:1893:25c8:1946]/hook',
  'https://[64:ff9b::5db8:d822]/hook',
])('%s may be called', (url) => {
  expect(clientOf({ port: 0 }).refusalOf(url)).toBeNull()
})

test('a name with an umlaut may be called, however often somebody asks', () => {
  let refused = 0
  for (let i = 0; i < 100_000; i++) {
    if (typeof destinationOf('https://bücher.example.com/hook', []) === 'string') refused++
  }
  expect(refused).toBe(0)
})

const answers = [...forbiddenIpv4, ...forbiddenIpv6, ...forbiddenIpv4.flatMap(inIpv6), 'fe80::1%eth0', 'nonsense', '']

test(`a harmless name is not called when it leads to one of ${answers.length} forbidden addresses`, async () => {
  const receiver = await startReceiver((_request, response) => response.end())
  let addresses: string[] = []
  const client = clientOf(receiver, { resolve: () => addresses })

  for (const address of answers) {
    addresses = [address]
    expect(await post(client), address).toMatchObject(forbiddenAddress)
    addresses = [publicAddress, address]
    expect(await post(client), `mixed with ${address}`).toMatchObject(forbiddenAddress)
  }

  expect(receiver.connections()).toBe(0)
})

test('a name is asked for once per connection, and an answer that changes is checked anew', async () => {
  const receiver = await startReceiver((_request, response) => response.setHeader('connection', 'close').end())
  let asked = 0
  const server = await startNameServer(() => (asked++ === 0 ? [publicAddress] : ['127.0.0.1']))
  const dialled: string[] = []
  const client = clientOf(receiver, {
    names: systemNames([server]),
    openSocket: ({ address }) => {
      dialled.push(address)
      return pretendingToBeAt(address, connect({ host: '127.0.0.1', port: receiver.port }))
    },
  })

  expect(await post(client)).toMatchObject({ answered: true, status: 200 })
  expect(asked).toBe(1)
  expect(await post(client)).toMatchObject(forbiddenAddress)
  expect(await post(client)).toMatchObject(forbiddenAddress)

  expect(asked).toBe(3)
  expect(dialled).toEqual([publicAddress])
  expect(receiver.connections()).toBe(1)
})

test('a connection that ended up elsewhere than at the checked address carries not one byte', async () => {
  let bytes = 0
  const receiver = await startRawReceiver((socket) => socket.on('data', (chunk) => (bytes += chunk.length)))
  const client = clientOf(receiver, {
    openSocket: () => connect({ host: '127.0.0.1', port: receiver.port }),
  })

  expect(await post(client)).toMatchObject(forbiddenAddress)

  expect(receiver.connections()).toBe(1)
  expect(bytes).toBe(0)
})

test.each(['http://127.0.0.1/', 'https://169.254.169.254/latest/meta-data/', 'https://other.example.com/', '//[::1]/'])(
  'a redirect to %s is an answer, and nobody follows it',
  async (location) => {
    const receiver = await startReceiver((_request, response) => response.writeHead(307, { location }).end('elsewhere'))
    let asked = 0
    const resolve = () => {
      asked++
      return [publicAddress]
    }
    const client = clientOf(receiver, { resolve })

    expect(await post(client)).toMatchObject({ answered: true, status: 307, answer: 'elsewhere' })

    expect(receiver.connections()).toBe(1)
    expect(asked).toBe(1)
  },
)

test('what a refusal says has neither the address nor the secrets of the URL in it', async () => {
  const client = clientOf({ port: 0 }, { resolve: () => ['10.11.12.13'] })

  const outcomes = [
    await post(client, `https://${receiverName}/secret-path?key=secret`),
    await post(client, 'https://user:secret@hooks.example.com/'),
  ]

  for (const outcome of outcomes) {
    expect(JSON.stringify(outcome)).not.toMatch(/secret|10\.11/)
  }
})
