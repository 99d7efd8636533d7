import pg from 'pg'
import { options } from './options.ts'
import { percentile } from './processes.ts'
import type { Goal } from './report.ts'
import type { Subject } from './subjects.ts'

/** After everybody has written at once: no number missing, none twice. */
export async function checkSequence({ connection, actor }: Subject): Promise<Goal> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ events: number; first: number; last: number; counter: number }>(
    `select count(*)::int as events, coalesce(min(e.seq), 0)::int as first, coalesce(max(e.seq), 0)::int as last,
       (select seq::int from event_counters where team_id = $1) as counter
     from events e where e.team_id = $1`,
    [actor.teamId],
  )
  await client.end()
  const [{ events, first, last, counter } = { events: 0, first: 0, last: 0, counter: 0 }] = rows
  return {
    what: 'seq of the events after concurrent writes',
    goal: 'no gap',
    measured: `${events} events from ${first} to ${last}`,
    reached: events > 0 && last - first + 1 === events && last === counter,
  }
}

/** From the moment a person's message is handed to the platform until both its thread and the event log show it. */
export async function measureInbound({ server, token, samples, connection, actor }: Subject): Promise<Goal> {
  const base = `http://127.0.0.1:${server.port}/api`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const get = async <T>(address: string): Promise<T> =>
    (await fetch(`${base}${address}`, { headers })).json() as Promise<T>
  const client = new pg.Client(connection)
  await client.connect()
  const took: number[] = []
  for (const threadId of samples.reachableThreadIds.slice(0, options.quick ? 30 : 200)) {
    const thread = await get<{ accountLinkId: string; prospect: { platformId: string } }>(`/v1/threads/${threadId}`)
    const counter = await client.query<{ seq: number }>('select seq::int from event_counters where team_id = $1', [
      actor.teamId,
    ])
    const content = `Hello at ${performance.now()}`
    const startedAt = performance.now()
    const body = JSON.stringify({ accountLinkId: thread.accountLinkId, content })
    await fetch(`${base}/sandbox/people/${thread.prospect.platformId}/messages`, { method: 'POST', headers, body })
    const event = until(async () => {
      const { events } = await get<{ events: { data: { message?: { content: string } } }[] }>(
        `/v1/events?afterSeq=${counter.rows[0]?.seq ?? 0}`,
      )
      return events.some(({ data }) => data.message?.content === content)
    })
    const message = until(async () => {
      const { messages } = await get<{ messages: { content: string }[] }>(`/v1/threads/${threadId}/messages?limit=5`)
      return messages.some((message) => message.content === content)
    })
    await Promise.all([event, message])
    took.push(performance.now() - startedAt)
  }
  await client.end()
  const sorted = took.sort((a, b) => a - b)
  const [p50, p95] = [percentile(sorted, 0.5), percentile(sorted, 0.95)]
  return {
    what: 'inbound message → in the API and the event log, p95',
    goal: '≤ 100 ms',
    measured: `${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms, ${took.length} messages)`,
    reached: p95 <= 100,
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await isSo())) if (performance.now() > end) throw new Error('an inbound message did not arrive')
}
