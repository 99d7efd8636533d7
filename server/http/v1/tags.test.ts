import { expect, test } from 'vitest'
import { startTeam } from '../../test/harness.ts'

test('a tag name is taken even when only case or accents differ', async () => {
  const { api, events } = await startTeam()
  await api.post('/tags', { name: 'Café' })

  const answer = await api.post('/tags', { name: 'CAFE' })

  expect(answer.status).toBe(409)
  expect(answer.body.error.code).toBe('CONFLICT')
  expect(await events()).toEqual(['tag.created']) // the refused request left nothing behind
})

test('a tag without a colour gets one of the palette; a palette name becomes its hex code', async () => {
  const { api } = await startTeam()
  const { body: palette } = await api.get('/colors')

  const plain = await api.post('/tags', { name: 'Plain' })
  const none = await api.post('/tags', { name: 'None', color: null })
  const teal = await api.post('/tags', { name: 'Teal', color: 'TEAL' })
  const hex = await api.post('/tags', { name: 'Hex', color: '#AbCdEf' })

  const hexes = palette.map((color: { hex: string }) => color.hex)
  expect(hexes).toContain(plain.body.color)
  expect(hexes).toContain(none.body.color)
  expect(teal.body.color).toBe('#14b8a6')
  expect(hex.body.color).toBe('#abcdef')
})

test.each(['#abc', 'octarine', '', '#12345g'])('"%s" is not a colour', async (color) => {
  const { api, events } = await startTeam()

  const answer = await api.post('/tags', { name: 'Tag', color })

  expect(answer.status).toBe(400)
  expect(answer.body.error.message).toContain('"color"')
  expect(await events()).toEqual([])
})

test('tags are listed by name, whatever its case', async () => {
  const { api } = await startTeam()
  for (const name of ['beta', 'Alpha', 'Álamo', 'zeta']) await api.post('/tags', { name })

  const { body } = await api.get('/tags')

  expect(body.map((tag: { name: string }) => tag.name)).toEqual(['Álamo', 'Alpha', 'beta', 'zeta'])
})

test('an update that changes nothing leaves no event', async () => {
  const { api, events } = await startTeam()
  const { body: tag } = await api.post('/tags', { name: 'VIP', color: 'red' })

  const same = await api.patch(`/tags/${tag.id}`, { name: 'VIP', color: '#EF4444' })
  const empty = await api.patch(`/tags/${tag.id}`)

  expect([same.body, empty.body]).toEqual([tag, tag])
  expect(await events()).toEqual(['tag.created'])
})

test('a tag can be renamed to another spelling of its own name, but not to the name of another', async () => {
  const { api, events } = await startTeam()
  const { body: tag } = await api.post('/tags', { name: 'vip' })
  await api.post('/tags', { name: 'Lead' })

  const own = await api.patch(`/tags/${tag.id}`, { name: 'VIP' })
  const taken = await api.patch(`/tags/${tag.id}`, { name: 'léad' })

  expect(own.body.name).toBe('VIP')
  expect(taken.status).toBe(409)
  expect(await events()).toEqual(['tag.created', 'tag.created', 'tag.updated'])
})

test('a deleted tag is gone, and deleting answers 200 with an empty body', async () => {
  const { api, events } = await startTeam()
  const { body: tag } = await api.post('/tags', { name: 'Old' })

  const deleted = await api.delete(`/tags/${tag.id}`)
  const again = await api.delete(`/tags/${tag.id}`, {})

  expect([deleted.status, deleted.body]).toEqual([200, undefined])
  expect([again.status, again.body.error.code]).toEqual([404, 'TAG_NOT_FOUND'])
  expect((await api.get('/tags')).body).toEqual([])
  expect(await events()).toEqual(['tag.created', 'tag.deleted'])
})

test('of fifty requests for one name, one wins', async () => {
  const { api, events } = await startTeam()

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => api.post('/tags', { name: i % 2 ? 'Race' : 'RACE' })),
  )

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
  expect(await events()).toEqual(['tag.created'])
})
