import type pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './store/database.ts'
import { type EmbeddedDatabase, joinEmbedded, startEmbedded } from './store/embedded.ts'
import { hasSchema, migrate, requireCurrentSchema, requireDurability } from './store/migrate.ts'

export interface Storage {
  db: Database
  /** Names of the migrations that had to be applied. */
  applied: string[]
  close(): Promise<void>
}

export interface StorageUse {
  as: 'server' | 'command'
  /** Bring the schema up to date. Otherwise one of another version is refused. */
  migrates: boolean
  /** Another server took the data folder while the database was down: this one must end. */
  onLost?: ((cause: Error) => void) | undefined
}

/**
 * The configured database with the schema of this version. A command joins the embedded database beside the server; only one
 * server can have it. Apart from main.ts, so that a command does not wait for the HTTP server's packages to load.
 */
export async function openStorage(config: Config, logger: Logger, use: StorageUse): Promise<Storage> {
  const embedded = config.databaseUrl === null ? await openEmbedded(config, logger, use) : null
  try {
    const connection = embedded?.connection ?? connectionTo(config.databaseUrl)
    if (!config.allowUnsafeDatabase) await requireDurability(connection)
    // Nobody has used a data folder that was made just now.
    const isNew = embedded !== null && !(await hasSchema(connection))
    const applied = use.migrates || isNew ? await migrate(connection) : await requireCurrentSchema(connection)
    if (applied.length > 0) logger.info({ applied }, 'schema updated')
    let closing = false
    const db = openDatabase({
      connection,
      connectionsMax: config.databaseConnectionsMax,
      onError(error) {
        // The error itself carries the whole connection with it, and in the end they all break.
        if (!closing) logger.warn({ reason: error.message }, 'a database connection broke')
      },
    })
    return {
      db,
      applied,
      async close() {
        closing = true
        await db.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

/** Not reached within ten seconds = not reachable: the system would try for minutes. */
export function connectionTo(databaseUrl: string | null): pg.ClientConfig {
  return { connectionString: databaseUrl ?? undefined, connectionTimeoutMillis: 10_000 }
}

function openEmbedded({ dataDir }: Config, logger: Logger, { as, onLost }: StorageUse): Promise<EmbeddedDatabase> {
  const log = {
    info: (message: string) => logger.info(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.error(message),
  }
  if (as === 'command') return joinEmbedded({ dataDir, log })
  return startEmbedded({
    dataDir,
    log,
    onChange: (change) => {
      if (change.kind === 'lost') onLost?.(change.cause)
    },
  })
}
