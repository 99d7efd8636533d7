import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { settings } from '../server/config.ts'
import { projectFile } from '../server/store/project-file.ts'

const documents = ['', 'docs', 'docs/decisions', 'docs/guides'].flatMap((folder) =>
  readdirSync(projectFile(folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

test('the README lists exactly the settings there are', () => {
  const [, table] = read('README.md').split(/<!-- \/?settings -->\n/)

  expect(table?.trim()).toBe(settingsTable())
})

test.each(documents)('%s points at nothing that is missing', (document) => {
  const missing = pathsIn(read(document), dirname(document)).filter((path) => !existsSync(projectFile(path)))

  expect(missing).toEqual([])
})

function settingsTable(): string {
  const rows = Object.entries(settings).map(
    ([name, setting]) => `| \`${name}\` | ${setting.default && `\`${setting.default}\``} | ${escaped(setting.about)} |`,
  )
  return ['| setting | default | |', '|---|---|---|', ...rows].join('\n')
}

/** Markdown takes `<PORT>` for HTML. */
function escaped(text: string): string {
  return text.replaceAll('<', '\\<')
}

/** Relative links, and what stands in backticks like a file of ours. */
function pathsIn(text: string, folder: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => join(folder, link))
  const files = [...text.matchAll(/`((?:server|scripts|docs|api|bench|bin)\/[\w./-]+\.\w+)`/g)].map(
    ([, file = '']) => file,
  )
  return [...links, ...files]
}

function read(document: string): string {
  return readFileSync(projectFile(document), 'utf8')
}
