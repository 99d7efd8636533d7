import type { Core } from './domain/context.ts'
import type { EventVersions } from './domain/event-types.ts'
import { createV1Events } from './http/v1/events.ts'
import { v2Events } from './http/v2/events.ts'

/** The domain hands events out in the form of every version, and knows none of them. */
export function createEventVersions(core: Pick<Core, 'publicUrl' | 'attachmentUrls'>): EventVersions {
  return { 1: createV1Events(core), 2: v2Events }
}
