// Long because it is a list: every way to write a query, and what it means.

import fc from 'fast-check'
import qs from 'qs'
import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../domain/errors.ts'
import { compileQuery, readCursor } from './query.ts'
import { id, nullable, oneOf, timestamp } from './schemas.ts'

const selectedIds = Type.Optional(Type.Array(Type.String()))
const threadsQuery = Type.Object({
  accountLinkIds: Type.Optional(nullable(Type.Array(id()))),
  cursorId: Type.Optional(id()),
  cursorTimestamp: Type.Optional(timestamp()),
  cursor: Type.Optional(Type.Object({ id: id(), timestamp: timestamp() })),
  inbox: Type.Optional(oneOf(['default', 'no-reply'])),
  filters: Type.Optional(
    nullable(
      Type.Object({
        tags: Type.Optional(Type.Object({ selectedIds, noTags: Type.Optional(Type.Boolean()) })),
        statuses: Type.Optional(Type.Object({ selectedIds, noStatus: Type.Optional(Type.Boolean()) })),
        sortOrder: Type.Optional(Type.Unsafe<'asc' | 'desc'>({ enum: ['asc', 'desc'], default: 'desc' })),
      }),
    ),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
})
const usernameQuery = Type.Object({
  username: Type.String({ minLength: 1 }),
  afterSeq: Type.Optional(Type.Integer({ minimum: 0 })),
})

const readThreads = compileQuery(threadsQuery)
const readUsername = compileQuery(usernameQuery)
const nothing = { accountLinkIds: null, filters: null, limit: 20 }

describe('what every list understands', () => {
  test('no query at all gives the defaults', () => {
    expect(readThreads('')).toEqual(nothing)
  })

  test.each([
    'accountLinkIds=a&accountLinkIds=b&accountLinkIds=c',
    'accountLinkIds[]=a&accountLinkIds[]=b&accountLinkIds[]=c',
    'accountLinkIds[0]=a&accountLinkIds[1]=b&accountLinkIds[2]=c',
    'accountLinkIds[199]=c&accountLinkIds[7]=b&accountLinkIds[3]=a',
    'accountLinkIds%5B%5D=a&accountLinkIds%5b%5d=b&accountLinkIds%5B%5D=c',
    'accountLinkIds=&accountLinkIds[]=a&accountLinkIds[]=&accountLinkIds[]=b&accountLinkIds[]=c',
  ])('%s is a list of three', (raw) => {
    expect(readThreads(raw).accountLinkIds).toEqual(['a', 'b', 'c'])
  })

  test('one value where a list is expected is a list of one', () => {
    expect(readThreads('accountLinkIds=a').accountLinkIds).toEqual(['a'])
    expect(readThreads('filters[tags][selectedIds]=a').filters).toEqual({
      tags: { selectedIds: ['a'] },
      sortOrder: 'desc',
    })
  })

  test('the forms of a list can be mixed, an index given twice counts twice', () => {
    const raw = 'accountLinkIds[1]=a&accountLinkIds=b&accountLinkIds[]=c&accountLinkIds[1]=d&accountLinkIds[150]=e'
    expect(readThreads(raw).accountLinkIds?.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('filters nest in brackets, in any order, encoded or not', () => {
    const raw =
      'filters[tags][selectedIds][1]=b&filters%5Btags%5D%5BnoTags%5D=true&filters[statuses][noStatus]=false&filters[tags][selectedIds][0]=a'
    const filters = {
      tags: { selectedIds: ['a', 'b'], noTags: true },
      statuses: { noStatus: false },
      sortOrder: 'desc',
    }
    expect(readThreads(raw)).toEqual({ ...nothing, filters })
  })

  test('an empty value is an absent one', () => {
    const raw =
      'limit=&limit&accountLinkIds=&filters=&filters[tags]=&filters[tags][selectedIds]=&filters[tags][selectedIds][]=&cursor[id]=&cursor[timestamp]=&inbox=&=&&'
    expect(readThreads(raw)).toEqual(nothing)
    expect(readThreads('limit=&limit=7').limit).toBe(7)
    expect(readThreads('filters=&filters[tags][noTags]=true').filters?.tags).toEqual({ noTags: true })
  })

  test('what v1 does not know is ignored', () => {
    expect(readThreads('page=2&filters[unknown][x]=1&filters[tags][other]=1&cursor[foo]=1&toString=1')).toEqual({
      ...nothing,
      filters: { sortOrder: 'desc' },
    })
  })

  test('a space is %20 or +, and a value may hold any sign', () => {
    expect(readUsername('username=a+b%20c%2Bd').username).toBe('a b c+d')
    expect(readUsername('username=a]=b=c[d]').username).toBe('a]=b=c[d]')
    expect(readUsername('username=%F0%9F%91%8D').username).toBe('👍')
  })
})

describe('what breaks a rule is refused by name', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=+5', 'limit'],
    ['limit=1.0', 'limit'],
    ['limit=999999999999999999999', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limit[]=5', 'limit'],
    ['limit[a]=5', 'limit'],
    ['inbox=Default', 'inbox'],
    ['cursorId=ABC', 'cursorId'],
    ['cursorId=a%0A', 'cursorId'],
    ['accountLinkIds=a&accountLinkIds=B', 'accountLinkIds[1]'],
    ['accountLinkIds[x]=a', 'accountLinkIds'],
    ['accountLinkIds[-1]=a', 'accountLinkIds'],
    ['accountLinkIds[0][a]=a', 'accountLinkIds[0]'],
    ['filters=null', 'filters'],
    ['filters[]=a', 'filters'],
    ['filters[tags]=x&filters[tags][noTags]=true', 'filters[tags]'],
    ['filters[tags][noTags]=1', 'filters[tags][noTags]'],
    ['filters[tags][noTags]=TRUE', 'filters[tags][noTags]'],
    ['filters[tags][noTags][x]=true', 'filters[tags][noTags]'],
    ['filters[tags][selectedIds]=a%00', 'filters[tags][selectedIds][0]'],
    ['filters[sortOrder]=up', 'filters[sortOrder]'],
    ['cursor[id]=a', 'cursor[timestamp]'],
    ['cursor[timestamp]=2026-03-04T05:06:07Z', 'cursor[id]'],
    ['cursor=a', 'cursor'],
  ])('%s', (raw, name) => {
    expect(refusal(() => readThreads(raw))).toMatchObject({ kind: 'invalid', code: 'invalidRequest' })
    expect(refusal(() => readThreads(raw)).message).toContain(`"${name}"`)
  })

  test('every broken parameter is named, with its path', () => {
    expect(refusal(() => readThreads('limit=x&filters[tags][noTags]=maybe')).details).toEqual({
      issues: [
        { path: ['filters', 'tags', 'noTags'], message: 'must be true or false' },
        { path: ['limit'], message: 'must be a whole number' },
      ],
    })
  })

  test('a required parameter is missed', () => {
    for (const raw of ['', 'username=', 'afterSeq=1'])
      expect(refusal(() => readUsername(raw)).message).toBe('"username" is required')
  })

  test.each([
    ['501 parameters', Array.from({ length: 501 }, () => 'a=1').join('&')],
    ['10,000 parameters', Array.from({ length: 10_000 }, (_, index) => `a${index}=`).join('&')],
    ['201 elements', Array.from({ length: 201 }, () => 'accountLinkIds=a').join('&')],
    [
      '201 elements in two forms',
      Array.from({ length: 201 }, (_, index) => `accountLinkIds${index % 2 ? '[]' : ''}=a`).join('&'),
    ],
    ['an index past all bounds', 'accountLinkIds[1000]=a'],
    ['an index of many digits', `accountLinkIds[${'9'.repeat(400)}]=a`],
    ['deep brackets', `filters${'[b]'.repeat(1_000)}=1`],
  ])('%s are refused, not cut short', (_, raw) => {
    expect(refusal(() => readThreads(raw))).toMatchObject({ kind: 'invalid', code: 'invalidRequest' })
  })

  test.each([
    ['filters[tags][selectedIds][5000]=a', '"filters[tags][selectedIds][5000]" has an index in brackets above 999'],
    ['limit=1&filters[a][b][c][d][e][f]=a', '"filters[a][b][c][d][e][f]" has brackets deeper than 5'],
  ])('%s is refused by name', (raw, message) => {
    expect(refusal(() => readThreads(raw)).message).toContain(message)
  })

  test('an unknown parameter is ignored whatever its brackets hold', () => {
    expect(readThreads('a[b][c][d][e][f][g][h]=1&b[5000]=1&limit=7').limit).toBe(7)
  })

  test('gaps between indices are no elements', () => {
    expect(readThreads('accountLinkIds=a&accountLinkIds[]=b&accountLinkIds[499]=c').accountLinkIds?.sort()).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  test('a list that is too long is named', () => {
    const raw = Array.from({ length: 201 }, (_, index) => `filters[tags][selectedIds][${index}]=a`).join('&')
    expect(refusal(() => readThreads(raw)).message).toContain('"filters[tags][selectedIds]"')
  })

  test('200 elements are within the limit, in each form', () => {
    for (const form of ['', '[]', 'index']) {
      const raw = Array.from(
        { length: 200 },
        (_, index) => `accountLinkIds${form === 'index' ? `[${index}]` : form}=a${index}`,
      ).join('&')
      expect(readThreads(raw).accountLinkIds).toHaveLength(200)
    }
  })
})

describe('times', () => {
  test.each([
    ['2026-03-04T05:06:07.000Z', '2026-03-04T05:06:07.000Z'],
    ['2026-03-04T05%3A06%3A07.123456789Z', '2026-03-04T05:06:07.123Z'],
    ['2026-03-04T05:06:07.5+02:00', '2026-03-04T03:06:07.500Z'],
    ['2026-03-04T05:06:07%2B02:00', '2026-03-04T03:06:07.000Z'],
    ['2026-03-04T05:06-0330', '2026-03-04T08:36:00.000Z'],
    ['2026-03-04t05:06:07z', '2026-03-04T05:06:07.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, iso) => {
    expect(readThreads(`cursorTimestamp=${text}`).cursorTimestamp).toBe(iso)
  })

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-04T24:00:00Z',
    '2026-03-04T23:59:60Z',
    '2026-03-04T05:06:07',
    '2026-03-04T05:06:07-24:00',
    '2026-03-04',
    '1772600767',
    'yesterday',
    '0000-12-31T23:00:00Z',
    '0001-01-01T00:30:00%2B01:00',
    '9999-12-31T23:30:00-01:00',
    '%2B010000-01-01T00:00:00Z',
    '2026-03-04T05:06:07Z%00',
  ])('%s is no time', (text) => {
    expect(refusal(() => readThreads(`cursorTimestamp=${text}`)).message).toContain('"cursorTimestamp"')
  })

  test('any moment reads back in UTC, whatever its offset', () => {
    const moments = fc.date({
      min: new Date('0002-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(moments, fc.integer({ min: -1_439, max: 1_439 }), (moment, offsetMinutes) => {
        const local = new Date(moment.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1)
        const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60].map((n) =>
          String(n).padStart(2, '0'),
        )
        const raw = `cursorTimestamp=${local}${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`
        expect(readThreads(raw).cursorTimestamp).toBe(moment.toISOString())
      }),
    )
  })
})

describe('cursors', () => {
  const cursor = { id: 'a1', timestamp: '2026-03-04T05:06:07.000Z' }

  test('both spellings mean the same', () => {
    expect(readCursor(readThreads('cursorId=a1&cursorTimestamp=2026-03-04T05:06:07Z'))).toEqual(cursor)
    expect(readCursor(readThreads('cursor[id]=a1&cursor[timestamp]=2026-03-04T05:06:07Z'))).toEqual(cursor)
    expect(readCursor(readThreads('cursorId=&cursor[id]='))).toBeNull()
  })

  test.each([
    ['cursorId=a1', 'cursorTimestamp'],
    ['cursorTimestamp=2026-03-04T05:06:07Z', 'cursorId'],
    ['cursorId=a1&cursor[id]=a1&cursor[timestamp]=2026-03-04T05:06:07Z', 'cursor'],
  ])('%s is refused, naming %s', (raw, name) => {
    expect(refusal(() => readCursor(readThreads(raw))).message).toContain(`"${name}"`)
  })

  test('half a cursor is refused even where the schema lets it through', () => {
    expect(refusal(() => readCursor({ cursor: { id: 'a1' } })).message).toContain('"cursor[timestamp]"')
  })
})

describe('hostile queries', () => {
  test.each(['username=%zz', 'username=%ff', 'username=%', 'username=100%', 'username=%E2%82'])(
    '%s is taken literally',
    (raw) => {
      expect(readUsername(raw).username).toBe(raw.slice('username='.length))
    },
  )

  test('no name reaches a prototype', () => {
    const names = [
      '__proto__',
      'constructor',
      'filters[__proto__]',
      'filters[constructor][prototype]',
      'filters[tags][__proto__]',
      'accountLinkIds[__proto__]',
    ]
    for (const name of names) outcome(() => readThreads(`${name}[noTags]=true&${name}[limit]=5&${name}=x`))
    expect(readThreads('__proto__[limit]=5')).toEqual(nothing)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>).noTags).toBeUndefined()
  })

  test('nothing but a refusal is ever thrown', () => {
    const names = fc.constantFrom(
      'limit',
      'accountLinkIds',
      'filters',
      'cursor',
      'tags',
      'selectedIds',
      '__proto__',
      'constructor',
      'id',
      '0',
      '199',
      '1e3',
    )
    const signs = fc.constantFrom(
      '[',
      ']',
      '[]',
      '=',
      '&',
      '%',
      '%5B',
      '%5D',
      '%00',
      '%ff',
      '+',
      '][',
      ']=',
      'true',
      '7',
    )
    const pieces = fc.array(fc.oneof(names, signs, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 40 })
    fc.assert(
      fc.property(pieces, (list) => {
        outcome(() => readThreads(list.join('')))
        outcome(() => readUsername(list.join('')))
      }),
      { numRuns: 3_000 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('whatever form a value is sent in, it reads back', () => {
  const ids = fc.array(fc.stringMatching(/^[0-9a-z]{1,24}$/), { minLength: 1, maxLength: 60 })
  const texts = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
    { minLength: 1, maxLength: 40 },
  )
  const tags = fc.record({ selectedIds: texts, noTags: fc.boolean() }, { requiredKeys: [] })
  const statuses = fc.record({ selectedIds: texts, noStatus: fc.boolean() }, { requiredKeys: [] })
  const filters = fc.record(
    { tags, statuses, sortOrder: fc.constantFrom('asc', 'desc') },
    { requiredKeys: ['sortOrder'] },
  )
  const values = fc.record({ accountLinkIds: ids, filters, limit: fc.integer({ min: 1, max: 100 }) })

  test('in the three forms of a common encoder', () => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom('indices', 'brackets', 'repeat'),
        fc.boolean(),
        (value, arrayFormat, encodeValuesOnly) => {
          const raw = qs.stringify(value, { arrayFormat, encodeValuesOnly })
          expect(readThreads(raw)).toEqual(withoutEmpty(value))
        },
      ),
    )
  })

  test('with a form of its own for every element, in any order, among empty and unknown parameters', () => {
    const choices = fc.infiniteStream(fc.nat({ max: 999 }))
    fc.assert(
      fc.property(values, choices, (value, stream) => {
        const choose = (count: number) => Number(stream.next().value) % count
        const pairs = [...encode(value, choose), 'unknown=1', 'limit=', 'accountLinkIds[]=', 'filters[tags]=']
        const shuffled = pairs.map((pair) => ({ pair, at: choose(1_000) })).sort((a, b) => a.at - b.at)
        const read = readThreads(shuffled.map(({ pair }) => pair).join('&'))
        expect(sorted(read)).toEqual(sorted(withoutEmpty(value)))
      }),
    )
  })

  type Choose = (count: number) => number

  function encode(value: object, choose: Choose, prefix = ''): string[] {
    return Object.entries(value).flatMap(([name, child]: [string, unknown]) => {
      const path = prefix === '' ? name : `${prefix}${bracket(name, choose)}`
      if (Array.isArray(child))
        return child.map((element, index) => pair(`${path}${elementForm(index, choose)}`, element, choose))
      return typeof child === 'object' && child !== null ? encode(child, choose, path) : [pair(path, child, choose)]
    })
  }

  function elementForm(index: number, choose: Choose): string {
    return (
      ['', bracket('', choose), bracket(String(index * 3), choose), bracket(String(499 - index), choose)][choose(4)] ??
      ''
    )
  }

  function bracket(content: string, choose: Choose): string {
    return choose(2) === 0 ? `[${content}]` : `%5B${content}%5d`
  }

  function pair(path: string, value: unknown, choose: Choose): string {
    const text = encodeURIComponent(String(value))
    return `${path}=${choose(2) === 0 ? text : text.replaceAll('%20', '+')}`
  }

  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return [...value].sort()
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, sorted(child)]))
  }

  /** A query cannot say `{}`. */
  function withoutEmpty<T extends object>(value: T): object {
    const kept = Object.entries(value).map(([name, child]: [string, unknown]) => {
      return [
        name,
        typeof child === 'object' && child !== null && !Array.isArray(child) ? withoutEmpty(child) : child,
      ] as const
    })
    return Object.fromEntries(
      kept.filter(([, child]) => typeof child !== 'object' || child === null || Object.keys(child).length > 0),
    )
  }
})

test('a rule the reader would not enforce is refused when the server starts', () => {
  expect(() => compileQuery(Type.Object({ q: Type.String({ maxLength: 5 }) }))).toThrow('maxLength')
  expect(() => compileQuery(Type.Object({ q: Type.String({ format: 'email' }) }))).toThrow('email')
  expect(() => compileQuery(Type.Object({ q: Type.Number() }))).toThrow('number')
})

function refusal(work: () => unknown): DomainError {
  const error = outcome(work)
  if (!error) throw new Error('it was not refused')
  return error
}

/** The refusal, or null; anything else that is thrown fails the test. */
function outcome(work: () => unknown): DomainError | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') return error
    throw error
  }
}
