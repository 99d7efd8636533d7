import type { Api } from '../../harness.ts'
import type { Shown } from '../row.ts'
import { becomes, type Call, type Counterpart, gone, type RequestRow, same } from './call.ts'

export const member: Call = {
  v1: 'GET /members/{memberId}',
  v2: 'GET /members/{memberId}',
  always: {},
  rows: [same('{memberId}')],
}

const whoseContact = 'the `contactId` of any thread of theirs, or the `id` that `GET /contacts` finds by `platformId`'

const prospectId: RequestRow = {
  ...ofProspect('{prospectId}', '{contactId}'),
  rule: `${whoseContact}; v1 takes that here, too`,
}

/** v2 takes the contact instead. */
export function ofProspect(field: string, name: string): RequestRow {
  return becomes(field, name, whoseContact, (profileId, { v2 }) => contactOfProfile(v2, profileId))
}

export const prospect: Call = {
  v1: 'GET /prospects/{prospectId}',
  v2: 'GET /contacts/{contactId}',
  always: {},
  rows: [prospectId],
}

export const prospectLookup: Call = {
  v1: 'GET /prospects/lookup',
  v2: 'GET /contacts',
  always: { '?platform': 'twitter' },
  rows: [{ ...same('?platformId'), rule: 'the same; up to a hundred of them' }],
}

const ofThread = (name: string) => ({ call: 'PATCH /threads/{threadId}', name })
const ofTag = (method: string) => ({ call: `${method} /contacts/{contactId}/tags/{tagRef}`, name: '{tagRef}' })

export const context: Call = {
  v1: 'PATCH /prospects/{prospectId}/context',
  v2: 'PATCH /contacts/{contactId}',
  about:
    'One call in v1, several in v2: each is applied by itself and tells its own event. *Their threads* are those of `GET /threads?contactId=…&folder=all`; v1 changes idle ones, too.',
  always: {},
  rows: [
    prospectId,
    same('notes'),
    same('valuation'),
    { ...same('statusId', 'status'), rule: 'the same; or its name' },
    forEachTag('addTags', ofTag('PUT')),
    forEachTag('removeTags', ofTag('DELETE')),
    forEachThread(ofThread('assigneeId'), {
      ...same('assigneeId'),
      rule: 'the same, for the contact and for each of their threads. The threads first, or those that follow the contact tell no `thread.assigned`; with null the contact first',
    }),
    forEachThread(ofThread('archived'), gone('done', 'the same, for each of their threads')),
  ],
}

function forEachTag(field: string, counterpart: Required<Counterpart>): RequestRow {
  const { call, name } = counterpart
  return {
    ...gone(field, 'the same ids, or names; one call for each'),
    counterparts: [counterpart],
    others: async (tagIds, { v2, request }) => {
      const contactId = await contactOfProfile(v2, request['{prospectId}'])
      return { after: tagIds.map((tagId: string) => ({ call, says: { '{contactId}': contactId, [name]: tagId } })) }
    },
  }
}

/** Beside what the row says of the contact. */
function forEachThread(counterpart: Required<Counterpart>, ofContact: RequestRow): RequestRow {
  const { call, name } = counterpart
  return {
    ...ofContact,
    counterparts: [...ofContact.counterparts, counterpart],
    others: async (value, { v2, request }) => {
      const contactId = await contactOfProfile(v2, request['{prospectId}'])
      const { body } = await v2.get(`/threads?contactId=${contactId}&folder=all`)
      const changes = body.data.map(({ id }: Shown) => ({ call, says: { '{threadId}': id, [name]: value } }))
      return value === null ? { after: changes } : { before: changes }
    },
  }
}

/** By way of a thread: v2 has no call by profile id. A contact's id is taken for itself. */
async function contactOfProfile(v2: Api, profileId: unknown): Promise<string> {
  const { body } = await v2.get('/threads?folder=all&limit=100')
  const thread = body.data.find((one: Shown) => one.profileId === profileId)
  return thread ? thread.contactId : String(profileId)
}
