import { type TProperties, type TSchema, Type } from 'typebox'
import { oneOf } from '../schemas.ts'

export { id, nullable, oneOf, ref, timestamp } from '../schemas.ts'

/** Building blocks that only v2 has. */

/** v2's objects are closed: in requests a field nobody knows is refused, in answers there is none. */
export const object = <P extends TProperties>(properties: P, options: Parameters<typeof Type.Object>[1] = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

export const platform = (description?: string) =>
  Type.String({ minLength: 1, ...(description && { description }), examples: ['twitter'] })

/** Any of these; written by repeating the key. Without `maxItems` the length of an address is the limit: some hundreds. */
export const anyOfThese = <S extends TSchema>(item: S, description: string, limits: { maxItems?: number } = {}) =>
  Type.Optional(Type.Array(item, { ...limits, description }))

const EXPANSIONS_MAX = 4

/** What to show whole beside its id; a closed list for each operation. */
export const expandParameter = <const T extends string>(values: readonly T[]) =>
  Type.Optional(
    Type.Array(oneOf(values), {
      maxItems: EXPANSIONS_MAX,
      description: `Shown whole, beside its id. At most ${EXPANSIONS_MAX}; repeat the key.`,
    }),
  )

export const pageParameters = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Length of the page.' }),
  cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the page before, with the same filters.' })),
}

/** A part of a list. */
export const page = (item: TSchema) =>
  object({
    data: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Where the list goes on; null = this was all.',
      examples: [null],
    }),
  })

/** A tag or a status, by its id or its name. */
export const reference = (noun: string) =>
  Type.String({
    minLength: 1,
    description: `The ${noun}'s id, or its name in any case and with or without accents. An id wins over a name.`,
    examples: ['VIP'],
  })
