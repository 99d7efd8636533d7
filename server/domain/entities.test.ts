import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MessageEntities, parseEntities } from './entities.ts'

test('a text with nothing to mark has no entities', () => {
  const texts = [
    '',
    'Hello there',
    'Yes. No... 3.5 at 12:30, $5 #1 @ # $',
    'a@b',
    'see you @',
    'e.g. node.js and README.md',
    '#️⃣ 1️⃣',
    '\ud83d.',
  ]
  expect(texts.map(parseEntities)).toEqual(texts.map(() => null))
})

test('every kind, with positions counted in code points', () => {
  expect(
    parseEntities('👋 @mina_k see https://www.example.org/x #launch $ABC https://x.com/mina/status/1902?s=20'),
  ).toEqual({
    urls: [{ url: 'https://www.example.org/x', displayUrl: 'example.org/x', indices: { start: 14, end: 39 } }],
    postShares: [{ platformId: '1902', url: 'https://x.com/mina/status/1902?s=20', indices: { start: 53, end: 88 } }],
    mentions: [{ username: 'mina_k', displayName: null, platformId: null, indices: { start: 2, end: 9 } }],
    hashtags: [{ tag: 'launch', indices: { start: 40, end: 47 } }],
    cashtags: [{ symbol: 'ABC', indices: { start: 48, end: 52 } }],
  })
})

describe('links', () => {
  test.each([
    ['See https://example.com.', ['https://example.com']],
    ['(https://example.com/a_(b)), then', ['https://example.com/a_(b)']],
    ['[x](https://example.com/a)', ['https://example.com/a']],
    ['<https://example.com/a?b=c&d=e#f>', ['https://example.com/a?b=c&d=e#f']],
    ['“https://example.com/a”!', ['https://example.com/a']],
    ['https://example.com/a?!... ok', ['https://example.com/a']],
    ['HTTP://EXAMPLE.COM/A', ['HTTP://EXAMPLE.COM/A']],
    ['http://localhost:3000/x', ['http://localhost:3000/x']],
    ['https://x.com/a_', ['https://x.com/a_']],
    ['見てhttps://example.com/aを', ['https://example.com/a']],
    ['https://example.com/a🔥', ['https://example.com/a']],
    ['done.https://example.com', ['https://example.com']],
    [
      'example.com, example.org/x. Also www.zeit.de!',
      ['https://example.com', 'https://example.org/x', 'https://www.zeit.de'],
    ],
    ['zeit.de/artikel zeit.de bbc.co.uk', ['https://zeit.de/artikel', 'https://bbc.co.uk']],
    ['example.com:8080/x example.com: yes', ['https://example.com:8080/x', 'https://example.com']],
    ['example.com?a=other.com', ['https://example.com?a=other.com']],
  ])('%s', (text, urls) => {
    expect(parseEntities(text)?.urls.map(({ url }) => url)).toEqual(urls)
  })

  test.each([
    'mail bob@example.com or bob.smith@mail.example.com, me.com@example.org',
    'http:// https://. xhttp://a httpſ://a',
    'version 1.2.3, file.txt, done.Now, so.cool, -example-.com, exa..mple.com',
    'example.comé _example.com #example.com',
  ])('%s: no links', (text) => {
    expect(parseEntities(text)?.urls ?? []).toEqual([])
  })

  test.each([
    ['https://www.example.org/', 'example.org'],
    ['http://example.org?q=1', 'example.org?q=1'],
    [`https://example.org/${'a'.repeat(29)}`, `example.org/${'a'.repeat(29)}`],
    [`https://example.org/${'a'.repeat(30)}`, `example.org/${'a'.repeat(29)}…`],
    [`https://example.org/${'𐐷'.repeat(40)}`, `example.org/${'𐐷'.repeat(29)}…`],
  ])('%s is shown as %s', (text, displayUrl) => {
    expect(parseEntities(text)?.urls.map((url) => url.displayUrl)).toEqual([displayUrl])
  })

  test.each([
    ['https://x.com/mina/status/1902', '1902'],
    ['https://twitter.com/i/web/status/1902/photo/1', '1902'],
    ['http://mobile.twitter.com/mina/statuses/1902#m', '1902'],
    ['x.com/i/status/1902.', '1902'],
  ])('%s is a shared post', (text, platformId) => {
    expect(parseEntities(text)).toMatchObject({ urls: [], postShares: [{ platformId }] })
  })

  test.each([
    'https://x.com/mina',
    'https://x.com/mina/status/19a',
    'https://notx.com/mina/status/1',
    'https://x.com.example.org/a/status/1',
  ])('%s is a link, not a shared post', (text) => {
    expect(parseEntities(text)).toMatchObject({ urls: [{ url: text }], postShares: [] })
  })
})

