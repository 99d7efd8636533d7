import { openDatabase } from '../server/store/database.ts'
import { listThreads } from '../server/store/thread-lists.ts'
import { listCalls, say } from './options.ts'
import { everything, lists } from './paths.ts'
import { type Goal, median, short, type Table } from './report.ts'
import type { Subject } from './subjects.ts'

/** One connection, call by call in turns on both databases: what is left of the difference is the size. */
export async function measureLists(small: Subject, large: Subject): Promise<{ table: Table; goal: Goal }> {
  const sides = [small, large].map(({ connection, samples, actor }) => ({
    db: openDatabase({ connection, connectionsMax: 1, onError: (error) => say(String(error)) }),
    samples,
    teamId: actor.teamId,
  }))
  const rows: string[][] = []
  const ratios: number[] = []
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
      // To find more takes longer.
      if ((found[0] ?? 0) >= (found[1] ?? 0)) ratios.push(other / one)
      rows.push([name, order, found.join(' / '), one.toFixed(2), other.toFixed(2), (other / one).toFixed(2)])
    }
  }
  for (const { db } of sides) await db.close()
  const reached = ratios.filter((ratio) => ratio <= 1.3).length
  const sizes = [small, large].map(({ threads }) => short(threads))
  return {
    table: {
      title: 'Kinds of lists',
      note: 'The statement alone, one connection, 20 threads; median ms. "found" says how many of the 21 asked for there were.',
      head: ['list', 'order', `found ${sizes.join(' / ')}`, `${sizes[0]}`, `${sizes[1]}`, 'ratio'],
      rows,
    },
    goal: {
      what: `kinds of lists that find no more at ${sizes[1]}, whose p50 at ${sizes[1]} is ≤ 1.3 × that at ${sizes[0]}`,
      goal: 'all',
      measured: `${reached} of ${ratios.length}`,
      reached: reached === ratios.length,
    },
  }
}
