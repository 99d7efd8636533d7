import type { Core } from '../domain/context.ts'

/** Something that goes on in the background until it is stopped. */
export interface Worker {
  /** Lets what is running finish. */
  stop(): Promise<void>
}

/** Runs `work` now and again and again, `pauseMs` after it ended. A failure is logged, and the next run tries again. */
export function repeat(core: Core, what: string, pauseMs: number, work: () => Promise<unknown>): Worker {
  let stopped = false
  let cancelTimer = () => {}
  let running = run()

  async function run(): Promise<void> {
    try {
      await work()
    } catch (error) {
      core.log.error({ err: error }, `${what} failed, trying again`)
    }
    if (stopped) return
    cancelTimer = core.clock.after(pauseMs, () => {
      running = run()
    })
  }

  return {
    async stop() {
      stopped = true
      cancelTimer()
      await running
    },
  }
}
