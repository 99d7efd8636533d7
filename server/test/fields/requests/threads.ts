import type { Shown } from '../row.ts'
import { becomes, type Call, cursor, gone, type RequestRow, same } from './call.ts'
import { ofProspect } from './people.ts'

const accountLinkIds = same('?accountLinkIds', '?accountLinkId')
const threadId = same('{threadId}')

export const list: Call = {
  v1: 'GET /threads',
  v2: 'GET /threads',
  about: 'A list is a repeated key in v2: `tag=…&tag=…`.',
  always: {},
  rows: [
    accountLinkIds,
    ...cursor,
    becomes(
      '?inbox',
      '?folder',
      'default: inbox, no-reply: noReply, requests and archived: the same',
      (inbox: keyof typeof folders) => folders[inbox],
    ),
    { ...same('?filters[tags][selectedIds]', '?tag'), rule: 'the same ids, or names' },
    unfiltered('?filters[tags][noTags]', 'its `tagIds` are empty'),
    { ...same('?filters[statuses][selectedIds]', '?status'), rule: 'the same ids, or names' },
    unfiltered('?filters[statuses][noStatus]', 'its `statusId` is null'),
    same('?filters[assignees][selectedIds]', '?assigneeId'),
    {
      ...same('?filters[assignees][noAssignee]', '?unassigned'),
      rule: 'the same without `selectedIds`. v2 has nothing for both together',
    },
    same('?filters[campaigns][selectedIds]', '?campaignId'),
    gone('?filters[campaigns][noCampaign]', 'no such filter'),
    same('?filters[sortOrder]', '?order'),
    { ...same('?limit'), rule: 'the same; left out: 20 in v1, 50 in v2', leftOut: 20 },
  ],
}

const folders = { default: 'inbox', 'no-reply': 'noReply', requests: 'requests', archived: 'archived' }

function unfiltered(field: string, where: string): RequestRow {
  return gone(field, `no such filter; \`expand=contact\` shows the contact of each thread: ${where}`)
}

const withFirstMessage = 'no such call; the first message makes the thread'

export const open: Call = {
  v1: 'POST /threads',
  v2: null,
  about: 'v2 opens no thread without a message. What it takes to send one is at `POST /threads/messages`, below.',
  always: {},
  rows: [
    gone('externalPlatformId', withFirstMessage),
    gone('externalId', withFirstMessage),
    gone('accountLinkId', withFirstMessage),
  ],
}

const twoSteps =
  'Two calls in v2: the contact, then its threads. Somebody without a contact has no threads: do not make the second call then, it would list those of everybody. No list of v2 has an idle thread.'

export const lookup: Call = {
  v1: 'GET /threads/lookup',
  v2: 'GET /threads',
  about: twoSteps,
  always: { '?folder': 'all' },
  rows: [
    same('?accountLinkId'),
    ofContactsWith('platformId', {
      field: '?externalPlatformId',
      rule: 'the same, with a `platform` of twitter; then the `id` of the contact',
      sought: (platformId) => platformId,
    }),
    ofProspect('?externalId', '?contactId'),
  ],
}

export const lookupByUsername: Call = {
  v1: 'GET /threads/lookup-by-username',
  v2: 'GET /threads',
  about: twoSteps,
  always: { '?folder': 'all' },
  rows: [
    ofContactsWith('username', {
      field: '?username',
      rule: 'the same without @, which v1 takes, too, and with a `platform` of twitter; then the `id` of each contact',
      sought: (username) => username.replace('@', ''),
    }),
    accountLinkIds,
  ],
}

function ofContactsWith(
  key: 'platformId' | 'username',
  { field, rule, sought }: { field: string; rule: string; sought(value: string): string },
): RequestRow {
  const row = becomes(field, '?contactId', rule, async (value, { v2 }) => {
    const { body } = await v2.get(`/contacts?platform=twitter&${key}=${encodeURIComponent(sought(value))}`)
    return body.data.map(({ id }: Shown) => id)
  })
  return { ...row, counterparts: [{ call: 'GET /contacts', name: `?${key}` }, ...row.counterparts] }
}

export const get: Call = {
  v1: 'GET /threads/{threadId}',
  v2: 'GET /threads/{threadId}',
  always: {},
  rows: [threadId],
}

export const update: Call = {
  v1: 'PATCH /threads/{threadId}',
  v2: 'PATCH /threads/{threadId}',
  always: {},
  rows: [threadId, same('done', 'archived'), same('assigneeId')],
}

export const settings: Call = {
  v1: 'PATCH /threads/{threadId}/settings',
  v2: 'PATCH /threads/{threadId}',
  always: {},
  rows: [
    threadId,
    becomes(
      'typingIndicatorsEnabled',
      'typingIndicators',
      'true: enabled, false: disabled, null: teamDefault',
      (isEnabled) => (isEnabled === null ? 'teamDefault' : isEnabled ? 'enabled' : 'disabled'),
    ),
  ],
}

export const deletion: Call = {
  v1: 'DELETE /threads/{threadId}',
  v2: 'DELETE /threads/{threadId}',
  about: 'v2 deletes our side on the platform, too.',
  always: {},
  rows: [threadId],
}

export const typing: Call = {
  v1: 'POST /threads/{threadId}/typing',
  v2: 'POST /threads/{threadId}/typing',
  always: {},
  rows: [threadId],
}
