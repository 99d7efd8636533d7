import type { AccessTable } from './table.ts'

export const v2Access: AccessTable = {
  'platforms.list': [() => ({ method: 'get', path: '/platforms' })],
  'team.get': [() => ({ method: 'get', path: '/team' })],
  'team.listMembers': [() => ({ method: 'get', path: '/members' })],
  'team.getMember': [({ member }) => ({ method: 'get', path: `/members/${member}` })],
  'accountLinks.list': [() => ({ method: 'get', path: '/account-links?platform=twitter&status=active' })],
  'accountLinks.get': [({ account }) => ({ method: 'get', path: `/account-links/${account}` })],
  'contacts.list': [
    ({ person }) => ({ method: 'get', path: `/contacts?platform=twitter&platformId=${person}&expand=tags` }),
    ({ username }) => ({ method: 'get', path: `/contacts?platform=twitter&username=${username}&expand=status` }),
  ],
  'contacts.get': [({ contact }) => ({ method: 'get', path: `/contacts/${contact}?expand=tags&expand=assignee` })],
  'contacts.update': [
    ({ contact }) => ({ method: 'patch', path: `/contacts/${contact}`, body: { notes: 'Hello' } }),
    ({ contact, status }) => ({ method: 'patch', path: `/contacts/${contact}`, body: { valuation: 17, status } }),
    ({ contact, member }) => ({
      method: 'patch',
      path: `/contacts/${contact}`,
      body: { valuation: 18, assigneeId: member },
    }),
  ],
  'contacts.addTag': [({ contact, tag }) => ({ method: 'put', path: `/contacts/${contact}/tags/${tag}` })],
  'messages.attachment': [({ picture }) => ({ method: 'get', path: `/messages/${picture}/attachments/0` })],
  'tags.list': [() => ({ method: 'get', path: '/tags' })],
  'tags.create': [() => ({ method: 'post', path: '/tags', body: { name: 'New tag' } })],
  'tags.get': [({ tag }) => ({ method: 'get', path: `/tags/${tag}` })],
  'tags.update': [({ tag }) => ({ method: 'patch', path: `/tags/${tag}`, body: { name: 'Renamed' } })],
  'statuses.list': [() => ({ method: 'get', path: '/statuses' })],
  'statuses.create': [() => ({ method: 'post', path: '/statuses', body: { name: 'New status' } })],
  'statuses.get': [({ status }) => ({ method: 'get', path: `/statuses/${status}` })],
  'statuses.update': [({ status }) => ({ method: 'patch', path: `/statuses/${status}`, body: { name: 'Renamed' } })],
  'colors.list': [() => ({ method: 'get', path: '/colors' })],
  'contacts.removeTag': [({ contact, tag }) => ({ method: 'delete', path: `/contacts/${contact}/tags/${tag}` })],
  'tags.delete': [({ tag }) => ({ method: 'delete', path: `/tags/${tag}` })],
  'statuses.delete': [({ status }) => ({ method: 'delete', path: `/statuses/${status}` })],
}
