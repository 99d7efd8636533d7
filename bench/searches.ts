import pg from 'pg'
import { listCalls, say } from './options.ts'
import { percentile } from './processes.ts'
import { type Goal, short, type Table } from './report.ts'
import type { Subject } from './subjects.ts'

const P95_MAX_MS = 50

/** What people type, from the most frequent to what nobody said. */
async function searchesIn({ connection, actor, samples }: Subject): Promise<{ name: string; query: string }[]> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ username: string; displayName: string }>(
    `select facts ->> 'username' as username, facts ->> 'displayName' as "displayName" from profiles
     where team_id = $1 order by md5(id) limit 1`,
    [actor.teamId],
  )
  await client.end()
  const [{ username, displayName } = { username: '', displayName: '' }] = rows
  const q = (text: string) => `q=${encodeURIComponent(text)}`
  return [
    { name: 'a frequent word', query: q('thanks') },
    { name: 'several words of a line', query: q('early access') },
    { name: 'an accented name, typed without', query: q('zurich') },
    { name: 'a display name', query: q(displayName) },
    { name: 'a username', query: q(username) },
    { name: 'the end of a username', query: q(username.slice(-7)) },
    { name: 'four digits', query: q(username.slice(-4)) },
    { name: 'what nobody says', query: q('quetzalcoatl') },
    { name: 'what nobody says, in all folders', query: `folder=all&${q('quetzalcoatl')}` },
    { name: 'two letters', query: q('zu') },
    { name: 'an emoji', query: q('🎉') },
    { name: 'a word and a tag', query: `${q('exports')}&tag=${samples.tagIds[9]}` },
    { name: 'a username and an assignee', query: `${q(username)}&assigneeId=${samples.assigneeIds[0]}` },
  ]
}

/** Over HTTP, one after the other: a person waits for each. */
export async function measureSearches(subject: Subject): Promise<{ table: Table; goal: Goal }> {
  say('searches')
  const { server, token, threads } = subject
  const headers = { authorization: `Bearer ${token}` }
  const searches = await searchesIn(subject)
  const took = searches.map((): number[] => [])
  const found: number[] = []
  for (let call = 0; call < listCalls / 4 + 5; call++) {
    for (const [i, { query }] of searches.entries()) {
      const startedAt = performance.now()
      const answer = await fetch(`http://127.0.0.1:${server.port}/api/v2/threads?${query}`, { headers })
      const { data } = (await answer.json()) as { data: unknown[] }
      if (call >= 5) took[i]?.push(performance.now() - startedAt)
      found[i] = data.length
    }
  }
  const of = (times: readonly number[], share: number) =>
    percentile(
      [...times].sort((a, b) => a - b),
      share,
    )
  const p95 = of(took.flat(), 0.95)
  return {
    table: {
      title: `Searches for texts, ${short(threads)} threads`,
      note: '`GET /api/v2/threads?q=` over HTTP, one at a time, pages of 50.',
      head: ['text', 'found', 'p50 ms', 'p95 ms'],
      rows: searches.map(({ name }, i) => {
        const times = took[i] ?? []
        return [name, String(found[i]), of(times, 0.5).toFixed(1), of(times, 0.95).toFixed(1)]
      }),
    },
    goal: {
      what: `searches for texts at ${short(threads)}, p95 of all`,
      goal: `≤ ${P95_MAX_MS} ms`,
      measured: `${p95.toFixed(1)} ms`,
      reached: p95 <= P95_MAX_MS,
    },
  }
}
