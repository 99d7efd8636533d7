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
  'threads.list': [
    ({ account }) => ({ method: 'get', path: `/threads?accountLinkId=${account}&expand=profile&expand=accountLink` }),
    ({ contact }) => ({ method: 'get', path: `/threads?contactId=${contact}&folder=all&expand=contact` }),
    ({ tag }) => ({ method: 'get', path: `/threads?tag=${tag}` }),
    ({ status }) => ({ method: 'get', path: `/threads?status=${status}` }),
    ({ member }) => ({ method: 'get', path: `/threads?assigneeId=${member}&expand=assignee` }),
    ({ thread }) => ({ method: 'get', path: `/threads?campaignId=${thread}` }),
    ({ username }) => ({ method: 'get', path: `/threads?q=${username}&folder=all` }),
  ],
  'threads.get': [({ thread }) => ({ method: 'get', path: `/threads/${thread}?expand=contact&expand=assignee` })],
  'threads.update': [
    ({ thread }) => ({ method: 'patch', path: `/threads/${thread}`, body: { unread: true } }),
    ({ thread, member }) => ({
      method: 'patch',
      path: `/threads/${thread}`,
      body: { archived: true, assigneeId: member, typingIndicators: 'disabled' },
    }),
  ],
  'threads.typing': [({ thread }) => ({ method: 'post', path: `/threads/${thread}/typing` })],
  'messages.list': [
    ({ thread }) => ({
      method: 'get',
      path: `/threads/${thread}/messages?expand=sentBy&expand=reactions.author&expand=thread&expand=replyTo.message`,
    }),
  ],
  'messages.get': [({ message }) => ({ method: 'get', path: `/messages/${message}?expand=thread&expand=accountLink` })],
  'messages.history': [({ message }) => ({ method: 'get', path: `/messages/${message}/history` })],
  'messages.attachment': [({ picture }) => ({ method: 'get', path: `/messages/${picture}/attachments/0` })],
  'messages.send': [
    ({ thread, message }) => ({
      method: 'post',
      path: '/messages',
      body: { target: { type: 'thread', threadId: thread }, content: 'Hello', replyToMessageId: message },
    }),
    ({ account, contact }) => ({
      method: 'post',
      path: '/messages',
      body: { target: { type: 'contact', accountLinkId: account, contactId: contact }, content: 'Hello' },
    }),
    ({ account, person }) => ({
      method: 'post',
      path: '/messages',
      body: {
        target: { type: 'profile', accountLinkId: account, platform: 'twitter', platformId: person },
        content: 'Hello',
      },
    }),
  ],
  'messages.edit': [
    ({ message }) => ({ method: 'patch', path: `/messages/${message}`, body: { content: 'Said otherwise' } }),
  ],
  'messages.react': [
    ({ message }) => ({ method: 'post', path: `/messages/${message}/reactions`, body: { emoji: '👍' } }),
  ],
  'messages.unreact': [
    ({ message }) => ({ method: 'delete', path: `/messages/${message}/reactions?emoji=${encodeURIComponent('👍')}` }),
  ],
  'messages.unsend': [({ message }) => ({ method: 'delete', path: `/messages/${message}?scope=all` })],
  'events.stream': [() => ({ method: 'get', path: '/events/stream?afterSeq=0' })],
  'events.list': [() => ({ method: 'get', path: '/events?limit=1000' })],
  'tags.list': [() => ({ method: 'get', path: '/tags' })],
  'tags.create': [() => ({ method: 'post', path: '/tags', body: { name: 'New tag' } })],
  'tags.get': [({ tag }) => ({ method: 'get', path: `/tags/${tag}` })],
  'tags.update': [({ tag }) => ({ method: 'patch', path: `/tags/${tag}`, body: { name: 'Renamed' } })],
  'statuses.list': [() => ({ method: 'get', path: '/statuses' })],
  'statuses.create': [() => ({ method: 'post', path: '/statuses', body: { name: 'New status' } })],
  'statuses.get': [({ status }) => ({ method: 'get', path: `/statuses/${status}` })],
  'statuses.update': [({ status }) => ({ method: 'patch', path: `/statuses/${status}`, body: { name: 'Renamed' } })],
  'webhookEndpoints.list': [() => ({ method: 'get', path: '/webhook-endpoints' })],
  'webhookEndpoints.create': [
    () => ({ method: 'post', path: '/webhook-endpoints', body: { url: 'https://hooks.example.com' } }),
  ],
  'webhookEndpoints.get': [({ webhookEndpoint }) => ({ method: 'get', path: `/webhook-endpoints/${webhookEndpoint}` })],
  'webhookEndpoints.update': [
    ({ webhookEndpoint }) => ({
      method: 'patch',
      path: `/webhook-endpoints/${webhookEndpoint}`,
      body: { description: 'Changed' },
    }),
  ],
  'webhookEndpoints.enable': [
    ({ webhookEndpoint }) => ({ method: 'post', path: `/webhook-endpoints/${webhookEndpoint}/enable` }),
  ],
  'webhookEndpoints.rotateSecret': [
    ({ webhookEndpoint }) => ({ method: 'post', path: `/webhook-endpoints/${webhookEndpoint}/rotate-secret` }),
  ],
  'webhookEndpoints.test': [
    ({ webhookEndpoint }) => ({ method: 'post', path: `/webhook-endpoints/${webhookEndpoint}/test` }),
  ],
  'webhookEndpoints.redeliver': [
    ({ webhookEndpoint }) => ({
      method: 'post',
      path: `/webhook-endpoints/${webhookEndpoint}/redeliver`,
      body: { fromSeq: 1, toSeq: 5 },
    }),
  ],
  'webhookDeliveries.list': [
    ({ webhookEndpoint }) => ({ method: 'get', path: `/webhook-endpoints/${webhookEndpoint}/deliveries` }),
  ],
  'webhookDeliveries.get': [
    ({ webhookDelivery }) => ({ method: 'get', path: `/webhook-deliveries/${webhookDelivery}` }),
  ],
  'webhookDeliveries.redeliver': [
    ({ webhookDelivery }) => ({ method: 'post', path: `/webhook-deliveries/${webhookDelivery}/redeliver` }),
  ],
  'webhookEndpoints.disable': [
    ({ webhookEndpoint }) => ({ method: 'post', path: `/webhook-endpoints/${webhookEndpoint}/disable` }),
  ],
  'colors.list': [() => ({ method: 'get', path: '/colors' })],
  'webhookEndpoints.delete': [
    ({ webhookEndpoint }) => ({ method: 'delete', path: `/webhook-endpoints/${webhookEndpoint}` }),
  ],
  'threads.delete': [({ thread }) => ({ method: 'delete', path: `/threads/${thread}` })],
  'contacts.removeTag': [({ contact, tag }) => ({ method: 'delete', path: `/contacts/${contact}/tags/${tag}` })],
  'tags.delete': [({ tag }) => ({ method: 'delete', path: `/tags/${tag}` })],
  'statuses.delete': [({ status }) => ({ method: 'delete', path: `/statuses/${status}` })],
}
