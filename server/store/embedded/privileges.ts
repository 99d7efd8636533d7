import { execFile } from 'node:child_process'
import { lchown, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { EmbeddedDatabaseError } from './errors.ts'
import type { Place } from './place.ts'

const run = promisify(execFile)

/** Who runs PostgreSQL and owns its files. */
export interface DatabaseUser {
  uid: number
  gid: number
  /** What to put before a command so that it runs as this user. */
  prefix: readonly string[]
  /** For `spawn`: set where the prefix does not change the user already. */
  identity: { uid?: number; gid?: number }
}

/**
 * PostgreSQL refuses to run as root. When we are root it runs as whoever owns the data already, else as `postgres`,
 * else as `nobody`; anybody else runs it as themselves.
 */
export async function chooseDatabaseUser(place: Place, binaries: Binaries): Promise<DatabaseUser> {
  if (!runsAsRoot()) return ownUser()
  const user = await chooseUnprivilegedUser(place)
  const refusals: string[] = []
  for (const candidate of waysToBecome(user)) {
    const refusal = await whyItFails(candidate, place, binaries)
    if (refusal === null) return candidate
    refusals.push(refusal)
  }
  throw new EmbeddedDatabaseError(
    `PostgreSQL must not run as root, and could not be run as user ${user.uid} (${refusals.join('; ')}). ` +
      `If that user cannot reach ${path.dirname(binaries.postgres)} or ${place.dataDir}, start open-inbox as an ordinary ` +
      'user, or move both below folders that others may enter, or set DATABASE_URL.',
  )
}

export function runsAsRoot(): boolean {
  return process.geteuid?.() === 0
}

/** The program and arguments for `spawn` that run a command as this user. */
export function commandAs(user: DatabaseUser, program: string, args: readonly string[]): [string, string[]] {
  const [first = program, ...rest] = [...user.prefix, program, ...args]
  return [first, rest]
}

/** Gives a folder and all that is in it to the database's user. Links are changed themselves, never what they point to. */
export async function giveTo(user: DatabaseUser, folder: string): Promise<void> {
  if (!runsAsRoot()) return
  await lchown(folder, user.uid, user.gid)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await lchown(path.join(entry.parentPath ?? entry.path, entry.name), user.uid, user.gid)
  }
}

function ownUser(): DatabaseUser {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, prefix: [], identity: {} }
}

async function chooseUnprivilegedUser(place: Place): Promise<{ uid: number; gid: number }> {
  const cluster = await ownerOf(place.cluster)
  if (cluster) return cluster
  const dataDir = await ownerOf(place.dataDir)
  const found =
    (dataDir && (await findUser(String(dataDir.uid)))) ?? (await findUser('postgres')) ?? (await findUser('nobody'))
  if (found) return found
  throw new EmbeddedDatabaseError(
    'PostgreSQL must not run as root, and there is neither a user "postgres" nor a user "nobody" to run it as. ' +
      'Start open-inbox as an ordinary user, or set DATABASE_URL.',
  )
}

/** Null when there is no such folder, or root owns it. */
async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | null> {
  const found = await stat(folder).catch(() => null)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : null
}

/** Null when the user is unknown, which initdb would not accept. Asks `id`, because users are not only in /etc/passwd. */
async function findUser(nameOrUid: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', nameOrUid]), run('id', ['-g', nameOrUid])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null // `id` says so with its exit code
  }
}

/**
 * The checkout or the data folder may lie below folders that only root may enter (/root, a private temporary folder).
 * Then the process keeps one capability: to pass through and read them, or, where a container has taken that one away,
 * to override permissions. `no_setuid_fixup` is needed because access(2), which PostgreSQL asks about its own program,
 * otherwise disregards capabilities.
 */
function waysToBecome({ uid, gid }: { uid: number; gid: number }): DatabaseUser[] {
  const plain: DatabaseUser = { uid, gid, prefix: [], identity: { uid, gid } }
  if (process.platform !== 'linux') return [plain]
  const keeping = (capability: string): DatabaseUser => ({
    uid,
    gid,
    prefix: [
      'setpriv',
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
    ],
    identity: {},
  })
  return [plain, keeping('dac_read_search'), keeping('dac_override')]
}

/**
 * Null when it works. Tries it, since permissions, access lists and containers decide together. PostgreSQL complains
 * about a program it may not look at, and still exits with 0.
 */
async function whyItFails(user: DatabaseUser, place: Place, binaries: Binaries): Promise<string | null> {
  const script = 'cd "$1" && exec "$2" --version'
  const [program, args] = commandAs(user, '/bin/sh', ['-c', script, 'sh', place.dataDir, binaries.postgres])
  const environment = { PATH: process.env.PATH, LC_ALL: 'C', ...binaries.environment }
  try {
    const { stderr } = await run(program, args, { ...user.identity, cwd: '/', env: environment })
    return stderr === '' ? null : stderr.trim()
  } catch (error) {
    return error instanceof Error && 'stderr' in error && error.stderr ? String(error.stderr).trim() : String(error)
  }
}
