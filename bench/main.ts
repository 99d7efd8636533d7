import { rm } from 'node:fs/promises'
import { checkSequence, measureInbound } from './events.ts'
import { measureMemory, measureStarts } from './footprint.ts'
import { measureLists } from './lists.ts'
import { help, options, readSize, wanted } from './options.ts'
import {
  type Goal,
  goalTable,
  machine,
  pathTable,
  renderText,
  type Table,
  versionTable,
  writeMarkdown,
} from './report.ts'
import { measureSearches } from './searches.ts'
import { prepareDataDir, type Subject, startSubject } from './subjects.ts'
import { measurePaths, pathGoals } from './throughput.ts'
import { measureStream, measureWebhooks } from './webhooks.ts'

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
    if (figures.length > 0) tables.push(pathTable(figures), versionTable(figures))
    goals.push(...pathGoals(figures, small, large))
    if (wanted('PATCH')) goals.push(await checkSequence(middle))
    if (wanted('inbound')) goals.push(await measureInbound(middle))
    if (wanted('stream')) goals.push(...(await measureStream(middle)))
    if (wanted('webhooks')) {
      const measured = await measureWebhooks(middle)
      tables.push(measured.table)
      goals.push(...measured.goals)
    }
    if (wanted('search')) {
      const { table, goal } = await measureSearches(large)
      tables.push(table)
      goals.push(goal)
    }
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
