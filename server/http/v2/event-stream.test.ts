import { randomInt } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { noEventSignals } from '../../domain/event-signals.ts'
import { change } from '../../domain/events.ts'
import type { MemberId, TagId, TeamId } from '../../store/ids.ts'
import { metric, openStream, recordFat, type TestStream } from '../../test/event-streams.ts'
import { aChat } from '../../test/factories.ts'
import {
  createDatabase,
  eventually,
  existingTeam,
  startOwnServer,
  startServerOfTest,
  startTeam,
  teamOn,
} from '../../test/harness.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { report, scaled } from '../../test/scale.ts'

test('holds what happens from now on, and says at once where in the log that is', async () => {
  const team = await startTeam()
  await team.v2.post('/tags', { name: 'before' })
  const stream = await openStream(team)
  await team.v2.post('/tags', { name: 'after' })

  const [event] = await stream.events(1)
  const { body } = await team.v2.get('/events')

  expect(stream.blocks[0]).toEqual({ id: '1', event: null, data: null, comment: null })
  expect(event).toEqual({ id: '2', event: 'tag.created', data: body.data[1], comment: null })
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
  })
})

test('replays what came after a place in the log; the header of a browser that comes back wins over the address', async () => {
  const team = await startTeam()
  for (const name of ['one', 'two', 'three', 'four']) await team.v2.post('/tags', { name })

  const all = await openStream(team, '?afterSeq=0')
  const some = await openStream(team, '?afterSeq=2')
  const resumed = await openStream(team, '?afterSeq=0', { headers: { 'last-event-id': '3' } })
  await Promise.all([all.events(4), some.events(2), resumed.events(1)])
  await team.v2.post('/tags', { name: 'five' })
  await Promise.all([all.events(5), some.events(3), resumed.events(2)])

  expect([all, some, resumed].map((stream) => stream.seqs())).toEqual([
    [1, 2, 3, 4, 5],
    [3, 4, 5],
    [4, 5],
  ])
})

test('shows each event exactly as the list of events of either version does', async () => {
  const team = await startTeam()
  await aChat(team)
  const inV1 = (await team.api.get('/events?limit=1000')).body.events
  const inV2 = (await team.v2.get('/events?limit=1000')).body.data

  const [first, second] = [await openStream(team, '?afterSeq=0&apiVersion=1'), await openStream(team, '?afterSeq=0')]

  expect((await first.events(inV1.length)).map(({ data }) => data)).toEqual(inV1)
  expect((await second.events(inV2.length)).map(({ data }) => data)).toEqual(inV2)
  expect(first.blocks.filter(({ data }) => data).map(({ event }) => event)).toEqual(
    inV1.map(({ type }: { type: string }) => type),
  )
})

test('types are asked for by name or by noun, in the words of the version', async () => {
  const team = await startTeam()
  await aChat(team)
  const typesIn = async (query: string, last: string) => {
    const stream = await openStream(team, `?afterSeq=0&${query}`)
    await eventually(async () => stream.blocks.some(({ event }) => event === last), last)
    return [...new Set(stream.blocks.flatMap(({ event }) => event ?? []))]
  }

  expect(await typesIn('type=message.sent', 'message.sent')).toEqual(['message.sent'])
  expect(await typesIn('type=message.*', 'message.sent')).toEqual(['message.received', 'message.sent'])
  expect(await typesIn('type=message.created&apiVersion=1', 'message.created')).toEqual(['message.created'])
  expect(await typesIn('type=prospect.*&apiVersion=1', 'prospect.created')).toEqual(['prospect.created'])
})

test.each([
  ['?type=message.created', 'type'],
  ['?type=contact.*&apiVersion=1', 'type'],
  ['?type=*', 'type'],
  ['?apiVersion=3', 'apiVersion'],
  ['?afterSeq=-1', 'afterSeq'],
  ['?afterSeq=1000', 'afterSeq'],
  ['?since=1', 'since'],
])('"%s" is refused by its name', async (query, name) => {
  const { v2 } = await startTeam()

  const { status, body } = await v2.get(`/events/stream${query}`)

  expect([status, body.code, body.details.issues[0].path[0]]).toEqual([400, 'invalidRequest', name])
})

test('a Last-Event-ID that no stream gave out is refused, and an empty one is none', async () => {
  const team = await startTeam()

  const { status, body } = await team.v2.get('/events/stream', { 'last-event-id': 'e5v8n1' })

  expect([status, body.details.issues[0].path]).toEqual([400, ['Last-Event-ID']])
  const beyond = await team.v2.get('/events/stream', { 'last-event-id': '99999999' })
  expect([beyond.status, beyond.body.details.issues[0].path]).toEqual([400, ['Last-Event-ID']])
  expect((await team.v2.get('/events/stream', { 'last-event-id': '' })).status).toBe(200)
})

