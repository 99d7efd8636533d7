import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HttpError } from './errors.ts'
import { whereJsonBreaks } from './json-mistake.ts'

export const BODY_BYTES_MAX = 1024 * 1024

/**
 * Makes JSON the only body the server reads. A body without a Content-Type is taken for JSON, since API v1 has such requests; where there is no body,
 * its type does not matter.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    try {
      done(null, body.length === 0 ? undefined : readJson(request, body))
    } catch (error) {
      done(error as Error)
    }
  })
}

function readJson({ headers }: FastifyRequest, body: Buffer): unknown {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'The body must be sent as it is, without Content-Encoding.', {
      'accept-encoding': 'identity',
    })
  }
  if (!isJson(headers['content-type'])) throw unsupportedMediaType()
  if (!isUtf8(body)) throw new HttpError(400, 'The body is not valid UTF-8.')
  return parseJson(body.toString())
}

export function unsupportedMediaType(): HttpError {
  return new HttpError(415, 'The body must be sent as application/json in UTF-8.')
}

/** `application/json` exactly; the only parameter that may contradict is the charset. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json') return true
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  const charset = parameters.map((parameter) => /^charset="?([^"]*)"?$/.exec(parameter.trim())?.[1]).find(Boolean)
  return type.trim() === 'application/json' && ['utf-8', 'utf8', undefined].includes(charset)
}

/** Undefined for nothing but white space. */
function parseJson(text: string): unknown {
  const start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  const json = start === 0 ? text : text.slice(start)
  if (json.trim() === '') return undefined
  try {
    return JSON.parse(json)
  } catch {
    throw new HttpError(400, `The body is not valid JSON ${whereJsonBreaks(json)}.`)
  }
}

const BYTE_ORDER_MARK = '\ufeff'
