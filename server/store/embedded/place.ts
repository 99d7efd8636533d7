import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EmbeddedDatabaseError } from './errors.ts'
import { type DatabaseUser, runsAsRoot } from './privileges.ts'

/** Where everything of one embedded database lies. */
export interface Place {
  dataDir: string
  /** PostgreSQL's own folder. */
  cluster: string
  logFile: string
  socketDir: string
}

/** There is no TCP port: this only names the socket file. */
export const PORT = 5432

/** The shortest limit there is: a socket's path may have 103 bytes on macOS, 107 on Linux. */
const SOCKET_PATH_BYTES_MAX = 103

/** Creates the data folder if need be. Others may pass through it only where PostgreSQL runs as another user. */
export async function openPlace(dataDir: string): Promise<Place> {
  await mkdir(dataDir, { recursive: true, mode: runsAsRoot() ? 0o711 : 0o700 })
  return placeIn(await realpath(dataDir))
}

/** Null when there is no such folder. */
export async function findPlace(dataDir: string): Promise<Place | null> {
  const found = await realpath(dataDir).catch(() => null)
  return found === null ? null : placeIn(found)
}

/**
 * The socket lies in the cluster's own folder, which is 0700. Where that path is too long it moves to a folder for
 * temporary files, under a name that follows from the data folder.
 */
function placeIn(dataDir: string): Place {
  const cluster = path.join(dataDir, 'postgres')
  const short = path.join(fits(tmpdir(), 40) ? tmpdir() : '/tmp', `open-inbox-${fingerprint(cluster)}`)
  return { dataDir, cluster, logFile: path.join(dataDir, 'postgres.log'), socketDir: fits(cluster) ? cluster : short }
}

/** Anybody may create that folder before us; it is used only if it is private to the database's user. */
export async function prepareSocketDir(place: Place, user: DatabaseUser): Promise<void> {
  if (place.socketDir === place.cluster) return
  await mkdir(place.socketDir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(place.socketDir)
  const ours = found.uid === user.uid || found.uid === process.geteuid?.()
  if (!found.isDirectory() || !ours || (found.mode & 0o077) !== 0) {
    throw new EmbeddedDatabaseError(
      `The database needs the folder ${place.socketDir} for its socket, but somebody else made it. ` +
        'Remove it, or choose a data folder with a shorter path.',
    )
  }
  if (found.uid !== user.uid) await chown(place.socketDir, user.uid, user.gid)
}

/** The same folder, however it is written or mounted. */
export async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(one).catch(() => null), stat(other).catch(() => null)])
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino
}

function fits(folder: string, moreBytes = 0): boolean {
  return Buffer.byteLength(`${folder}/.s.PGSQL.${PORT}`) + moreBytes <= SOCKET_PATH_BYTES_MAX
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
