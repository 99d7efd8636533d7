import pg from 'pg'
import { expect, test } from 'vitest'
import { aChat, anAccount, aPerson, aThread, deliveries } from '../test/factories.ts'
import { apiAt, createDatabase, eventually, startOwnServer, startTeam, teamOn, urlOf } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'

test('the log has no gap or repeat, whoever writes at the same time and however many fail', async () => {
  const team = await startTeam()
  const threads = await Promise.all(
    Array.from({ length: 8 }, async () => aThread(team, { account: await anAccount(team) })),
  )
  const { body: tag } = await team.api.post('/tags', { name: 'Tag' })

  await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const thread = threads[i % threads.length]
      const path = `/prospects/${thread?.prospectId}/context`
      switch (i % 5) {
        case 0:
          return team.api.patch(path, { notes: `Note ${i}` })
        case 1:
          return team.api.patch(path, { notes: `Lost ${i}`, statusId: 'unknown0unknown0unknown0' })
        case 2:
          return team.api.patch(path, i % 2 ? { addTags: [tag.id] } : { removeTags: [tag.id] })
        case 3:
          return team.api.post(`/threads/${thread?.id}/messages`, { content: `Message ${i}` })
        default:
          return team.api.post('/tags', { name: `Tag ${i % 15}` })
      }
    }),
  )

  const { body } = await team.api.get('/events?limit=1000')
  const seqs = body.events.map((event: { seq: number }) => event.seq)
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1))
})

test('two servers on one database apply each piece of news once, in its order', async () => {
  const database = await createDatabase()
  const [one, two] = [await startOwnServer({}, database), await startOwnServer({}, database)]
  try {
    const team = await teamOn(one)
    const account = await anAccount(team)
    const people = await Promise.all(Array.from({ length: 5 }, () => aPerson(team)))

    const written: string[] = []
    for (let i = 0; i < 60; i++) {
      const person = people[i % people.length]
      await team.sandbox.post(`/people/${person?.platformId}/messages`, {
        accountLinkId: account.id,
        content: `Message ${i}`,
      })
      written.push(`Message ${i}`)
    }

    const seen = await eventually(async () => {
      const { body } = await team.api.get('/events?limit=1000')
      const created = body.events.filter((event: { type: string }) => event.type === 'message.created')
      return (
        created.length >= written.length &&
        created.map((event: { data: { message: { content: string } } }) => event.data.message.content)
      )
    }, 'all messages')
    expect(seen).toEqual(written)
  } finally {
    await one.stop()
    await two.stop()
  }
})

test('a send whose server is gone is found out about by the next one', async () => {
  const database = await createDatabase()
  const first = await startOwnServer({}, database)
  const team = await teamOn(first)
  const chat = await aChat(team)
  // As a server that was killed leaves it: the platform has the message, we have only the intention.
  const { body: sent } = await team.api.post(`/threads/${chat.id}/messages`, { content: 'Interrupted' })
  await first.core.db
    .query`update sends set state = 'sending', lease_until = now() - interval '1 minute' where id = ${sent.id}`
  await first.core.db.query`update threads set last_message_id = null where last_message_id = ${sent.id}`
  await first.core.db.query`delete from messages where id = ${sent.id}`
  await first.stop()

  const second = await startOwnServer({}, database)
  try {
    const again = { ...team, api: apiAt(`${second.url}/api/v1`, team.token) }
    const found = await eventually(async () => {
      const { body } = await again.api.get(`/threads/${chat.id}/messages`)
      return body.messages.find((message: { id: string }) => message.id === sent.id)
    }, 'the interrupted message')
    expect(found).toMatchObject({ content: 'Interrupted', platformId: sent.platformId })
    const sandbox = apiAt(`${second.url}/api/sandbox`, team.token)
    expect(
      (await deliveries({ ...team, sandbox }, chat.accountLinkId)).filter(({ content }) => content === 'Interrupted'),
    ).toHaveLength(1)
  } finally {
    await second.stop()
  }
})

test('texts that were written lately are sorted into their index by a worker, not by whoever writes one too many', async () => {
  const database = await createDatabase()
  const clock = new ManualClock()
  const server = await startOwnServer({ clock }, database)
  const client = new pg.Client(urlOf(database))
  await client.connect()
  try {
    await client.query('create extension pgstattuple')
    const pendingEntries = async () => {
      const { rows } = await client.query(`select pending_tuples from pgstatginindex('threads_by_text')`)
      return Number(rows[0].pending_tuples)
    }
    await aThread(await teamOn(server))
    expect(await pendingEntries()).toBeGreaterThan(0)

    await eventually(async () => {
      clock.advance(1_000)
      return (await pendingEntries()) === 0
    }, 'the entries to be sorted in')
  } finally {
    await client.end()
    await server.stop()
  }
})
