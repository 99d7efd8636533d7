import type { PlatformProfile } from '../connectors/connector.ts'
import { sortInSearchTexts } from '../store/thread-lists.ts'
import type { Core } from './context.ts'
import { foldName } from './text.ts'

/** What people are looked for by, as `profiles.search_text` has it. A folded text has no line break, so no search matches across two lines. */
export function searchTextOf({ displayName, username }: Pick<PlatformProfile, 'displayName' | 'username'>): string {
  return `${foldName(displayName)}\n${foldName(username)}`
}

/** The line of a thread's search text that its activity makes. */
export function searchLineOf(preview: string | null): string {
  return foldName(preview ?? '')
}

/** Does the part of writing that can wait, so that no message waits for it. */
export async function catchUpWithTexts(core: Core): Promise<void> {
  // In a transaction, because that has its connection to itself: this takes long, and readers share theirs.
  await core.db.transaction((tx) => sortInSearchTexts(tx))
}
