import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonBody, RenderedList } from './json-body.ts'

test('a list whose items are JSON already is the JSON of the whole, and stays it while others are written', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 30 })
  const others = fc.dictionary(fc.string(), fc.option(fc.string(), { nil: undefined }), { maxKeys: 3 })
  const lists = fc.record({ name: fc.string({ minLength: 1 }), texts, others, times: fc.constantFrom(1, 1, 1, 2_000) })
  fc.assert(
    fc.property(fc.array(lists, { minLength: 1, maxLength: 5 }), (several) => {
      const written = several.map(({ name, texts, others, times }) => {
        const items = Array.from({ length: times }, () => texts).flat()
        const { [name]: _, ...rest } = others
        const body = jsonBody(
          new RenderedList(
            name,
            items.map((text) => jsonBody(text)),
            rest,
          ),
        )
        return { body, plain: { [name]: items, ...rest } }
      })

      for (const { body, plain } of written)
        expect(JSON.parse(body.toString())).toEqual(JSON.parse(JSON.stringify(plain)))
    }),
    { numRuns: 60 },
  )
})
