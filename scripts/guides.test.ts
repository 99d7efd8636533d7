import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectFile } from '../server/store/project-file.ts'

const guide = readFileSync(projectFile('docs/guides/migrating-from-v1.md'), 'utf8')

test('the guide to v2 has a heading for every operation of v1, and for nothing else', () => {
  const headings = [...guide.matchAll(/^### `(.+)`$/gm)].map(([, heading]) => heading)

  expect(headings.toSorted()).toEqual(operationsOf('v1').toSorted())
})

test.each(['v1', 'v2'])('every call of %s in the guide is an operation of it', (version) => {
  const calls = [...guide.matchAll(new RegExp(`^([A-Z]+) /api/${version}(/[^?\\s]*)`, 'gm'))]
  const patterns = operationsOf(version).map((operation) => new RegExp(`^${operation.replace(/\{\w+\}/g, '[^/]+')}$`))

  const unknown = calls.filter(([, method, path]) => !patterns.some((pattern) => pattern.test(`${method} ${path}`)))
  expect(unknown.map(([call]) => call)).toEqual([])
  expect(calls.length).toBeGreaterThan(38)
})

function operationsOf(version: string): string[] {
  const { paths } = JSON.parse(readFileSync(projectFile(`api/${version}.openapi.json`), 'utf8'))
  return Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
}
