import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'
import { change } from '../domain/events.ts'
import type { Schema } from '../http/examples.ts'
import { type DocumentedResponse, documentOf } from '../http/openapi.ts'
import { v1 } from '../http/v1/api.ts'
import { v2 } from '../http/v2/api.ts'
import type { TeamId } from '../store/ids.ts'
import { requireValid } from './documented.ts'
import { eventually, type TestTeam } from './harness.ts'

/** What stands between two empty lines. */
export interface Block {
  id: string | null
  event: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  data: any
  comment: string | null
}

/** A stream as a browser would read it. */
export interface TestStream {
  response: IncomingMessage
  blocks: Block[]
  /** Numbers of the team's events so far. */
  seqs(): number[]
  /** What a browser would send as Last-Event-ID. */
  lastId(): string | null
  isOver(): boolean
  /** Until it holds as many of the team's events. */
  events(count: number): Promise<Block[]>
  close(): void
}

interface StreamOptions {
  headers?: Record<string, string>
  /** Breaks the connection after as many bytes of the body. */
  cutAfterBytes?: number
  /** Takes nothing from the socket. */
  reads?: boolean
}

export async function openStream(
  { server, token }: { server: { url: string }; token: string },
  query = '',
  { headers = {}, cutAfterBytes = Number.POSITIVE_INFINITY, reads = true }: StreamOptions = {},
): Promise<TestStream> {
  const outgoing = request(`${server.url}/api/v2/events/stream${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    agent: false,
  })
  outgoing.on('error', () => {})
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  onTestFinished(() => void outgoing.destroy())
  const blocks: Block[] = []
  let lastId: string | null = headers['last-event-id'] ?? null
  let isOver = false
  let rest = Buffer.alloc(0)
  let bytes = 0
  let checked = 0
  response.on('error', () => {})
  response.on('close', () => {
    isOver = true
  })
  if (reads) {
    response.on('data', (chunk: Buffer) => {
      if (isOver) return
      rest = Buffer.concat([rest, chunk.subarray(0, cutAfterBytes - bytes)])
      bytes += chunk.length
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        const block = parse(rest.subarray(0, end).toString())
        rest = rest.subarray(end + 2)
        blocks.push(block)
        lastId = block.id ?? lastId
      }
      if (bytes >= cutAfterBytes) {
        isOver = true
        outgoing.destroy()
      }
    })
  }
  const ofTeam = () => blocks.filter(({ event }) => event !== null && !event.startsWith('stream.'))
  return {
    response,
    blocks,
    seqs: () => ofTeam().map(({ id }) => Number(id)),
    lastId: () => lastId,
    isOver: () => isOver,
    async events(count) {
      await eventually(async () => ofTeam().length >= count, `${count} events in a stream`)
      for (const { data } of ofTeam().slice(checked)) requireDocumentedEvent(data)
      checked = ofTeam().length
      return ofTeam()
    },
    close: () => void outgoing.destroy(),
  }
}

function parse(text: string): Block {
  const block: Block = { id: null, event: null, data: null, comment: null }
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === '') block.comment = value
    if (name === 'id' || name === 'event') block[name] = value
    if (name === 'data') block.data = JSON.parse(value)
  }
  return block
}

/** Compiled once: a schema is known by what it is, not by what it says. */
const v2Event = { $ref: '#/components/schemas/Event' }
const v1Event = v1EventSchema()

function v1EventSchema(): Schema {
  const answer = documentOf(v1).paths['/events']?.get?.responses[200] as DocumentedResponse | undefined
  const schema = answer?.content?.['application/json']?.schema.properties?.events?.items
  if (!schema) throw new Error("v1's list of events is not documented")
  return schema
}

function requireDocumentedEvent(event: { apiVersion?: string }): void {
  if (event.apiVersion === '2') requireValid(v2, v2Event, event, 'an event')
  else requireValid(v1, v1Event, event, 'an event')
}

/** What a server counts; NaN = nothing of that name. */
export async function metric({ url }: { url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

/** Events of so many bytes each. */
export async function recordFat(
  { server, teamId }: TestTeam,
  { count, bytes }: { count: number; bytes: number },
): Promise<void> {
  const notes = 'x'.repeat(bytes)
  await change(server.core, teamId as TeamId, async (_tx, record) => {
    // Only what v2 shows of it.
    const prospect = { contactId: 'c', notes } as never
    for (let nth = 0; nth < count; nth++) record({ type: 'prospect.notesChanged', prospect })
  })
}
