import type { Connector, Session } from '../connector.ts'
import { addReaction, deleteMessage, editMessage, removeReaction, showTyping } from './actions.ts'
import { receiveFeed, watchFeeds } from './feed.ts'
import { findProfile } from './people.ts'
import { type Sandbox, sandboxPlatform } from './sandbox.ts'
import { findSent, send } from './sends.ts'

/** A simulated X: no keys, no network, and people who answer. It keeps the platform's truth in tables of its own. */
export function sandboxConnector(sandbox: Sandbox): Connector {
  return {
    name: 'sandbox',
    platform: sandboxPlatform,
    limits: { charactersMax: 10_000, editWindowSeconds: null, deleteWindowSeconds: null },
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
    receive: (after) => receiveFeed(sandbox, account, after),
  }
}
