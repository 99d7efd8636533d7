import { invalid } from './errors.ts'

/** A header that is sent along with every request. */
export interface CustomHeader {
  name: string
  value: string
}

/** As asked for: without a value it keeps the one it has. */
export interface HeaderWish {
  name: string
  value?: string | undefined
}

export const headersMax = 20

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/
/** Of what HTTP allows what no server misreads, and no more than most accept. */
const VALUE = /^[\x20-\x7e]{0,1024}$/
/** What a request is framed, sent and signed by. */
const OURS =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-.*|content-.*|accept-encoding|user-agent|date|webhook-.*|x-inbox-.*)$/i

/** Throws `invalidRequest` for one that cannot be sent, that is ours to set, that comes twice, or that is to keep a value it never had. */
export function readHeaders(wishes: readonly HeaderWish[], known: readonly CustomHeader[]): CustomHeader[] {
  const seen = new Set<string>()
  return wishes.map(({ name, value }, i) => {
    const refuse = (field: string, message: string) => invalid({ path: ['headers', i, field], message })
    if (!NAME.test(name)) throw refuse('name', 'must be the name of a header')
    if (OURS.test(name)) throw refuse('name', 'must not be a header that the server sets')
    const key = name.toLowerCase()
    if (seen.has(key)) throw refuse('name', 'must not be given twice')
    seen.add(key)
    const kept = value ?? known.find((header) => header.name.toLowerCase() === key)?.value
    if (kept === undefined) throw refuse('value', 'is required for a header that is new')
    if (!VALUE.test(kept)) throw refuse('value', 'must have at most 1024 characters, all of printable ASCII')
    return { name, value: kept.trim() }
  })
}
