/** A map that forgets its oldest entry when it is full: a cache that strangers cannot blow up. */
export class LimitedMap<K, V> extends Map<K, V> {
  constructor(private readonly sizeMax: number) {
    super()
  }

  override set(key: K, value: V): this {
    if (this.size >= this.sizeMax && !this.has(key)) {
      const oldest = this.keys().next()
      if (!oldest.done) this.delete(oldest.value)
    }
    return super.set(key, value)
  }
}
