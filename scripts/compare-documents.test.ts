import { expect, test } from 'vitest'
import { documentOf, type OpenApiDocument } from '../server/http/openapi.ts'
import { v1 } from '../server/http/v1/api.ts'
import { compareDocuments } from './compare-documents.ts'

const document = documentOf(v1)

/** What is found when one thing in our own document is other. */
// biome-ignore lint/suspicious/noExplicitAny: the point is to break the document's form
function differencesAfter(change: (document: any) => void): string[] {
  const changed: OpenApiDocument = structuredClone(document)
  change(changed)
  return compareDocuments(document, changed)
}

const listThreads = (document: OpenApiDocument) => document.paths['/threads']?.get as { parameters: { name: string }[] }

test('a document is like itself', () => {
  expect(compareDocuments(document, document)).toEqual([])
})

test.each([
  ['a path', (d) => delete d.paths['/team'], 'GET /team: missing'],
  ['a method', (d) => delete d.paths['/tags'].post, 'POST /tags: missing'],
  ['an addition', (d) => (d.paths['/tags'].put = d.paths['/tags'].get), 'PUT /tags: only ours'],
  ['an operation id', (d) => (d.paths['/tags'].get.operationId = 'x'), 'GET /tags › operationId'],
  ['a parameter', (d) => listThreads(d).parameters.pop(), 'GET /threads › query limit: missing'],
  ['a required parameter', (d) => (d.paths['/threads/lookup'].get.parameters[0].required = false), '› required'],
  ['a style', (d) => delete d.paths['/threads'].get.parameters[0].style, 'query accountLinkIds › style'],
  ['a body', (d) => delete d.paths['/tags'].post.requestBody, 'POST /tags › body'],
  ['an optional body', (d) => (d.paths['/tags'].post.requestBody.required = false), 'POST /tags › body › required'],
  ['a success', (d) => (d.paths['/tags'].post.responses[201] = {}), 'POST /tags › answer 201: only ours'],
  ['a field', (d) => delete d.components.schemas.Tag.properties.color, 'Tag.color: missing'],
  ['a new field', (d) => (d.components.schemas.Tag.properties.x = {}), 'Tag.x: only ours'],
  ['a type', (d) => (d.components.schemas.Tag.properties.color.type = 'number'), 'Tag.color › type'],
  ['what is required', (d) => d.components.schemas.Tag.required.pop(), 'Tag › required'],
  ['nullability', (d) => d.components.schemas.Status.properties.color.anyOf.pop(), 'Status.color › anyOf'],
  ['an enum', (d) => d.components.schemas.Member.properties.role.enum.pop(), 'Member.role › enum'],
  ['a pattern', (d) => delete d.components.schemas.Tag.properties.id.pattern, 'Tag.id › pattern'],
  [
    'a limit',
    (d) => (d.components.schemas.Prospect.properties.confidence.maximum = 2),
    'Prospect.confidence › maximum',
  ],
  ['strictness', (d) => (d.components.schemas.Tag.additionalProperties = false), 'Tag › additionalProperties'],
  ['a part of a whole', (d) => d.components.schemas.Thread.properties.prospect.allOf.pop(), 'Thread.prospect › allOf'],
  // biome-ignore lint/suspicious/noExplicitAny: the point is to break the document's form
] satisfies [string, (document: any) => unknown, string][])('%s cannot change unseen', (_what, change, expected) => {
  const differences = differencesAfter(change)

  expect(differences).toHaveLength(1)
  expect(differences[0]).toContain(expected)
})

test('words, examples, order and other spellings of the same do not count', () => {
  const differences = differencesAfter((d) => {
    d.components.schemas.Tag.description = 'Other words.'
    d.components.schemas.Tag.required.reverse()
    d.components.schemas.Status.properties.color.anyOf.reverse()
    d.components.schemas.Member.properties.role = { enum: ['user', 'owner', 'admin'], 'x-native-type': 'role' }
    d.components.schemas.Member.properties.email.format = undefined
    d.paths['/tags/{tagId}'].delete.responses[200].content = { 'application/json': { schema: { not: {} } } }
  })

  expect(differences).toEqual([])
})
