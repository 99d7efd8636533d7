import { expect, onTestFinished, test } from 'vitest'
import { revokeApiToken } from '../../domain/api-tokens.ts'
import type { MemberId, TeamId } from '../../store/ids.ts'
import { metric, openStream } from '../../test/event-streams.ts'
import {
  createDatabase,
  eventually,
  existingTeam,
  startOwnServer,
  startServerOfTest,
  startTeam,
  teamOn,
} from '../../test/harness.ts'
import { startLogged } from '../../test/logged-server.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { open, textOf } from '../../test/sockets.ts'

test('a stream ends soon after its token was revoked', async () => {
  const team = await startTeam()
  const stream = await openStream(team)
  const [apiToken] = await team.server.core.db.query<{ id: string }>`
    select id from api_tokens where team_id = ${team.teamId}`
  await revokeApiToken(team.server.core, team.teamId as TeamId, apiToken?.id ?? '')

  await eventually(async () => stream.isOver(), 'the end of the stream')

  expect(stream.blocks.at(-1)).toMatchObject({ event: 'stream.ended', data: { reason: 'unauthorized' } })
})

test('a stream ends when its token expires', async () => {
  const clock = new ManualClock()
  const team = await teamOn(await startServerOfTest({ clock }))
  const stream = await openStream(team)
  await team.server.core.db.query`
    update api_tokens set expires_at = ${new Date(clock.now().getTime() + 60_000)} where team_id = ${team.teamId}`
  clock.advance(50_000)
  await team.v2.post('/tags', { name: 'in time' })
  await stream.events(1)
  expect(stream.isOver()).toBe(false)

  await eventually(async () => {
    clock.advance(5_000)
    return stream.isOver()
  }, 'the end of the stream')
})

test('a place is free again when its reader has gone', async () => {
  const team = await teamOn(await startServerOfTest({ env: { OPEN_INBOX_STREAMS_PER_TEAM: '1' } }))
  for (let nth = 0; nth < 3; nth++) {
    const stream = await openStream(team)
    const { status, headers } = await team.v2.get('/events/stream')
    expect([status, headers.get('retry-after')]).toEqual([429, '10'])
    stream.close()
    await eventually(async () => (await metric(team.server, 'open_inbox_streams_open')) === 0, 'a free place')
  }
  expect((await team.v2.get('/events/stream?afterSeq=99')).status).toBe(400)
  const other = await teamOn(team.server)
  const streams = [await openStream(team), await openStream(other)]
  expect(streams.map(({ response }) => response.statusCode)).toEqual([200, 200])
})

test('a server that stops says so at once, and its successor goes on where it was', async () => {
  const database = await createDatabase()
  const first = await startOwnServer({}, database)
  const team = await teamOn(first)
  const stream = await openStream(team, '?afterSeq=0')
  await team.v2.post('/tags', { name: 'one' })
  await stream.events(1)

  const startedAt = performance.now()
  await first.stop()
  const stoppedWithinMs = performance.now() - startedAt

  await eventually(async () => stream.isOver(), 'the end of the stream')
  expect(stream.blocks.at(-1)).toMatchObject({ event: 'stream.ended', data: { reason: 'serverStopping' } })
  // Waiting for answers that run would have taken ten seconds.
  expect(stoppedWithinMs).toBeLessThan(6_000)
  const second = await startOwnServer({}, database)
  onTestFinished(() => second.stop())
  const again = await existingTeam(second, team.teamId as TeamId, team.ownerId as MemberId)
  await again.v2.post('/tags', { name: 'two' })
  const resumed = await openStream(again, '', { headers: { 'last-event-id': stream.lastId() ?? '' } })
  await resumed.events(1)
  expect(resumed.seqs()).toEqual([2])
})

test('HEAD says what GET would, and opens nothing', async () => {
  const team = await startTeam()
  const socket = await open(team.server)
  const text = textOf(socket)
  socket.write(
    `HEAD /api/v2/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${team.token}\r\nConnection: close\r\n\r\n`,
  )

  expect(await text).toMatch(/^HTTP\/1.1 200 OK\r\n.*content-type: text\/event-stream; charset=utf-8\r\n/is)
  expect(await metric(team.server, 'open_inbox_streams_open')).toBe(0)
})

test('a stream is logged when it opens, and once more when it ends', async () => {
  const { server, lines } = await startLogged()
  const team = await teamOn(server)
  const stream = await openStream(team, '?afterSeq=0')
  await team.v2.post('/tags', { name: 'one' })
  await stream.events(1)
  const ofStream = () => lines().filter(({ operation }) => operation === 'events.stream')
  expect(ofStream()).toMatchObject([{ msg: 'request', status: 200, teamId: team.teamId }])

  stream.close()
  await eventually(async () => ofStream().length === 2, 'the second line')

  expect(ofStream()[1]).toMatchObject({ msg: 'stream ended', reason: 'closedByReader', events: 1, teamId: team.teamId })
  expect(ofStream()[1]?.requestId).toBe(stream.response.headers['x-request-id'])
})

test('opening a stream costs one request, and its answer says what is left', async () => {
  const team = await teamOn(await startServerOfTest({ env: { OPEN_INBOX_RATE_LIMITS: '3/minute' } }))
  const left = async () => (await openStream(team)).response.headers['x-ratelimit-remaining']

  expect([await left(), await left(), await left()]).toEqual(['2', '1', '0'])
  expect((await team.v2.get('/events/stream')).body.code).toBe('rateLimited')
})
