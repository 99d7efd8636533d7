import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** One round of one path: how many calls ended, how long each took. */
export interface Round {
  perSecond: number
  p50Ms: number
  p99Ms: number
  failures: number
}

/** Calls `once` again and again with `atOnce` in flight, until time is up. */
export async function closedLoop(
  { atOnce, ms }: { atOnce: number; ms: number },
  once: (lane: number) => Promise<boolean>,
): Promise<Round> {
  const took: number[] = []
  let failures = 0
  const startedAt = performance.now()
  const end = startedAt + ms
  async function lane(number: number): Promise<void> {
    for (let now = performance.now(); now < end; ) {
      const wentWell = await once(number)
      const after = performance.now()
      if (wentWell) took.push(after - now)
      else failures++
      now = after
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, number) => lane(number)))
  const seconds = (performance.now() - startedAt) / 1000
  const sorted = Float64Array.from(took).sort()
  return {
    perSecond: took.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    failures,
  }
}

/** Of sorted numbers; NaN when there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

interface Call<Job> {
  number: number
  job: Job
}

interface Outcome<Result> {
  number: number
  result?: Result
  error?: string
}

/** The other side of `startProcess`: answers each job it is sent. */
export function answerJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.on('message', async ({ number, job }: Call<Job>) => {
    const outcome: Outcome<Result> = await work(job).then(
      (result) => ({ number, result }),
      (error: unknown) => ({ number, error: error instanceof Error ? String(error.stack) : String(error) }),
    )
    process.send?.(outcome)
  })
  process.on('disconnect', () => process.exit(0))
}

export interface Process<Job, Result> {
  run(job: Job): Promise<Result>
  stop(): Promise<void>
}

/** A process of its own for one file of this folder, so that nothing is measured on the thread that measures. */
export function startProcess<Job, Result>(file: string): Process<Job, Result> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)))
  const waiting = new Map<number, (outcome: Outcome<Result>) => void>()
  let jobs = 0
  child.on('message', (outcome: Outcome<Result>) => waiting.get(outcome.number)?.(outcome))
  child.on('exit', (code) => {
    for (const answer of waiting.values()) answer({ number: 0, error: `${file} ended with ${code}` })
  })
  return {
    async run(job) {
      const number = ++jobs
      const outcome = await new Promise<Outcome<Result>>((resolve) => {
        waiting.set(number, resolve)
        child.send({ number, job } satisfies Call<Job>)
      })
      waiting.delete(number)
      if (outcome.error !== undefined) throw new Error(outcome.error)
      // Without an error there is a result.
      return outcome.result as Result
    },
    async stop() {
      child.kill()
      await ended(child)
    },
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('exit', resolve))
}
