export type Scheme = 'http:' | 'https:'

export const defaultPorts: Record<Scheme, number> = { 'http:': 80, 'https:': 443 }

/**
 * Null when it is none. Not by `URL.canParse`: once it has been called often, Node.js 20 says no to every text with an umlaut.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

/** Whether it can be a host's name, as a URL spells it. Addresses in decimal pass. */
export function hasNameForm(name: string): boolean {
  return name.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*$/.test(name)
}

/** A name that means something only here, so that whoever chose it wanted in. Which addresses names lead to is checked besides. */
export function isLocalName(name: string): boolean {
  return !name.includes('.') || localSuffixes.some((suffix) => name.endsWith(suffix))
}

// Special-use names (RFC 6761, 6762, 7686, 8375, 9476), `internal`, and what home routers and offices use though nobody gave it to them.
const localSuffixes = [
  ...['localhost', 'local', 'internal', 'home.arpa', 'test', 'invalid', 'onion', 'alt'],
  ...['localdomain', 'lan', 'home', 'corp', 'intranet', 'private'],
].map((suffix) => `.${suffix}`)

/** The ports the Fetch standard lets no browser call: what listens there speaks something else and may take a request for it. */
export const badPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
