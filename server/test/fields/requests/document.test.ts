import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectFile } from '../../../store/project-file.ts'
import type { Shown } from '../row.ts'
import { calls } from './document.ts'

const inV1 = takenBy('v1')
const inV2 = takenBy('v2')

test('whatever a request of v1 may say has one row in the guide, and every row is about something of it', () => {
  const rows = calls.flatMap(({ v1, rows }) => rows.map(({ field }) => `${v1} ${field}`))

  const taken = [...inV1].flatMap(([call, names]) => names.map((name) => `${call} ${name}`))
  expect(rows.toSorted()).toEqual(taken.toSorted())
})

test('whatever the rows name of v2 can be said there', () => {
  const named = calls.flatMap(({ v2, always, rows }) => [
    ...Object.keys(always).map((name) => ({ call: v2, name })),
    ...rows.flatMap(({ counterparts }) => counterparts.map(({ call, name }) => ({ call: call ?? v2, name }))),
  ])

  expect(named.filter(({ call, name }) => !inV2.get(call ?? '')?.includes(name))).toEqual([])
})

/** The names of path, query and body by call, as the rows write them. */
function takenBy(version: 'v1' | 'v2'): ReadonlyMap<string, string[]> {
  const { paths } = JSON.parse(readFileSync(projectFile(`api/${version}.openapi.json`), 'utf8'))
  return new Map(
    Object.entries<Shown>(paths).flatMap(([path, methods]) =>
      Object.entries<Shown>(methods).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        namesOf(operation),
      ]),
    ),
  )
}

function namesOf({ parameters = [], requestBody }: Shown): string[] {
  const body = requestBody?.content['application/json'].schema
  return [
    ...parameters.flatMap(({ in: place, name, schema }: Shown) => {
      switch (place) {
        case 'path':
          return `{${name}}`
        case 'query':
          return leavesOf(schema).map((path) => `?${name}${path.map((part) => `[${part}]`).join('')}`)
        case 'header':
          return `${name}:`
        default:
          throw new Error(`there is no row for what is in a ${place}`)
      }
    }),
    ...(body ? leavesOf(body).map((path) => path.join('.')) : []),
  ].filter((name) => name !== '')
}

/** Paths to what has no fields of its own; the same one once, whichever of several forms has it. */
function leavesOf(schema: Shown): string[][] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const paths = forms.flatMap(({ properties = {} }) =>
    Object.entries<Shown>(properties).flatMap(([name, field]) => leavesOf(field).map((path) => [name, ...path])),
  )
  if (paths.length === 0) return [[]]
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()]
}
