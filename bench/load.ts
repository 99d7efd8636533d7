import { connect, type Socket } from 'node:net'
import { answerJobs, closedLoop, type Round } from './processes.ts'

/** What to ask of a server on this machine. */
export interface LoadJob {
  port: number
  token: string
  requests: readonly HttpRequest[]
  connections: number
  ms: number
  /** Return this many bodies instead of measuring. */
  sample?: number
}

export interface HttpRequest {
  method: string
  path: string
  body?: string
}

export interface LoadResult extends Round {
  bodies: string[]
}

// A client that knows no more than it must: on few cores, everything it does is taken from the server.
answerJobs<LoadJob, LoadResult>(async ({ port, token, requests, connections, ms, sample = 0 }) => {
  const texts = requests.map((request) => Buffer.from(textOf(request, token)))
  const lanes = await Promise.all(Array.from({ length: connections }, () => openLane(port)))
  let next = Math.floor(Math.random() * texts.length)
  const bodies: string[] = []
  try {
    while (bodies.length < sample) {
      const { status, body } = (await lanes[0]?.ask(texts[next++ % texts.length] ?? Buffer.alloc(0), true)) ?? {
        status: 0,
        body: '',
      }
      if (status >= 300) throw new Error(`${status}: ${body.slice(0, 300)}`)
      bodies.push(body)
    }
    const round = await closedLoop({ atOnce: connections, ms: sample > 0 ? 0 : ms }, async (lane) => {
      const answer = await lanes[lane]?.ask(texts[next++ % texts.length] ?? Buffer.alloc(0), false)
      return answer !== undefined && answer.status < 300
    })
    return { ...round, bodies }
  } finally {
    for (const lane of lanes) lane.close()
  }
})

function textOf({ method, path, body }: HttpRequest, token: string): string {
  const content =
    body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n${content}\r\n${body ?? ''}`
}

interface Answer {
  status: number
  /** Empty unless it was asked for. */
  body: string
}

/** One connection, one request at a time. */
async function openLane(port: number) {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received: Buffer[] = []
  let length = 0
  let missing = -1
  let keepBody = false
  let status = 0
  let settle: ((answer: Answer) => void) | null = null
  let fail: ((error: Error) => void) | null = null

  socket.on('data', (chunk) => {
    received.push(chunk)
    length += chunk.length
    if (missing < 0) {
      const head = received.length === 1 ? chunk : Buffer.concat(received)
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      status = Number(text.slice(9, 12))
      missing = end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
    }
    if (length < missing) return
    const whole = keepBody ? Buffer.concat(received).toString() : ''
    const body = whole.slice(whole.indexOf('\r\n\r\n') + 4)
    received = []
    length = 0
    missing = -1
    settle?.({ status, body })
  })
  socket.on('error', (error) => fail?.(error))
  socket.on('close', () => fail?.(new Error('the server closed a connection')))
  return {
    ask(request: Buffer, wantsBody: boolean): Promise<Answer> {
      keepBody = wantsBody
      return new Promise<Answer>((resolve, reject) => {
        settle = resolve
        fail = reject
        socket.write(request)
      })
    },
    close() {
      fail = null
      socket.destroy()
    },
  }
}
