import { rm } from 'node:fs/promises'
import path from 'node:path'
import { options } from './options.ts'
import { type Goal, median } from './report.ts'
import { memoryOf, startServerProcess } from './server.ts'

export async function measureMemory(dataDir: string): Promise<Goal> {
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

export async function measureStarts(dataDir: string): Promise<Goal[]> {
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
