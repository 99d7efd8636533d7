import { expect, test } from 'vitest'
import { anAccount } from '../../test/factories.ts'
import { startTeam } from '../../test/harness.ts'

test('the token tells the team', async () => {
  const team = await startTeam()

  const { body } = await team.api.get('/team')

  expect(body).toMatchObject({ id: team.teamId, currency: 'USD', image: null, updatedAt: null })
})

test('members are listed oldest first, and a member’s id is not the user’s', async () => {
  const team = await startTeam()
  const second = await team.addMember('Second')
  const third = await team.addMember('Third')

  const { body: members } = await team.api.get('/members')
  const { body: member } = await team.api.get(`/members/${second.memberId}`)

  expect(members.map(({ id }: { id: string }) => id)).toEqual([team.ownerId, second.memberId, third.memberId])
  expect(members.map(({ role }: { role: string }) => role)).toEqual(['owner', 'user', 'user'])
  expect(member).toEqual(members[1])
  expect(member.userId).not.toBe(member.id)
})

test('account links are listed oldest first', async () => {
  const team = await startTeam()
  const [first, second] = [await anAccount(team), await anAccount(team)]

  const { body } = await team.api.get('/account-links')

  expect(body.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id])
  expect(body[0]).toMatchObject({ platform: 'twitter', status: 'active', username: first.username })
})
