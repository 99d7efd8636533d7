import pg from 'pg'
import { sampleEvent } from '../server/domain/event-samples.ts'
import type { LoadJob, LoadResult } from './load.ts'
import { options, roundMs, rounds, say } from './options.ts'
import { readPaths } from './paths.ts'
import type { PosterJob } from './poster.ts'
import { percentile, startProcess } from './processes.ts'
import type { Arrivals, ReadersJob } from './readers.ts'
import type { ReceiverJob, ReceiverResult } from './receiver.ts'
import { type Goal, median, type Table } from './report.ts'
import type { Subject } from './subjects.ts'

const DELIVERIES = options.quick ? 2_000 : 10_000
const READERS = 1_000
const STREAMED = options.quick ? 10 : 50

/** Deliveries to a receiver that answers at once, beside the client alone; and what others notice while they go out. */
export async function measureWebhooks(subject: Subject): Promise<{ table: Table; goals: Goal[] }> {
  const receiver = startProcess<ReceiverJob, ReceiverResult>('receiver.ts')
  const poster = startProcess<PosterJob, { perSecond: number }>('poster.ts')
  const load = startProcess<LoadJob, LoadResult>('load.ts')
  try {
    const { port } = await receiver.run({ until: null })
    const url = `http://127.0.0.1:${port}/`
    const rows: string[][] = []
    const goals: Goal[] = []
    for (const deliveryMode of ['ordered', 'parallel'] as const) {
      say(`webhooks, ${deliveryMode}`)
      const endpoint = await call(subject, 'POST', '/webhook-endpoints', { url, deliveryMode })
      await call(subject, 'POST', `/webhook-endpoints/${endpoint.id}/disable`)
      const ours: number[] = []
      const alone: number[] = []
      let body = ''
      for (let round = 0; round < Math.min(rounds, 3); round++) {
        const drained = await drain(subject, endpoint.id, receiver)
        ours.push(drained.perSecond)
        body = drained.body
        const posting = receiver.run({ until: DELIVERIES })
        alone.push((await poster.run({ url, body, posts: DELIVERIES })).perSecond)
        await posting
      }
      const share = median(ours) / median(alone)
      const [bytes, mode] = [Buffer.byteLength(body), deliveryMode]
      rows.push([mode, String(bytes), median(ours).toFixed(0), median(alone).toFixed(0), share.toFixed(2), '≥ 0.5'])
      goals.push({
        what: `deliveries to a fast receiver, ${deliveryMode}: ours / the client alone`,
        goal: '≥ 0.5',
        measured: `${median(ours).toFixed(0)} / ${median(alone).toFixed(0)} a second = ${share.toFixed(2)}`,
        reached: share >= 0.5,
      })
      if (deliveryMode === 'ordered') goals.push(await measureBystanders(subject, endpoint.id, { receiver, load }))
      await call(subject, 'DELETE', `/webhook-endpoints/${endpoint.id}`)
    }
    const table: Table = {
      title: 'Webhooks',
      note: `${DELIVERIES} events that wait, to a receiver on this machine that answers at once, in deliveries per second. "alone": our HTTP client posting the same bytes in a loop.`,
      head: ['mode', 'bytes', 'ours', 'alone', 'ours / alone', 'goal'],
      rows,
    }
    return { table, goals }
  } finally {
    await Promise.all([receiver.stop(), poster.stop(), load.stop()])
  }
}

type Receiver = ReturnType<typeof startProcess<ReceiverJob, ReceiverResult>>

async function drain(subject: Subject, endpointId: string, receiver: Receiver) {
  await writeEvents(subject)
  return deliver(subject, endpointId, receiver)
}

/** What waits, until it has arrived. */
async function deliver(subject: Subject, endpointId: string, receiver: Receiver) {
  const drained = receiver.run({ until: DELIVERIES })
  const startedAt = performance.timeOrigin + performance.now()
  await call(subject, 'POST', `/webhook-endpoints/${endpointId}/enable`)
  const { endedAt, body } = await drained
  await call(subject, 'POST', `/webhook-endpoints/${endpointId}/disable`)
  return { perSecond: DELIVERIES / ((endedAt - startedAt) / 1_000), body }
}

