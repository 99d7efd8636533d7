// Writes the OpenAPI documents that the routes describe. `--check` only says whether the committed ones are the same.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { documentOf } from '../server/http/openapi.ts'
import { v1 } from '../server/http/v1/api.ts'
import { v2 } from '../server/http/v2/api.ts'

const folder = new URL('../api/', import.meta.url)
const stale: string[] = []

for (const api of [v1, v2]) {
  const file = new URL(`${api.name}.openapi.json`, folder)
  const text = `${JSON.stringify(documentOf(api), null, 2)}\n`
  if (process.argv.includes('--check')) {
    const committed = await readFile(file, 'utf8').catch(() => null)
    if (committed !== text) stale.push(`api/${api.name}.openapi.json`)
  } else {
    await mkdir(folder, { recursive: true })
    await writeFile(file, text)
  }
}

if (stale.length > 0) {
  console.error(`${stale.join(', ')} is not what the routes say. Run: npm run openapi`)
  process.exitCode = 1
}
