import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createApiToken } from '../server/domain/api-tokens.ts'
import { systemClock } from '../server/domain/clock.ts'
import type { Actor } from '../server/domain/context.ts'
import { openDatabase } from '../server/store/database.ts'
import { type EmbeddedConnection, findEmbedded, joinEmbedded } from '../server/store/embedded.ts'
import { migrate } from '../server/store/migrate.ts'
import { listThreads } from '../server/store/thread-lists.ts'
import { generateData, holdsData } from './data.ts'
import type { DriverJob } from './driver.ts'
import type { FloorJob } from './floor.ts'
import type { LoadJob, LoadResult } from './load.ts'
import { drawSamples, everything, lists, type Path, readPaths, type Samples, writePaths } from './paths.ts'
import { type Process, percentile, type Round, startProcess } from './processes.ts'
import {
  figureOf,
  type Goal,
  goalTable,
  median,
  type PathFigures,
  pathTable,
  renderMarkdown,
  renderText,
  short,
  type Table,
} from './report.ts'
import { memoryOf, type ServerProcess, startServerProcess } from './server.ts'

const { values: options } = parseArgs({
  options: {
    threads: { type: 'string', default: '10k,200k,1m' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    'data-dir': { type: 'string', default: path.join(tmpdir(), 'open-inbox-bench') },
    help: { type: 'boolean', default: false },
  },
})

const help = `npm run bench -- [options]

  --threads 10k,200k,1m   sizes of the databases; writes are measured on the second, or the only one
  --only <text>           only what has this in its name: "GET thread", lists, PATCH, POST, inbound, start, memory
  --quick                 shorter and fewer rounds
  --data-dir <folder>     where the databases are generated (5 GB for a million threads)
  --keep                  leave them there, and use those of an earlier run
  --markdown              also write docs/benchmarks.md`

const rounds = options.quick ? 3 : 5
const roundMs = options.quick ? 500 : 1_500
const listCalls = options.quick ? 60 : 200

/** One database, with a server in front of it. */
interface Subject {
  threads: number
  dataDir: string
  server: ServerProcess
  connection: EmbeddedConnection
  actor: Actor
  token: string
  samples: Samples
}

if (options.help) console.log(help)
else await bench()

async function bench(): Promise<void> {
  const sizes = options.threads.split(',').map(readSize)
  const dataDirs = await Promise.all(sizes.map(prepareDataDir))
  const goals: Goal[] = []
  const tables: Table[] = []
  const subjects: Subject[] = []
  try {
    for (const [i, dataDir] of dataDirs.entries()) subjects.push(await startSubject(sizes[i] ?? 0, dataDir))
    const small = subjects[0]
    const large = subjects.at(-1)
    const middle = subjects[1] ?? small
    if (!small || !large || !middle) throw new Error('there is no size to measure')

    const figures = await measurePaths(subjects, middle)
    if (figures.length > 0) tables.push(pathTable(figures))
    goals.push(...pathGoals(figures, small, large))
    if (wanted('PATCH')) goals.push(await checkSequence(middle))
    if (wanted('inbound')) goals.push(await measureInbound(middle))
    if (wanted('lists')) {
      const { table, goal } = await measureLists(small, large)
      tables.push(table)
      if (large !== small) goals.push(goal)
    }
  } finally {
    for (const { server } of subjects) await server.stop()
  }
  if (wanted('memory')) goals.push(await measureMemory(dataDirs[0] ?? ''))
  if (wanted('start')) goals.push(...(await measureStarts(dataDirs[0] ?? '')))
  tables.push(goalTable(goals))
  console.log(`\n${machine().join('\n')}`)
  for (const table of tables) console.log(renderText(table))
  if (options.markdown) await writeMarkdown(tables)
  if (!options.keep) await rm(options['data-dir'], { recursive: true, force: true })
}

function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+)([km]?)$/i.exec(text.trim()) ?? []
  if (!number) throw new Error(`--threads takes sizes like 10k,200k,1m, not "${text}"`)
  return Number(number) * { '': 1, k: 1_000, m: 1_000_000 }[unit.toLowerCase() as '' | 'k' | 'm']
}