test('a team never sees what happens to another', async () => {
  const [ours, theirs] = [await startTeam(), await startTeam()]
  const stream = await openStream(ours, '?afterSeq=0')
  for (let nth = 0; nth < 10; nth++) await theirs.v2.post('/tags', { name: `theirs ${nth}` })
  await ours.v2.post('/tags', { name: 'ours' })

  await stream.events(1)

  expect(stream.seqs()).toEqual([1])
})

test('while many write on two servers, nobody misses, repeats or confuses anything, whenever and wherever he begins', {
  timeout: 1_800_000,
}, async () => {
  const { here, there } = await startTwins()
  const writers = 8
  const each = scaled(15)
  const tags = await Promise.all(
    Array.from({ length: writers }, async (_, nth) => (await here.v2.post('/tags', { name: `tag ${nth}` })).body.id),
  )
  const streams: TestStream[] = []
  let isWriting = true

  const writing = Promise.all(
    tags.map(async (id, writer) => {
      for (let nth = 0; nth < each; nth++) {
        const team = (writer + nth) % 2 === 0 ? here : there
        await team.v2.patch(`/tags/${id}`, { name: `tag ${writer} ${nth}` })
        // A refused change takes no number.
        if (nth % 5 === 0) await team.v2.patch(`/tags/${id}`, { name: '' })
      }
    }),
  ).finally(() => {
    isWriting = false
  })
  // No more than a team may have, however long the writing takes.
  while (isWriting && streams.length < 40) {
    streams.push(await openStream(streams.length % 2 === 0 ? here : there, `?afterSeq=${randomInt(writers)}`))
  }
  await writing

  const total = writers * (each + 1)
  expect(streams.length).toBeGreaterThan(5)
  for (const stream of streams) {
    await eventually(async () => stream.seqs().at(-1) === total, 'the last event', 60_000)
    const [first = 0] = stream.seqs()
    expect(first).toBeLessThanOrEqual(writers)
    expect(stream.seqs()).toEqual(Array.from({ length: total - first + 1 }, (_, nth) => first + nth))
  }
  report('readers', ['8 write on two servers, readers begin at any time and place', total, streams.length, 0, 0, 'yes'])
})

test('100 cuts at any byte, and whoever comes back with the last id has missed nothing and seen nothing twice', {
  timeout: 1_800_000,
}, async () => {
  const team = await startTeam()
  const { body: tag } = await team.v2.post('/tags', { name: 'tag' })
  const seen: number[] = []
  let isWriting = true
  const writing = (async () => {
    for (let nth = 0; isWriting; nth++) {
      await team.v2.patch(`/tags/${tag.id}`, { name: `tag ${nth} ✓` })
      // Whoever is cut off all the time must not fall behind what is kept.
      await eventually(async () => nth - seen.length < 1_000 || !isWriting, 'the reader', 60_000)
    }
  })()

  let lastId = '0'
  const cuts = scaled(100)
  for (let cut = 0; cut < cuts; cut++) {
    const stream = await openStream(team, '', {
      headers: { 'last-event-id': lastId },
      cutAfterBytes: randomInt(1, 1_500),
    })
    await eventually(async () => stream.isOver(), 'the cut')
    seen.push(...stream.seqs())
    lastId = stream.lastId() ?? lastId
  }
  isWriting = false
  await writing
  const [counter] = await team.server.core.db.query<{ seq: number }>`
    select seq from event_counters where team_id = ${team.teamId}`
  const head = counter?.seq ?? 0
  const rest = await openStream(team, '', { headers: { 'last-event-id': lastId } })
  await eventually(async () => [...seen, ...rest.seqs()].at(-1) === head, 'the last event')

  expect([...seen, ...rest.seqs()]).toEqual(Array.from({ length: head }, (_, nth) => nth + 1))
  report('readers', [`one is cut off at any byte, ${cuts.toLocaleString('en')} times`, head, 1, 0, 0, 'yes'])
})

test('a reader of something rare remembers how far the log was read', async () => {
  const clock = new ManualClock()
  const team = await teamOn(await startServerOfTest({ clock }))
  const stream = await openStream(team, '?type=status.created')
  for (let nth = 0; nth < 3; nth++) await team.v2.post('/tags', { name: `tag ${nth}` })

  await eventually(async () => {
    clock.advance(2_000)
    return stream.lastId() === '3'
  }, 'the place in the log')

  expect(stream.blocks.filter(({ comment }) => comment === 'heartbeat').length).toBeGreaterThan(0)
  expect(stream.seqs()).toEqual([])
})

