#!/usr/bin/env node
// Starts the built command line. Builds it first when there is none, or when the sources are newer (after `git pull`).
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

requireNode(20, 19)
try {
  if (newest(`${root}server`) > builtAt()) await build()
  await import('../dist/cli.js')
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  give(`A package is missing (${error.message.split('\n', 1)[0]}). Run "npm ci" in ${root}.`)
}

function requireNode(major, minor) {
  const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number)
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return
  give(`open-inbox needs Node.js ${major}.${minor} or newer; this is ${process.versions.node}.`)
}

/** 0 when nothing has been built. */
function builtAt() {
  return statSync(`${root}dist/cli.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Folders count too: theirs changes when a file goes away. */
function newest(folder) {
  let latest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

/** An installation without esbuild, or one that this user may not change, goes on with what was built before. */
async function build() {
  try {
    await import('../scripts/build.mjs')
  } catch (error) {
    const cannotBuild = ['ERR_MODULE_NOT_FOUND', 'EACCES', 'EPERM', 'EROFS'].includes(error.code)
    if (builtAt() === 0 && cannotBuild) {
      give(`open-inbox has not been built, and cannot be (${error.message}). Run "npm ci && npm run build" in ${root}.`)
    }
    // esbuild has reported mistakes in the sources already.
    if (!cannotBuild) process.exit(1)
    process.stderr.write('open-inbox runs an older build than its sources; "npm run build" makes a new one.\n')
  }
}

function give(advice) {
  process.stderr.write(`${advice}\n`)
  process.exit(1)
}
