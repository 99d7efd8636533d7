import { findAccountLinks } from '../../domain/account-links.ts'
import { findApiTokens } from '../../domain/api-tokens.ts'
import { findContacts } from '../../domain/contacts.ts'
import type { Context } from '../../domain/context.ts'
import { findMembers } from '../../domain/members.ts'
import { findMessages, type Message, type ShownMessage } from '../../domain/messages.ts'
import { type Reactor, reactorOf } from '../../domain/reactions.ts'
import { type Sender, senderOf } from '../../domain/senders.ts'
import type { ThreadWithActivity } from '../../domain/threads.ts'
import { presentAccountLink } from './account-links.ts'
import { presentAttachments } from './attachments.ts'
import { presentContact } from './contacts.ts'
import { presentEntities } from './entities.ts'
import { beside, expansions } from './expand.ts'
import { presentProfile } from './profiles.ts'
import { presentReaction } from './reactions.ts'
import { presentMember } from './team.ts'
import { presentThread } from './threads.ts'

export const messageExpansions = ['sentBy', 'reactions.author', 'thread', 'accountLink', 'replyTo.message'] as const
type MessageExpansion = (typeof messageExpansions)[number]

/** Shows any of the messages of a thread, with what was asked for beside its ids. A quoted message is shown without more. */
export async function messagePresenter(
  ctx: Context,
  { thread, messages }: { thread: ThreadWithActivity; messages: readonly Message[] },
  expand: readonly MessageExpansion[] | undefined,
) {
  if (!expand) return (message: Message) => presentMessage({ message, thread }, ctx)
  const whole = await findReferences(ctx, { thread, messages }, expand)
  return (message: Message) => {
    const { replyTo, ...shown } = presentMessage({ message, thread }, ctx, whole)
    return {
      ...shown,
      replyTo: replyTo && {
        ...replyTo,
        ...beside('message', whole.quoted.get(replyTo.messageId ?? ''), (quoted) =>
          presentMessage({ message: quoted, thread }, ctx),
        ),
      },
      ...(expand.includes('thread') && { thread: presentThread(thread, ctx) }),
      ...beside('accountLink', whole.links.get(message.accountLinkId), (link) => presentAccountLink(link, ctx)),
    }
  }
}

/** What is shown beside an id, for each part of a message that has one. */
interface Whole {
  besideSender(sender: Sender): object
  besideReactor(reactor: Reactor): object
}

const nothing: Whole = { besideSender: () => ({}), besideReactor: () => ({}) }

/** Everything `expand` asks for, over the whole page: one statement for each kind of thing. */
async function findReferences(
  ctx: Context,
  { thread, messages }: { thread: ThreadWithActivity; messages: readonly Message[] },
  expand: readonly MessageExpansion[],
) {
  const referenced = expansions(expand)
  const senders = messages.map(senderOf).filter((sender) => sender !== null)
  const reactors = messages.flatMap(({ reactions }) => reactions.map((reaction) => reactorOf(reaction, thread)))
  const [members, tokens, reactorLinks, reactorContacts, links, quoted] = await Promise.all([
    referenced('sentBy', senders.map(memberIdOf), (ids) => findMembers(ctx, ids)),
    referenced('sentBy', senders.map(tokenIdOf), (ids) => findApiTokens(ctx, ids)),
    referenced('reactions.author', reactors.map(accountLinkIdOf), (ids) => findAccountLinks(ctx, ids)),
    referenced('reactions.author', reactors.map(contactIdOf), (ids) => findContacts(ctx, ids)),
    referenced(
      'accountLink',
      messages.map(({ accountLinkId }) => accountLinkId),
      (ids) => findAccountLinks(ctx, ids),
    ),
    referenced(
      'replyTo.message',
      messages.map(({ replyTo }) => replyTo?.messageId ?? null),
      (ids) => findMessages(ctx, ids),
    ),
  ])
  return {
    links,
    quoted,
    besideSender: (sender: Sender) => ({
      ...beside('member', members.get(memberIdOf(sender) ?? ''), (member) => presentMember(member, ctx.publicUrl)),
      ...beside('token', tokens.get(tokenIdOf(sender) ?? ''), ({ id, name }) => ({ id, name })),
    }),
    besideReactor: (reactor: Reactor) => ({
      ...beside('accountLink', reactorLinks.get(accountLinkIdOf(reactor) ?? ''), (link) =>
        presentAccountLink(link, ctx),
      ),
      ...(expand.includes('reactions.author') &&
        reactor.type === 'profile' && { profile: presentProfile(reactor.profile, ctx) }),
      ...beside('contact', reactorContacts.get(contactIdOf(reactor) ?? ''), (contact) => presentContact(contact, ctx)),
    }),
  }
}

function memberIdOf(sender: Sender) {
  return sender.type === 'member' || sender.type === 'agent' ? sender.memberId : null
}

function tokenIdOf(sender: Sender) {
  return sender.type === 'api' ? sender.tokenId : null
}

function accountLinkIdOf(reactor: Reactor) {
  return reactor.type === 'accountLink' ? reactor.accountLinkId : null
}

function contactIdOf(reactor: Reactor) {
  return reactor.type === 'profile' ? reactor.profile.contactId : null
}

export function presentMessage({ message, thread }: ShownMessage, ctx: Context, whole: Whole = nothing) {
  const { replyTo } = message
  const sender = senderOf(message)
  return {
    id: message.id,
    threadId: message.threadId,
    accountLinkId: message.accountLinkId,
    platform: message.platform,
    platformId: message.platformId,
    direction: message.direction,
    sentBy: sender && { ...sender, ...whole.besideSender(sender) },
    content: message.content,
    entities: presentEntities(message.entities),
    attachments: presentAttachments(message, ctx),
    forwarded: message.forwarded && { content: message.forwarded.content },
    reactions: message.reactions.map((reaction) => {
      const reactor = reactorOf(reaction, thread)
      return presentReaction(reaction, reactor, whole.besideReactor(reactor))
    }),
    editedAt: message.editedAt,
    deletedAt: message.deletion?.deletedAt ?? null,
    createdAt: message.createdAt,
    platformData: presentPlatformData(message),
    replyTo: replyTo && {
      messageId: replyTo.messageId,
      platformId: replyTo.platformId,
      content: replyTo.content,
      authorName: replyTo.authorName,
    },
  }
}

function presentPlatformData({ platform, encrypted }: Message) {
  return platform === 'twitter' ? { _tag: platform, encrypted } : { _tag: platform }
}
