import { badPorts } from '../names.ts'

/** Where no strange URL may lead, in IPv4. */
export const forbiddenIpv4 = [
  ...[
    '127.0.0.1',
    '127.8.9.10',
    '0.0.0.0',
    '10.0.0.1',
    '10.255.255.254',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.1.1',
  ],
  ...['169.254.169.254', '169.254.170.2', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['192.0.0.1', '192.0.2.1', '198.51.100.7', '203.0.113.9', '192.88.99.1', '198.18.0.1', '198.19.255.254'],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
]

export const forbiddenIpv6 = [
  ...['::1', '::', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'fd00:ec2::254', 'fd20:ce::254'],
  ...['ff02::1', 'ff0e::101', '100::1', '2001:db8::1', '3fff::1', '5f00::1', '2001:2::1', '2001:10::1', '4000::1'],
]

/** One address in every way a URL or a resolver may spell it. */
function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const hex = (byte: number) => `0x${byte.toString(16)}`
  const octal = (byte: number) => `0${byte.toString(8)}`
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    [hex(a), octal(b), c, d].join('.'),
    [a, b, c * 256 + d].join('.'),
    [a, (b * 256 + c) * 256 + d].join('.'),
    [...address].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll('.', '。'),
  ]
}

/** The same address behind every way to carry IPv4 in IPv6. */
export function inIpv6(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const group = (high: number, low: number) => (high * 256 + low).toString(16)
  const halves = `${group(a, b)}:${group(c, d)}`
  const inverted = `${group(255 - a, 255 - b)}:${group(255 - c, 255 - d)}`
  return [
    `::ffff:${address}`,
    `::ffff:${halves}`,
    `0:0:0:0:0:ffff:${halves}`,
    `::${halves}`,
    `64:ff9b::${halves}`,
    `64:ff9b:1::${halves}`,
    `2002:${halves}::1`,
    `2001:0:53aa:64c::${inverted}`,
  ]
}

const localNames = [
  ...['localhost', 'LOCALHOST', 'localhost.', 'api.localhost', 'localhost.localdomain', 'intranet', 'db', 'metadata'],
  ...['metadata.google.internal', 'host.docker.internal', 'printer.local', 'router.lan', 'nas.home', 'nas.home.arpa'],
  ...[
    'vault.corp',
    'wiki.intranet',
    'x.private',
    'x.test',
    'x.invalid',
    'x.onion',
    'x.alt',
    'ｌocalhost',
    'loc%61lhost',
  ],
  ...['hooks.example.com.', '-a.example.com', 'a..example.com', `${'a'.repeat(64)}.example.com`, 'a!b.example.com'],
]

const confusions = [
  ...[
    '',
    ' ',
    'hooks.example.com',
    '//hooks.example.com/',
    '/hook',
    'https:',
    'https://',
    'https:///x',
    'https:hooks.example.com',
  ],
  ...[
    'https:/hooks.example.com',
    'https:\\\\hooks.example.com\\',
    'https://hooks.example.com\\@127.0.0.1/',
    ' https://hooks.example.com/',
  ],
  ...[
    'https://hooks.example.com/ ',
    'https://hooks.exa\tmple.com/',
    'https://hooks.example.com/a\r\nHost: x',
    'https://hooks.example.com/\0',
  ],
  ...[
    'https://user@hooks.example.com/',
    'https://user:pass@hooks.example.com/',
    'https://@hooks.example.com/',
    'https://:@hooks.example.com/',
  ],
  ...[
    'https://hooks.example.com@127.0.0.1/',
    'https://127.0.0.1@hooks.example.com/',
    'https://hooks.example.com%40127.0.0.1/',
  ],
  ...[
    'https://hooks.example.com#@127.0.0.1/',
    'https://hooks.example.com/#',
    'https://hooks.example.com/#top',
    'https://hooks.exa\u00admple.com/',
  ],
  ...[
    'https://[::1',
    'https://::1/',
    'https://[fe80::1%25eth0]/',
    'https://[fe80::1%eth0]/',
    'https://[v1.x]/',
    'https://256.1.1.1/',
  ],
  ...[
    'https://1.2.3.4.5/',
    'https://0x7f.0x/',
    'https://example.com:99999/',
    'https://example.com:-1/',
    'https://ex ample.com/',
  ],
  `https://hooks.example.com/${'a'.repeat(2_100)}`,
]

const schemes = [
  ...[
    'http',
    'ftp',
    'file',
    'gopher',
    'dict',
    'ldap',
    'ws',
    'wss',
    'javascript',
    'data',
    'blob',
    'unix',
    'jar',
    'tftp',
    'ssh',
  ],
].map((scheme) => `${scheme}://hooks.example.com/`)

const ports = [80, 81, 444, 1234, 3000, 5432, 6379, 8000, 8080, 8443, 9200, 11211, 27017, 65535, ...badPorts]

/** What the text alone gives away, by family. */
export const hostileUrls: Record<string, string[]> = {
  'IPv4 in every spelling': forbiddenIpv4.flatMap(spellings).map((host) => `https://${host}/hook`),
  'IPv4 carried in IPv6': forbiddenIpv4.flatMap(inIpv6).map((host) => `https://[${host}]/hook`),
  IPv6: forbiddenIpv6.map((host) => `https://[${host}]/hook`),
  'names of a private network': localNames.map((name) => `https://${name}/hook`),
  'what readers of URLs disagree on': confusions,
  schemes,
  ports: ports.map((port) => `https://hooks.example.com:${port}/hook`),
}
