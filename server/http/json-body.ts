const encoder = new TextEncoder()

/** Memory that answers are written into one after the other. A part that is still being sent keeps all of it. */
let slab = Buffer.alloc(0)
let used = 0
const SLAB_BYTES = 512 * 1024

/**
 * A value as UTF-8 JSON, ready to be sent; a buffer is that already. Written in one pass into memory that is there already: for a page of threads, measuring the text
 * and asking for memory of its own takes several times as long as the encoding itself.
 */
export function jsonBody(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (value instanceof RenderedList) return joined(piecesOf(value))
  const text = JSON.stringify(value)
  const bytesMax = text.length * 3
  if (bytesMax > SLAB_BYTES) return Buffer.from(text)
  const { written } = encoder.encodeInto(text, room(bytesMax))
  return take(written)
}

/** An object of one list, whose items are JSON already, and whatever else is in it. */
export class RenderedList {
  constructor(
    readonly name: string,
    readonly items: readonly Buffer[],
    readonly others: Readonly<Record<string, unknown>>,
  ) {}
}

const COMMA = Buffer.from(',')

function piecesOf({ name, items, others }: RenderedList): Buffer[] {
  const after = JSON.stringify(others).slice(1)
  return [
    Buffer.from(`{${JSON.stringify(name)}:[`),
    ...items.flatMap((item, i) => (i === 0 ? item : [COMMA, item])),
    Buffer.from(`]${after === '}' ? '' : ','}${after}`),
  ]
}

function joined(pieces: readonly Buffer[]): Buffer {
  const bytes = pieces.reduce((total, { length }) => total + length, 0)
  if (bytes > SLAB_BYTES) return Buffer.concat(pieces)
  const into = room(bytes)
  let end = 0
  for (const piece of pieces) {
    into.set(piece, end)
    end += piece.length
  }
  return take(end)
}

/** In the slab, for so many bytes at the most. */
function room(bytesMax: number): Buffer {
  if (used + bytesMax > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  return slab.subarray(used, used + bytesMax)
}

/** What was written there. */
function take(bytes: number): Buffer {
  used += bytes
  return slab.subarray(used - bytes, used)
}
