// A throw-away PostgreSQL made with the binaries on the PATH, to run the tests on a version other than the embedded one.
import { spawnSync } from 'node:child_process'
import { chownSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { throwAwayFolder, throwAwaySettings } from '../server/test/throw-away.ts'

const VERSION_MIN = 15

/** Calls `work` with the URL of a running PostgreSQL and ends it afterwards. False when none that we support is installed. */
export async function withInstalledPostgres(work) {
  const version = spawnSync('pg_ctl', ['--version'], { encoding: 'utf8' }).stdout ?? ''
  const major = Number(/(\d+)/.exec(version)?.[1] ?? 0)
  if (major < VERSION_MIN) return false

  const folder = await throwAwayFolder('open-inbox-pg-')
  const user = unprivileged()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const settings = Object.entries({ listen_addresses: '', max_connections: '200', ...throwAwaySettings })
  try {
    run(
      'initdb',
      ['--pgdata', data, '--username=open_inbox', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
      user,
    )
    run(
      'pg_ctl',
      [
        'start',
        '--wait',
        '--pgdata',
        data,
        '--log',
        join(folder, 'log'),
        '-o',
        `-k ${folder} ${settings.map(([name, value]) => `-c ${name}=${value}`).join(' ')}`,
      ],
      user,
    )
    work(`postgres://open_inbox@localhost:5432/postgres?host=${encodeURIComponent(folder)}`, `PostgreSQL ${major}`)
    return true
  } finally {
    spawnSync('pg_ctl', ['stop', '--mode=fast', '--pgdata', data], { ...user, cwd: '/', stdio: 'ignore' })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return null
  const name = spawnSync('id', ['postgres']).status === 0 ? 'postgres' : 'nobody'
  const idOf = (flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function run(command, args, user) {
  // Its output would keep our pipe open for as long as the server runs.
  const { status } = spawnSync(command, args, { ...user, cwd: '/', stdio: 'ignore' })
  if (status !== 0) throw new Error(`${command} failed with ${status}`)
}
