import type { IncomingHttpHeaders } from 'node:http'
import { Type } from 'typebox'
import { invalid } from '../../domain/errors.ts'
import { compileTypes } from '../../domain/event-types.ts'
import { EventStreamAnswer, route } from '../route.ts'
import { anyOfThese, object, oneOf } from './schemas.ts'

/** A whole number as it may stand in `id`. */
const ID = /^\d{1,15}$/

const example = `retry: 1000
id: 317

id: 318
event: tag.created
data: {"id":"e5v8n1t4i7d0s3e6q9a2b5c8","seq":318,"type":"tag.created","apiVersion":"2","createdAt":"2026-03-04T05:06:07.000Z","object":{"type":"tag","id":"tz4a98xxat96iws9zmbrgj3a","url":"/tags/tz4a98xxat96iws9zmbrgj3a"},"data":{}}

: heartbeat
id: 324

`

export const eventStreamRoutes = [
  route('events.stream', 'GET /events/stream', {
    group: 'Events',
    ours: true,
    summary: 'Follow events',
    description: `What happens, as it happens, as server-sent events: first what came after a place in the log, then whatever follows, without gap or repeat between the two.

\`id\` is the event's \`seq\`, \`event\` its type, and \`data\` the event as the list of events of that version has it. Whoever comes back with the last \`id\` as \`Last-Event-ID\` goes on right after it, as browsers do by themselves; the header wins over \`afterSeq\`. With neither, the stream holds what happens from now on. An \`id\` that comes without data says how far the log was read.

Two events are the stream's own. \`stream.gap\`, with \`afterSeq\` and \`nextSeq\`: what was between them is no longer kept. \`stream.ended\`, with a \`reason\`, is the last one: \`tooSlow\` (the reader did not take what waited for it within 15 seconds), \`unauthorized\` (the token is no longer good), \`serverStopping\`, or \`failed\`. Come back with the last \`id\` then.

When nothing happens a comment comes every 15 seconds or so. Opening a stream counts as one request. A team may have a limited number of streams open on one server.`,
    query: object({
      afterSeq: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Only events after this one; 0 = from the oldest kept. Left out: what happens from now on.',
        }),
      ),
      type: anyOfThese(
        Type.String({ examples: ['message.*'] }),
        'Only these types, by the names of `apiVersion`; `thread.*` stands for all of a noun. Left out: all.',
      ),
      apiVersion: Type.Unsafe<'1' | '2'>({
        ...oneOf(['1', '2'], 'The version whose events these are.'),
        default: '2',
      }),
    }),
    headers: Type.Object({
      'Last-Event-ID': Type.Optional(
        Type.String({ description: 'The last `id` that was received.', examples: ['318'] }),
      ),
    }),
    codes: ['streamLimitReached'],
    mediaType: 'text/event-stream',
    response: Type.String({ examples: [example] }),
    handle: async ({ ctx, query, headers }) => {
      const version = ctx.eventVersions[query.apiVersion]
      const lastId = lastEventId(headers)
      return new EventStreamAnswer({
        afterSeq: lastId ?? query.afterSeq ?? null,
        said: lastId === null ? 'afterSeq' : 'Last-Event-ID',
        types: compileTypes(version.catalogue, query.type ?? null, ['type']),
        version,
      })
    },
  }),
]

/** Null: not given. */
function lastEventId({ 'last-event-id': id }: IncomingHttpHeaders): number | null {
  if (id === undefined || id === '') return null
  if (typeof id !== 'string' || !ID.test(id))
    throw invalid({ path: ['Last-Event-ID'], message: 'must be an id of this stream' })
  return Number(id)
}
