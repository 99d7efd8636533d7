import type { Api } from '../../harness.ts'
import type { Shown } from '../row.ts'
import { becomes, type Call, type Request, type RequestRow, same } from './call.ts'

export const member: Call = {
  v1: 'GET /members/{memberId}',
  v2: 'GET /members/{memberId}',
  always: {},
  rows: [same('{memberId}')],
}

const prospectId = becomes(
  '{prospectId}',
  '{contactId}',
  'the `contactId` of any thread of theirs. v1 takes a contact id here, too',
  (profileId, { v2 }) => contactOfProfile(v2, profileId),
)

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

const taggings = 'PUT /contacts/{contactId}/tags/{tagRef}'
const untaggings = 'DELETE /contacts/{contactId}/tags/{tagRef}'
const ofThread = 'PATCH /threads/{threadId}'

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
    forEachTag('addTags', taggings),
    forEachTag('removeTags', untaggings),
    {
      ...same('assigneeId'),
      counterparts: [{ name: 'assigneeId' }, { call: ofThread, name: 'assigneeId' }],
      rule: 'the same, for the contact and for each of their threads. The threads first, or those that follow the contact tell no `thread.assigned`; with null the contact first',
      others: async (assigneeId, { v2, request }) => {
        const assignments = await forEachThread(v2, request['{prospectId}'], { assigneeId })
        return assigneeId === null ? { after: assignments } : { before: assignments }
      },
    },
    {
      ...same('done'),
      counterparts: [{ call: ofThread, name: 'archived' }],
      rule: 'the same, for each of their threads',
      says: () => ({}),
      others: async (archived, { v2, request }) => ({
        after: await forEachThread(v2, request['{prospectId}'], { archived }),
      }),
    },
  ],
}

function forEachTag(field: string, call: string): RequestRow {
  return {
    field,
    counterparts: [{ call, name: '{tagRef}' }],
    rule: 'the same ids, or names; one call for each',
    says: () => ({}),
    others: async (tagIds, { v2, request }) => {
      const contactId = await contactOfProfile(v2, request['{prospectId}'])
      const says = (tagId: string) => ({ '{contactId}': contactId, '{tagRef}': tagId })
      return { after: tagIds.map((tagId: string) => ({ call, says: says(tagId) })) }
    },
  }
}

async function forEachThread(v2: Api, profileId: unknown, change: object): Promise<Request[]> {
  const { body } = await v2.get(`/threads?contactId=${await contactOfProfile(v2, profileId)}&folder=all`)
  return body.data.map(({ id }: Shown) => ({ call: ofThread, says: { '{threadId}': id, ...change } }))
}

/** By way of a thread: v2 has no call by profile id. */
export async function contactOfProfile(v2: Api, profileId: unknown): Promise<string> {
  const { body } = await v2.get('/threads?folder=all&limit=100')
  const thread = body.data.find((one: Shown) => one.profileId === profileId)
  return thread ? thread.contactId : String(profileId)
}
