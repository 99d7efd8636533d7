import type { AccountLink } from '../store/account-links.ts'
import type { Profile } from '../store/prospects.ts'
import type { Thread } from '../store/threads.ts'
import { findThreadOfProspect } from '../store/threads.ts'
import { accountLinkOf, getAccountLink } from './account-links.ts'
import { type Contact, getContact } from './contacts.ts'
import type { Context } from './context.ts'
import { DomainError, notFound, unreachable } from './errors.ts'
import { askForProfile, fetchProfile, findPerson, type PersonReference } from './people.ts'
import { getThread } from './threads.ts'

/** Where a message goes: into a thread, or to somebody an account may not have written to yet. */
export type SendTarget =
  | { type: 'thread'; threadId: string }
  | { type: 'prospect'; accountLinkId: string; person: PersonReference }
  /** Their profile on the account's platform; they must have exactly one there. */
  | { type: 'contact'; accountLinkId: string; contactId: string }
  | { type: 'profile'; accountLinkId: string; platform: string; platformId: string }

/** Whom a message goes to, as far as the team knows without asking the platform. */
export type Recipient =
  /** From a conversation or an import. Without a thread the message opens the conversation. */
  | { kind: 'contact'; person: Person; thread: Thread | null }
  /** Asking who it is needs an account that can act. Throws when there is no such person. */
  | { kind: 'stranger'; ask(): Promise<Person> }
  | { kind: 'nobody'; obstacle: DomainError }

type Person = Profile['profile']

/** What a target names, as far as it is the team's. */
export interface FoundTarget {
  link: AccountLink
  recipient: Recipient
}

/** Throws when the team has no such thread, account or contact. */
export async function findTarget(ctx: Context, target: SendTarget): Promise<FoundTarget> {
  if (target.type === 'thread') {
    const thread = await getThread(ctx, target.threadId)
    const recipient: Recipient = { kind: 'contact', person: thread.prospect.profile, thread }
    return { link: await accountLinkOf(ctx, thread), recipient }
  }
  const link = await getAccountLink(ctx, target.accountLinkId)
  switch (target.type) {
    case 'prospect': {
      const prospect = await findPerson(ctx, target.person)
      if (prospect) return { link, recipient: await knownRecipient(ctx, link, prospect) }
      if (target.person.prospectId !== undefined) throw notFound('prospect', target.person.prospectId)
      return { link, recipient: { kind: 'stranger', ask: () => fetchProfile(ctx, link, target.person) } }
    }
    case 'contact': {
      const profile = onlyProfile(await getContact(ctx, target.contactId), link)
      if (profile instanceof DomainError) return { link, recipient: { kind: 'nobody', obstacle: profile } }
      return { link, recipient: await knownRecipient(ctx, link, profile) }
    }
    case 'profile':
      return { link, recipient: await ofPlatform(ctx, link, target) }
    default:
      return unreachable(target)
  }
}

async function knownRecipient(ctx: Context, link: AccountLink, { id, profile }: Profile): Promise<Recipient> {
  const thread = await findThreadOfProspect(ctx.db, ctx.actor.teamId, link.id, id)
  return { kind: 'contact', person: profile, thread }
}

function onlyProfile({ id: contactId, profiles }: Contact, { platform }: AccountLink): Profile | DomainError {
  const [profile, ...others] = profiles.filter((one) => one.platform === platform)
  if (!profile) return recipientUnavailable(`the contact has no profile on "${platform}"`)
  if (others.length === 0) return profile
  return new DomainError(
    'unprocessable',
    'profileAmbiguous',
    `The contact has ${others.length + 1} profiles on "${platform}". Name one of them.`,
    { contactId, platform },
  )
}

async function ofPlatform(
  ctx: Context,
  link: AccountLink,
  { platform, platformId }: Extract<SendTarget, { type: 'profile' }>,
): Promise<Recipient> {
  if (platform !== link.platform) {
    const message = `The account @${link.username} lives on "${link.platform}".`
    const details = { platform, supported: [link.platform] }
    return { kind: 'nobody', obstacle: new DomainError('unprocessable', 'platformNotSupported', message, details) }
  }
  const prospect = await findPerson(ctx, { platform, platformId })
  if (prospect) return knownRecipient(ctx, link, prospect)
  return {
    kind: 'stranger',
    async ask() {
      const person = await askForProfile(ctx, link, platformId)
      if (!person) throw recipientUnavailable('there is no such person')
      return person
    },
  }
}

function recipientUnavailable(reason: string): DomainError {
  return new DomainError('unprocessable', 'recipientUnavailable', `The recipient cannot be messaged: ${reason}.`, {
    reason,
  })
}
