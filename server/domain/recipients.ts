import type { AccountLink } from '../store/account-links.ts'
import type { Profile } from '../store/prospects.ts'
import type { Thread } from '../store/threads.ts'
import { findThreadOfProspect } from '../store/threads.ts'
import { accountLinkOf, getAccountLink } from './account-links.ts'
import { type Contact, getContact } from './contacts.ts'
import type { Context } from './context.ts'
import { DomainError, unreachable } from './errors.ts'
import { askForProfile, fetchProfile, findPerson, type PersonReference } from './people.ts'
import { getThread } from './threads.ts'

/** Where a message goes: into a thread, or to somebody an account may not have written to yet. */
export type SendTarget =
  | { type: 'thread'; threadId: string }
  | { type: 'prospect'; accountLinkId: string; person: PersonReference }
  /** Their profile on the account's platform; they must have exactly one there. */
  | { type: 'contact'; accountLinkId: string; contactId: string }
  | { type: 'profile'; accountLinkId: string; platform: string; platformId: string }

export interface Recipient {
  /** Null: the message opens the conversation. */
  thread: Thread | null
  person: Profile['profile']
  /** Whether the team knows them, from a conversation or an import. */
  isContact: boolean
}

/** What a target names, as far as it is the team's. */
export interface FoundTarget {
  link: AccountLink
  /** Whom the message goes to. May ask the platform, so the account has to be able to act. Throws what stands in the way. */
  reach(): Promise<Recipient>
}

/** Throws when the team has no such thread, account or contact. */
export async function findTarget(ctx: Context, target: SendTarget): Promise<FoundTarget> {
  if (target.type === 'thread') {
    const thread = await getThread(ctx, target.threadId)
    const recipient = { thread, person: thread.prospect.profile, isContact: true }
    return { link: await accountLinkOf(ctx, thread), reach: async () => recipient }
  }
  const link = await getAccountLink(ctx, target.accountLinkId)
  switch (target.type) {
    case 'prospect': {
      const prospect = await findPerson(ctx, target.person)
      const reach = async () =>
        prospect ? knownRecipient(ctx, link, prospect) : stranger(await fetchProfile(ctx, link, target.person))
      return { link, reach }
    }
    case 'contact': {
      const contact = await getContact(ctx, target.contactId)
      return { link, reach: async () => knownRecipient(ctx, link, onlyProfile(contact, link)) }
    }
    case 'profile':
      return { link, reach: () => reachProfile(ctx, link, target) }
    default:
      return unreachable(target)
  }
}

async function knownRecipient(ctx: Context, link: AccountLink, { id, profile }: Profile): Promise<Recipient> {
  const thread = await findThreadOfProspect(ctx.db, ctx.actor.teamId, link.id, id)
  return { thread, person: profile, isContact: true }
}

function stranger(person: Profile['profile']): Recipient {
  return { thread: null, person, isContact: false }
}

function onlyProfile({ id: contactId, profiles }: Contact, { platform }: AccountLink): Profile {
  const [profile, ...others] = profiles.filter((one) => one.platform === platform)
  if (!profile) throw recipientUnavailable(`the contact has no profile on "${platform}"`)
  if (others.length === 0) return profile
  throw new DomainError(
    'unprocessable',
    'profileAmbiguous',
    `The contact has ${others.length + 1} profiles on "${platform}". Name one of them.`,
    { contactId, platform },
  )
}

async function reachProfile(
  ctx: Context,
  link: AccountLink,
  { platform, platformId }: Extract<SendTarget, { type: 'profile' }>,
): Promise<Recipient> {
  if (platform !== link.platform) {
    throw new DomainError(
      'unprocessable',
      'platformNotSupported',
      `The account @${link.username} lives on "${link.platform}".`,
      { platform, supported: [link.platform] },
    )
  }
  const prospect = await findPerson(ctx, { platform, platformId })
  if (prospect) return knownRecipient(ctx, link, prospect)
  const person = await askForProfile(ctx, link, platformId)
  if (!person) throw recipientUnavailable('there is no such person')
  return stranger(person)
}

function recipientUnavailable(reason: string): DomainError {
  return new DomainError('unprocessable', 'recipientUnavailable', `The recipient cannot be messaged: ${reason}.`, {
    reason,
  })
}
