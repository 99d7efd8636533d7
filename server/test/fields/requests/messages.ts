import { becomes, type Call, cursor, gone, type RequestRow, same } from './call.ts'
import { ofProspect } from './people.ts'

const noThread = gone('{threadId}', 'not needed; the message has a path of its own')
const messageId = same('{messageId}')
const inV1 = '/threads/{threadId}/messages/{messageId}'

export const list: Call = {
  v1: 'GET /threads/{threadId}/messages',
  v2: 'GET /threads/{threadId}/messages',
  always: {},
  rows: [same('{threadId}'), ...cursor, same('?limit')],
}

export const send: Call = {
  v1: 'POST /threads/{threadId}/messages',
  v2: 'POST /messages',
  always: { 'target.type': 'thread' },
  rows: [same('{threadId}', 'target.threadId'), same('content'), same('replyToMessageId')],
}

export const sendToPerson: Call = {
  v1: 'POST /threads/messages',
  v2: 'POST /messages',
  about: 'v2 takes one of the two ids of the person.',
  always: {},
  rows: [
    same('accountLinkId', 'target.accountLinkId'),
    {
      ...same('externalPlatformId', 'target.platformId'),
      rule: 'the same, with a `target.type` of profile and a `target.platform` of twitter',
      says: (platformId) => ({
        'target.type': 'profile',
        'target.platform': 'twitter',
        'target.platformId': platformId,
      }),
    },
    ofContact(ofProspect('externalId', 'target.contactId')),
    same('content'),
  ],
}

function ofContact(row: RequestRow): RequestRow {
  return {
    ...row,
    rule: `${row.rule}, with a \`target.type\` of contact`,
    says: async (value, beside) => ({ 'target.type': 'contact', ...(await row.says(value, beside)) }),
  }
}

export const edit: Call = {
  v1: `PATCH ${inV1}`,
  v2: 'PATCH /messages/{messageId}',
  always: {},
  rows: [noThread, messageId, same('content')],
}

export const deletion: Call = {
  v1: `DELETE ${inV1}`,
  v2: 'DELETE /messages/{messageId}',
  always: {},
  rows: [
    noThread,
    messageId,
    {
      ...becomes('deleteForAll', '?scope', 'true or left out: all, false: self', (forAll) => (forAll ? 'all' : 'self')),
      leftOut: true,
    },
  ],
}

export const history: Call = {
  v1: `GET ${inV1}/history`,
  v2: 'GET /messages/{messageId}/history',
  always: {},
  rows: [noThread, messageId],
}

export const react: Call = {
  v1: `POST ${inV1}/reactions/reactions`,
  v2: 'POST /messages/{messageId}/reactions',
  always: {},
  rows: [noThread, messageId, same('emoji')],
}

export const unreact: Call = {
  v1: `DELETE ${inV1}/reactions/reactions`,
  v2: 'DELETE /messages/{messageId}/reactions',
  always: {},
  rows: [noThread, messageId, { ...same('emoji', '?emoji'), rule: 'the same, percent-encoded' }],
}
