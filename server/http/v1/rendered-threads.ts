import type { Thread } from '../../domain/threads.ts'
import { type Freshness, freshnessOf, type View } from './prospects.ts'
import { presentThread } from './threads.ts'

interface Rendered extends Freshness {
  image: string | null
  json: Buffer
}

const rendered = new WeakMap<Thread, Rendered>()

/** A thread as JSON. Those at the top of an inbox are listed again and again: the same frozen object each time, until something changes. */
export function renderThread(thread: Thread, view: View): Buffer {
  if (!Object.isFrozen(thread)) return toJson(thread, view)
  const freshness = freshnessOf(thread.prospect, view.clock)
  const image = view.publicUrl(thread.prospect.profile.avatarUrl)
  const known = rendered.get(thread)
  if (known && known.image === image && isSame(known, freshness)) return known.json
  const json = toJson(thread, view)
  rendered.set(thread, { ...freshness, image, json })
  return json
}

function toJson(thread: Thread, view: View): Buffer {
  return Buffer.from(JSON.stringify(presentThread(thread, view)))
}

function isSame(one: Freshness, other: Freshness): boolean {
  return one.confidence === other.confidence && one.isFresh === other.isFresh && one.isStale === other.isStale
}
