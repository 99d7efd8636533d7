import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../domain/clock.ts'
import { parseAllowEntry } from './allow-list.ts'
import { createOutbound } from './client.ts'
import { clientOf, post, pretendingToBeAt, startReceiver } from './test/receivers.ts'

const refused = { answered: false, error: 'forbiddenAddress' }

interface Case {
  allow: string
  opens: string[]
  /** Still closed; for a name, what it leads to is behind the arrow. */
  leaves: string[]
}

test.each<Case>([
  {
    allow: 'http://localhost:4000',
    opens: ['http://localhost:4000 → 127.0.0.1', 'http://localhost:4000 → ::1'],
    leaves: [
      'https://localhost:4000 → 127.0.0.1',
      'http://localhost → 127.0.0.1',
      'http://127.0.0.1:4000',
      'http://a.localhost:4000 → 127.0.0.1',
    ],
  },
  {
    allow: 'hooks.internal:8443',
    opens: ['https://hooks.internal:8443 → 10.1.2.3', 'https://HOOKS.internal:8443 → 93.184.216.34'],
    leaves: [
      'https://hooks.internal → 10.1.2.3',
      'https://x.hooks.internal:8443 → 10.1.2.3',
      'https://hooks.internal:8443 → 169.254.169.254',
    ],
  },
  {
    allow: '*.example.internal',
    opens: ['https://a.example.internal → 10.1.2.3', 'https://a.b.example.internal → fd12::1'],
    leaves: [
      'https://example.internal → 10.1.2.3',
      'https://notexample.internal → 10.1.2.3',
      'https://a.example.internal → fd00:ec2::254',
      'https://a.example.internal → ::ffff:169.254.169.254',
    ],
  },
  {
    allow: '10.0.0.0/8',
    opens: ['https://10.1.2.3', 'https://hooks.example.com → 10.1.2.3', 'https://[::ffff:10.1.2.3]'],
    leaves: [
      'https://10.1.2.3:8443',
      'http://10.1.2.3',
      'https://11.internal → 10.1.2.3',
      'https://hooks.example.com → 192.168.1.1',
      'https://[64:ff9b::a01:203]',
    ],
  },
  {
    allow: 'http://10.0.0.0/8:*',
    opens: ['http://10.1.2.3', 'http://10.1.2.3:8080', 'http://hooks.example.com:8080 → 10.1.2.3'],
    leaves: ['https://10.1.2.3:8080', 'http://10.1.2.3:22', 'http://hooks.example.com:8080 → 93.184.216.34'],
  },
  {
    allow: 'fd00::/8',
    opens: ['https://[fd12::1]'],
    leaves: ['https://[fd00:ec2::254]', 'https://[fe80::1]', 'https://[::1]'],
  },
  {
    allow: '[fd12::/48]:8443',
    opens: ['https://[fd12::1]:8443'],
    leaves: ['https://[fd12::1]', 'https://[fd13::1]:8443'],
  },
  { allow: '::1', opens: ['https://[::1]'], leaves: ['https://127.0.0.1', 'https://[::2]'] },
  {
    allow: '169.254.169.254',
    opens: ['https://169.254.169.254', 'https://hooks.example.com → 169.254.169.254'],
    leaves: ['https://169.254.169.253'],
  },
  {
    allow: '0.0.0.0/0',
    opens: ['https://127.0.0.1', 'https://192.168.1.1'],
    leaves: ['https://169.254.169.254', 'https://0.0.0.0', 'https://[::1]'],
  },
])('$allow opens what it says and nothing else', async ({ allow, opens, leaves }) => {
  const receiver = await startReceiver((_request, response) => response.end(), null)
  let dialled = 0
  for (const [journey, isOpen] of [
    ...opens.map((to) => [to, true] as const),
    ...leaves.map((to) => [to, false] as const),
  ]) {
    const [url = '', address = ''] = journey.split(' → ')
    const openSocket = ({ address }: { address: string }) => {
      dialled++
      return pretendingToBeAt(address, connect({ host: '127.0.0.1', port: receiver.port }))
    }
    const client = clientOf(receiver, { allow: [allow], resolve: () => [address], openSocket })
    const before = dialled

    const outcome = await post(client, url)

    // The receiver has no TLS: reaching it over https is a failure, but not a refusal.
    if (isOpen) expect(outcome, journey).toMatchObject(url.startsWith('https') ? { error: 'tls' } : { status: 200 })
    else expect(outcome, journey).toMatchObject(refused)
    expect(dialled > before, journey).toBe(isOpen)
  }
})

test('a receiver on this machine is reached by name and by address, with nothing between', async () => {
  const receiver = await startReceiver((_request, response) => response.end('ok'), null)
  const allowed = ['http://localhost:*', `http://127.0.0.1:${receiver.port}`].map(parseAllowEntry)
  const client = createOutbound({ allowed, clock: systemClock })
  onTestFinished(() => client.close())

  expect(await post(client, `http://localhost:${receiver.port}/`)).toMatchObject({ answered: true, answer: 'ok' })
  expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ answered: true, answer: 'ok' })
  expect(receiver.connections()).toBe(2)
})

test.each([
  ['ftp://hooks.internal', 'is not like'],
  ['http://', 'is not like'],
  ['hooks.internal/path', 'is not a network'],
  ['user@hooks.internal', 'neither a host name nor an address'],
  ['hooks.internal?x', 'neither a host name nor an address'],
  ['*', 'neither a host name nor an address'],
  ['*.*.internal', 'neither a host name nor an address'],
  ['hooks.*', 'neither a host name nor an address'],
  ['0x7f.1', 'neither a host name nor an address'],
  ['hooks.internal:70000', 'port is never called'],
  ['hooks.internal:22', 'port is never called'],
  ['hooks.internal:http', 'is not like'],
  ['10.0.0.0/33', 'is not a network'],
  ['10.0.0.0/', 'is not a network'],
  ['10.0.0/8', 'is not a network'],
  ['10.1.2.3/8', 'write 10.0.0.0/8'],
  ['fd12::1/48', 'write fd12::/48'],
  ['::ffff:10.0.0.0/104', 'write it as one'],
  ['169.254.0.0/16', 'every address has to be named by itself'],
])('an entry "%s" is a mistake: %s', (text, why) => {
  const parse = () => parseAllowEntry(text)

  expect(parse).toThrow(why)
  expect(parse).toThrow(`"${text}"`)
})
