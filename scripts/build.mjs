// Bundles our own code into dist/: cli.js and the parts it loads when needed. Packages stay in node_modules, so a build
// takes a fraction of a second. Each file appears whole, cli.js last: commands may be starting from dist/ meanwhile.
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const startedAt = new Date()

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['server/cli.ts'],
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
})

const isEntry = ({ path }) => basename(path) === 'cli.js'
await mkdir(dist, { recursive: true })
for (const file of outputFiles) if (!isEntry(file)) await put(file)
for (const file of outputFiles) if (isEntry(file)) await put(file)
await removeOthers(new Set(outputFiles.map(({ path }) => basename(path))))

async function put({ path, contents }) {
  const unfinished = `${path}.${process.pid}.tmp`
  await writeFile(unfinished, contents)
  // What was saved during the build may not be in it, so the result must count as older than that.
  await utimes(unfinished, startedAt, startedAt)
  await rename(unfinished, path)
}

async function removeOthers(names) {
  for (const name of await readdir(dist)) {
    if (!names.has(name) && !name.endsWith('.tmp')) await rm(join(dist, name), { recursive: true, force: true })
  }
}
