const encoder = new TextEncoder()

/** Memory that answers are written into one after the other. A part that is still being sent keeps all of it. */
let slab = Buffer.alloc(0)
let used = 0
const SLAB_BYTES = 512 * 1024

/**
 * A value as UTF-8 JSON, ready to be sent. Written in one pass into memory that is there already: for a page of threads, measuring the text
 * and asking for memory of its own takes several times as long as the encoding itself.
 */
export function jsonBody(value: unknown): Buffer {
  const text = JSON.stringify(value)
  const bytesMax = text.length * 3
  if (bytesMax > SLAB_BYTES) return Buffer.from(text)
  if (used + bytesMax > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  const { written } = encoder.encodeInto(text, slab.subarray(used, used + bytesMax))
  const body = slab.subarray(used, used + written)
  used += written
  return body
}
