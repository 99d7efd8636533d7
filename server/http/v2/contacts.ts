import { Type } from 'typebox'
import type { Contact, PeopleSearch } from '../../domain/contacts.ts'
import {
  addContactTag,
  findContacts,
  getContact,
  listContacts,
  removeContactTag,
  updateContact,
} from '../../domain/contacts.ts'
import type { Context } from '../../domain/context.ts'
import { invalid } from '../../domain/errors.ts'
import { route } from '../route.ts'
import { pageOfList } from './cursors.ts'
import { beside, expansions } from './expand.ts'
import { presentProfile } from './profiles.ts'
import {
  anyOfThese,
  expandParameter,
  id,
  nullable,
  object,
  page,
  pageParameters,
  platform,
  ref,
  reference,
  timestamp,
} from './schemas.ts'
import { statusKind } from './statuses.ts'
import { tagKind } from './tags.ts'
import { memberKind } from './team.ts'

const group = 'Contacts'
const params = object({ contactId: id('The contact.') })
const tagParams = object({ contactId: id('The contact.'), tagRef: reference('tag') })
const expandable = ['status', 'tags', 'assignee'] as const
const expand = expandParameter(expandable)
type Expand = readonly (typeof expandable)[number][] | undefined

const notes = nullable(Type.String({ examples: ['Wants a quote for two boats.'] }))
const valuation = nullable(Type.Number({ description: "In the team's currency.", examples: [4800] }))

export const ContactSchema = object(
  {
    id: id(),
    profiles: Type.Array(ref('Profile'), {
      description: 'Oldest link first. Those on platforms the team cannot use are left out.',
    }),
    statusId: nullable(id()),
    tagIds: Type.Array(id(), { description: 'In the order they were attached.' }),
    notes,
    valuation,
    assigneeId: nullable(id('A member, for threads without an assignee of their own.')),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    status: Type.Optional(ref('Status')),
    tags: Type.Optional(Type.Array(ref('Tag'))),
    assignee: Type.Optional(ref('Member')),
  },
  { description: "The team's record of a person. `status`, `tags` and `assignee` are there when expanded." },
)

/** As many as are looked up at once. */
const people = { maxItems: 100 }

export const contactRoutes = [
  route('contacts.list', 'GET /contacts', {
    group,
    summary: 'Find contacts',
    description:
      'By what a platform calls the people: its ids, or their usernames. Exactly one of the two. Who is unknown to the team is not in the answer. Oldest contact first.',
    query: object({
      platform: platform('Where the people are.'),
      platformId: anyOfThese(Type.String({ minLength: 1 }), "The platform's ids.", people),
      username: anyOfThese(Type.String({ minLength: 1 }), 'Without prefix, in any case.', people),
      expand,
      ...pageParameters,
    }),
    response: page(ref('Contact')),
    codes: ['invalidCursor', 'platformNotAvailable'],
    handle: async ({ ctx, query }) => {
      const list = pageOfList(ctx, 'contacts.list', query)
      const contacts = await listContacts(ctx, searchOf(query), list)
      const present = await contactPresenter(ctx, contacts.items, query.expand)
      return list.present(contacts, present)
    },
  }),
  route('contacts.get', 'GET /contacts/{contactId}', {
    group,
    summary: 'Get a contact',
    params,
    query: object({ expand }),
    response: ref('Contact'),
    codes: ['platformNotAvailable', 'contactNotFound'],
    handle: async ({ ctx, params, query }) => {
      const contact = await getContact(ctx, params.contactId)
      const present = await contactPresenter(ctx, [contact], query.expand)
      return present(contact)
    },
  }),
  route('contacts.update', 'PATCH /contacts/{contactId}', {
    group,
    summary: 'Update a contact',
    description: 'Fields left out stay as they are, null clears. All of it is applied, or nothing.',
    params,
    body: object({
      status: Type.Optional(nullable(reference('status'))),
      notes: Type.Optional(notes),
      valuation: Type.Optional(valuation),
      assigneeId: Type.Optional(nullable(id('A member.'))),
    }),
    asksForLockItself: true,
    response: ref('Contact'),
    codes: ['platformNotAvailable', 'workspaceLocked', 'contactNotFound'],
    handle: async ({ ctx, params, body }) => presentContact(await updateContact(ctx, params.contactId, body), ctx),
  }),
  route('contacts.addTag', 'PUT /contacts/{contactId}/tags/{tagRef}', {
    group,
    summary: 'Tag a contact',
    description: 'A contact that has the tag keeps it.',
    params: tagParams,
    status: 204,
    response: null,
    codes: ['platformNotAvailable', 'workspaceLocked', 'contactNotFound', 'tagNotFound'],
    handle: ({ ctx, params }) => addContactTag(ctx, params.contactId, params.tagRef),
  }),
  route('contacts.removeTag', 'DELETE /contacts/{contactId}/tags/{tagRef}', {
    group,
    summary: 'Take a tag off a contact',
    description: 'Succeeds when the contact does not have it.',
    params: tagParams,
    status: 204,
    response: null,
    codes: ['platformNotAvailable', 'workspaceLocked', 'contactNotFound', 'tagNotFound'],
    handle: ({ ctx, params }) => removeContactTag(ctx, params.contactId, params.tagRef),
  }),
]

function searchOf({
  platform,
  platformId,
  username,
}: {
  platform: string
  platformId?: string[]
  username?: string[]
}): PeopleSearch {
  if (platformId && username) throw invalid({ path: ['username'], message: 'cannot be combined with "platformId"' })
  if (platformId) return { platform, platformIds: platformId, usernames: null }
  if (username) return { platform, platformIds: null, usernames: username }
  throw invalid({ path: ['platformId'], message: 'or "username" is required' })
}

/** Shows any of the contacts, with what was asked for beside its ids. */
export async function contactPresenter(ctx: Context, contacts: readonly Contact[], expand: Expand) {
  const referenced = expansions(ctx, expand)
  const [status, tag, assignee] = await Promise.all([
    referenced(
      'status',
      contacts.map(({ statusId }) => statusId),
      statusKind,
    ),
    referenced(
      'tags',
      contacts.flatMap(({ tagIds }) => tagIds),
      tagKind,
    ),
    referenced(
      'assignee',
      contacts.map(({ assigneeId }) => assigneeId),
      memberKind,
    ),
  ])
  return (contact: Contact) => ({
    ...presentContact(contact, ctx),
    ...beside('status', status(contact.statusId)),
    ...(expand?.includes('tags') && { tags: contact.tagIds.flatMap((tagId) => tag(tagId) ?? []) }),
    ...beside('assignee', assignee(contact.assigneeId)),
  })
}

export function presentContact(contact: Contact, ctx: Context) {
  return {
    id: contact.id,
    profiles: contact.profiles.map((profile) => presentProfile(profile, ctx)),
    statusId: contact.statusId,
    tagIds: contact.tagIds,
    notes: contact.notes,
    valuation: contact.valuation,
    assigneeId: contact.assigneeId,
    createdAt: contact.createdAt,
    updatedAt: contact.updatedAt,
  }
}

export const contactKind = { find: findContacts, present: presentContact }
