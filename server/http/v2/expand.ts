import type { Context } from '../../domain/context.ts'

/** Things that ids refer to: how those that the team has are found, and how each is shown. */
export interface Kind<T, P> {
  find(ctx: Context, ids: readonly string[]): Promise<readonly T[]>
  present(thing: T, ctx: Context): P
}

/**
 * Reads what `expand` asks for: each kind of thing with one statement, however long the page, and with none when nobody asked for it or
 * nothing refers to one. What comes back shows the thing of an id; nothing for null, and for what is gone or was not asked for.
 */
export function expansions<Name extends string>(ctx: Context, expand: readonly Name[] | undefined) {
  return async function referenced<T extends { id: string }, P>(
    name: NoInfer<Name>,
    ids: Iterable<string | null>,
    kind: Kind<T, P>,
  ): Promise<(id: string | null) => P | undefined> {
    if (!expand?.includes(name)) return () => undefined
    const wanted = [...new Set(ids)].filter((id) => id !== null)
    const found = wanted.length > 0 ? await kind.find(ctx, wanted) : []
    const things = new Map<string | null, T>(found.map((thing) => [thing.id, thing]))
    return (id) => {
      const thing = things.get(id)
      return thing && kind.present(thing, ctx)
    }
  }
}

/** The field with the whole thing; no field when there is none. */
export function beside<Name extends string, P>(name: Name, whole: P | undefined): { [Field in Name]?: P } {
  // A computed name makes the compiler forget which one it is.
  return whole === undefined ? {} : ({ [name]: whole } as { [Field in Name]?: P })
}
