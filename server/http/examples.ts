import type { TSchema } from 'typebox'

/** The part of JSON Schema our own schemas are written in. */
export interface Schema {
  $ref?: string
  description?: string
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  examples?: unknown[]
}

/**
 * A value the schema accepts, put together from the `examples` of its fields. Every text needs one of its own; what nobody wrote an
 * example for is null where it may be.
 */
export function exampleOf(schema: Schema | TSchema, components: Readonly<Record<string, TSchema>>): unknown {
  return build(schema as Schema)

  function build(schema: Schema): unknown {
    if (schema.examples) return schema.examples[0]
    if (schema.$ref) return build(componentAt(schema.$ref))
    if (schema.allOf) return merge(schema.allOf.map(build))
    if (schema.anyOf) return buildAny(schema.anyOf)
    if ('const' in schema) return schema.const
    if (schema.enum) return schema.enum[0]
    if ('default' in schema) return schema.default
    switch (schema.type) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, field]) => [name, naming(name, () => build(field))]),
        )
      case 'array':
        return [build(schema.items ?? {})]
      case 'boolean':
        return false
      case 'number':
      case 'integer':
        return 0
      case 'null':
      case undefined:
        return null
      default:
        throw new Error('has no example')
    }
  }

  function buildAny(choices: Schema[]): unknown {
    const nullable = choices.some(({ type }) => type === 'null')
    const [choice] = choices.filter(({ type }) => type !== 'null')
    if (!choice || (nullable && choice.type === 'string' && !choice.examples && !choice.enum)) return null
    return build(choice)
  }

  function componentAt(pointer: string): Schema {
    const component = components[pointer.replace('#/components/schemas/', '')]
    if (!component) throw new Error(`there is no component ${pointer}`)
    return component as Schema
  }
}

/** Later fields win, and objects under the same name become one. */
function merge(parts: unknown[]): unknown {
  return Object.assign({}, ...parts)
}

function naming<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`)
  }
}
