export interface Color {
  name: string
  /** Lower case, `#rrggbb`. */
  hex: string
}

/** The hosted API's colours: Tailwind's shade 500 of each hue. */
export const palette = [
  { name: 'red', hex: '#ef4444' },
  { name: 'orange', hex: '#f97316' },
  { name: 'amber', hex: '#f59e0b' },
  { name: 'yellow', hex: '#eab308' },
  { name: 'lime', hex: '#84cc16' },
  { name: 'green', hex: '#22c55e' },
  { name: 'emerald', hex: '#10b981' },
  { name: 'teal', hex: '#14b8a6' },
  { name: 'cyan', hex: '#06b6d4' },
  { name: 'sky', hex: '#0ea5e9' },
  { name: 'blue', hex: '#3b82f6' },
  { name: 'indigo', hex: '#6366f1' },
  { name: 'violet', hex: '#8b5cf6' },
  { name: 'purple', hex: '#a855f7' },
  { name: 'fuchsia', hex: '#d946ef' },
  { name: 'pink', hex: '#ec4899' },
  { name: 'rose', hex: '#f43f5e' },
  { name: 'gray', hex: '#6b7280' },
] as const satisfies readonly Color[]

const hexByName = new Map<string, string>(palette.map(({ name, hex }) => [name, hex]))

/** The lower-case hex of a palette name (in any case) or of a 6-digit hex code; null for anything else, `#rgb` too. */
export function parseColor(text: string): string | null {
  const wanted = text.toLowerCase()
  return hexByName.get(wanted) ?? (/^#[0-9a-f]{6}$/.test(wanted) ? wanted : null)
}

/** The hex for the `index`-th thing that needs a colour. Neighbours look unlike: 7 steps through 18 hues meet every one before repeating. */
export function pickPaletteColor(index: number): string {
  const position = (Math.trunc(index) * 7) % palette.length
  const color = palette.at(position)
  if (!color) throw new Error(`no palette colour at ${index}`)
  return color.hex
}
