import type { Indices, MessageEntities } from '../store/messages.ts'

export type { MessageEntities } from '../store/messages.ts'

/**
 * Finds what X would mark in a text; null when there is nothing. Follows X's habits: a site without `https://` is a link only under a
 * well-known ending, signs after a link are not part of it, and neither mentions nor tags begin in the middle of a word.
 *
 * Takes time in proportion to the text, whatever the text, because strangers write it: every pattern below is bounded in length or
 * starts only where a run of its characters starts.
 */
export function parseEntities(text: string): MessageEntities | null {
  if (!/[.:@＠#＃$]/.test(text)) return null
  const links = findLinks(text)
  const words = withoutSpans(text, links)
  const indices = codePointIndices(text)
  const entities: MessageEntities = {
    urls: links.flatMap((link) =>
      link.postId ? [] : { url: link.url, displayUrl: displayUrl(link.url), indices: indices(link) },
    ),
    postShares: links.flatMap((link) =>
      link.postId ? { platformId: link.postId, url: link.url, indices: indices(link) } : [],
    ),
    mentions: findNames(words, MENTION).map((mention) => {
      return { username: mention.name, displayName: null, platformId: null, indices: indices(mention) }
    }),
    hashtags: findNames(words, HASHTAG)
      .filter(({ name }) => /\p{L}/u.test(name))
      .map((hashtag) => ({ tag: hashtag.name, indices: indices(hashtag) })),
    cashtags: findNames(words, CASHTAG).map((cashtag) => ({ symbol: cashtag.name, indices: indices(cashtag) })),
  }
  return Object.values(entities).some((list) => list.length > 0) ? entities : null
}

/** A stretch of the text, in UTF-16 code units. */
interface Span {
  start: number
  end: number
}

interface Link extends Span {
  /** With a scheme, also where the text has none. */
  url: string
  /** Set when it leads to a post on X. */
  postId: string | null
}

/** Scripts written without spaces: links and mentions may touch the words around them. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}`

/** What begins here neither continues a word nor follows one of these signs. */
const startsAfterNone = (signs: string) => String.raw`(?:(?<![\p{L}\p{M}\p{N}_${signs}])|(?<=[${UNSPACED}]))`

/** Not within an e-mail address. X's names have at most 15 characters. */
const MENTION = new RegExp(
  String.raw`${startsAfterNone('!#$%&*@＠+~-')}[@＠](?<name>\w{1,15})(?![\w@＠]|://|(?![${UNSPACED}])[\p{L}\p{M}])`,
  'gu',
)

/** A mark right after the sign makes it a keycap emoji. U+200C joins the parts of Persian words. */
const HASHTAG =
  /(?<![\p{L}\p{M}\p{N}_&/@＠#＃])[#＃](?!\p{M})(?<name>[\p{L}\p{M}\p{N}_\u200c]+)(?![\p{L}\p{M}\p{N}_\u200c#＃])/gu

/** `$ABC`, or with the exchange or class of the share: `$ABC.TO`, `$BRK_A`. */
const CASHTAG = /(?<![\p{L}\p{M}\p{N}_$&@#/.])\$(?<name>[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\p{L}\p{M}\p{N}_$])/gu

function findNames(text: string, pattern: RegExp): (Span & { name: string })[] {
  return Array.from(text.matchAll(pattern), ({ index, 0: found, groups }) => {
    return { start: index, end: index + found.length, name: groups?.name ?? '' }
  })
}

/** The same text with every span blank, so that nothing is found in it twice. */
function withoutSpans(text: string, spans: readonly Span[]): string {
  let result = ''
  for (const { start, end } of spans) result += text.slice(result.length, start) + ' '.repeat(end - start)
  return result + text.slice(result.length)
}

function findLinks(text: string): Link[] {
  const addresses = findAddresses(text)
  const sites = findSites(withoutSpans(text, addresses))
  return [...addresses, ...sites]
    .sort((a, b) => a.start - b.start)
    .map((span) => {
      const written = text.slice(span.start, span.end)
      const url = ADDRESS_START.test(written) ? written : `https://${written}`
      return { ...span, url, postId: POST.exec(url)?.[1] ?? null }
    })
}

const ADDRESS_START = /^https?:\/\//i
const POST =
  /^https?:\/\/(?:(?:www|mobile|m)\.)?(?:x|twitter)\.com\/(?:i\/web|\w{1,15})\/status(?:es)?\/(\d{1,19})(?=$|[/?#])/i

/** What has a scheme is a link, whatever comes after it. */
function findAddresses(text: string): Span[] {
  const spans: Span[] = []
  for (const { index: start, 0: scheme } of text.matchAll(
    /(?<![A-Za-z0-9_])[Hh][Tt][Tt][Pp][Ss]?:\/\/(?=[\p{L}\p{N}])/gu,
  )) {
    if (start < (spans.at(-1)?.end ?? 0)) continue
    const end = endOfLink(text, start + scheme.length)
    if (end > start + scheme.length) spans.push({ start, end })
  }
  return spans
}

const SITE_RUN = new RegExp(`${startsAfterNone('.@＠#＃$/-')}[A-Za-z0-9][A-Za-z0-9.-]*`, 'gu')

/** `example.com`, `www.example.de/page`: names of sites without a scheme. */
function findSites(text: string): Span[] {
  const spans: Span[] = []
  for (const { index: start, 0: run } of text.matchAll(SITE_RUN)) {
    if (start < (spans.at(-1)?.end ?? 0)) continue
    const runEnd = start + run.length
    const siteEnd = trimmedEnd(text, { start, end: runEnd }, '.-')
    const hasPath = siteEnd === runEnd && startsPath(text, siteEnd)
    if (isWithinWord(text, runEnd) || !isSite(text.slice(start, siteEnd), hasPath)) continue
    spans.push({ start, end: hasPath ? endOfLink(text, siteEnd) : siteEnd })
  }
  return spans
}

/** An e-mail address, or a word that goes on with letters no site has. */
function isWithinWord(text: string, at: number): boolean {
  const next = characterAt(text, at)
  return /[\p{L}\p{M}\p{N}_@＠]/u.test(next) && !UNSPACED_CHARACTER.test(next)
}

const UNSPACED_CHARACTER = new RegExp(`[${UNSPACED}]`, 'u')

function startsPath(text: string, at: number): boolean {
  return /^(?::\d{2,5})?[/?#]/.test(text.slice(at, at + 7))
}

/** Endings that make a link of a bare name. Left out: those that are mostly words after a forgotten space, such as `.me` or `.live`. */
const ENDINGS = new Set(
  'com org net edu gov mil int info biz io co ai app dev tv gg xyz online site store shop tech blog cloud agency studio academy'.split(
    ' ',
  ),
)

/** As on X, a country's ending needs a subdomain or a path: `e.g.` and `index.md` are no links. */
const COUNTRY_ENDINGS = new Set(
  (
    'ac ae ag am ar at au be bg bn br by ca cc cd ch ci cl cn cr cy cz de dk do ec ee eg es eu fi fm fr ge gh gl gr gt hk hr hu id ie il im in ' +
    'ir is it jo jp ke kr kz la lb li lk lt lu lv ly ma me mk mt mu mx my ng ni nl no np nu nz pa pe ph pk pl pr pt qa ro rs ru sa sc se sg ' +
    'sh si sk so st su th tn to tr tw ua ug uk us uy uz ve vc vn ws za'
  ).split(' '),
)

function isSite(host: string, hasPath: boolean): boolean {
  // The longest name DNS can carry.
  if (host.length > 253) return false
  const labels = host.toLowerCase().split('.')
  const ending = labels.at(-1) ?? ''
  const isKnown = ENDINGS.has(ending) || (COUNTRY_ENDINGS.has(ending) && (hasPath || labels.length > 2))
  return isKnown && labels.length > 1 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

/** Signs no link contains unencoded, scripts X ends a link at, and emoji. */
const NOT_IN_LINK = new RegExp(
  String.raw`[\s\p{C}<>"“”„‘’«»\x60{}|\\^…${UNSPACED}\uff00-\uffef\p{Extended_Pictographic}]`,
  'u',
)

/** Up to the first character that no link contains, or a bracket that was not opened in it, and without the sentence's own signs. */
function endOfLink(text: string, start: number): number {
  const open = { '(': 0, '[': 0 }
  let end = start
  for (let next = characterAt(text, end); next !== ''; next = characterAt(text, end)) {
    if (NOT_IN_LINK.test(next)) break
    const opener = next === ')' ? '(' : next === ']' ? '[' : null
    if (opener && open[opener] === 0) break
    if (opener) open[opener] -= 1
    if (next === '(' || next === '[') open[next] += 1
    end += next.length
  }
  return trimmedEnd(text, { start, end }, `.,:;!?'*([`)
}

/** A loop, because a pattern anchored to the end tries every run of these signs on its way there. */
function trimmedEnd(text: string, { start, end }: Span, signs: string): number {
  let trimmed = end
  while (trimmed > start && signs.includes(text.charAt(trimmed - 1))) trimmed -= 1
  return trimmed
}

/** The whole code point; empty behind the text. */
function characterAt(text: string, at: number): string {
  const codePoint = text.codePointAt(at)
  return codePoint === undefined ? '' : String.fromCodePoint(codePoint)
}

const PATH_SHOWN_MAX = 30

/** What a person reads: without scheme and `www.`, and with the end of a long path left out. */
function displayUrl(url: string): string {
  const address = url.replace(/^https?:\/\/(?:www\.)?/i, '')
  const pathAt = address.search(/[/?#]/)
  if (pathAt < 0) return address
  // Two code units at most for each shown character, and some to see whether there are more.
  const path = Array.from(address.slice(pathAt, pathAt + 2 * PATH_SHOWN_MAX + 2))
  const shown = path.length > PATH_SHOWN_MAX ? `${path.slice(0, PATH_SHOWN_MAX).join('')}…` : path.join('')
  return address.slice(0, pathAt) + (shown === '/' ? '' : shown)
}

/** Translates spans of UTF-16 code units, which is what JavaScript counts. */
function codePointIndices(text: string): (span: Span) => Indices {
  if (!/[\ud800-\udbff]/.test(text)) return ({ start, end }) => ({ start, end })
  const codePointsBefore = new Uint32Array(text.length + 1)
  let count = 0
  let at = 0
  for (const character of text) {
    at += character.length
    count += 1
    codePointsBefore[at] = count
  }
  return ({ start, end }) => ({ start: codePointsBefore[start] ?? 0, end: codePointsBefore[end] ?? 0 })
}