/** `--only` names what is wanted by any part of it. */
function wanted(name: string): boolean {
  return name.toLowerCase().includes(options.only.toLowerCase())
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function prepareDataDir(threads: number): Promise<string> {
  const dataDir = path.join(options['data-dir'], String(threads))
  await mkdir(options['data-dir'], { recursive: true })
  if (options.keep && (await isFilled(dataDir, threads))) return dataDir
  await rm(dataDir, { recursive: true, force: true })
  say(`generating ${short(threads)} threads`)
  await generateData(dataDir, threads, say)
  return dataDir
}

async function isFilled(dataDir: string, threads: number): Promise<boolean> {
  const database = await joinEmbedded({ dataDir })
  const client = new pg.Client(database.connection)
  try {
    await client.connect()
    if (!(await holdsData(client, threads))) return false
    await migrate(database.connection)
    return true
  } finally {
    await client.end()
    await database.stop()
  }
}

async function startSubject(threads: number, dataDir: string): Promise<Subject> {
  const server = await startServerProcess(dataDir)
  const connection = await findEmbedded(dataDir)
  if (!connection) throw new Error('the server runs without a database')
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const actor = await ownerOfLargestTeam(client)
    const token = await makeToken(connection, actor)
    return { threads, dataDir, server, connection, actor, token, samples: await drawSamples(client, actor) }
  } finally {
    await client.end()
  }
}

async function ownerOfLargestTeam(client: pg.Client): Promise<Actor> {
  const { rows } = await client.query<Actor>(`
    select m.team_id as "teamId", m.id as "memberId", m.user_id as "userId", null as "tokenId", m.role
    from teams t join members m on m.team_id = t.id and m.role = 'owner' where t.slug = 'bench-1'`)
  if (!rows[0]) throw new Error('the data has no team')
  return rows[0]
}

async function makeToken(connection: EmbeddedConnection, actor: Actor): Promise<string> {
  const db = openDatabase({ connection, connectionsMax: 1, onError: (error) => say(String(error)) })
  const log = { info() {}, warn: console.warn, error: console.error }
  const core = { db, clock: systemClock, log, connectors: new Map(), publicUrl: (address: string | null) => address }
  const request = { memberId: actor.memberId, name: 'bench', expiresAt: null }
  const { token } = await createApiToken(core, actor.teamId, request)
  await db.close()
  return token
}

interface Runners {
  load: Process<LoadJob, LoadResult>
  driver: Process<DriverJob, Round>
  floor: Process<FloorJob, number>
}

/** Ours, the driver and the floor take turns, and so do the sizes: what disturbs the machine disturbs all of them alike. */
async function measurePaths(subjects: readonly Subject[], written: Subject): Promise<PathFigures[]> {
  const runners: Runners = {
    load: startProcess('load.ts'),
    driver: startProcess('driver.ts'),
    floor: startProcess('floor.ts'),
  }
  const figures: PathFigures[] = []
  try {
    const names = [...readPaths(written.samples), ...writePaths(written.samples)].map(({ name }) => name)
    for (const name of names.filter(wanted)) {
      const isWrite = !name.startsWith('GET')
      const measured = await Promise.all(
        (isWrite ? [written] : subjects).map(async (subject) => ({
          subject,
          path: pathOf(subject, name),
          turns: noTurns(),
        })),
      )
      say(name)
      for (let round = 0; round <= rounds; round++) {
        // The first one is for warming up.
        const ms = round === 0 ? roundMs / 2 : roundMs
        for (const { subject, turns } of measured) {
          const turn = await takeTurn(runners, subject, pathOf(subject, name), ms)
          if (round > 0) for (const who of ['ours', 'driver', 'floor'] as const) turns[who].push(turn[who])
        }
      }
      for (const { subject, path, turns } of measured) {
        const { ours, driver, floor } = turns
        figures.push({
          name,
          share: path.share,
          threads: subject.threads,
          ours: figureOf(ours),
          driver: figureOf(driver),
          floor: figureOf(floor),
        })
      }
    }
  } finally {
    await Promise.all(Object.values(runners).map((runner) => runner.stop()))
  }
  return figures
}

function noTurns(): Record<keyof Turn, Round[]> {
  return { ours: [], driver: [], floor: [] }
}

function pathOf({ samples }: Subject, name: string): Path {
  const found = [...readPaths(samples), ...writePaths(samples)].find((path) => path.name === name)
  if (!found) throw new Error(`there is no path "${name}"`)
  return found
}

interface Turn {
  ours: Round
  driver: Round
  floor: Round
}

async function takeTurn({ load, driver, floor }: Runners, subject: Subject, path: Path, ms: number): Promise<Turn> {
  const { server, token, connection, actor } = subject
  const { requests, calls, atOnce } = path
  const job = { port: server.port, token, requests, connections: atOnce, ms }
  const { bodies } = await load.run({ ...job, sample: 32 })
  const ours = await load.run(job)
  const direct = await driver.run({ connection, actor, calls, atOnce, ms })
  const bare = await load.run({ ...job, port: await floor.run({ bodies }) })
  return { ours, driver: direct, floor: bare }
}

