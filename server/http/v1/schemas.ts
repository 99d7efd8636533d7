import { type TSchema, Type } from 'typebox'

/** Building blocks of v1's schemas, and the objects several operations answer with (components of the document). */

/** Examples of its own show null, or a value of a type that has none. */
export const nullable = <S extends TSchema>(schema: S, ...examples: unknown[]) =>
  Type.Union([schema, Type.Null()], examples.length > 0 ? { examples } : {})

export const id = (description?: string) =>
  Type.String({ pattern: '^[0-9a-z]+$', ...(description && { description }), examples: ['tz4a98xxat96iws9zmbrgj3a'] })

export const timestamp = (description?: string) =>
  Type.String({ format: 'date-time', ...(description && { description }), examples: ['2026-03-04T05:06:07.000Z'] })

/** One of a closed list, written as JSON Schema's `enum`. */
export const oneOf = <const T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...(description && { description }) })

/** Points to a component of the document. */
export const ref = (name: string) => Type.Unsafe<unknown>({ $ref: `#/components/schemas/${name}` })

export const platform = oneOf(['twitter'], 'Where the account lives.')

/** Parameters of a list that goes on after an item: two spellings of the same cursor. */
export const cursorParameters = (noun: string) => ({
  cursorId: Type.Optional(id(`The last ${noun} of the page before. Goes with cursorTimestamp.`)),
  cursorTimestamp: Type.Optional(timestamp(`The timestamp of \`nextCursor\`. Goes with cursorId.`)),
  cursor: Type.Optional(
    Type.Object({ id: id(), timestamp: timestamp() }, { description: 'The same as an object; older.' }),
  ),
})

/** The last item of a page. */
export const Cursor = Type.Object({ timestamp: timestamp(), id: id() })

export function presentCursor(cursor: { id: string; timestamp: string } | null) {
  return cursor && { timestamp: cursor.timestamp, id: cursor.id }
}
