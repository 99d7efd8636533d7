import { get, type IncomingMessage } from 'node:http'
import { answerJobs } from './processes.ts'

/** How many readers, and how many events each of them waits for. */
export interface ReadersJob {
  port: number
  token: string
  readers: number
  events: number
}

/** When the readers got each event, in Unix milliseconds, by its number in the log. */
export type Arrivals = Record<number, number[]>

let opened: { streams: IncomingMessage[]; arrived: Promise<Arrivals> } | null = null

// Readers of the live stream. The first job opens the streams, the second waits for what they get.
answerJobs<ReadersJob | null, Arrivals>(async (job) => {
  if (job) {
    opened = await open(job)
    return {}
  }
  const arrivals = (await opened?.arrived) ?? {}
  for (const stream of opened?.streams ?? []) stream.destroy()
  return arrivals
})

async function open({ port, token, readers, events }: ReadersJob) {
  const arrivals: Arrivals = {}
  let left = readers * events
  let finished = (_arrivals: Arrivals) => {}
  const arrived = new Promise<Arrivals>((resolve) => {
    finished = resolve
  })
  const read = (stream: IncomingMessage) => {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const at = performance.timeOrigin + performance.now()
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, seq] = /^id: (\d+)\nevent: /.exec(block) ?? []
        if (!seq) continue
        arrivals[Number(seq)] ??= []
        arrivals[Number(seq)]?.push(at)
        if (--left === 0) finished(arrivals)
      }
    })
  }
  const streams: IncomingMessage[] = []
  for (let i = 0; i < readers; i += 50) {
    const some = Array.from({ length: Math.min(50, readers - i) }, () => openOne(port, token))
    streams.push(...(await Promise.all(some)))
  }
  streams.forEach(read)
  return { streams, arrived }
}

function openOne(port: number, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const address = { port, host: '127.0.0.1', path: '/api/v2/events/stream', agent: false } as const
    get({ ...address, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode === 200) resolve(response)
      else reject(new Error(`a stream was answered ${response.statusCode}`))
    }).on('error', reject)
  })
}