function pathGoals(figures: readonly PathFigures[], small: Subject, large: Subject): Goal[] {
  const p50 = (name: string, threads: number) =>
    figures.find((figure) => figure.name === name && figure.threads === threads)?.ours.p50Ms
  const goals: Goal[] = []
  const compare = (what: string, atMost: number, one: number | undefined, other: number | undefined) => {
    if (one === undefined || other === undefined) return
    const measured = `${one.toFixed(2)} ms / ${other.toFixed(2)} ms = ${(one / other).toFixed(2)}`
    goals.push({ what, goal: `≤ ${atMost}`, measured, reached: one / other <= atMost })
  }
  const [plain, filtered, far] = ['GET threads (20)', 'GET threads, tag + status + assignee', 'GET threads, page 500']
  for (const name of large === small ? [] : [plain, filtered]) {
    const what = `${name}: p50 at ${short(large.threads)} / at ${short(small.threads)}`
    compare(what, 1.3, p50(name, large.threads), p50(name, small.threads))
  }
  compare(`page 500 / page 1, ${short(large.threads)}`, 1.2, p50(far, large.threads), p50(plain, large.threads))
  return goals
}

/** After everybody has written at once: no number missing, none twice. */
async function checkSequence({ connection, actor }: Subject): Promise<Goal> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ events: number; first: number; last: number; counter: number }>(
    `select count(*)::int as events, coalesce(min(e.seq), 0)::int as first, coalesce(max(e.seq), 0)::int as last,
       (select seq::int from event_counters where team_id = $1) as counter
     from events e where e.team_id = $1`,
    [actor.teamId],
  )
  await client.end()
  const [{ events, first, last, counter } = { events: 0, first: 0, last: 0, counter: 0 }] = rows
  return {
    what: 'seq of the events after concurrent writes',
    goal: 'no gap',
    measured: `${events} events from ${first} to ${last}`,
    reached: events > 0 && last - first + 1 === events && last === counter,
  }
}

/** From the moment a person's message is handed to the platform until both its thread and the event log show it. */
async function measureInbound({ server, token, samples, connection, actor }: Subject): Promise<Goal> {
  const base = `http://127.0.0.1:${server.port}/api`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const get = async <T>(address: string): Promise<T> =>
    (await fetch(`${base}${address}`, { headers })).json() as Promise<T>
  const client = new pg.Client(connection)
  await client.connect()
  const took: number[] = []
  for (const threadId of samples.reachableThreadIds.slice(0, options.quick ? 30 : 200)) {
    const thread = await get<{ accountLinkId: string; prospect: { platformId: string } }>(`/v1/threads/${threadId}`)
    const counter = await client.query<{ seq: number }>('select seq::int from event_counters where team_id = $1', [
      actor.teamId,
    ])
    const content = `Hello at ${performance.now()}`
    const startedAt = performance.now()
    const body = JSON.stringify({ accountLinkId: thread.accountLinkId, content })
    await fetch(`${base}/sandbox/people/${thread.prospect.platformId}/messages`, { method: 'POST', headers, body })
    const event = until(async () => {
      const { events } = await get<{ events: { data: { message?: { content: string } } }[] }>(
        `/v1/events?afterSeq=${counter.rows[0]?.seq ?? 0}`,
      )
      return events.some(({ data }) => data.message?.content === content)
    })
    const message = until(async () => {
      const { messages } = await get<{ messages: { content: string }[] }>(`/v1/threads/${threadId}/messages?limit=5`)
      return messages.some((message) => message.content === content)
    })
    await Promise.all([event, message])
    took.push(performance.now() - startedAt)
  }
  await client.end()
  const sorted = took.sort((a, b) => a - b)
  const [p50, p95] = [percentile(sorted, 0.5), percentile(sorted, 0.95)]
  return {
    what: 'inbound message → in the API and the event log, p95',
    goal: '≤ 100 ms',
    measured: `${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms, ${took.length} messages)`,
    reached: p95 <= 100,
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await isSo())) if (performance.now() > end) throw new Error('an inbound message did not arrive')
}

