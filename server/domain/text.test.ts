import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countGraphemes, foldName, isSingleEmoji, isStorableText } from './text.ts'

describe('foldName', () => {
  test.each([
    ['Café', 'CAFE'],
    ['Café', 'Cafe\u0301'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['İstanbul', 'istanbul'],
    ['ISPARTA', 'ısparta'],
    ['  Hot \t lead\u00a0', 'hot lead'],
    ['ﬁrst', 'FIRST'],
    ['ＶＩＰ', 'vip'],
    ['Łódź', 'lodz'],
    ['Smørrebrød', 'smorrebrod'],
    ['VIP\u200b', 'VIP'],
    ['❤\ufe0f', '❤'],
    ['Ёлка', 'елка'],
    ['Ǆ', 'ǆ'],
  ])('%s and %s are the same name', (one, other) => {
    expect(foldName(one)).toBe(foldName(other))
  })

  test.each([
    ['VIP', 'VIPs'],
    ['hot lead', 'hotlead'],
    ['की', 'का'],
    ['かき', 'かぎ'],
    ['กิน', 'กัน'],
    ['👨‍👩‍👧', '👨👩👧'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
  ])('%s and %s are different names', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other))
  })

  test('nothing is left of a name nobody can see', () => {
    expect(['', ' \n', '\u200b', '\u0301'].map(foldName)).toEqual(['', '', '', ''])
  })

  test('folding a key changes nothing, and neither does the case of a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        // The iota under a Greek vowel is an accent in lower case and a letter in upper case.
        fc.pre(!name.normalize('NFKD').includes('\u0345'))
        const key = foldName(name)
        expect(foldName(key)).toBe(key)
        expect(foldName(name.toUpperCase())).toBe(key)
        expect(foldName(name.toLowerCase())).toBe(key)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('countGraphemes', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['one\r\ntwo\n\r', 9],
    ['e\u0301a', 2],
    ['👨‍👩‍👧👍🏽', 2],
    ['🇩🇪🇫🇷🇯🇵', 3],
    ['हिन्दी', 2],
    ['\ud800a', 2],
  ])('%j has %i characters', (text, count) => {
    expect(countGraphemes(text)).toBe(count)
  })

  test('half a surrogate pair in front of a whole one does not confuse it', () => {
    expect(countGraphemes(`${'é'.repeat(255)}\ud83d\u{1e944}`)).toBe(256)
  })

  test('it agrees with the segmenter wherever its windows end', () => {
    const pieces = fc.constantFrom(
      'a',
      '\r\n',
      '\r',
      'e\u0301',
      '👨‍👩‍👧',
      '🇩🇪',
      '🇩',
      '👍🏽',
      '\u{1e944}',
      'क्',
      '\u200d',
      '\ud83d',
      '한',
      '\u1100',
    )
    const texts = fc.array(pieces, { maxLength: 900, size: 'max' }).map((list) => list.join(''))
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
    fc.assert(
      fc.property(texts, fc.nat({ max: 1_000 }), (text, atMost) => {
        const count = [...segmenter.segment(text)].length
        expect(countGraphemes(text)).toBe(count)
        expect(countGraphemes(text, atMost)).toBe(Math.min(count, atMost + 1))
      }),
    )
  })

  test('a megabyte is counted in moments, whether of accents, flags or one endless character', () => {
    const texts = ['é'.repeat(1e6), `a${'\u0301'.repeat(1e6)}`, '🇩🇪'.repeat(250_000), '👨\u200d'.repeat(300_000)]
    const before = process.cpuUsage()
    expect(texts.map((text) => countGraphemes(text, 10_000))).toEqual([10_001, 1, 10_001, 1])
    expect(countGraphemes('é'.repeat(1e6))).toBe(1e6)
    // Of the processor's time: the machine may be busy with something else.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000)
  })
})

test.each(['👍', '❤️', '❤', '👍🏽', '🇩🇪', '1️⃣', '#⃣', '👨‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩🏽‍💻'])('%s is a single emoji', (text) => {
  expect(isSingleEmoji(text)).toBe(true)
})

test.each(['', 'a', '1', '👍👍', '👍 ', '👍\n', '🇩', '👍\u200d', 'a👍', '🇩🇪🇫🇷', ':)'])(
  '%j is not a single emoji',
  (text) => {
    expect(isSingleEmoji(text)).toBe(false)
  },
)

test('text with NUL or half a surrogate pair cannot be stored', () => {
  expect(['', 'plain', '👍', 'é\n\t', '\ufffd'].map(isStorableText)).toEqual([true, true, true, true, true])
  expect(['\0', 'a\0b', '\ud83d', 'a\udc4d', '\udc4d\ud83d'].map(isStorableText)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})
