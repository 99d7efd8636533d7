/** How a file that a stranger made may be shown. */
export interface Presentation {
  contentType: string
  /** The value of Content-Disposition. */
  disposition: string
}

/** What browsers show or play without running anything in it. Everything else is saved, not opened. */
const SHOWN = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/flac',
])

/** Two names of one type. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
}

const UNKNOWN = 'application/octet-stream'

export function presentationOf(file: { contentType: string | null; filename: string | null }): Presentation {
  const contentType = readContentType(file.contentType)
  const manner = SHOWN.has(contentType) ? 'inline' : 'attachment'
  return { contentType, disposition: `${manner}${filenameParameters(file.filename)}` }
}

/** Its parameters are dropped. What a browser could run keeps its bytes but loses its name. */
function readContentType(sent: string | null): string {
  const type = (sent ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!/^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,99}$/.test(type) || canRun(type)) return UNKNOWN
  return SYNONYMS[type] ?? type
}

/** HTML, SVG and other XML, scripts, and pages packed into one file. */
function canRun(type: string): boolean {
  return /^(multipart|message)\/|[/+]xml|html|svg|script|shockwave/.test(type)
}

const FILENAME_LENGTH_MAX = 150

/** Once in ASCII for whom that is all, once as it is (RFC 6266). A path, and what a header or a terminal could trip over, is taken out. */
function filenameParameters(filename: string | null): string {
  const name = (filename ?? '')
    .replace(/^.*[/\\]/s, '')
    .replaceAll(/[\p{Control}\p{Format}\p{Surrogate}"]/gu, '')
    .replace(/^\.+/, '')
    .trim()
  if (name === '') return ''
  const short = Array.from(name).slice(-FILENAME_LENGTH_MAX).join('')
  const ascii = short.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll('%', '_')
  const encoded = encodeURIComponent(short).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