/** The slowest percent of a read, while nothing else goes on and while deliveries go out. */
async function measureBystanders(
  subject: Subject,
  endpointId: string,
  { receiver, load }: { receiver: Receiver; load: ReturnType<typeof startProcess<LoadJob, LoadResult>> },
): Promise<Goal> {
  const [path] = readPaths(subject.samples)
  if (!path) throw new Error('there is nothing to read')
  const job = { port: subject.server.port, token: subject.token, requests: path.requests, connections: 4, ms: roundMs }
  const [idle, busy]: [number[], number[]] = [[], []]
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    idle.push((await load.run(job)).p99Ms)
    // Writing so many events at once is no part of delivering them.
    await writeEvents(subject)
    const delivering = deliver(subject, endpointId, receiver)
    busy.push((await load.run(job)).p99Ms)
    await delivering
  }
  const times = median(busy) / median(idle)
  return {
    what: `${path.name}, p99 with 4 callers while ${DELIVERIES} deliveries go out / while none do`,
    goal: '≤ 1.5',
    measured: `${median(busy).toFixed(1)} / ${median(idle).toFixed(1)} ms = ${times.toFixed(2)}`,
    reached: times <= 1.5,
  }
}

/** From the answer to a write until readers of the live stream have its event. */
export async function measureStream(subject: Subject): Promise<Goal[]> {
  const goals: Goal[] = []
  for (const readers of [1, READERS]) {
    say(`live stream, ${readers} readers`)
    const processes = startProcess<ReadersJob | null, Arrivals>('readers.ts')
    try {
      await processes.run({ port: subject.server.port, token: subject.token, readers, events: STREAMED })
      const writtenAt: number[] = []
      for (let i = 0; i < STREAMED; i++) {
        await call(subject, 'POST', '/statuses', { name: `Streamed ${Date.now()} ${i}` }).then(({ id }) =>
          statuses.push(id),
        )
        writtenAt.push(performance.timeOrigin + performance.now())
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      const arrivals = Object.entries(await processes.run(null)).sort(([one], [other]) => Number(one) - Number(other))
      const took = arrivals.flatMap(([, times], i) => times.map((at) => Math.max(0, at - (writtenAt[i] ?? 0))))
      const sorted = took.sort((a, b) => a - b)
      const p95 = percentile(sorted, 0.95)
      goals.push({
        what: `written → on the live stream, ${readers} ${readers === 1 ? 'reader' : 'readers'}, p95`,
        goal: '≤ 100 ms',
        measured: `${p95.toFixed(0)} ms (p50 ${percentile(sorted, 0.5).toFixed(0)} ms, ${sorted.length} of ${readers * STREAMED} events)`,
        reached: p95 <= 100 && sorted.length === readers * STREAMED,
      })
    } finally {
      await processes.stop()
      for (const id of statuses.splice(0)) await call(subject, 'DELETE', `/statuses/${id}`)
    }
  }
  return goals
}

const statuses: string[] = []

/** As many events as are to be delivered, with what a received message would have in them. */
async function writeEvents({ connection, actor }: Subject): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(
      `with counter as (
         update event_counters set seq = seq + $2::int where team_id = $1 returning seq - $2::int as before
       )
       insert into events (team_id, seq, id, type, data, created_at)
       select $1, counter.before + n, 'e' || substr(md5(random()::text), 1, 23), 'message.received', $3::json, now()
       from counter, generate_series(1, $2::int) n`,
      [actor.teamId, DELIVERIES, JSON.stringify(sampleEvent('message.received'))],
    )
  } finally {
    await client.end()
  }
}

async function call<T = { id: string }>(
  { server, token }: Subject,
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const answer = await fetch(`http://127.0.0.1:${server.port}/api/v2${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return (text ? JSON.parse(text) : {}) as T
}
