import { Type } from 'typebox'
import { id, oneOf, timestamp } from '../schemas.ts'

export { id, nullable, oneOf, ref, timestamp } from '../schemas.ts'

/** Building blocks that only v1 has. */

/** v1 knows no other. */
export const v1Platform = 'twitter'

export const platform = oneOf([v1Platform], 'Where the account lives.')

/** Parameters of a list that goes on after an item: two spellings of the same cursor. */
export const cursorParameters = (noun: string) => ({
  cursorId: Type.Optional(id(`The last ${noun} of the page before. Goes with cursorTimestamp.`)),
  cursorTimestamp: Type.Optional(timestamp(`The timestamp of \`nextCursor\`. Goes with cursorId.`)),
  cursor: Type.Optional(
    Type.Object(
      { id: id(), timestamp: timestamp() },
      {
        description: 'The same as an object; older.',
        // A moment to come: whoever tries it from the pages gets the first page.
        examples: [{ id: 'tz4a98xxat96iws9zmbrgj3a', timestamp: '2099-12-31T23:59:59.000Z' }],
      },
    ),
  ),
})

/** The last item of a page. */
export const Cursor = Type.Object({ timestamp: timestamp(), id: id() })

export function presentCursor(cursor: { id: string; timestamp: string } | null) {
  return cursor && { timestamp: cursor.timestamp, id: cursor.id }
}
