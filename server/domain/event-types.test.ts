import { expect, test } from 'vitest'
import { compileTypes, type EventCatalogue, patternsOf } from './event-types.ts'

const catalogue: EventCatalogue = {
  'message.created': { logTypes: ['message.sent', 'message.received'] },
  'message.edited': { logTypes: ['message.edited'] },
  'contact.notesChanged': { logTypes: ['prospect.notesChanged'] },
  'tag.deleted': { logTypes: ['tag.deleted'], onlyWhenNamed: true },
}

test('a type is asked for by its name, or with all others of its noun', () => {
  expect(compileTypes(catalogue, ['message.edited'], ['type'])).toEqual(['message.edited'])
  expect(compileTypes(catalogue, ['message.*', 'message.edited'], ['type'])).toEqual([
    'message.sent',
    'message.received',
    'message.edited',
  ])
  expect(compileTypes(catalogue, ['contact.*'], ['type'])).toEqual(['prospect.notesChanged'])
})

test('whoever asks for all gets what the version always had, and the rest when he names it', () => {
  expect(compileTypes(catalogue, null, ['type'])).not.toContain('tag.deleted')
  expect(compileTypes(catalogue, ['tag.*'], ['type'])).toEqual(['tag.deleted'])
  expect(compileTypes(catalogue, ['tag.deleted'], ['type'])).toEqual(['tag.deleted'])
  expect(compileTypes(catalogue, [], ['type'])).toEqual([])
})

test.each(['message', 'message.', 'message.*.*', '*', '', 'prospect.notesChanged', 'message.sent', 'toString'])(
  '%j is no type',
  (pattern) => {
    expect(() => compileTypes(catalogue, [pattern], ['types', 0])).toThrow(`"types[0]" names no type of event with`)
  },
)

test('says what may be asked for', () => {
  expect(patternsOf(catalogue)).toEqual([...Object.keys(catalogue), 'message.*', 'contact.*', 'tag.*'])
})
