import type { Incoming, IncomingFact } from '../connectors/connector.ts'
import type { AccountLink } from '../store/account-links.ts'
import { advanceCursor, listLinksOfAccount, updateAccountLinkState } from '../store/account-links.ts'
import type { Tx } from '../store/database.ts'
import type { MessageId, TeamId } from '../store/ids.ts'
import { newId } from '../store/ids.ts'
import type { Quote } from '../store/messages.ts'
import { lockMessageByPlatformId } from '../store/messages.ts'
import { findProspectByPlatformId } from '../store/prospects.ts'
import { findThreadOfProspect, hasWrittenTo } from '../store/threads.ts'
import { newAttachments, recordMediaState } from './attachments.ts'
import { restrictionsOf } from './capabilities.ts'
import { sessionOf } from './connectors.ts'
import type { Core } from './context.ts'
import { unreachable } from './errors.ts'
import { change, type Recorder } from './events.ts'
import { addMessage, newMessage, quoteOf, recordDeletion, recordEdit } from './messages.ts'
import { ensureProspect, refreshProfile } from './people.ts'
import { recordReaction, recordReactionRemoval } from './reactions.ts'
import { ensureThread } from './threads.ts'

/** How often somebody else may be faster before we stop following them. */
const OVERTAKINGS_MAX = 100

/** Applies everything that is new at an account of ours, in every team that has linked it. False when another reader was faster. */
export async function receiveNews(core: Core, connector: string, accountPlatformId: string): Promise<boolean> {
  let isOvertaken = false
  for (const link of await listLinksOfAccount(core.db, connector, accountPlatformId)) {
    let { cursor } = link
    for await (const fact of sessionOf(core, link).receive(cursor)) {
      const applied = await applyFact(core, link.teamId, link, cursor, fact)
      isOvertaken ||= !applied
      if (!applied) break
      cursor = fact.cursor
    }
  }
  return !isOvertaken
}

/** Everything the platform has reported of the account so far is applied when this ends, whoever did it. */
export async function catchUp(core: Core, { connector, platformId }: AccountLink): Promise<void> {
  for (let attempt = 0; attempt < OVERTAKINGS_MAX; attempt++) {
    if (await receiveNews(core, connector, platformId)) return
  }
}

/** One fact, its events and the way past it in one transaction. False when another server has applied it first. */
async function applyFact(
  core: Core,
  teamId: TeamId,
  link: AccountLink,
  from: string | null,
  fact: Incoming,
): Promise<boolean> {
  const applied = await change(core, teamId, async (tx, record) => {
    const ours = await advanceCursor(tx, teamId, link.id, { from, to: fact.cursor })
    if (ours) await apply({ core, tx, record, teamId, link }, fact)
    return ours
  })
  if (applied) core.meter?.factApplied(fact.kind, lagOf(core, fact))
  return applied
}

function lagOf({ clock }: Core, fact: IncomingFact): number | null {
  const at = 'at' in fact ? fact.at : 'sentAt' in fact ? fact.sentAt : null
  return at && Math.max(0, clock.now().getTime() - at.getTime())
}

interface Receiving {
  core: Core
  tx: Tx
  record: Recorder
  teamId: TeamId
  link: AccountLink
}

async function apply(receiving: Receiving, fact: IncomingFact): Promise<void> {
  switch (fact.kind) {
    case 'message':
      return receiveMessage(receiving, fact)
    case 'edit':
    case 'deletion':
    case 'reactionAdded':
    case 'reactionRemoved':
    case 'attachment':
      return receiveMessageChange(receiving, fact)
    case 'typing':
      return receiveTyping(receiving, fact)
    case 'profile':
      return receiveProfile(receiving, fact)
    case 'account':
      await updateAccountLinkState(receiving.tx, receiving.teamId, receiving.link.id, {
        ...fact,
        now: receiving.core.clock.now(),
      })
      return
    default:
      return unreachable(fact)
  }
}

type Fact<Kind extends IncomingFact['kind']> = Extract<IncomingFact, { kind: Kind }>

/** A first message from a person to whom the account never wrote is a request. */
async function receiveMessage({ core, tx, record, teamId, link }: Receiving, fact: Fact<'message'>): Promise<void> {
  const met = await ensureProspect(core, tx, record, teamId, {
    platform: link.platform,
    profile: fact.author,
    metAt: fact.sentAt,
  })
  const prospect = await refreshProfile(core, tx, record, teamId, { prospect: met, profile: fact.author })
  const isRequest = !(await hasWrittenTo(tx, teamId, link.id, prospect.id))
  const thread = await ensureThread(core, tx, record, teamId, { link, prospect, isRequest, beganAt: fact.sentAt })
  const message = newMessage(thread, {
    id: newId<MessageId>(),
    platformId: fact.messagePlatformId,
    direction: 'inbound',
    content: fact.content,
    attachments: newAttachments(fact.attachments),
    origin: 'platform',
    memberId: null,
    userId: null,
    tokenId: null,
    replyTo: fact.replyToPlatformId === null ? null : await quote(fact.replyToPlatformId),
    createdAt: fact.sentAt.toISOString(),
  })
  const requested = { ...thread, isRequest: thread.isRequest || isRequest }
  await addMessage(core, tx, record, teamId, {
    message,
    thread: requested,
    link,
    conversationPlatformId: fact.conversationPlatformId,
  })

  async function quote(platformId: string): Promise<Quote> {
    const quoted = await lockMessageByPlatformId(tx, teamId, link.id, platformId)
    return quoted ? quoteOf(quoted, thread, link) : { messageId: null, platformId, content: '', authorName: null }
  }
}

/** News about a message we do not have (its thread was deleted) is not news to the team. */
async function receiveMessageChange(
  { tx, record, teamId, link }: Receiving,
  fact: Fact<'edit' | 'deletion' | 'reactionAdded' | 'reactionRemoved' | 'attachment'>,
): Promise<void> {
  const message = await lockMessageByPlatformId(tx, teamId, link.id, fact.messagePlatformId)
  if (!message) return
  switch (fact.kind) {
    case 'edit':
      await recordEdit(tx, record, teamId, message, { content: fact.content, origin: 'platform', at: fact.at })
      return
    case 'deletion': {
      const { authorPlatformId, at } = fact
      await recordDeletion(tx, record, teamId, message, {
        scope: 'all',
        origin: 'platform',
        authorPlatformId,
        deletedAt: at.toISOString(),
        forAllAt: at.toISOString(),
      })
      return
    }
    case 'reactionAdded':
      await recordReaction(tx, record, teamId, message, { ...fact, direction: 'inbound' })
      return
    case 'reactionRemoved':
      await recordReactionRemoval(tx, record, teamId, message, fact)
      return
    case 'attachment':
      return recordMediaState(tx, teamId, message, fact)
  }
}

async function receiveTyping(
  { core, tx, record, teamId, link }: Receiving,
  { personPlatformId }: Fact<'typing'>,
): Promise<void> {
  const prospect = await findProspectByPlatformId(tx, teamId, link.platform, personPlatformId)
  const thread = prospect && (await findThreadOfProspect(tx, teamId, link.id, prospect.id))
  if (!thread || restrictionsOf(core, thread).includes('thread:typing:receive')) return
  record({ type: 'thread.typing', threadId: thread.id, senderPlatformId: personPlatformId })
}

async function receiveProfile(
  { core, tx, record, teamId, link }: Receiving,
  { profile }: Fact<'profile'>,
): Promise<void> {
  const prospect = await findProspectByPlatformId(tx, teamId, link.platform, profile.platformId)
  if (prospect) await refreshProfile(core, tx, record, teamId, { prospect, profile })
}
