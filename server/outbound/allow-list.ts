import { isIP, isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type Address, kindOf, type Network, parseAddress, within } from './addresses.ts'
import { badPorts, defaultPorts, hasNameForm, parseUrl, type Scheme } from './names.ts'

/** One exception the operator made, for one scheme. */
export interface AllowEntry {
  scheme: Scheme
  /** Null = any that is not always refused. */
  port: number | null
  opens: { kind: 'name'; name: string } | { kind: 'namesUnder'; suffix: string } | { kind: 'network'; network: Network }
}

/** Who is called, as the URL says. */
export interface Target {
  scheme: Scheme
  port: number
  /** In lower case, an IPv6 address without brackets. */
  host: string
}

/** Whether an entry is about the name in the URL. It is then about every address the name leads to. */
export function opensName(entry: AllowEntry, target: Target): boolean {
  if (!opensPort(entry, target)) return false
  if (entry.opens.kind === 'name') return entry.opens.name === target.host
  return entry.opens.kind === 'namesUnder' && target.host.endsWith(entry.opens.suffix)
}

export function opensPort(entry: AllowEntry, { scheme, port }: Target): boolean {
  return entry.scheme === scheme && (entry.port === null || entry.port === port)
}

/** A guarded address takes an entry of its own: who opens a network does not think of the metadata in it. */
export function opensAddress(entry: AllowEntry, target: Target, address: Address): boolean {
  if (entry.opens.kind !== 'network' || !opensPort(entry, target)) return false
  return within(address, entry.opens.network) && (isSingle(entry.opens.network) || kindOf(address) !== 'guarded')
}

/**
 * `hooks.example.internal`, `*.example.internal`, `10.1.2.3`, `10.0.0.0/8`, `fd12::/48`; with `:8443`, `:*` or a scheme where they are not
 * 443 and https; IPv6 with a port in brackets. Throws what is wrong, in words that name the entry.
 */
export function parseAllowEntry(text: string): AllowEntry {
  const wrong = (why: string) => new Error(`has "${text}", ${why}`)
  const parts = partsOf(text.toLowerCase())
  if (!parts) {
    throw wrong(
      'which is not like hooks.internal, *.internal:8443, http://localhost:4000, 10.0.0.0/8:* or [fd12::/48]:443',
    )
  }
  const port = parts.port === '*' ? null : Number(parts.port ?? defaultPorts[parts.scheme])
  if (port !== null && (port > 65_535 || badPorts.has(port))) throw wrong('whose port is never called')
  return { scheme: parts.scheme, port, opens: openedBy(parts.host, wrong) }
}

interface Parts {
  scheme: Scheme
  host: string
  port: string | undefined
}

function partsOf(text: string): Parts | null {
  const [, scheme = 'https', rest = ''] = /^(?:(https?):\/\/)?(.+)$/.exec(text) ?? []
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:./]+)\]|([^:[\]]+))(?::(\d{1,5}|\*))?$/.exec(rest) ?? []
  const host = bracketed ?? plain ?? (/^[0-9a-f:./]+$/.test(rest) ? rest : null)
  // The pattern lets only these two through.
  return host === null ? null : { scheme: `${scheme}:` as Scheme, host, port }
}

function openedBy(host: string, wrong: (why: string) => Error): AllowEntry['opens'] {
  if (host.includes('/') || isIP(host) !== 0) return { kind: 'network', network: networkOf(host, wrong) }
  const name = nameOf(host.replace(/^\*\./, ''))
  if (name === null) throw wrong('which is neither a host name nor an address')
  return host.startsWith('*.') ? { kind: 'namesUnder', suffix: `.${name}` } : { kind: 'name', name }
}

/** As a URL would have it: in lower case, other scripts as `xn--`. Null when it is no name. */
function nameOf(text: string): string | null {
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(text)) return null
  const name = parseUrl(`https://${text}`)?.hostname ?? ''
  return hasNameForm(name) && !isIPv4(name) ? name : null
}

function networkOf(text: string, wrong: (why: string) => Error): Network {
  const [base = '', bits, ...more] = text.split('/')
  const address = parseAddress(base)
  if (!address || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
    throw wrong('which is not a network')
  const size = address.toByteArray().length * 8
  // Written as IPv6 it would count other bits than it means.
  if (isIP(base) === 6 && size === 32) throw wrong('which is an IPv4 address: write it as one')
  const network: Network = [address, Number(bits ?? size)]
  if (network[1] > size) throw wrong('which is not a network')
  requireFirstAddress(network, wrong)
  if (opensNothing(network)) throw wrong('where every address has to be named by itself')
  return network
}

function requireFirstAddress([address, bits]: Network, wrong: (why: string) => Error) {
  const first = edgeOf([address, bits], 'first')
  if (first.toString() !== address.toString()) throw wrong(`which starts at ${first}: write ${first}/${bits}`)
}

function opensNothing(network: Network): boolean {
  if (network[1] === 0 || isSingle(network)) return false
  return kindOf(edgeOf(network, 'first')) === 'guarded' && kindOf(edgeOf(network, 'last')) === 'guarded'
}

function edgeOf([address, bits]: Network, edge: 'first' | 'last'): Address {
  const bytes = address.toByteArray().map((byte, index) => {
    const free = 0xff >> Math.min(Math.max(bits - index * 8, 0), 8)
    return edge === 'first' ? byte & ~free : byte | free
  })
  return ipaddr.fromByteArray(bytes)
}

function isSingle([address, bits]: Network): boolean {
  return bits === address.toByteArray().length * 8
}
