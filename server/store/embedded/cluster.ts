import { execFile } from 'node:child_process'
import { chmod, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Binaries, cannotRun } from './binaries.ts'
import { EmbeddedDatabaseError } from './errors.ts'
import type { Place } from './place.ts'
import { commandAs, type DatabaseUser, giveTo, runsAsRoot } from './privileges.ts'

const run = promisify(execFile)

/** The only role; whoever reaches the socket is trusted. */
export const ROLE = 'open_inbox'

/** Leaves a cluster that this PostgreSQL can open as this user, or says why there is none. */
export async function ensureCluster(place: Place, binaries: Binaries, user: DatabaseUser): Promise<void> {
  if (!(await clusterVersion(place))) await createCluster(place, binaries, user)
  await checkVersion(place, binaries)
  await checkOwner(place, user)
}

/**
 * Made under another name and renamed when complete and on disk, so that a start that dies half way leaves no half
 * cluster, and of two first starts at once exactly one wins. The leftovers of both are removed afterwards: once
 * there is a cluster, nobody needs theirs.
 */
async function createCluster(place: Place, binaries: Binaries, user: DatabaseUser): Promise<void> {
  const staging = await mkdtemp(path.join(place.dataDir, STAGING))
  try {
    await giveTo(user, staging)
    await initdb(staging, binaries, user)
    await rename(staging, place.cluster)
    await syncFolder(place.dataDir)
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    if (!(await clusterVersion(place))) throw explain(error, place)
  }
  await removeLeftovers(place)
}

const STAGING = 'postgres.new-'

/** The builtin locale gives the same order and the same case rules on every machine, whatever its system libraries. */
async function initdb(folder: string, binaries: Binaries, user: DatabaseUser): Promise<void> {
  const [program, args] = commandAs(user, binaries.initdb, [
    `--pgdata=${folder}`,
    `--username=${ROLE}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ])
  await run(program, args, { ...user.identity, cwd: '/', env: environmentFor(binaries) }).catch((error) => {
    if (!error.stderr) throw cannotRun(binaries.initdb, error)
    throw new EmbeddedDatabaseError(`Could not create the database: ${String(error.stderr).trim()}`, { cause: error })
  })
}

/** Nothing of the user's own PG… variables may reach our database. */
export function environmentFor(binaries: Binaries): Record<string, string> {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC', ...binaries.environment }
}

function explain(error: unknown, place: Place): unknown {
  if (!(error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(String(error.code)))) {
    return error
  }
  return new EmbeddedDatabaseError(`${place.cluster} exists, but it is not a PostgreSQL data folder.`, { cause: error })
}

async function removeLeftovers(place: Place): Promise<void> {
  const leftovers = (await readdir(place.dataDir)).filter((name) => name.startsWith(STAGING))
  // A folder that another process is still filling may survive this; the next first start removes it.
  await Promise.allSettled(
    leftovers.map((name) => rm(path.join(place.dataDir, name), { recursive: true, force: true })),
  )
}

/** Null when there is no cluster. Its PG_VERSION is there from the moment of the rename. */
export async function clusterVersion(place: Place): Promise<string | null> {
  try {
    return (await readFile(path.join(place.cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw await belongsToAnother(place)
    throw error
  }
}

async function checkVersion(place: Place, binaries: Binaries): Promise<void> {
  const version = await clusterVersion(place)
  if (version === binaries.majorVersion) return
  throw new EmbeddedDatabaseError(
    `${place.cluster} was made by PostgreSQL ${version}, and this open-inbox brings PostgreSQL ` +
      `${binaries.majorVersion}. Export the data with the open-inbox version that made it, or set DATABASE_URL.`,
  )
}

/** Only root can mend this: a folder restored from a backup belongs to root. */
async function checkOwner(place: Place, user: DatabaseUser): Promise<void> {
  const { uid } = await stat(place.cluster)
  if (uid === user.uid) return
  if (!runsAsRoot()) throw await belongsToAnother(place)
  await chmod(place.cluster, 0o700)
  await giveTo(user, place.cluster)
}

async function belongsToAnother(place: Place): Promise<EmbeddedDatabaseError> {
  const owner = await stat(place.cluster).catch(() => null)
  return new EmbeddedDatabaseError(
    `${place.cluster} belongs to user ${owner?.uid ?? 'unknown'}, and we are user ${process.geteuid?.()}. ` +
      'Start open-inbox as that user or as root, or choose another data folder.',
  )
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
