import { execFile } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Config } from '../../config.ts'
import { findBinaries } from '../../store/embedded/binaries.ts'
import { type Finding, fail, ok, warn } from '../doctor.ts'

const FOLDER = 'Data folder'
const BINARIES = 'Embedded PostgreSQL'

/** Below this a day's messages may not fit. */
const ROOM_WANTED_MB = 1_000
/** Below this PostgreSQL cannot even recover from a crash. */
const ROOM_NEEDED_MB = 100

export async function checkDataFolder({ databaseUrl, dataDir }: Config): Promise<Finding[]> {
  if (databaseUrl !== null) return []
  const existing = nearestExisting(dataDir)
  const place = existing === dataDir ? dataDir : `${dataDir} (not there yet)`
  if (!(await stat(existing)).isDirectory()) return [fail(FOLDER, `${existing} is not a folder`)]
  const refusal = await access(existing, constants.W_OK | constants.X_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code,
  )
  if (refusal) {
    return [
      fail(FOLDER, `${place} cannot be written by this user (${refusal}); set OPEN_INBOX_DATA_DIR to another one`),
    ]
  }
  const { bavail, bsize } = await statfs(existing)
  return [judgeRoom(place, Math.floor((bavail * bsize) / 1_000_000))]
}

function judgeRoom(place: string, freeMb: number): Finding {
  const message = `${place}, ${freeMb.toLocaleString('en')} MB free`
  if (freeMb < ROOM_NEEDED_MB) return fail(FOLDER, `${message}; make room`)
  return freeMb < ROOM_WANTED_MB ? warn(FOLDER, `${message}; make room soon`) : ok(FOLDER, message)
}

function nearestExisting(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestExisting(dirname(path))
}

export async function checkBinaries({ databaseUrl, dataDir }: Config): Promise<Finding[]> {
  if (databaseUrl !== null) return []
  const { postgres, environment } = await findBinaries(dataDir)
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...environment }
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { env, cwd: '/', timeout: 10_000 })
    return [ok(BINARIES, stdout.trim().replace(/^postgres \(PostgreSQL\) /, ''))]
  } catch (error) {
    const why = (error as Error).message.trim().split('\n').at(-1)
    return [fail(BINARIES, `does not run here (${why}); set DATABASE_URL to a PostgreSQL 15 or newer`)]
  }
}
