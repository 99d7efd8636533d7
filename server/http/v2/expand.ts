/**
 * Reads what `expand` asks for: each kind of thing with one statement, however long the page, and with none when nobody asked for it or
 * nothing refers to one. What is gone is not in the map.
 */
export function expansions<Name extends string>(expand: readonly Name[] | undefined) {
  return async function referenced<T extends { id: string }>(
    name: NoInfer<Name>,
    ids: Iterable<string | null>,
    find: (ids: readonly string[]) => Promise<readonly T[]>,
  ): Promise<ReadonlyMap<string, T>> {
    if (!expand?.includes(name)) return new Map()
    const wanted = [...new Set(ids)].filter((id) => id !== null)
    const things = wanted.length > 0 ? await find(wanted) : []
    return new Map(things.map((thing) => [thing.id, thing]))
  }
}

/** The field with the whole thing; no field when there is none. */
export function beside<Name extends string, T, P>(
  name: Name,
  thing: T | undefined,
  present: (thing: T) => P,
): { [Field in Name]?: P } {
  // A computed name makes the compiler forget which one it is.
  return thing === undefined ? {} : ({ [name]: present(thing) } as { [Field in Name]?: P })
}
