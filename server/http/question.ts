import type { Clock } from '../domain/clock.ts'

/** What a load balancer or a collector of metrics waits for; a database that is slower cannot serve. */
const ANSWER_WITHIN_MS = 2_000

/** Asks for something that may fail or hang. Null when it did. However many ask at once, the question is put once. */
export function createQuestion<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T | null> {
  let asking: Promise<T | null> | null = null

  async function askInTime(): Promise<T | null> {
    let cancel = () => {}
    const tooLong = new Promise<null>((resolve) => {
      cancel = clock.after(ANSWER_WITHIN_MS, () => resolve(null))
    })
    const answer = await Promise.race([ask().catch(() => null), tooLong])
    cancel()
    return answer
  }

  return () => {
    asking ??= askInTime().finally(() => {
      asking = null
    })
    return asking
  }
}
