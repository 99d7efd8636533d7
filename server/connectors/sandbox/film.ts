/** A film of still pictures, one after the other: an MP4 file whose frames are PNGs. */
export interface Film {
  width: number
  height: number
  /** As PNG files. */
  frames: readonly Buffer[]
  frameMs: number
}

export function encodeMp4(film: Film): Buffer {
  const head = box('ftyp', text('isom'), u32(0x200), text('isommp42'))
  // The frames lie behind the index, whose length does not depend on where that is.
  const framesAt = head.length + movie(film, 0).length + 8
  return Buffer.concat([head, movie(film, framesAt), box('mdat', ...film.frames)])
}

/** Ticks are milliseconds everywhere. */
const TICKS_PER_SECOND = 1_000
const UNIT_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32)

function movie(film: Film, framesAt: number): Buffer {
  const durationMs = film.frames.length * film.frameMs
  const header = box(
    'mvhd',
    ...[0, 0, 0, TICKS_PER_SECOND, durationMs, 0x10000].map(u32),
    u16(0x100),
    zeros(10),
    ...UNIT_MATRIX,
    zeros(24),
    u32(2),
  )
  return box('moov', header, box('trak', trackHeader(film, durationMs), media(film, durationMs, framesAt)))
}

function trackHeader({ width, height }: Film, durationMs: number): Buffer {
  const places = [7, 0, 0, 1, 0, durationMs].map(u32)
  return box('tkhd', ...places, zeros(16), ...UNIT_MATRIX, u32(width * 0x10000), u32(height * 0x10000))
}

function media(film: Film, durationMs: number, framesAt: number): Buffer {
  const undetermined = 0x55c4
  return box(
    'mdia',
    box('mdhd', ...[0, 0, 0, TICKS_PER_SECOND, durationMs].map(u32), u16(undetermined), u16(0)),
    box('hdlr', u32(0), u32(0), text('vide'), zeros(12), text('video\0')),
    box(
      'minf',
      box('vmhd', u32(1), zeros(8)),
      box('dinf', box('dref', u32(0), u32(1), box('url ', u32(1)))),
      sampleTable(film, framesAt),
    ),
  )
}

function sampleTable({ width, height, frames, frameMs }: Film, framesAt: number): Buffer {
  return box(
    'stbl',
    box('stsd', u32(0), u32(1), pngSamples(width, height)),
    box('stts', u32(0), u32(1), u32(frames.length), u32(frameMs)),
    box('stsc', u32(0), u32(1), u32(1), u32(frames.length), u32(1)),
    box('stsz', u32(0), u32(0), u32(frames.length), ...frames.map(({ length }) => u32(length))),
    box('stco', u32(0), u32(1), u32(framesAt)),
  )
}

/** Registered at the MP4 authority: visual samples that are PNG files. */
const PNG_OBJECT_TYPE = 0x6d
const VISUAL_STREAM = 0x11

function pngSamples(width: number, height: number): Buffer {
  const dotsPerInch = u32(72 * 0x10000)
  const decoder = descriptor(4, Buffer.from([PNG_OBJECT_TYPE, VISUAL_STREAM, 0, 0, 0]), zeros(8))
  const stream = descriptor(3, u16(1), Buffer.from([0]), decoder, descriptor(6, Buffer.from([2])))
  return box(
    'mp4v',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width),
    u16(height),
    dotsPerInch,
    dotsPerInch,
    u32(0),
    u16(1),
    zeros(32),
    u16(24),
    u16(0xffff),
    box('esds', u32(0), stream),
  )
}

function descriptor(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([u32(content.length + 8), text(type), content])
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

function zeros(length: number): Buffer {
  return Buffer.alloc(length)
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
