import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict'
import { crc32, inflateSync } from 'node:zlib'
import { test } from 'vitest'
import type { MediaKind } from '../connector.ts'
import { makeMedia, makeThumbnail } from './media.ts'

const kinds: readonly MediaKind[] = ['image', 'gif', 'video', 'audio', 'file']
const sizeMax = { image: 10_000, gif: 60_000, video: 60_000, audio: 40_000, file: 2_000 }

test.each(kinds)('%s: follows from its seed, is small, and says how long it is', (kind) => {
  const made = makeMedia(kind, 'seed')

  deepEqual(makeMedia(kind, 'seed'), made)
  notDeepEqual(makeMedia(kind, 'another seed').bytes, made.bytes)
  equal(made.facts.sizeBytes, made.bytes.length)
  ok(made.bytes.length < sizeMax[kind], `${made.bytes.length}`)
  equal(made.preview !== null, made.facts.poster !== null)
})

test('a picture is a PNG as large as it says', () => {
  const { bytes, facts } = makeMedia('image', 'seed')

  deepEqual(readPng(bytes), { width: facts.width, height: facts.height })
  const { bytes: thumbnail, ...size } = makeThumbnail('seed')
  deepEqual(readPng(thumbnail), size)
})

test('a moving picture is a GIF of several frames that fill its screen', () => {
  const { bytes, facts } = makeMedia('gif', 'seed')

  equal(bytes.toString('latin1', 0, 6), 'GIF89a')
  deepEqual([bytes.readUInt16LE(6), bytes.readUInt16LE(8)], [facts.width, facts.height])
  const frames = readGifFrames(bytes)
  ok(frames.length > 1)
  for (const pixels of frames) equal(pixels, (facts.width ?? 0) * (facts.height ?? 0))
})

test('a film is an MP4 whose frames are PNGs, and lasts as long as it says', () => {
  const { bytes, facts, preview } = makeMedia('video', 'seed')
  const [type, movie, data] = boxes(bytes)
  deepEqual([type?.name, movie?.name, data?.name], ['ftyp', 'moov', 'mdat'])
  const table = bytes.subarray(bytes.indexOf('stsz', 0, 'latin1') + 12)
  let at = bytes.readUInt32BE(bytes.indexOf('stco', 0, 'latin1') + 12)
  equal(at, data?.start)
  const count = table.readUInt32BE(0)
  for (let frame = 0; frame < count; frame++) {
    const length = table.readUInt32BE(4 + frame * 4)
    deepEqual(readPng(bytes.subarray(at, at + length)), { width: facts.width, height: facts.height })
    at += length
  }
  equal(at, bytes.length)
  equal(bytes.readUInt32BE(bytes.indexOf('mvhd', 0, 'latin1') + 20) / 1_000, facts.durationSeconds)
  deepEqual(preview && readPng(preview), facts.poster)
})

test('a voice note is a WAV that lasts as long as it says', () => {
  const { bytes, facts } = makeMedia('audio', 'seed')

  equal(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 12), 'RIFFWAVE')
  equal(bytes.readUInt32LE(4), bytes.length - 8)
  equal(bytes.readUInt32LE(40), bytes.length - 44)
  equal((bytes.length - 44) / bytes.readUInt32LE(28), facts.durationSeconds)
})

test('a file is a PDF whose table leads to its objects', () => {
  const text = makeMedia('file', 'seed').bytes.toString('latin1')

  ok(text.startsWith('%PDF-'))
  const table = text.slice(Number(/startxref\n(\d+)/.exec(text)?.[1]))
  const places = [...table.matchAll(/^(\d{10}) 00000 n/gm)].map(([, at]) => Number(at))
  deepEqual(
    places.map((at) => text.slice(at, at + 7)),
    places.map((_, i) => `${i + 1} 0 obj`),
  )
})

/** Throws when a checksum is wrong or pixels are missing. */
function readPng(png: Buffer): { width: number; height: number } {
  equal(png.toString('latin1', 1, 4), 'PNG')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const named = png.subarray(at + 4, at + 8 + length)
    equal(png.readUInt32BE(at + 8 + length), crc32(named))
    chunks.set(named.toString('latin1', 0, 4), named.subarray(4))
    at += 12 + length
  }
  deepEqual([...chunks.keys()], ['IHDR', 'PLTE', 'IDAT', 'IEND'])
  const [width, height] = [chunks.get('IHDR')?.readUInt32BE(0) ?? 0, chunks.get('IHDR')?.readUInt32BE(4) ?? 0]
  const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  equal(rows.length, (width + 1) * height)
  const colours = (chunks.get('PLTE')?.length ?? 0) / 3
  ok(rows.every((colour) => colour < colours))
  return { width, height }
}

/** How many pixels each frame has. Its codes are bytes as long as the table is cleared before they would grow. */
function readGifFrames(gif: Buffer): number[] {
  const frames: number[] = []
  let at = 13 + 128 * 3
  const skipBlocks = () => {
    const blocks: Buffer[] = []
    for (let length = gif[at++] ?? 0; length > 0; length = gif[at++] ?? 0) {
      blocks.push(gif.subarray(at, at + length))
      at += length
    }
    return Buffer.concat(blocks)
  }
  for (let mark = gif[at++]; mark !== 0x3b; mark = gif[at++]) {
    if (mark === 0x21) at += 1
    else {
      equal(mark, 0x2c)
      equal(gif[at + 9], 7)
      at += 10
    }
    const codes = skipBlocks()
    if (mark === 0x2c) frames.push(codes.filter((code) => code < 128).length)
    if (mark === 0x2c) for (const run of codes.toString('latin1').split('\x80')) ok(run.length < 126)
  }
  equal(at, gif.length)
  return frames
}

function boxes(file: Buffer): { name: string; start: number }[] {
  const found: { name: string; start: number }[] = []
  let at = 0
  while (at < file.length) {
    found.push({ name: file.toString('latin1', at + 4, at + 8), start: at + 8 })
    at += file.readUInt32BE(at)
  }
  equal(at, file.length)
  return found
}