test('says plainly that events are forgotten, once, and goes on with the oldest that is kept', async () => {
  const team = await startTeam()
  for (let nth = 1; nth <= 6; nth++) await team.v2.post('/tags', { name: `tag ${nth}` })
  await team.server.core.db.query`delete from events where team_id = ${team.teamId} and seq <= 4`

  const stream = await openStream(team, '?afterSeq=2')
  await stream.events(2)

  expect(stream.blocks.slice(1).map(({ id, event, data }) => [id, event, data.seq ?? data])).toEqual([
    ['4', 'stream.gap', { afterSeq: 2, nextSeq: 5 }],
    ['5', 'tag.created', 5],
    ['6', 'tag.created', 6],
  ])
  for (const query of ['?afterSeq=4', '?afterSeq=0']) {
    const other = await openStream(team, query)
    await other.events(2)
    expect(other.blocks.some(({ event }) => event === 'stream.gap')).toBe(false)
  }
  const fromTheStart = await openStream(team, '', { headers: { 'last-event-id': '0' } })
  await fromTheStart.events(2)
  expect(fromTheStart.blocks[1]).toMatchObject({ event: 'stream.gap', data: { afterSeq: 0, nextSeq: 5 } })

  await team.server.core.db.query`delete from events where team_id = ${team.teamId}`
  const last = await openStream(team, '?afterSeq=3')
  await team.v2.post('/tags', { name: 'tag 7' })
  await last.events(1)
  expect(last.blocks[1]).toMatchObject({ event: 'stream.gap', data: { afterSeq: 3, nextSeq: 7 } })
})

test('a reader that takes nothing is dropped, holds a bounded piece of memory until then, and delays nobody', async () => {
  const clock = new ManualClock()
  const server = await startServerOfTest({ clock, env: { OPEN_INBOX_SANDBOX: 'off' } })
  const team = await teamOn(server)
  const stuck = await openStream(team, '?afterSeq=0', { reads: false })
  const reader = await openStream(team, '?afterSeq=0')
  const bytesBefore = process.memoryUsage().rss
  let waitingMax = 0
  for (let round = 1; round <= 30; round++) {
    await recordFat(team, { count: 100, bytes: 10_000 })
    await reader.events(round * 100)
    waitingMax = Math.max(waitingMax, await metric(server, 'open_inbox_streams_waiting_bytes'))
  }

  // 30 MB went by: what waits in the process is the limit and one event.
  expect(waitingMax).toBeGreaterThan(200_000)
  expect(waitingMax).toBeLessThan(300_000)
  expect(process.memoryUsage().rss - bytesBefore).toBeLessThan(300e6)
  await eventually(async () => {
    clock.advance(1_000)
    return (await metric(server, 'open_inbox_streams_ended_total{reason="tooSlow"}')) === 1
  }, 'the end of the slow reader')
  expect(await metric(server, 'open_inbox_streams_open')).toBe(1)
  stuck.response.resume()
  await eventually(async () => stuck.isOver(), 'the end')
  await team.v2.post('/tags', { name: 'still here' })
  await reader.events(3_001)
})

test('a reader that is slow for a while gets everything when it reads on', async () => {
  const team = await teamOn(await startServerOfTest({ env: { OPEN_INBOX_SANDBOX: 'off' } }))
  const stream = await openStream(team, '?afterSeq=0')
  stream.response.pause()
  for (let round = 0; round < 12; round++) await recordFat(team, { count: 100, bytes: 10_000 })
  stream.response.resume()

  await stream.events(1_200)

  expect(stream.seqs()).toEqual(Array.from({ length: 1_200 }, (_, nth) => nth + 1))
})

test('an event of which no signal came arrives all the same', async () => {
  const team = await startTeam()
  const stream = await openStream(team)
  const tag = { id: 't' as TagId, name: 'unheard', color: null, createdAt: '2026-03-04T05:06:07.000Z' }
  await change({ ...team.server.core, eventSignals: noEventSignals }, team.teamId as TeamId, async (_tx, record) =>
    record({ type: 'tag.created', tag: tag as never }),
  )

  expect((await stream.events(1)).map(({ event }) => event)).toEqual(['tag.created'])
})

/** A team on two servers with one database. */
async function startTwins() {
  const database = await createDatabase()
  const [one, other] = [await startOwnServer({}, database), await startOwnServer({}, database)]
  onTestFinished(async () => {
    await Promise.all([one.stop(), other.stop()])
  })
  const here = await teamOn(one)
  const there = await existingTeam(other, here.teamId as TeamId, here.ownerId as MemberId)
  return { here, there }
}
