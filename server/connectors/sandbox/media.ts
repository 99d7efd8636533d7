import type { MediaFacts, MediaKind } from '../connector.ts'
import { chance } from './chance.ts'
import { encodeMp4 } from './film.ts'
import { drawPicture, encodeGif, encodePng, type Picture } from './picture.ts'

/** Something a person could have attached. The same seed gives the same bytes. */
export interface MadeMedia {
  facts: MediaFacts
  bytes: Buffer
  /** A PNG. */
  preview: Buffer | null
}

const nothing: MediaFacts = {
  filename: null,
  contentType: null,
  sizeBytes: null,
  width: null,
  height: null,
  durationSeconds: null,
  poster: null,
}

export function makeMedia(kind: MediaKind, seed: string): MadeMedia {
  const { preview = null, bytes, ...facts } = makers[kind](seed)
  return { facts: { ...nothing, ...facts, sizeBytes: bytes.length }, bytes, preview }
}

/** The picture of a card. */
export function makeThumbnail(seed: string): { bytes: Buffer; width: number; height: number } {
  const size = { width: 320, height: 168 }
  return { bytes: encodePng(drawPicture({ seed, ...size })), ...size }
}

type Made = Partial<MediaFacts> & { bytes: Buffer; preview?: Buffer }

const makers: Record<MediaKind, (seed: string) => Made> = {
  image(seed) {
    const size = { width: 320, height: 240 }
    return { contentType: 'image/png', ...size, bytes: encodePng(drawPicture({ seed, ...size })) }
  },

  gif(seed) {
    const size = { width: 80, height: 60 }
    return { contentType: 'image/gif', ...size, bytes: encodeGif(frames(seed, size), 150) }
  },

  video(seed) {
    const size = { width: 160, height: 120 }
    const frameMs = 250
    const pictures = frames(seed, size).map(encodePng)
    const preview = encodePng(drawPicture({ seed, ...size }))
    return {
      contentType: 'video/mp4',
      filename: 'video.mp4',
      ...size,
      durationSeconds: (pictures.length * frameMs) / 1_000,
      poster: size,
      bytes: encodeMp4({ ...size, frames: pictures, frameMs }),
      preview,
    }
  },

  audio(seed) {
    const { bytes, durationSeconds } = makeTune(seed)
    return { contentType: 'audio/wav', durationSeconds, bytes }
  },

  file(seed) {
    const luck = chance(`${seed} file`)
    const name = luck.pick(['offer', 'invoice', 'berths', 'checklist', 'floor plan'])
    return { contentType: 'application/pdf', filename: `${name}.pdf`, bytes: makePdf(name, luck.between(100, 999)) }
  },
}

const FRAMES = 8

function frames(seed: string, size: { width: number; height: number }): [Picture, ...Picture[]] {
  const draw = (moment: number) => drawPicture({ seed, ...size, moment })
  return [draw(0), ...Array.from({ length: FRAMES - 1 }, (_, i) => draw((i + 1) / (FRAMES - 1)))]
}

const SAMPLES_PER_SECOND = 8_000
const NOTE_SECONDS = 0.25
/** Semitones above A of a pentatonic scale: no two of them quarrel. */
const SCALE = [0, 2, 4, 7, 9, 12] as const

/** A few notes, as nobody speaks here. Eight bits a sample, one channel. */
function makeTune(seed: string): { bytes: Buffer; durationSeconds: number } {
  const luck = chance(`${seed} tune`)
  const notes = Array.from({ length: luck.between(4, 14) }, () => 440 * 2 ** (luck.pick(SCALE) / 12))
  const perNote = SAMPLES_PER_SECOND * NOTE_SECONDS
  const samples = Buffer.alloc(notes.length * perNote)
  for (let i = 0; i < samples.length; i++) {
    const fading = 1 - (i % perNote) / perNote
    const hertz = notes[Math.floor(i / perNote)] ?? 440
    samples[i] = Math.round(128 + 90 * fading * Math.sin((2 * Math.PI * hertz * i) / SAMPLES_PER_SECOND))
  }
  return { bytes: Buffer.concat([wavHeader(samples.length), samples]), durationSeconds: notes.length * NOTE_SECONDS }
}

function wavHeader(length: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  header.writeUInt32LE(SAMPLES_PER_SECOND, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(length, 40)
  return header
}

/** One page with a heading and a number. */
function makePdf(heading: string, number: number): Buffer {
  const page = `BT /F1 28 Tf 72 720 Td (${heading}) Tj 0 -40 Td /F1 14 Tf (No. ${number}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, i) => {
    const at = text.length
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + table + trailer, 'latin1')
}
