import type { TeamId } from '../store/ids.ts'
import { LimitedMap } from './limited-map.ts'
import { foldName } from './text.ts'

/** What tells a tag or status to which a reference may be meant. */
interface Named {
  id: string
  nameKey: string
}

/**
 * Ids that were met before, each with its team. What has an id is meant by it whatever else is named so, and what was deleted meanwhile is on no
 * thread any more: so lists, which most often filter by id, need not ask again.
 */
const met = new LimitedMap<string, true>(10_000)

/**
 * Ids of what is meant by references, each of which is an id or a name; an id wins over a name. Each once; what the team does not have is left
 * out. `find` is asked for those that are not known yet.
 */
export async function resolveReferences(
  teamId: TeamId,
  references: readonly string[],
  find: (sought: { ids: readonly string[]; nameKeys: readonly string[] }) => Promise<Named[]>,
): Promise<string[]> {
  const unknown = references.filter((reference) => !met.has(`${teamId} ${reference}`))
  if (unknown.length === 0) return [...new Set(references)]
  const found = await find({ ids: unknown, nameKeys: unknown.map(foldName) })
  for (const { id } of found) met.set(`${teamId} ${id}`, true)
  return [
    ...new Set(
      references.flatMap((reference) => (unknown.includes(reference) ? meantBy(reference, found) : reference)),
    ),
  ]
}

function meantBy(reference: string, found: readonly Named[]): string | [] {
  const nameKey = foldName(reference)
  const meant = found.find(({ id }) => id === reference) ?? found.find((one) => one.nameKey === nameKey)
  return meant?.id ?? []
}
