import { pino } from 'pino'
import { type Config, readConfig } from '../config.ts'
import { systemClock } from '../domain/clock.ts'
import type { Core } from '../domain/context.ts'
import { openStorage, type Storage } from '../storage.ts'

/**
 * Runs a command's work on the configured database: beside the server if one is running, else for itself. It leaves the
 * schema as it is: whoever only wanted to list teams has not agreed to change the tables under a running server.
 */
export async function withCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  return withStorage(readConfig(process.env), { migrates: false }, ({ db }) =>
    // There is nobody to talk to on a platform: what has to be done there, a server does.
    work({ db, clock: systemClock, log: commandLog, connectors: new Map(), publicUrl: (address) => address }),
  )
}

export async function withStorage<T>(
  config: Config,
  { migrates }: { migrates: boolean },
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage(config, commandLog, { as: 'command', migrates })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

/** Warnings as plain lines on stderr; stdout is for the answer. */
const commandLog = pino(
  { level: 'warn', base: undefined },
  { write: (line: string) => process.stderr.write(`${JSON.parse(line).msg}\n`) },
)
