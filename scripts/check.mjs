// Everything that must hold before a change is good: `npm run check`. `npm test` adds the tests, on the embedded PostgreSQL and once
// more on the one that is installed here, if any. The last line of `npm test` is "N passed, M failed", checks and tests together.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withInstalledPostgres } from './installed-postgres.mjs'

const count = { passed: 0, failed: 0 }
const withTests = process.argv.includes('--with-tests')

await checkAll([
  ['formatting, lint and import arrows', ['biome', 'check', '.']],
  ['types', ['tsc', '--noEmit']],
  ['OpenAPI documents', ['tsx', 'scripts/write-openapi.ts', '--check']],
  ['the guide to fields', ['tsx', 'scripts/write-fields.ts', '--check']],
  ["the hosted API's contract", ['tsx', 'scripts/check-contract.ts']],
])
if (withTests) {
  runTests('tests, on the embedded PostgreSQL', [])
  // Another PostgreSQL would change nothing: these start databases of their own, are about processes or what is made
  // of rows, or need none.
  const once = [
    'server/store/embedded.test.ts',
    'server/cli.test.ts',
    'server/http/{edges,fields,listeners,operations,requests,worker-probes}.test.ts',
    'server/http/v2/send-order.test.ts',
    'server/demo.test.ts',
    'server/config.test.ts',
    'server/outbound/**',
    'server/cli/**',
    'server/domain/{colors,entities,rate-limits,text,webhook-signatures}.test.ts',
    'server/http/v2/webhook-urls.test.ts',
    'server/http/v2/events-of-processes.test.ts',
    'server/workers/{webhook-reliability,webhook-turns,webhooks-of-processes}.test.ts',
    'server/connectors/sandbox/media.test.ts',
    'server/http/openapi.test.ts',
    'server/http/v1/query.test.ts',
    'server/test/fields/**',
    'scripts/**',
  ]
  const excluded = once.flatMap((file) => ['--exclude', file])
  const ran = await withInstalledPostgres((url, version) =>
    runTests(`tests, on the installed ${version}`, excluded, { OPEN_INBOX_TEST_DATABASE_URL: url }),
  )
  if (!ran) console.log('— left out: the tests on another PostgreSQL, because none (15 or newer) is on the PATH')
}
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed > 0 ? 1 : 0

/** All at once: each of them leaves a core idle for part of its time. Told in this order. */
async function checkAll(checks) {
  const results = checks.map(([what, command]) => [what, readRun(command)])
  for (const [what, result] of results) {
    const { succeeded, output } = await result
    console.log(`— ${what}`)
    process.stdout.write(output)
    if (succeeded) count.passed++
    else count.failed++
  }
}

function readRun([command, ...args]) {
  return new Promise((resolve) => {
    execFile(program(command), args, { maxBuffer: Number.POSITIVE_INFINITY }, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, output: stdout + stderr })
    })
  })
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
  const { status } = spawnSync(program(command), args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}

/** Not through npx, which takes most of a second each time. */
function program(name) {
  return join(import.meta.dirname, '..', 'node_modules', '.bin', name)
}
