/**
 * Where a text stops being JSON: `at line 2, column 5`. JSON.parse keeps that to itself for some mistakes, and for others quotes the
 * text, which may be private.
 */
export function whereJsonBreaks(text: string): string {
  const position = firstMistake(text)
  if (position >= text.length) return 'because it ends too early'
  const lines = text.slice(0, position).split('\n')
  return `at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

type Expected = 'value' | 'valueOrEnd' | 'nameOrEnd' | 'name' | 'colon' | 'commaOrEnd' | 'end'

const SPACE = /[ \t\n\r]*/y
// Of the control characters, the upper ones may stand in a string as they are.
const BEGUN_STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy
const STRING = new RegExp(`${BEGUN_STRING.source}"`, 'uy')
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

/** A walk through the tokens with a stack of its own: texts may be nested as deep as they are long. */
function firstMistake(text: string): number {
  const open: ('{' | '[')[] = []
  let at = 0
  let expected: Expected = 'value'

  const afterValue = (): Expected => (open.length > 0 ? 'commaOrEnd' : 'end')
  for (;;) {
    at += lengthOf(SPACE, text, at)
    const character = text[at]
    if (character === undefined || expected === 'end') return at
    const container = open.at(-1)
    const closes = character === (container === '{' ? '}' : ']')
    if (closes && container && ['valueOrEnd', 'nameOrEnd', 'commaOrEnd'].includes(expected)) {
      open.pop()
      at++
      expected = afterValue()
    } else if (expected === 'commaOrEnd' && character === ',') {
      at++
      expected = container === '{' ? 'name' : 'value'
    } else if (expected === 'colon' && character === ':') {
      at++
      expected = 'value'
    } else if (expected === 'name' || expected === 'nameOrEnd') {
      const length = lengthOf(STRING, text, at)
      if (length === 0) return at + lengthOf(BEGUN_STRING, text, at)
      at += length
      expected = 'colon'
    } else if (expected === 'value' || expected === 'valueOrEnd') {
      if (character === '{' || character === '[') {
        open.push(character)
        at++
        expected = character === '{' ? 'nameOrEnd' : 'valueOrEnd'
      } else {
        const length = lengthOf(STRING, text, at) || lengthOf(SCALAR, text, at)
        if (length === 0) return at + lengthOf(BEGUN_STRING, text, at)
        at += length
        expected = afterValue()
      }
    } else return at
  }
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
