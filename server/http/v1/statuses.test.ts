import { expect, test } from 'vitest'
import { startTeam } from '../../test/harness.ts'

test('statuses are listed in board order: as they were made', async () => {
  const { api, events } = await startTeam()
  for (const name of ['New', 'Active', 'Won']) await api.post('/statuses', { name })

  const { body } = await api.get('/statuses')

  expect(body.map((status: { name: string }) => status.name)).toEqual(['New', 'Active', 'Won'])
  expect(await events()).toEqual(['status.created', 'status.created', 'status.created'])
})

test('a status may have no colour; null clears it', async () => {
  const { api, events } = await startTeam()

  const plain = await api.post('/statuses', { name: 'Plain' })
  const red = await api.patch(`/statuses/${plain.body.id}`, { color: 'Red' })
  const cleared = await api.patch(`/statuses/${plain.body.id}`, { color: null })
  const again = await api.patch(`/statuses/${plain.body.id}`, { color: null })

  expect([plain.body.color, red.body.color, cleared.body.color, again.body.color]).toEqual([
    null,
    '#ef4444',
    null,
    null,
  ])
  expect(await events()).toEqual(['status.created', 'status.updated', 'status.updated'])
})

test('a status name is taken even when only case or accents differ', async () => {
  const { api, events } = await startTeam()
  await api.post('/statuses', { name: 'Élan' })
  const { body: other } = await api.post('/statuses', { name: 'Other' })

  const created = await api.post('/statuses', { name: 'elan' })
  const renamed = await api.patch(`/statuses/${other.id}`, { name: 'ELAN' })

  expect([created.status, renamed.status]).toEqual([409, 409])
  expect(await events()).toEqual(['status.created', 'status.created'])
})

test('a deleted status is gone', async () => {
  const { api } = await startTeam()
  const { body: status } = await api.post('/statuses', { name: 'Old' })

  const deleted = await api.delete(`/statuses/${status.id}`)
  const got = await api.get(`/statuses/${status.id}`)

  expect([deleted.status, deleted.body]).toEqual([200, undefined])
  expect([got.status, got.body.error.code]).toEqual([404, 'STATUS_NOT_FOUND'])
})

test('the three lists of colours are the same', async () => {
  const { api } = await startTeam()

  const lists = await Promise.all(
    ['/colors', '/tags/colors', '/statuses/colors'].map(async (path) => (await api.get(path)).body),
  )

  expect(lists[0]).toHaveLength(18)
  expect(lists[0]).toContainEqual({ name: 'blue', hex: '#3b82f6' })
  expect([lists[1], lists[2]]).toEqual([lists[0], lists[0]])
})
