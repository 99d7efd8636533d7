import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { findEndedTokens } from '../domain/api-tokens.ts'
import type { Actor, Core } from '../domain/context.ts'
import { DomainError, invalid } from '../domain/errors.ts'
import { createEventTail, logBounds } from '../domain/event-tail.ts'
import type { EventVersion } from '../domain/event-types.ts'
import type { LoggedEvent } from '../domain/events.ts'
import { HttpError } from './errors.ts'
import { EventStream } from './event-stream.ts'
import type { Listeners } from './listeners.ts'
import { createStreamMeter } from './meter.ts'
import type { RequestLog } from './request-log.ts'
import type { EventStreamWish } from './route.ts'

export interface EventStreams {
  /** Answers with a stream, or throws before anything is answered. */
  open(caller: Caller, wish: EventStreamWish): Promise<unknown>
}

interface Caller {
  request: FastifyRequest
  reply: FastifyReply
  actor: Actor
}

interface EventStreamsOptions {
  listeners: Listeners
  requestLog: RequestLog
  registry: Registry
  perTeamMax: number
}

/** Between two looks at who may still read, and at who has heard nothing for long. */
const LOOK_EVERY_MS = 800
/** A guess: somebody leaves sooner or later. */
const FULL_RETRY_SECONDS = 10

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Nobody on the way may keep it, or press it together and so hold it back.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** All streams of this server. */
export function createEventStreams(core: Core, options: EventStreamsOptions): EventStreams {
  const { listeners, requestLog, registry, perTeamMax } = options
  const tail = createEventTail(core)
  const open = new Map<EventStream, Actor>()
  const places = new Map<Actor['teamId'], number>()
  const frames = new Map<EventVersion, WeakMap<LoggedEvent, Buffer>>()
  let isLooking = false
  let failing = false

  const countEnd = createStreamMeter(registry, () => ({
    open: open.size,
    waitingBytes: [...open.keys()].reduce((sum, { waitingBytes }) => sum + waitingBytes, 0),
  }))

  function takePlace(teamId: Actor['teamId']): () => void {
    const taken = places.get(teamId) ?? 0
    if (taken >= perTeamMax) {
      const details = { max: perTeamMax, retryAfterSeconds: FULL_RETRY_SECONDS }
      throw new DomainError('limited', 'streamLimitReached', `The team has ${taken} streams open already.`, details)
    }
    places.set(teamId, taken + 1)
    return () => {
      const left = (places.get(teamId) ?? 1) - 1
      if (left > 0) places.set(teamId, left)
      else places.delete(teamId)
    }
  }

  async function startSeq({ teamId }: Actor, { afterSeq, said }: EventStreamWish): Promise<number> {
    const { headSeq, oldestSeq } = await logBounds(core, teamId)
    if (afterSeq !== null && afterSeq > headSeq) {
      throw invalid({ path: [said], message: `is beyond the end of the log, which is ${headSeq}` })
    }
    // Who asks for everything has missed nothing; who was at the beginning may have.
    if (afterSeq === 0 && said === 'afterSeq') return oldestSeq - 1
    return afterSeq ?? headSeq
  }

  function begin(
    { request, reply, actor }: Caller,
    { types, version }: EventStreamWish,
    afterSeq: number,
    leave: () => void,
  ) {
    reply.status(200)
    requestLog.write(request, reply)
    request.isLogged = true
    reply.hijack()
    const { raw } = reply
    for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...headers })) {
      if (value !== undefined) raw.setHeader(name, value)
    }
    if (listeners.isDraining) raw.setHeader('connection', 'close')
    const openedAt = core.clock.now().getTime()
    let stopFollowing = () => {}
    const stream = new EventStream(raw, {
      clock: core.clock,
      types,
      afterSeq,
      frameOf: (event) => frameOf(event, version, actor.teamId),
      onEnd(reason, error) {
        stopFollowing()
        open.delete(stream)
        leave()
        countEnd(reason)
        requestLog.writeEnd(request, { reason, events: stream.events, ms: core.clock.now().getTime() - openedAt })
        if (error !== undefined) core.log.warn({ err: error, requestId: request.id }, 'a stream could not go on')
      },
    })
    open.set(stream, actor)
    stopFollowing = tail.follow(actor.teamId, afterSeq, stream)
    // Who went away while the log was looked at has said so already.
    if (raw.destroyed) stream.end('closedByReader')
    if (!isLooking) lookLater()
  }

  function frameOf(event: LoggedEvent, version: EventVersion, teamId: Actor['teamId']): Buffer {
    const known = frames.get(version) ?? new WeakMap<LoggedEvent, Buffer>()
    frames.set(version, known)
    let frame = known.get(event)
    if (!frame) {
      const { type, json } = version.render(event, teamId)
      frame = Buffer.from(`id: ${event.seq}\nevent: ${type}\ndata: ${json}\n\n`)
      known.set(event, frame)
    }
    return frame
  }

  function lookLater(): void {
    isLooking = open.size > 0
    if (isLooking) core.clock.after(LOOK_EVERY_MS, () => void look().finally(lookLater))
  }

  async function look(): Promise<void> {
    const now = core.clock.now().getTime()
    for (const stream of open.keys()) stream.keepAlive(now)
    try {
      const ended = await findEndedTokens(core, open.values())
      for (const [stream, { tokenId }] of open) if (tokenId && ended.has(tokenId)) stream.end('unauthorized')
      failing = false
    } catch (error) {
      if (!failing) core.log.warn({ err: error }, 'nobody can say whether the tokens of streams are still good')
      failing = true
    }
  }

  listeners.beforeClosing(() => {
    for (const stream of open.keys()) stream.end('serverStopping')
    tail.stop()
  })

  return {
    async open(caller, wish) {
      const { request, reply, actor } = caller
      const leave = takePlace(actor.teamId)
      try {
        const afterSeq = await startSeq(actor, wish)
        if (listeners.isClosed) throw new HttpError(503, 'The server is shutting down.', { 'retry-after': '1' })
        if (request.method !== 'HEAD') return begin(caller, wish, afterSeq, leave)
      } catch (error) {
        leave()
        throw error
      }
      leave()
      return reply.headers(headers).send()
    },
  }
}
