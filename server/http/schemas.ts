import { type TSchema, Type } from 'typebox'

/** Building blocks of every API's schemas. */

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
