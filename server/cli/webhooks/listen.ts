import { printable } from '../output.ts'
import type { ServerOptions } from '../webhooks.ts'
import { followStream } from './event-stream.ts'
import { asFacts, Forwarder, inWords, type Posting } from './forward.ts'
import { baseOf } from './server.ts'

interface ListenOptions extends ServerOptions {
  token: string
  forwardTo: URL
  types?: string[]
  afterSeq?: number
  apiVersion: '1' | '2'
  secret?: string
}

/** Runs until it is interrupted. */
export async function listen(options: ListenOptions): Promise<void> {
  const { token, forwardTo, secret } = options
  const forwarder = new Forwarder(forwardTo, secret)
  const address = streamAddress(options)
  tell(`Forwarding from ${address.origin} to ${forwardTo.href}`)
  if (!secret) tell(`Signed with ${forwarder.secret}, made up for this run; --secret takes yours.`)
  for await (const { id, name, data } of followStream({ url: address, token }, (why) => tell(`${why}; trying again`))) {
    if (name.startsWith('stream.')) {
      tell(explain(name, data))
      continue
    }
    const posting = { ...(JSON.parse(data) as Pick<Posting, 'id' | 'type'>), seq: Number(id), body: data }
    report(options, posting, await forwarder.post(posting))
  }
}

function streamAddress({ url, types, afterSeq, apiVersion }: ListenOptions): URL {
  const address = new URL(`${baseOf(url)}/api/v2/events/stream`)
  for (const type of types ?? []) address.searchParams.append('type', type)
  if (afterSeq !== undefined) address.searchParams.set('afterSeq', String(afterSeq))
  address.searchParams.set('apiVersion', apiVersion)
  return address
}

function report({ json }: ListenOptions, { id, seq, type }: Posting, outcome: Parameters<typeof inWords>[0]): void {
  const line = json ? JSON.stringify({ id, seq, type, ...asFacts(outcome) }) : `${seq}  ${type}  → ${inWords(outcome)}`
  process.stdout.write(`${printable(line)}\n`)
}

function explain(name: string, data: string): string {
  const facts = JSON.parse(data) as { afterSeq?: number; nextSeq?: number; reason?: string }
  if (name === 'stream.gap') return `what came after ${facts.afterSeq} and before ${facts.nextSeq} is no longer kept`
  return `the server ends the stream: ${facts.reason}`
}

/** Beside what is printed of events, which a script may read. */
function tell(line: string): void {
  process.stderr.write(`${printable(line)}\n`)
}
