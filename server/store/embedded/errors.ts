/** The database cannot be had, and the message tells the operator what to do about it: print it without a stack. */
export class EmbeddedDatabaseError extends Error {
  override name = 'EmbeddedDatabaseError'
}

/** Another server process holds the data folder. Nothing was changed. */
export class AlreadyRunningError extends EmbeddedDatabaseError {
  override name = 'AlreadyRunningError'

  constructor(dataDir: string) {
    super(`Another open-inbox server is already running on the data folder ${dataDir}.`)
  }
}
