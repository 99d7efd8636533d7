import { isIP } from 'node:net'
import type { OutboundRefusal } from '../domain/outbound.ts'
import { type Address, kindOf, parseAddress } from './addresses.ts'
import { type AllowEntry, opensAddress, opensName, opensPort, type Target } from './allow-list.ts'
import { badPorts, defaultPorts, hasNameForm, isLocalName, parseUrl } from './names.ts'

export interface Destination extends Target {
  origin: string
  /** With its query. */
  path: string
}

/** As long as many servers and proxies take. */
const URL_LENGTH_MAX = 2_048

/** Where a URL leads, or why nobody goes there. By its text alone. */
export function destinationOf(text: string, allowed: readonly AllowEntry[]): Destination | OutboundRefusal {
  if (text.length > URL_LENGTH_MAX) return 'tooLong'
  // Readers of URLs mend these, each in its own way: what one checks another would call.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) || /[\s\p{Cc}\p{Cf}\\]/u.test(text)) return 'malformed'
  const url = parseUrl(text)
  if (!url) return 'malformed'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'schemeNotAllowed'
  if (url.username !== '' || url.password !== '' || /^[^/?#]*@/.test(text.slice(text.indexOf('//') + 2))) {
    return 'credentialsInUrl'
  }
  // It is never sent. What is stored has to be what is called.
  if (text.includes('#')) return 'fragmentInUrl'
  const target: Target = {
    scheme: url.protocol,
    port: url.port === '' ? defaultPorts[url.protocol] : Number(url.port),
    host: url.hostname.replace(/^\[|\]$/g, ''),
  }
  return refusalOfTarget(target, allowed) ?? { ...target, origin: url.origin, path: url.pathname + url.search }
}

function refusalOfTarget(target: Target, allowed: readonly AllowEntry[]): OutboundRefusal | null {
  if (badPorts.has(target.port)) return 'portNotAllowed'
  const address = parseAddress(target.host)
  if (!address && (isIP(target.host) !== 0 || !hasNameForm(target.host))) return 'hostNotAllowed'
  if (address ? isOpened(target, address, allowed) : mayBeOpened(target, allowed)) return null
  if (target.scheme !== 'https:') return 'schemeNotAllowed'
  if (target.port !== 443) return 'portNotAllowed'
  if (address) return kindOf(address) === 'public' ? null : 'addressNotAllowed'
  return isLocalName(target.host) ? 'hostNotAllowed' : null
}

/** Whether this address may be called for this target. Asked for every address a name leads to, and again for the one that was reached. */
export function admits(target: Target, address: Address, allowed: readonly AllowEntry[]): boolean {
  if (isOpened(target, address, allowed)) return true
  if (target.scheme !== 'https:' || target.port !== 443) return false
  return kindOf(address) === 'public' && (isIP(target.host) !== 0 || !isLocalName(target.host))
}

/** Whether the operator opened the name itself. The system then resolves it, with its own files and search domains. */
export function isNamed(target: Target, allowed: readonly AllowEntry[]): boolean {
  return allowed.some((entry) => opensName(entry, target))
}

function isOpened(target: Target, address: Address, allowed: readonly AllowEntry[]): boolean {
  if (isIP(target.host) === 0) {
    if (isNamed(target, allowed) && kindOf(address) !== 'guarded') return true
    if (isLocalName(target.host)) return false
  }
  return allowed.some((entry) => opensAddress(entry, target, address))
}

/** An opened network may be where a name leads, but a local name has to be opened as such. */
function mayBeOpened(target: Target, allowed: readonly AllowEntry[]): boolean {
  if (isNamed(target, allowed)) return true
  const isNetworkFor = (entry: AllowEntry) => entry.opens.kind === 'network' && opensPort(entry, target)
  return !isLocalName(target.host) && allowed.some(isNetworkFor)
}
