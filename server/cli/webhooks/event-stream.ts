import { CommandError } from '../failures.ts'
import { refusalOf } from './server.ts'

export interface StreamAddress {
  url: URL
  token: string
}

export interface StreamedEvent {
  /** Its place in the log. */
  id: string
  /** Its type, or one of the stream's own. */
  name: string
  /** JSON. */
  data: string
}

/** Between two tries to connect; doubles up to the most. */
const RETRY_MS = { first: 500, most: 15_000 }

/**
 * The events of a server's live stream, one after the other without end. A connection that breaks is made again and goes on behind the last
 * id; `onBreak` hears why. Throws a `CommandError` for what trying again does not mend.
 */
export async function* followStream(
  address: StreamAddress,
  onBreak: (why: string) => void,
): AsyncGenerator<StreamedEvent> {
  let lastId: string | null = null
  let retryMs = RETRY_MS.first
  for (;;) {
    try {
      for await (const fields of blocksOf(await openStream(address, lastId))) {
        lastId = fields.id ?? lastId
        retryMs = RETRY_MS.first
        const { event: name = 'message', data } = fields
        if (data !== undefined) yield { id: lastId ?? '', name, data }
      }
      onBreak('the server ended the stream')
    } catch (error) {
      if (error instanceof CommandError) throw error
      onBreak(reasonOf(error))
    }
    // Not the clock's: its timers let the process end, and this is what it waits for.
    await new Promise<void>((resolve) => setTimeout(resolve, retryMs))
    retryMs = Math.min(2 * retryMs, RETRY_MS.most)
  }
}

async function openStream({ url, token }: StreamAddress, lastId: string | null): Promise<ReadableStream<string>> {
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      ...(lastId !== null && { 'last-event-id': lastId }),
    },
  })
  if (response.ok && response.body) return response.body.pipeThrough(new TextDecoderStream())
  const refusal = `${url.origin} refuses the stream: ${refusalOf(response, await response.text())}`
  // Too many requests, or the server's own trouble: both pass.
  if (response.status === 429 || response.status >= 500) throw new Error(refusal)
  throw new CommandError(refusal)
}

interface Fields {
  id?: string
  event?: string
  data?: string
}

/**
 * The blocks of a stream, as our servers write them: a line for each field. The packages for it pass over a block without data, and with it
 * the place where a stream begins.
 */
async function* blocksOf(stream: ReadableStream<string>): AsyncGenerator<Fields> {
  let text = ''
  for await (const chunk of stream) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => !line.startsWith(':'))
      yield Object.fromEntries(lines.map((line) => line.split(/: (.*)/s, 2)))
    }
  }
}

/** The client says "fetch failed", and why in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message
}
