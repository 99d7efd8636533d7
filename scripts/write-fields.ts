// Writes the guide that says where v2 has the fields of v1. `--check` only says whether the committed one is the same.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fieldsGuide } from '../server/test/fields/document.ts'

const file = new URL('../docs/guides/fields-v1-and-v2.md', import.meta.url)

if (!process.argv.includes('--check')) {
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, fieldsGuide())
} else if ((await readFile(file, 'utf8').catch(() => null)) !== fieldsGuide()) {
  console.error('docs/guides/fields-v1-and-v2.md is not what server/test/fields/ says. Run: npm run fields')
  process.exitCode = 1
}
