import { findApiTokens } from '../../domain/api-tokens.ts'
import type { Context } from '../../domain/context.ts'
import { findMessages, type Message, type ShownMessage } from '../../domain/messages.ts'
import { type Reactor, reactorOf } from '../../domain/reactions.ts'
import { type Sender, senderOf } from '../../domain/senders.ts'
import { summaryOf, type ThreadWithActivity } from '../../domain/threads.ts'
import { accountLinkKind } from './account-links.ts'
import { presentAttachments } from './attachments.ts'
import { contactKind } from './contacts.ts'
import { presentEntities } from './entities.ts'
import { beside, expansions } from './expand.ts'
import { presentProfile } from './profiles.ts'
import { presentReaction } from './reactions.ts'
import { memberKind } from './team.ts'
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
        ...beside('message', whole.quoted(replyTo.messageId)),
      },
      ...(expand.includes('thread') && { thread: presentThread(summaryOf(thread), ctx) }),
      ...beside('accountLink', whole.accountLink(message.accountLinkId)),
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
  const referenced = expansions(ctx, expand)
  const senders = messages.map(senderOf).filter((sender) => sender !== null)
  const reactors = messages.flatMap(({ reactions }) => reactions.map((reaction) => reactorOf(reaction, thread)))
  const quotedKind = {
    find: findMessages,
    present: (message: Message) => presentMessage({ message, thread }, ctx),
  }
  const [member, token, reactorLink, reactorContact, accountLink, quoted] = await Promise.all([
    referenced('sentBy', senders.map(memberIdOf), memberKind),
    referenced('sentBy', senders.map(tokenIdOf), tokenKind),
    referenced('reactions.author', reactors.map(accountLinkIdOf), accountLinkKind),
    referenced('reactions.author', reactors.map(contactIdOf), contactKind),
    referenced(
      'accountLink',
      messages.map(({ accountLinkId }) => accountLinkId),
      accountLinkKind,
    ),
    referenced(
      'replyTo.message',
      messages.map(({ replyTo }) => replyTo?.messageId ?? null),
      quotedKind,
    ),
  ])
  return {
    accountLink,
    quoted,
    besideSender: (sender: Sender) => ({
      ...beside('member', member(memberIdOf(sender))),
      ...beside('token', token(tokenIdOf(sender))),
    }),
    besideReactor: (reactor: Reactor) => ({
      ...beside('accountLink', reactorLink(accountLinkIdOf(reactor))),
      ...(expand.includes('reactions.author') &&
        reactor.type === 'profile' && { profile: presentProfile(reactor.profile, ctx) }),
      ...beside('contact', reactorContact(contactIdOf(reactor))),
    }),
  }
}

const tokenKind = { find: findApiTokens, present: ({ id, name }: { id: string; name: string }) => ({ id, name }) }

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
