import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ended } from './processes.ts'

const program = fileURLToPath(new URL('../bin/open-inbox.mjs', import.meta.url))
const START_TIMEOUT_MS = 120_000
/** On, and never met. */
const RATE_LIMITS = '100000000/minute,100000000/hour,100000000/day'

/** The server as people run it, in a process of its own. */
export interface ServerProcess {
  port: number
  /** From the start of the process until it says that it is ready. */
  readyMs: number
  child: ChildProcess
  stop(): Promise<void>
}

/** Everything on: tokens, limits (too high to be met), logs (to a file in the data folder's place), workers, sandbox. */
export async function startServerProcess(dataDir: string, command: 'serve' | 'demo' = 'serve'): Promise<ServerProcess> {
  const port = await freePort()
  const log = createWriteStream(`${dataDir}.log`)
  const startedAt = performance.now()
  const child = spawn(process.execPath, [program, command, '--json'], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PORT: String(port),
      HOST: '127.0.0.1',
      OPEN_INBOX_DATA_DIR: dataDir,
      OPEN_INBOX_RATE_LIMITS: RATE_LIMITS,
      OPEN_INBOX_LOG_LEVEL: 'info',
      OPEN_INBOX_STREAMS_PER_TEAM: '2000',
      OPEN_INBOX_OUTBOUND_ALLOW: 'http://127.0.0.1:*',
      OPEN_INBOX_DEMO_TRAFFIC: 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.pipe(log)
  await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }),
    once(child, 'exit').then(() => Promise.reject(new Error(`the server did not start; see ${dataDir}.log`))),
  ])
  const readyMs = performance.now() - startedAt
  child.stdout.pipe(log)
  return {
    port,
    readyMs,
    child,
    async stop() {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export interface Memory {
  processes: number
  /** What the processes have for themselves, and their part of what they share. */
  pssMb: number
  /** What is shared counted once per process. */
  rssMb: number
}

/** Of the server and of its database, which is no child of it. Null where the system does not tell. */
export async function memoryOf(server: ServerProcess, dataDir: string): Promise<Memory | null> {
  if (process.platform !== 'linux') return null
  const [postmaster = ''] = (await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)
  const pids = [...(await withChildren(Number(server.child.pid))), ...(await withChildren(Number(postmaster)))]
  const rollups = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8')))
  const sum = (field: string) =>
    rollups.reduce((total, text) => total + Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(text)?.[1]), 0) / 1024
  return { processes: pids.length, pssMb: sum('Pss'), rssMb: sum('Rss') }
}

async function withChildren(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(all.map(async (child) => [child, await parentOf(child)] as const))
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child)
  return [pid, ...(await Promise.all(children.map(withChildren))).flat()]
}

async function parentOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name before it is in parentheses and may hold anything.
  return text === null ? null : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
}
