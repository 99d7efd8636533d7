import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutValues } from './answer.ts'

test.each([
  ['nothing of ours', 'OK', ['Bearer sekret-value'], 'OK'],
  ['a value', '{"authorization":"Bearer sekret-value"}', ['Bearer sekret-value'], '{"authorization":"[hidden]"}'],
  ['a word of it', 'unknown token sekret-value', ['Bearer sekret-value'], 'unknown token [hidden]'],
  ['its first word, which anybody says', 'Bearer expected', ['Bearer sekret-value'], 'Bearer expected'],
  ['as JSON writes it', String.raw`{"x":"a\"b\\c-long"}`, ['a"b\\c-long'], '{"x":"[hidden]"}'],
  ['one in another', 'abcdefgh-1 abcdefgh', ['abcdefgh', 'abcdefgh-1'], '[hidden] [hidden]'],
  ['cut in the middle', 'token: sekret-v', ['sekret-value'], 'token: [hidden]'],
  ['too short to be one', 'v1 is fine', ['v1'], 'v1 is fine'],
])('%s', (_what, answer, values, shown) => {
  expect(withoutValues(answer, values)).toBe(shown)
})

test('wherever a value stands in an answer, and wherever that is cut, it is not shown', () => {
  const value = fc.stringMatching(/^[a-zA-Z0-9]{12,40}$/)
  fc.assert(
    fc.property(value, fc.string(), fc.string(), fc.nat(60), (secret, before, after, cut) => {
      const answer = `${before}${secret}${after}`.slice(0, before.length + 12 + cut)
      const shown = withoutValues(answer, [secret])
      expect(shown.replaceAll('[hidden]', '')).not.toContain(secret.slice(0, 12))
    }),
  )
})
