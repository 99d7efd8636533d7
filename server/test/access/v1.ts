import type { AccessTable } from './table.ts'

export const v1Access: AccessTable = {
  'team.get': [() => ({ method: 'get', path: '/team' })],
  'members.list': [() => ({ method: 'get', path: '/members' })],
  'members.get': [({ member }) => ({ method: 'get', path: `/members/${member}` })],
  'accountLinks.list': [() => ({ method: 'get', path: '/account-links' })],
  'colors.list': [() => ({ method: 'get', path: '/colors' })],
  'tags.colors': [() => ({ method: 'get', path: '/tags/colors' })],
  'statuses.colors': [() => ({ method: 'get', path: '/statuses/colors' })],
  'events.list': [() => ({ method: 'get', path: '/events?limit=1000' })],
  'tags.list': [() => ({ method: 'get', path: '/tags' })],
  'tags.create': [() => ({ method: 'post', path: '/tags', body: { name: 'New tag' } })],
  'tags.get': [({ tag }) => ({ method: 'get', path: `/tags/${tag}` })],
  'tags.update': [({ tag }) => ({ method: 'patch', path: `/tags/${tag}`, body: { name: 'Renamed' } })],
  'statuses.list': [() => ({ method: 'get', path: '/statuses' })],
  'statuses.create': [() => ({ method: 'post', path: '/statuses', body: { name: 'New status' } })],
  'statuses.get': [({ status }) => ({ method: 'get', path: `/statuses/${status}` })],
  'statuses.update': [({ status }) => ({ method: 'patch', path: `/statuses/${status}`, body: { name: 'Renamed' } })],
  'prospects.get': [
    ({ prospect }) => ({ method: 'get', path: `/prospects/${prospect}` }),
    ({ contact }) => ({ method: 'get', path: `/prospects/${contact}` }),
  ],
  'prospects.lookup': [({ person }) => ({ method: 'get', path: `/prospects/lookup?platformId=${person}` })],
  'prospects.update': [
    ({ prospect }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { notes: 'Hello', done: true },
    }),
    ({ prospect, status, member }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { notes: 'Refused with the rest', statusId: status, assigneeId: member },
    }),
    ({ contact, tag }) => ({
      method: 'patch',
      path: `/prospects/${contact}/context`,
      body: { valuation: 17, addTags: [tag] },
    }),
    ({ prospect, tag }) => ({
      method: 'patch',
      path: `/prospects/${prospect}/context`,
      body: { valuation: 18, removeTags: [tag] },
    }),
  ],
  'threads.list': [
    ({ account }) => ({ method: 'get', path: `/threads?accountLinkIds=${account}` }),
    ({ thread }) => ({ method: 'get', path: `/threads?cursorId=${thread}&cursorTimestamp=2999-01-01T00:00:00.000Z` }),
    ({ thread }) => ({
      method: 'get',
      path: `/threads?cursor[id]=${thread}&cursor[timestamp]=2999-01-01T00:00:00.000Z`,
    }),
    ({ tag }) => ({ method: 'get', path: `/threads?filters[tags][selectedIds]=${tag}` }),
    ({ status }) => ({ method: 'get', path: `/threads?filters[statuses][selectedIds]=${status}` }),
    ({ member }) => ({ method: 'get', path: `/threads?filters[assignees][selectedIds]=${member}` }),
    ({ thread }) => ({ method: 'get', path: `/threads?filters[campaigns][selectedIds]=${thread}` }),
  ],
  'threads.create': [
    ({ account, prospect }) => ({
      method: 'post',
      path: '/threads',
      body: { accountLinkId: account, externalId: prospect },
    }),
    ({ account, person }) => ({
      method: 'post',
      path: '/threads',
      body: { accountLinkId: account, externalPlatformId: person },
    }),
  ],
  'threads.lookup': [
    ({ account, prospect }) => ({
      method: 'get',
      path: `/threads/lookup?accountLinkId=${account}&externalId=${prospect}`,
    }),
    ({ account, person }) => ({
      method: 'get',
      path: `/threads/lookup?accountLinkId=${account}&externalPlatformId=${person}`,
    }),
  ],
  'threads.lookupByUsername': [
    ({ username, account }) => ({
      method: 'get',
      path: `/threads/lookup-by-username?username=${username}&accountLinkIds=${account}`,
    }),
  ],
  'threads.thread.get': [({ thread }) => ({ method: 'get', path: `/threads/${thread}` })],
  'threads.thread.update': [
    ({ thread, member }) => ({ method: 'patch', path: `/threads/${thread}`, body: { done: true, assigneeId: member } }),
  ],
  'threads.thread.typing': [({ thread }) => ({ method: 'post', path: `/threads/${thread}/typing` })],
  'threads.thread.settings': [
    ({ thread }) => ({ method: 'patch', path: `/threads/${thread}/settings`, body: { typingIndicatorsEnabled: true } }),
  ],
  'threads.thread.messages.list': [
    ({ thread, message }) => ({
      method: 'get',
      path: `/threads/${thread}/messages?cursorId=${message}&cursorTimestamp=2999-01-01T00:00:00.000Z`,
    }),
    ({ thread, message }) => ({
      method: 'get',
      path: `/threads/${thread}/messages?cursor[id]=${message}&cursor[timestamp]=2999-01-01T00:00:00.000Z`,
    }),
  ],
  'threads.thread.messages.create': [
    ({ thread, message }) => ({
      method: 'post',
      path: `/threads/${thread}/messages`,
      body: { content: 'Hello', replyToMessageId: message },
    }),
  ],
  'threads.messages.quickSend': [
    ({ account, prospect }) => ({
      method: 'post',
      path: '/threads/messages',
      body: { accountLinkId: account, externalId: prospect, content: 'Hello' },
    }),
    ({ account, person }) => ({
      method: 'post',
      path: '/threads/messages',
      body: { accountLinkId: account, externalPlatformId: person, content: 'Hello' },
    }),
  ],
  'threads.thread.messages.message.history': [
    ({ thread, message }) => ({ method: 'get', path: `/threads/${thread}/messages/${message}/history` }),
  ],
  'threads.thread.messages.message.edit': [
    ({ thread, message }) => ({
      method: 'patch',
      path: `/threads/${thread}/messages/${message}`,
      body: { content: 'Said otherwise' },
    }),
  ],
  'threads.thread.messages.message.reactions.add': [
    ({ thread, message }) => ({
      method: 'post',
      path: `/threads/${thread}/messages/${message}/reactions/reactions`,
      body: { emoji: '👍' },
    }),
  ],
  'threads.thread.messages.message.reactions.remove': [
    ({ thread, message }) => ({
      method: 'delete',
      path: `/threads/${thread}/messages/${message}/reactions/reactions`,
      body: { emoji: '👍' },
    }),
  ],
  'threads.thread.messages.message.delete': [
    ({ thread, message }) => ({ method: 'delete', path: `/threads/${thread}/messages/${message}` }),
  ],
  'threads.thread.delete': [({ thread }) => ({ method: 'delete', path: `/threads/${thread}` })],
  'tags.delete': [({ tag }) => ({ method: 'delete', path: `/tags/${tag}` })],
  'statuses.delete': [({ status }) => ({ method: 'delete', path: `/statuses/${status}` })],
}
