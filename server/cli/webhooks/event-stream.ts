import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream'
import { CommandError } from '../failures.ts'

export interface StreamAddress {
  url: URL
  token: string
}

/** Between two tries to connect; doubles up to the most. */
const RETRY_MS = { first: 500, most: 15_000 }

/**
 * The events of a server's live stream, one after the other without end. A connection that breaks is made again and goes on after the last
 * event; `onBreak` hears why. Throws a `CommandError` for what trying again does not mend.
 */
export async function* followStream(
  address: StreamAddress,
  onBreak: (why: string) => void,
): AsyncGenerator<EventSourceMessage> {
  let lastEventId: string | undefined
  let retryMs = RETRY_MS.first
  for (;;) {
    try {
      for await (const event of await openStream(address, lastEventId)) {
        lastEventId = event.id ?? lastEventId
        retryMs = RETRY_MS.first
        yield event
      }
      onBreak('the server ended the stream')
    } catch (error) {
      if (error instanceof CommandError) throw error
      onBreak(reasonOf(error))
    }
    await new Promise<void>((resolve) => setTimeout(resolve, retryMs))
    retryMs = Math.min(2 * retryMs, RETRY_MS.most)
  }
}

async function openStream({ url, token }: StreamAddress, lastEventId: string | undefined) {
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })
  if (response.ok && response.body) {
    return response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  }
  const refusal = `${url.origin} refuses the stream: ${await messageOf(response)}`
  // Too many requests, or the server's own trouble: both pass.
  if (response.status === 429 || response.status >= 500) throw new Error(refusal)
  throw new CommandError(refusal)
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { message: string }).message
  } catch {
    return `status ${response.status}`
  }
}

/** The client says "fetch failed", and why in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message
}
