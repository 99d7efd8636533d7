/** Shorter values are no passwords, and would blank half of any text. */
const VALUE_LENGTH_MIN = 4
/** A word of a value by itself: what follows `Bearer`, say, and not that. */
const WORD_LENGTH_MIN = 8
const HIDDEN = '[hidden]'

/**
 * What a receiver answered, for the log, without the values of the headers it was sent: some answer with what they were asked. Also as JSON
 * writes them, and the beginning of one at the end of an answer, which is cut somewhere.
 */
export function withoutValues(answer: string, values: readonly string[]): string {
  const secrets = values.flatMap(secretsOf).sort((a, b) => b.length - a.length)
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), answer)
  const cut = Math.max(0, ...secrets.map((secret) => overlapOf(clean, secret)))
  return cut >= VALUE_LENGTH_MIN ? clean.slice(0, -cut) + HIDDEN : clean
}

function secretsOf(value: string): string[] {
  if (value.length < VALUE_LENGTH_MIN) return []
  const words = value.split(/\s+/).filter(({ length }) => length >= WORD_LENGTH_MIN)
  return [value, ...words].flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
}

/** How many characters at the end of a text are the beginning of another. */
function overlapOf(text: string, beginning: string): number {
  for (let length = Math.min(text.length, beginning.length - 1); length > 0; length--) {
    if (text.endsWith(beginning.slice(0, length))) return length
  }
  return 0
}
