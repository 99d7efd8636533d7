import type { Connector, Platform, Session } from '../connector.ts'
import {
  addReaction,
  deleteConversation,
  deleteMessage,
  editMessage,
  removeReaction,
  showTyping,
  updateConversation,
} from './actions.ts'
import { fetchAttachment } from './attachments.ts'
import { receiveFeed, watchFeeds } from './feed.ts'
import { findProfile } from './people.ts'
import { type Sandbox, sandboxPlatform } from './sandbox.ts'
import { findSent, send } from './sends.ts'

/** What the hosted API says of X, as far as it says anything: the lengths are not published, and nothing can be uploaded. */
const platform: Platform = {
  id: sandboxPlatform,
  name: 'X',
  usernamePrefix: '@',
  profileUrlBase: 'https://x.com/',
  capabilities: [
    'message:send',
    'message:edit',
    'message:delete:self',
    'message:unsend',
    'message:react',
    'message:reply',
    'thread:typing:send',
    'thread:typing:receive',
    'thread:message-requests',
    'thread:delete:remote',
    'directory:typeahead',
    'thread:read:mutate',
    'profile:follow',
    'profile:unfollow',
  ],
  plainThreadRestrictions: [
    'message:edit',
    'message:delete:self',
    'message:unsend',
    'thread:typing:send',
    'thread:typing:receive',
  ],
  limits: { characters: 10_000, mediaCount: null, mediaBytes: null, mediaTypes: {} },
  mutationWindows: {},
  threadState: { archive: null, read: { observe: false, mutate: true } },
  changeTimes: 'platform',
  setupReasons: ['no-xchat'],
}

/** A simulated X: no keys, no network, and people who answer. It keeps the platform's truth in tables of its own. */
export function sandboxConnector(sandbox: Sandbox): Connector {
  return {
    name: 'sandbox',
    platform,
    open: (accountPlatformId) => openSession(sandbox, accountPlatformId),
    watch: (onNews) => watchFeeds(sandbox, onNews),
  }
}

function openSession(sandbox: Sandbox, account: string): Session {
  return {
    send: (message) => send(sandbox, account, message),
    findSent: (reference) => findSent(sandbox, account, reference),
    findPerson: (personPlatformId) => findProfile(sandbox, account, personPlatformId),
    editMessage: (edit) => editMessage(sandbox, account, edit),
    deleteMessage: (deletion) => deleteMessage(sandbox, account, deletion),
    addReaction: (reaction) => addReaction(sandbox, account, reaction),
    removeReaction: (reaction) => removeReaction(sandbox, account, reaction),
    showTyping: (personPlatformId) => showTyping(sandbox, account, personPlatformId),
    deleteConversation: (personPlatformId) => deleteConversation(sandbox, account, personPlatformId),
    updateConversation: (conversation) => updateConversation(sandbox, account, conversation),
    fetchAttachment: (request) => fetchAttachment(sandbox, account, request),
    receive: (after) => receiveFeed(sandbox, account, after),
  }
}
