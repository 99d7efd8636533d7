import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * `public`: anybody's. `internal`: of this machine, its network or nobody's. `guarded`: what no receiver has, and where a call does
 * harm: the metadata of clouds, the link itself, groups, and spellings of another address.
 */
export type AddressKind = 'public' | 'internal' | 'guarded'

/** Null when the text is no address in its usual spelling, or belongs to one link (`fe80::1%eth0`). IPv4 in IPv6 is the IPv4 address. */
export function parseAddress(text: string): Address | null {
  if (isIP(text) === 0 || text.includes('%')) return null
  return ipaddr.process(text)
}

export function kindOf(address: Address): AddressKind {
  const special = address instanceof ipaddr.IPv4 ? ipv4 : ipv6
  const found = special.find(({ network }) => within(address, network))
  if (found) return found.kind === 'translated' ? kindOfTranslated(address) : found.kind
  if (address instanceof ipaddr.IPv4) return 'public'
  return within(address, globalUnicast) ? 'public' : 'guarded'
}

export type Network = [Address, number]

export function within(address: Address, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits)
}

/** A NAT64 gateway calls the IPv4 address in the last four bytes. Where there is one, every IPv4 receiver looks like this. */
function kindOfTranslated(address: Address): AddressKind {
  return kindOf(new ipaddr.IPv4(address.toByteArray().slice(-4))) === 'public' ? 'public' : 'guarded'
}

interface Special {
  network: Network
  kind: AddressKind | 'translated'
}

function special(kind: Special['kind'], ...networks: string[]): Special[] {
  return networks.map((network) => ({ network: ipaddr.parseCIDR(network), kind }))
}

const globalUnicast = ipaddr.parseCIDR('2000::/3')

// From IANA's registries of special-purpose addresses. The first that fits counts.
const ipv4 = [
  ...special('guarded', '0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'),
  // Metadata outside the link-local range: Azure, Alibaba, Oracle.
  ...special('guarded', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'),
  ...special('internal', '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'),
  // Protocol assignments, documentation, AS112 and 6to4 relays, benchmarks.
  ...special('internal', '192.0.0.0/24', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'),
  ...special('internal', '192.31.196.0/24', '192.52.193.0/24', '192.175.48.0/24', '192.88.99.0/24', '198.18.0.0/15'),
]

const ipv6 = [
  ...special('internal', '::1/128'),
  // Metadata of AWS and Google.
  ...special('guarded', 'fd00:ec2::254/128', 'fd20:ce::254/128'),
  ...special('internal', 'fc00::/7'),
  ...special('translated', '64:ff9b::/96'),
  // Other ways to write an IPv4 address: Teredo and the rest of its block, 6to4. What is outside 2000::/3 is guarded anyway:
  // unspecified, IPv4-compatible, local NAT64 (64:ff9b:1::/48), discard, segment routing, link-local, site-local, multicast.
  ...special('guarded', '2001::/32', '2002::/16'),
  ...special('internal', '2001::/23', '2001:db8::/32', '3fff::/20'),
]
