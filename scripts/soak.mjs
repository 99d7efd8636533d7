// Runs the tests of reliability with more of everything: `npm run soak`, or `npm run soak -- 100` for a hundred times what `npm test`
// does; what follows the number goes to vitest, like `-t "72 hours"`. Prints the rows of docs/reliability.md at the end.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [first, ...others] = process.argv.slice(2)
const hasFactor = /^\d+$/.test(first ?? '')
const factor = hasFactor ? first : '10'
const options = hasFactor || first === undefined ? others : [first, ...others]

const files = [
  'server/workers/webhook-reliability.test.ts',
  'server/http/v2/events-of-processes.test.ts',
  'server/http/v2/event-stream.test.ts',
]
const folder = mkdtempSync(join(tmpdir(), 'open-inbox-soak-'))
const { status } = spawnSync(
  'npx',
  // One after the other: some say how long something took.
  ['--no-install', 'vitest', 'run', '--no-file-parallelism', ...files, ...options],
  { stdio: 'inherit', env: { ...process.env, OPEN_INBOX_SOAK: factor, OPEN_INBOX_SOAK_REPORT: folder } },
)
for (const table of readdirSync(folder)) {
  process.stdout.write(`\n${table}\n${readFileSync(join(folder, table), 'utf8')}`)
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
