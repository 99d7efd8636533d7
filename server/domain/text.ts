/** Code units per step of the segmenter: it copies its whole input for every cluster, so a long text would cost its length squared. */
const WINDOW_UNITS = 256

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * What two names have in common when a person would call them the same: equal keys mean equal names, whatever their case, accents and
 * spacing. Marks that are letters of their own (the vowel signs of Indic scripts and Thai, voicing in kana) stay. Empty when nothing
 * of the name can be seen.
 */
export function foldName(name: string): string {
  return foldCase(name.normalize('NFKD').replaceAll(ACCENTS, '').replaceAll(INVISIBLE, ''))
    .replaceAll(/[øłđħŧ]/g, (letter) => STROKED[letter] ?? letter)
    .normalize('NFKD')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Accents belong to no script of their own; that also tells them from vowel signs. U+3099 and U+309A are the voicing marks of kana. */
const ACCENTS = /(?![\u3099\u309a])(?=\p{Mark})\p{Script=Inherited}/gu

/** Soft hyphen, zero-width space, word joiner and direction marks. Zero-width joiners stay: emoji and Persian words need them. */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u2060]/g

/** Letters whose stroke Unicode does not take apart. */
const STROKED: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ŧ: 't' }

/**
 * Full case folding, which JavaScript lacks. Lower, upper, lower makes one of ß, ẞ and SS, and of all four of the Turkish i's (their
 * dots are gone by now); a final sigma is only another shape.
 */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** Nothing but space and characters without width. */
export function isInvisible(text: string): boolean {
  return !/[!-~]/.test(text) && foldName(text) === ''
}

/** Characters as people count them: an emoji or a letter with its accents is one. Gives up past `atMost` and answers `atMost + 1`. */
export function countGraphemes(text: string, atMost = Number.POSITIVE_INFINITY): number {
  const count = isAscii(text) ? countAscii(text) : countClusters(text, atMost)
  return Math.min(count, atMost + 1)
}

function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text)
}

/** CR LF is the only cluster made of two ASCII characters. */
function countAscii(text: string): number {
  return text.length - (text.match(/\r\n/g)?.length ?? 0)
}

/** The last cluster of a window may go on behind it, so the next window starts with it; one that fills its window gets a wider one. */
function countClusters(text: string, atMost: number): number {
  let count = 0
  let start = 0
  let width = WINDOW_UNITS
  while (start < text.length && count <= atMost) {
    const end = endOfWindow(text, start + width)
    const clusters = Array.from(graphemes.segment(text.slice(start, end)), ({ index }) => index)
    if (end === text.length) return count + clusters.length
    const carried = clusters.at(-1) ?? 0
    count += clusters.length - 1
    start += carried
    width = carried > 0 ? WINDOW_UNITS : width * 2
  }
  return count
}

/** Not between the halves of a surrogate pair: half a character would end the cluster before it. */
function endOfWindow(text: string, wanted: number): number {
  const splitsPair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(wanted - 1, wanted + 1))
  return Math.min(splitsPair ? wanted + 1 : wanted, text.length)
}

/** A flag, a keycap, a flag of tags, or a pictograph with its skin tone and whatever is joined to it. */
const SINGLE_EMOJI =
  /^(?:\p{Regional_Indicator}{2}|[#*0-9]\ufe0f?\u20e3|\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f}|\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?(?:\u200d\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?)*)$/u

/** The same for schemas, which are read with the flag `u` as well. */
export const emojiPattern = SINGLE_EMOJI.source

/** Exactly one emoji and nothing else, as both versions of the API want reactions to be. */
export function isSingleEmoji(text: string): boolean {
  return SINGLE_EMOJI.test(text)
}

/** PostgreSQL's text has no NUL, and UTF-8 has no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}
