// Everything that must hold before a change is good: `npm run check`; `npm test` adds the tests.
import { spawnSync } from 'node:child_process'

const withTests = process.argv.includes('--with-tests')
run('formatting, lint and import arrows', ['biome', 'check', '.'])
run('types', ['tsc', '--noEmit'])
run('generated documents', ['tsx', 'scripts/write-openapi.ts', '--check'])
run("the hosted API's contract", ['tsx', 'scripts/check-contract.ts'])
if (withTests) run('tests', ['vitest', 'run'])

function run(what, [command, ...args]) {
  console.log(`— ${what}`)
  const { status } = spawnSync('npx', ['--no-install', command, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