/** One connection, call by call in turns on both databases: what is left of the difference is the size. */
async function measureLists(small: Subject, large: Subject): Promise<{ table: Table; goal: Goal }> {
  const sides = [small, large].map(({ connection, samples, actor }) => ({
    db: openDatabase({ connection, connectionsMax: 1, onError: (error) => say(String(error)) }),
    samples,
    teamId: actor.teamId,
  }))
  const rows: string[][] = []
  let reached = 0
  say('lists')
  for (const [i, { name }] of lists(small.samples).entries()) {
    for (const order of ['desc', 'asc'] as const) {
      const took = sides.map((): number[] => [])
      const found = sides.map(() => 0)
      for (let call = 0; call < listCalls + 10; call++) {
        for (const [side, { db, samples, teamId }] of sides.entries()) {
          const startedAt = performance.now()
          const filter = lists(samples)[i]?.filter ?? everything
          found[side] = (await listThreads(db, teamId, filter, { order, after: null, limit: 21 })).length
          if (call >= 10) took[side]?.push(performance.now() - startedAt)
        }
      }
      const [one = 0, other = 0] = took.map(median)
      if (other / one <= 1.3) reached++
      rows.push([name, order, found.join(' / '), one.toFixed(2), other.toFixed(2), (other / one).toFixed(2)])
    }
  }
  for (const { db } of sides) await db.close()
  const sizes = [small, large].map(({ threads }) => short(threads))
  return {
    table: {
      title: 'Kinds of lists',
      note: 'The statement alone, one connection, 20 threads; median ms. "found" says how many of the 21 asked for there were.',
      head: ['list', 'order', `found ${sizes.join(' / ')}`, `${sizes[0]}`, `${sizes[1]}`, 'ratio'],
      rows,
    },
    goal: {
      what: `kinds of lists whose p50 at ${sizes[1]} is ≤ 1.3 × that at ${sizes[0]}`,
      goal: 'all',
      measured: `${reached} of ${rows.length}`,
      reached: reached === rows.length,
    },
  }
}

async function measureMemory(dataDir: string): Promise<Goal> {
  const server = await startServerProcess(dataDir)
  // Idle begins when the start is over: what it needed for a moment has been given back.
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  const memory = await memoryOf(server, dataDir)
  await server.stop()
  return {
    what: 'memory, idle, server and database',
    goal: '≤ 200 MB',
    measured: memory
      ? `${memory.pssMb.toFixed(0)} MB (${memory.rssMb.toFixed(0)} MB with what is shared counted each time, ${memory.processes} processes)`
      : 'this system does not tell',
    reached: memory && memory.pssMb <= 200,
  }
}

async function measureStarts(dataDir: string): Promise<Goal[]> {
  const existing = []
  const fresh = []
  for (let round = 0; round < 3; round++) {
    const again = await startServerProcess(dataDir)
    existing.push(again.readyMs)
    await again.stop()
    const emptyDir = path.join(options['data-dir'], 'fresh')
    await rm(emptyDir, { recursive: true, force: true })
    const first = await startServerProcess(emptyDir, 'demo')
    fresh.push(first.readyMs)
    await first.stop()
    await rm(emptyDir, { recursive: true, force: true })
  }
  return [
    startGoal('start to ready on an existing data folder', 2, existing),
    startGoal('start to ready on an empty folder, with demo data', 8, fresh),
  ]
}

function startGoal(what: string, atMostSeconds: number, tookMs: number[]): Goal {
  const seconds = median(tookMs) / 1000
  const [least, most] = [Math.min(...tookMs) / 1000, Math.max(...tookMs) / 1000]
  return {
    what,
    goal: `≤ ${atMostSeconds} s`,
    measured: `${seconds.toFixed(2)} s [${least.toFixed(2)}-${most.toFixed(2)}]`,
    reached: seconds <= atMostSeconds,
  }
}

function machine(): string[] {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname })
    .toString()
    .trim()
  return [
    `Commit ${commit}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds of ${roundMs / 1000} s`,
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB memory, ${process.platform} ${process.arch}`,
    `Node ${process.versions.node}, embedded PostgreSQL 18.4 as it comes; server, database and load share the machine`,
  ]
}

async function writeMarkdown(tables: readonly Table[]): Promise<void> {
  const text = [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --markdown`. Absolute numbers say something about the machine; the ratios and goals were measured in',
    'turns on it and say something about the server. Everything is on: tokens, rate limits, logs, workers, the sandbox.',
    '',
    ...machine().map((line) => `- ${line}`),
    '',
    ...tables.map(renderMarkdown),
  ].join('\n')
  await writeFile(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), `${text.trimEnd()}\n`)
}
