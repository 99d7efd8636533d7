import type { DriverJob } from './driver.ts'
import type { FloorJob } from './floor.ts'
import type { LoadJob, LoadResult } from './load.ts'
import { roundMs, rounds, say, wanted, warmUpMs } from './options.ts'
import { type Path, readPaths, writePaths } from './paths.ts'
import { type Process, type Round, startProcess } from './processes.ts'
import { figureOf, type Goal, type PathFigures, short } from './report.ts'
import type { Subject } from './subjects.ts'

interface Runners {
  load: Process<LoadJob, LoadResult>
  driver: Process<DriverJob, Round>
  floor: Process<FloorJob, number>
}

/** Ours, the driver and the floor take turns, and so do the sizes: what disturbs the machine disturbs all of them alike. */
export async function measurePaths(subjects: readonly Subject[], written: Subject): Promise<PathFigures[]> {
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
        for (const { subject, turns } of measured) {
          const turn = await takeTurn(runners, subject, pathOf(subject, name), round === 0 ? warmUpMs : roundMs)
          if (round > 0) for (const who of turners) turns[who].push(turn[who])
        }
      }
      for (const { subject, path, turns } of measured) {
        const { ours, v2, driver, floor } = turns
        figures.push({
          name,
          share: path.share,
          threads: subject.threads,
          ours: figureOf(ours),
          v2: figureOf(v2),
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
  return { ours: [], v2: [], driver: [], floor: [] }
}

function pathOf({ samples }: Subject, name: string): Path {
  const found = [...readPaths(samples), ...writePaths(samples)].find((path) => path.name === name)
  if (!found) throw new Error(`there is no path "${name}"`)
  return found
}

const turners = ['ours', 'v2', 'driver', 'floor'] as const

type Turn = Record<(typeof turners)[number], Round>

async function takeTurn({ load, driver, floor }: Runners, subject: Subject, path: Path, ms: number): Promise<Turn> {
  const { server, token, connection, actor } = subject
  const { requests, calls, inV2, atOnce } = path
  const job = { port: server.port, token, requests, connections: atOnce, ms }
  const { bodies } = await load.run({ ...job, sample: 32 })
  const ours = await load.run(job)
  const jobInV2 = { ...job, requests: inV2 }
  // As v1 had them: a few to warm up.
  await load.run({ ...jobInV2, sample: 32 })
  const v2 = await load.run(jobInV2)
  const direct = await driver.run({ connection, actor, calls, atOnce, ms })
  const bare = await load.run({ ...job, port: await floor.run({ bodies }) })
  return { ours, v2, driver: direct, floor: bare }
}

export function pathGoals(figures: readonly PathFigures[], small: Subject, large: Subject): Goal[] {
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
