// Runs the tests of reliability with more of everything: `npm run soak`, or `npm run soak -- 100` for a hundred times what `npm test`
// does; what follows the number goes to vitest, like `-t "72 hours"`. Prints the rows of docs/reliability.md at the end.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [first, ...others] = process.argv.slice(2)
const hasFactor = /^\d+$/.test(first ?? '')
const factor = hasFactor ? first : '10'
const options = hasFactor || first === undefined ? others : [first, ...others]

const folder = mkdtempSync(join(tmpdir(), 'open-inbox-soak-'))
const report = join(folder, 'report.md')
const { status } = spawnSync(
  'npx',
  ['--no-install', 'vitest', 'run', 'server/workers/webhook-reliability.test.ts', ...options],
  { stdio: 'inherit', env: { ...process.env, OPEN_INBOX_SOAK: factor, OPEN_INBOX_SOAK_REPORT: report } },
)
if (existsSync(report)) process.stdout.write(`\n${readFileSync(report, 'utf8')}`)
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
