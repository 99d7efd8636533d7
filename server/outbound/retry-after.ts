const RETRY_AFTER_MAX_MS = 30 * 86_400_000

/** Seconds, or a date. A date is measured from the answer's own `Date`, so that a clock that is wrong does no harm. */
export function readRetryAfter(headers: Record<string, string | string[] | undefined>, now: Date): number | null {
  const text = first(headers['retry-after'])
  if (text === null) return null
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MAX_MS)
  const at = readDate(text)
  if (at === null) return null
  const sentAt = readDate(first(headers.date) ?? '') ?? now.getTime()
  return Math.min(Math.max(at - sentAt, 0), RETRY_AFTER_MAX_MS)
}

function first(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value
  return text?.trim() ?? null
}

/** A date of HTTP as it is written today (`Wed, 25 Nov 2026 08:42:24 GMT`). Null for everything else: `Date` would make something of "5 apples". */
function readDate(text: string): number | null {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}