test.each([
  ['@mina, .@Li_Wei and (@bob)', ['mina', 'Li_Wei', 'bob']],
  ['こんにちは@minaさん ＠bob', ['mina', 'bob']],
  ['@fifteen_letters @sixteen_letters_', ['fifteen_letters']],
  ['@bob: hi @bob.', ['bob', 'bob']],
  ['mail bob@example.com, @user@mastodon.example, a@b, @@bob, @bobé, https://example.com/@bob', []],
])('mentions in: %s', (text, names) => {
  expect(parseEntities(text)?.mentions.map(({ username }) => username) ?? []).toEqual(names)
})

test.each([
  ['#launch, #日本 #été2026 (#a_b) ＃wide', ['launch', '日本', 'été2026', 'a_b', 'wide']],
  ['#हिन्दी #می‌خواهم', ['हिन्दी', 'می‌خواهم']],
  ['#1 #2026 #_ a#b ##c #d#e &#39; https://example.com/#f #️⃣x', []],
])('hashtags in: %s', (text, tags) => {
  expect(parseEntities(text)?.hashtags.map(({ tag }) => tag) ?? []).toEqual(tags)
})

test.each([
  ['$ABC, ($abc) $BRK.A $ABC.TO $X_ab. $ABC.', ['ABC', 'abc', 'BRK.A', 'ABC.TO', 'X_ab', 'ABC']],
  ['$5 $ABCDEFG US$ABC $$ABC $ABC1 $A$B https://example.com/$ABC', []],
])('cashtags in: %s', (text, symbols) => {
  expect(parseEntities(text)?.cashtags.map(({ symbol }) => symbol) ?? []).toEqual(symbols)
})

test('positions lead back to the text of each entity, in order and without overlap', () => {
  const pieces = fc.constantFrom(
    ...[
      '@mina',
      '#tag',
      '#日本',
      '$ABC',
      'https://example.com/a_(b)',
      'example.org',
      'www.zeit.de/x',
      'https://x.com/a/status/1',
      '👋',
      '\ud83d',
      '\udc4b',
    ],
    ...[
      ' ',
      '.',
      ',',
      '(',
      ')',
      '[',
      ']',
      '/',
      '@',
      '＠',
      '#',
      '$',
      ':',
      '://',
      'http://',
      'bob',
      'é',
      '日',
      '\u0301',
      '\n',
      '-',
      '_',
      '…',
    ],
  )
  const texts = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 60 })
    .map((list) => list.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      const codePoints = Array.from(text)
      const marked = spelled(parseEntities(text)).sort((a, b) => a.indices.start - b.indices.start)
      for (const { indices, spellings } of marked)
        expect(spellings).toContain(codePoints.slice(indices.start, indices.end).join(''))
      for (const [index, { indices }] of marked.entries())
        expect(indices.start).toBeGreaterThanOrEqual(marked[index - 1]?.indices.end ?? 0)
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  'a',
  'a.',
  '.',
  '-',
  'a-',
  '@',
  '@a',
  '@a@',
  '#',
  '#a',
  '#a#',
  '$',
  '$a',
  '(',
  ')',
  '!',
  'http://',
  'http://a',
  'http://a)',
  'http://a!',
  'http://a.',
  'http://(',
  'a.com',
  'a.com)',
  'a.com/(',
  'a.com/)',
  'a.com/!',
  'example.com.',
  'x.com/a/status/1/',
  '日',
  '日a.com',
  '日@a',
  '\u0301',
  '#\u0301',
  '👋',
  '\ud83d',
  '://',
  'a@a.com',
])('100,000 characters of %j are read in moments', (piece) => {
  const hostile = [
    piece.repeat(Math.ceil(100_000 / piece.length)),
    `http://a.com/${piece.repeat(50_000 / piece.length)} b`,
    `${piece.repeat(50_000 / piece.length)}é@`,
  ]
  const startedAt = performance.now()
  for (const text of hostile) parseEntities(text)
  expect(performance.now() - startedAt).toBeLessThan(6_000)
})

/** Every entity with the texts it may stand for. */
function spelled(entities: MessageEntities | null) {
  if (!entities) return []
  const { urls, postShares, mentions, hashtags, cashtags } = entities
  return [
    ...[...urls, ...postShares].map(({ url, indices }) => ({ indices, spellings: [url, url.replace('https://', '')] })),
    ...mentions.map(({ username, indices }) => ({ indices, spellings: [`@${username}`, `＠${username}`] })),
    ...hashtags.map(({ tag, indices }) => ({ indices, spellings: [`#${tag}`, `＃${tag}`] })),
    ...cashtags.map(({ symbol, indices }) => ({ indices, spellings: [`$${symbol}`] })),
  ]
}
