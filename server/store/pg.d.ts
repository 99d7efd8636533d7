// The driver exports this; its types leave it out.
declare module 'pg/lib/utils.js' {
  const utils: {
    /** A value as a parameter of a statement travels; throws for what cannot be one. */
    prepareValue(value: unknown): string | Buffer | null
  }
  export default utils
}
