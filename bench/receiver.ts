import { createServer } from 'node:http'
import { answerJobs } from './processes.ts'

/** What to count from now on; null = only say where. */
export interface ReceiverJob {
  until: number | null
}

export interface ReceiverResult {
  port: number
  /** When the last one was there, in Unix milliseconds. */
  endedAt: number
  /** Of the first, so that others can post the same. */
  body: string
}

let body = ''
let left = 0
let finished = () => {}
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    body ||= Buffer.concat(chunks).toString()
    response.end()
    if (--left === 0) finished()
  })
})
const listening = new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

// A receiver of webhooks that does nothing but answer.
answerJobs<ReceiverJob, ReceiverResult>(async ({ until }) => {
  await listening
  if (until !== null) {
    body = ''
    left = until
    await new Promise<void>((resolve) => {
      finished = resolve
    })
  }
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, endedAt: performance.timeOrigin + performance.now(), body }
})
