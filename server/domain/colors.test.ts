import fc from 'fast-check'
import { expect, test } from 'vitest'
import { palette, parseColor, pickPaletteColor } from './colors.ts'

test('a palette name in any case and a hex code in any case become lower-case hex', () => {
  expect(parseColor('blue')).toBe('#3b82f6')
  expect(parseColor('TeaL')).toBe('#14b8a6')
  expect(parseColor('#AbCdEf')).toBe('#abcdef')
  for (const { name, hex } of palette) expect([parseColor(name), parseColor(hex)]).toEqual([hex, hex])
})

test('nothing else is a colour', () => {
  const others = [
    '',
    '#abc',
    'abcdef',
    '#abcdefa',
    '#abcdeg',
    '#abcdef\n',
    ' blue',
    'constructor',
    '__proto__',
    '#ABCDE\u{212a}',
  ]
  expect(others.map(parseColor)).toEqual(others.map(() => null))
})

test('the palette has 18 different colours, and picking goes through all of them before repeating one', () => {
  const picked = palette.map((_, index) => pickPaletteColor(index))
  expect(new Set(picked)).toEqual(new Set(palette.map(({ hex }) => hex)))
  expect(new Set(picked).size).toBe(18)
  expect(pickPaletteColor(18)).toBe(pickPaletteColor(0))
})

test('any whole number picks a colour', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (index) => palette.some(({ hex }) => hex === pickPaletteColor(index))))
})
