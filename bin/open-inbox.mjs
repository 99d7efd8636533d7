#!/usr/bin/env node
// Starts the built command line, building it first when a fresh checkout has not been built yet.
import { existsSync } from 'node:fs'

const built = new URL('../dist/cli.js', import.meta.url)
if (!existsSync(built)) {
  process.chdir(new URL('..', import.meta.url).pathname)
  await import('../scripts/build.mjs')
}
await import(built.href)
