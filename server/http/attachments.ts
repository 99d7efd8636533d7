import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AttachmentFile, createAttachmentFiles } from '../domain/attachment-files.ts'
import type { FileAddress } from '../domain/attachment-urls.ts'
import type { Core } from '../domain/context.ts'
import { HttpError } from './errors.ts'
import { refuseChanges } from './methods.ts'
import { type ByteRange, readRange } from './ranges.ts'
import type { HttpServer } from './server.ts'
import { presentationOf } from './strange-files.ts'

type FileRequest = FastifyRequest<{ Params: { teamId: string; messageId: string; index: string; part: string } }>

/** Attached files, for whoever has a signed address of one. What is in them was made by strangers. */
export function serveAttachments(app: HttpServer, core: Core): void {
  const files = createAttachmentFiles(core)
  const url = '/attachments/:teamId/:messageId/:index/:part'
  app.route({
    method: ['GET', 'HEAD'],
    url,
    config: { operation: 'attachments.file' },
    async handler(request: FileRequest, reply) {
      const { address, expires } = readAddress(core, request)
      const file = await files.open(address)
      if (!file) throw new HttpError(404, 'There is no such file, or no longer.')
      return sendFile(request, reply, { file, maxAgeSeconds: maxAgeOf(core, expires) })
    },
  })
  refuseChanges(app, url)
}

function readAddress(core: Core, { params, raw }: FileRequest): { address: FileAddress; expires: string | undefined } {
  const query = new URLSearchParams((raw.url ?? '').split('?')[1] ?? '')
  const expires = query.get('expires') ?? undefined
  const address = core.attachmentUrls.read({ ...params, expires, signature: query.get('signature') ?? undefined })
  switch (address) {
    case 'forged':
      throw new HttpError(403, 'The signature does not belong to this address.')
    case 'expired':
      throw new HttpError(410, 'This address has expired. Ask the API for a new one.')
    default:
      return { address, expires }
  }
}

const DAY_SECONDS = 86_400

/** A copy outlives its address by nothing. */
function maxAgeOf({ clock }: Core, expires: string | undefined): number {
  if (expires === undefined) return DAY_SECONDS
  return Math.max(0, Math.floor(Number(expires) - clock.now().getTime() / 1000))
}

interface Sending {
  file: AttachmentFile
  maxAgeSeconds: number
}

function sendFile(request: FileRequest, reply: FastifyReply, { file, maxAgeSeconds }: Sending): FastifyReply {
  const { sizeBytes } = file
  const etag = `"${file.sha256.toString('base64url')}"`
  const { contentType, disposition } = presentationOf(file)
  reply.headers({
    etag,
    'cache-control': `private, max-age=${maxAgeSeconds}`,
    'accept-ranges': 'bytes',
    'content-disposition': disposition,
    'x-content-type-options': 'nosniff',
    // Should a browser show it as a page after all, then one that can do nothing.
    'content-security-policy': "default-src 'none'; sandbox",
    'referrer-policy': 'no-referrer',
  })
  if (matches(request.headers['if-none-match'], etag)) return reply.status(304).send()
  const range = rangeOf(request, etag, sizeBytes)
  if (range === 'unsatisfiable') {
    throw new HttpError(416, `The file has ${sizeBytes} bytes.`, { 'content-range': `bytes */${sizeBytes}` })
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 }
  if (range) reply.status(206).header('content-range', `bytes ${first}-${last}/${sizeBytes}`)
  reply.header('content-type', contentType).header('content-length', last - first + 1)
  if (request.method === 'HEAD') return reply.send()
  return reply.send(Readable.from(file.read(first, last), { objectMode: false }))
}

/** Of a file that has changed since, the whole is sent. */
function rangeOf({ headers }: FileRequest, etag: string, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const condition = headers['if-range']
  if (condition !== undefined && condition !== etag) return null
  return readRange(headers.range, sizeBytes)
}

function matches(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false
  return condition === '*' || condition.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}
