/** Both ends included. */
export interface ByteRange {
  first: number
  last: number
}

/** The one range a `Range` header asks for. Null: it asks for none, for several, or in a way we need not understand; the whole is an answer to all of these. */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (from === '' && to === '') return null
  if (from === '') return Number(to) === 0 || sizeBytes === 0 ? 'unsatisfiable' : ending(Number(to), sizeBytes)
  const first = Number(from)
  if (to !== '' && Number(to) < first) return null
  if (first >= sizeBytes) return 'unsatisfiable'
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) }
}

/** The last so many bytes. */
function ending(count: number, sizeBytes: number): ByteRange {
  return { first: Math.max(0, sizeBytes - count), last: sizeBytes - 1 }
}
