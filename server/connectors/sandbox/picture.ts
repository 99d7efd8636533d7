import { crc32, deflateSync } from 'node:zlib'
import { chance } from './chance.ts'

/** Pixels that name a colour of the picture's own few. */
export interface Picture {
  width: number
  height: number
  /** Red, green and blue, at most 128. */
  colours: readonly Rgb[]
  pixels: Uint8Array
}

type Rgb = readonly [number, number, number]

interface View {
  seed: string
  width: number
  height: number
  /** From 0 to 1: the way of the sun, for pictures that move. */
  moment?: number
}

const SKY = 6

/** A harbour with hills, water and a sun. The same seed looks the same for ever. */
export function drawPicture({ seed, width, height, moment = 0.5 }: View): Picture {
  const luck = chance(`${seed} picture`)
  const hue = luck.between(0, 359)
  const colours: Rgb[] = Array.from({ length: SKY }, (_, band) => rgb(hue, 0.45, 0.62 + band * 0.05))
  const sun = colours.push(rgb(luck.between(35, 55), 0.9, 0.7)) - 1
  const far = colours.push(rgb((hue + 140) % 360, 0.25, 0.5)) - 1
  const near = colours.push(rgb((hue + 150) % 360, 0.35, 0.35)) - 1
  const sea = luck.between(185, 220)
  const water = colours.push(rgb(sea, 0.4, 0.45)) - 1
  const glint = colours.push(rgb(sea, 0.4, 0.6)) - 1

  const horizon = Math.round(height * 0.68)
  const radius = height * (0.07 + luck.next() * 0.06)
  const sunX = width * (0.15 + 0.7 * moment)
  const sunY = height * (0.22 + luck.next() * 0.18)
  const farHill = hill(luck.next() * 7, horizon, height * 0.16, width)
  const nearHill = hill(luck.next() * 7, horizon, height * 0.09, width / 2)

  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels[y * width + x] = colourAt(x, y)
  }
  return { width, height, colours, pixels }

  function colourAt(x: number, y: number): number {
    if (y >= horizon) return (y * 7 + x) % 23 < 3 && (y - horizon) % 4 === 1 ? glint : water
    if (y > nearHill(x)) return near
    if (y > farHill(x)) return far
    if ((x - sunX) ** 2 + (y - sunY) ** 2 < radius ** 2) return sun
    return Math.floor((y / horizon) * SKY)
  }
}

function hill(phase: number, foot: number, rise: number, span: number): (x: number) => number {
  return (x) => foot - rise * (0.6 + Math.sin(phase + (x / span) * 5) * 0.4)
}

/** Hue in degrees, the others from 0 to 1. */
function rgb(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

export function encodePng({ width, height, colours, pixels }: Picture): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a pixel, and they name a colour.
  header.set([8, 3, 0, 0, 0], 8)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('PLTE', Buffer.from(colours.flat())),
    pngChunk('IDAT', deflateSync(rows, { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([uint32(data.length), named, uint32(crc32(named))])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const GIF_COLOURS = 128
/** Named by 7 bits, colours leave room for the two signs of the code, and codes are bytes as long as the table is cleared in time. */
const GIF_CODE_BITS = 7
const GIF_CLEAR = 0x80
const GIF_END = 0x81
const GIF_RUN = 100

/** All of one size and with the same colours; shown over and over. */
export function encodeGif(frames: readonly [Picture, ...Picture[]], frameMs: number): Buffer {
  const [{ width, height, colours }] = frames
  const screen = Buffer.from([...uint16(width), ...uint16(height), 0xf6, 0, 0])
  const table = Buffer.alloc(GIF_COLOURS * 3)
  table.set(colours.flat())
  const forEver = Buffer.from([0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0', 'latin1'), 3, 1, 0, 0, 0])
  return Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    screen,
    table,
    forEver,
    ...frames.map((frame) => gifFrame(frame, frameMs)),
    Buffer.from([0x3b]),
  ])
}

function gifFrame({ width, height, pixels }: Picture, frameMs: number): Buffer {
  const control = [0x21, 0xf9, 4, 0, ...uint16(Math.round(frameMs / 10)), 0, 0]
  const place = [0x2c, 0, 0, 0, 0, ...uint16(width), ...uint16(height), 0, GIF_CODE_BITS]
  const codes: number[] = []
  pixels.forEach((pixel, i) => {
    if (i % GIF_RUN === 0) codes.push(GIF_CLEAR)
    codes.push(pixel)
  })
  codes.push(GIF_END)
  return Buffer.concat([Buffer.from([...control, ...place]), ...subBlocks(Buffer.from(codes)), Buffer.from([0])])
}

function subBlocks(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255)
    blocks.push(Buffer.from([block.length]), block)
  }
  return blocks
}

/** Small end first, as GIF has it. */
function uint16(value: number): number[] {
  return [value & 0xff, value >> 8]
}
