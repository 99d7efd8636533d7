/** Chance without surprise: the same seed makes the same choices, so what people do can be repeated in a test. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number
  /** Whole, both ends included. */
  between(min: number, max: number): number
  oneIn(times: number): boolean
  pick<T>(choices: readonly [T, ...T[]]): T
}

export function chance(seed: string): Chance {
  let state = hash(seed)

  // mulberry32: small, fast and even enough for small talk.
  function next() {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    oneIn: (times) => next() * times < 1,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
  }
}

/** FNV-1a, then stirred: neighbouring ids must not lead to neighbouring choices. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return value ^ (value >>> 16)
}
