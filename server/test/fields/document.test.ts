import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectFile } from '../../store/project-file.ts'
import { things } from './document.ts'
import * as events from './events.ts'
import type { Shown } from './row.ts'

test("every field of v1's document has a row in the guide, and every row is about a field of it", () => {
  const paths = fieldsOf(documentOf('v1'))
  const rows = things.flatMap(({ schemas, rows }) =>
    rows.map(({ field }) => schemas.map((schema) => `${schema}.${field}`)),
  )

  const described = new Set(rows.flat())
  const isDescribed = (path: string) => described.has(path) || [...described].some((row) => path.startsWith(`${row}[]`))
  const isWhole = (path: string) => paths.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`))
  expect(paths.filter((path) => !isDescribed(path) && !isWhole(path))).toEqual([])
  expect(rows.filter((places) => !places.some((place) => paths.includes(place)))).toEqual([])
})

test('every type of event has a row', () => {
  const inV1 = documentOf('v1').paths['/events'].get.responses[200].content['application/json'].schema.properties.events
  const inV2 = documentOf('v2').paths['/events'].get.parameters.find(({ name }: Shown) => name === 'type')

  expect(new Set(events.types.map(({ v1 }) => v1))).toEqual(new Set(inV1.items.properties.type.enum))
  const shown = events.types.flatMap(({ v2 }) => v2 ?? [])
  const named = inV2.schema.items.enum.filter((type: string) => !type.endsWith('.*'))
  const onlyInV2 = ['contact.assigneeChanged', 'webhookEndpoint.enabled', 'webhookEndpoint.disabled']
  expect(new Set([...shown, ...onlyInV2])).toEqual(new Set(named))
})

function documentOf(version: 'v1' | 'v2'): Shown {
  return JSON.parse(readFileSync(projectFile(`api/${version}.openapi.json`), 'utf8'))
}

/** Of components and of what operations answer: `Thread.lastMessage.id`, `events.list.events[].seq`. */
function fieldsOf({ components, paths }: Shown): string[] {
  const operations = Object.values<Shown>(paths).flatMap((methods) => Object.values<Shown>(methods))
  return [
    ...Object.entries(components.schemas).flatMap(([name, schema]) => fieldsWithin(schema, name)),
    ...operations.flatMap(({ operationId, responses }) =>
      fieldsWithin(responses[200]?.content?.['application/json']?.schema, operationId),
    ),
  ]
}

function fieldsWithin(schema: Shown, path: string): string[] {
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((way) => schema?.[way] ?? [])
  return [
    ...parts.flatMap((part) => fieldsWithin(part, path)),
    ...(schema?.items ? fieldsWithin(schema.items, `${path}[]`) : []),
    ...Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => [
      `${path}.${name}`,
      ...fieldsWithin(field, `${path}.${name}`),
    ]),
  ]
}
