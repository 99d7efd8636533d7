// Everything that must hold before a change is good: `npm run check`. `npm test` adds the tests, on the embedded PostgreSQL and once
// more on the one that is installed here, if any. The last line of `npm test` is "N passed, M failed", checks and tests together.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withInstalledPostgres } from './installed-postgres.mjs'

const count = { passed: 0, failed: 0 }
const withTests = process.argv.includes('--with-tests')

check('formatting, lint and import arrows', ['biome', 'check', '.'])
check('types', ['tsc', '--noEmit'])
check('OpenAPI documents', ['tsx', 'scripts/write-openapi.ts', '--check'])
check('the guide to fields', ['tsx', 'scripts/write-fields.ts', '--check'])
check("the hosted API's contract", ['tsx', 'scripts/check-contract.ts'])
if (withTests) {
  runTests('tests, on the embedded PostgreSQL', [])
  // Another PostgreSQL would change nothing: the first two start databases of their own, the others are about what is made of rows.
  const once = [
    'server/store/embedded.test.ts',
    'server/cli.test.ts',
    'server/http/fields.test.ts',
    'server/demo.test.ts',
  ]
  const excluded = once.flatMap((file) => ['--exclude', file])
  const ran = await withInstalledPostgres((url, version) =>
    runTests(`tests, on the installed ${version}`, excluded, { OPEN_INBOX_TEST_DATABASE_URL: url }),
  )
  if (!ran) console.log('— left out: the tests on another PostgreSQL, because none (15 or newer) is on the PATH')
}
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed > 0 ? 1 : 0

function check(what, command) {
  console.log(`— ${what}`)
  if (run(command) === 0) count.passed++
  else count.failed++
}

function runTests(what, options, env = {}) {
  console.log(`— ${what}`)
  const folder = mkdtempSync(join(tmpdir(), 'open-inbox-report-'))
  const report = join(folder, 'report.json')
  const status = run(
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...options],
    env,
  )
  const { passed, failed } = readReport(report)
  rmSync(folder, { recursive: true })
  count.passed += passed
  // A run can fail without a failing test: a file that does not load, an error nobody caught, no tests at all.
  count.failed += status !== 0 && failed === 0 ? 1 : failed
}

function readReport(file) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

function run([command, ...args], env = {}) {
  const { status } = spawnSync('npx', ['--no-install', command, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}
