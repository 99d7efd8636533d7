import { expect, test } from 'vitest'
import { startTeam } from '../../test/harness.ts'

test('a tag is found by its id and by its name, whatever case, accents and signs the name has', async () => {
  const { v2, events } = await startTeam()
  const { status, body: tag } = await v2.post('/tags', { name: 'Hot Lead/2026 é', color: 'Teal' })

  expect([status, tag.color]).toEqual([201, '#14b8a6'])
  for (const reference of [tag.id, 'Hot Lead/2026 é', 'HOT LEAD/2026 E']) {
    const { body } = await v2.get(`/tags/${encodeURIComponent(reference)}`)
    expect(body).toEqual(tag)
  }
  expect((await v2.get('/tags/hot%20lead%2F2026')).body.code).toBe('tagNotFound')
  expect(await events()).toEqual(['tag.created'])
})

test("an id wins over another tag's name", async () => {
  const { v2 } = await startTeam()
  const { body: first } = await v2.post('/tags', { name: 'first' })
  const { body: second } = await v2.post('/tags', { name: first.id })

  expect((await v2.get(`/tags/${first.id}`)).body).toEqual(first)
  expect((await v2.patch(`/tags/${first.id}`, { name: 'renamed' })).body.id).toBe(first.id)
  expect((await v2.delete(`/tags/${first.id}`)).status).toBe(204)
  expect((await v2.get(`/tags/${first.id}`)).body).toEqual(second)
})

test('fields and parameters that an operation does not know are refused, and named', async () => {
  const { v2, events } = await startTeam()

  const field = await v2.post('/tags', { name: 'VIP', colour: 'red' })
  expect(field.body).toMatchObject({ code: 'invalidRequest', details: { issues: [{ path: ['colour'] }] } })
  const parameter = await v2.get('/members?limit=5&page=2')
  expect(parameter.body).toMatchObject({ code: 'invalidRequest', details: { issues: [{ path: ['page'] }] } })
  expect((await v2.get('/members?limit=5&limit=6')).body.details.issues[0].path).toEqual(['limit'])
  expect((await v2.get('/members?limit[]=5')).body.details.issues[0].path).toEqual(['limit[]'])
  expect(await events()).toEqual([])
})

test('pages go on where they stopped; a cursor is good for its own list only', async () => {
  const team = await startTeam()
  await team.addMember('Ada')
  await team.addMember('Bo')
  const { v2 } = team

  const first = await v2.get('/members?limit=2')
  const second = await v2.get(`/members?limit=2&cursor=${first.body.nextCursor}`)
  expect(first.body.data.map(({ name }: { name: string }) => name)).toEqual(['Olga Owner', 'Ada'])
  expect(second.body).toMatchObject({ data: [{ name: 'Bo' }], nextCursor: null })

  const other = await startTeam()
  for (const cursor of ['', 'x', 'W10', `${first.body.nextCursor}x`]) {
    expect((await v2.get(`/members?cursor=${cursor}`)).body.code).toBe('invalidCursor')
  }
  expect((await other.v2.get(`/members?cursor=${first.body.nextCursor}`)).body.code).toBe('invalidCursor')
})

test('statuses are listed in board order, tags by name, each as one whole page', async () => {
  const { v2 } = await startTeam()
  for (const name of ['b', 'a']) {
    await v2.post('/tags', { name })
    await v2.post('/statuses', { name, color: null })
  }

  const names = async (path: string) => (await v2.get(path)).body.data.map(({ name }: { name: string }) => name)
  expect(await names('/tags')).toEqual(['a', 'b'])
  expect(await names('/statuses')).toEqual(['b', 'a'])
  expect((await v2.get('/tags?limit=1')).status).toBe(400)
  expect((await v2.post('/tags', { name: 'Á' })).body).toMatchObject({ code: 'nameTaken', details: { name: 'Á' } })
  expect((await v2.delete('/statuses/A')).status).toBe(204)
})
