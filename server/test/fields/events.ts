import { computed, constant, isSame, related, type Shown, same, type Thing } from './row.ts'

/** An event of both logs under one number, with the `team`, and `contactOf` every prospect. */
export const event: Thing = {
  name: 'Event',
  schemas: ['events.list.events[]'],
  about: 'One log, and the same numbers in both versions.',
  rows: [
    same('id'),
    same('seq'),
    { ...computed('teamId', '–', 'not shown; `GET /team`', ({ team }) => team.id), isConstant: true },
    computed('type', '`type`', 'as in the table of types below', ({ type }) => pairOf(type)?.v1),
    same('timestamp', 'createdAt'),
    constant('version', '1.0', '`apiVersion`', 'always `"2"` there'),
    related('data', '`object`, `data`', 'as in the table of types below', (data, v2) => isSameChange(data, v2)),
  ],
}

/** A page of both that begins at the same place, and whether it `endsAlike`; of v1's events the numbers of those v2 shows, too. */
export const eventPage: Thing = {
  name: 'Page of events',
  schemas: ['events.list'],
  about: '`GET /events` in both.',
  rows: [
    computed(
      'events',
      '`data`',
      'each version leaves out what the other alone shows, and keeps its number',
      ({ data }) => data.filter(({ type }: Shown) => pairOf(type)).map(({ seq }: Shown) => seq),
    ),
    related(
      'hasMore',
      '`hasMore`',
      'whether this version shows more after its page: the same where both pages end at the same event',
      (value, { hasMore, endsAlike }) => !endsAlike || value === hasMore,
    ),
    related(
      'lastSeq',
      '`lastSeq`',
      'where to go on. v1: the last event on the page. v2: the last one read, shown or not. Null where there was none',
      (value, { lastSeq }) => value === null || lastSeq !== null,
    ),
  ],
}

export interface TypePair {
  v1: string
  /** Null: v2 has no such event. */
  v2: string | null
  /** In Markdown: which part of v1's `data` is the object in v2, and what v2's `data` is. */
  object: string
  data: string
  /** The id of v2's object and as much of v2's data as v1 tells. `contactOf` knows the contact of every prospect. */
  from(data: Shown, contactOf: Record<string, string>): { id: string; data: Record<string, unknown> }
}

const thread = '`thread.id`'
const nothing = '`{}`'

const ofThread = (v1: string): TypePair => ({
  v1,
  v2: v1,
  object: thread,
  data: nothing,
  from: ({ thread }) => ({ id: thread.id, data: {} }),
})

const assignment = (v1: string): TypePair => ({
  v1,
  v2: v1,
  object: thread,
  data: '`assigneeId`: `thread.assigneeId`',
  from: ({ thread }) => ({ id: thread.id, data: { assigneeId: thread.assigneeId } }),
})

const created = (v2: 'message.sent' | 'message.received'): TypePair => ({
  v1: 'message.created',
  v2,
  object: '`message.id`',
  data: '`threadId`: `message.threadId`',
  from: ({ message }) => ({ id: message.id, data: { threadId: message.threadId } }),
})

const reaction = (v1: string): TypePair => ({
  v1,
  v2: v1,
  object: '`messageId`',
  data: '`threadId`: the same, `emoji`: `reaction.emoji`, `authorPlatformId`: `reaction.senderPlatformId`',
  from: ({ messageId, threadId, reaction: { emoji, senderPlatformId } }) => ({
    id: messageId,
    data: { threadId, emoji, authorPlatformId: senderPlatformId },
  }),
})

const context = (what: string, field: string, inV1 = field): TypePair => ({
  v1: `prospect.${what}Changed`,
  v2: `contact.${what}Changed`,
  object: 'the contact of `prospect.externalId`',
  data: `\`${field}\`: \`prospect.context.${inV1}\``,
  from: ({ prospect }, contactOf) => ({
    id: contactOf[prospect.externalId] ?? '',
    data: { [field]: prospect.context[inV1] },
  }),
})

const label = (noun: 'tag' | 'status', verb: string): TypePair => ({
  v1: `${noun}.${verb}`,
  v2: `${noun}.${verb}`,
  object: `\`${noun}.id\``,
  data: nothing,
  from: (data) => ({ id: data[noun].id, data: {} }),
})

const removedLabel = (noun: 'tag' | 'status'): TypePair => ({
  v1: `${noun}.deleted`,
  v2: `${noun}.deleted`,
  object: `\`${noun}Id\``,
  data: nothing,
  from: (data) => ({ id: data[`${noun}Id`], data: {} }),
})

const onlyInV1 = (v1: string, data: string): TypePair => ({
  v1,
  v2: null,
  object: '–',
  data,
  from: () => ({ id: '', data: {} }),
})

const campaign = (verb: string): TypePair => ({
  v1: `campaign.${verb}`,
  v2: `campaign.${verb}`,
  object: '`campaign.id`',
  data: nothing,
  from: ({ campaign }) => ({ id: campaign.id, data: {} }),
})

const target = (verb: string): TypePair => ({
  v1: `target.${verb}`,
  v2: `target.${verb}`,
  object: '`campaign.id`',
  data: '`threadId`: `thread.id`, `messageId`: `message.id`, `contactId`: the contact of `prospect.externalId`, `stepNumber`: not in v1',
  from: ({ campaign, thread, message, prospect }, contactOf) => ({
    id: campaign.id,
    data: { threadId: thread.id, messageId: message.id, contactId: contactOf[prospect.externalId] },
  }),
})

export const types: readonly TypePair[] = [
  ofThread('thread.created'),
  {
    v1: 'thread.deleted',
    v2: 'thread.deleted',
    object: '`threadId`',
    data: '`accountLinkId`, `platform`: not in v1',
    from: ({ threadId }) => ({ id: threadId, data: {} }),
  },
  assignment('thread.assigned'),
  assignment('thread.unassigned'),
  ofThread('thread.archived'),
  ofThread('thread.unarchived'),
  {
    v1: 'thread.typing',
    v2: 'thread.typing',
    object: '`threadId`',
    data: `${nothing}; who types is the thread's person`,
    from: ({ threadId }) => ({ id: threadId, data: {} }),
  },
  created('message.sent'),
  created('message.received'),
  {
    v1: 'message.edited',
    v2: 'message.edited',
    object: '`message.id`',
    data: '`threadId`: the same',
    from: ({ message, threadId }) => ({ id: message.id, data: { threadId } }),
  },
  {
    v1: 'message.deleted',
    v2: 'message.deleted',
    object: '`messageId`',
    data: '`threadId`: the same, `scope`: not in v1',
    from: ({ messageId, threadId }) => ({ id: messageId, data: { threadId } }),
  },
  reaction('message.reactionAdded'),
  reaction('message.reactionRemoved'),
  onlyInV1('prospect.created', 'no event; a new contact comes with its first thread: `thread.created`'),
  context('status', 'statusId'),
  context('tags', 'tagIds', 'tags'),
  context('notes', 'notes'),
  context('valuation', 'valuation'),
  onlyInV1('prospect.enriched', 'no event; `updatedAt` of the profile tells'),
  label('tag', 'created'),
  label('tag', 'updated'),
  removedLabel('tag'),
  label('status', 'created'),
  label('status', 'updated'),
  removedLabel('status'),
  ...['created', 'started', 'paused', 'resumed', 'completed'].map(campaign),
  ...['contacted', 'followUpSent', 'replied'].map(target),
]

function pairOf(type: string): TypePair | undefined {
  return types.find(({ v2 }) => v2 === type)
}

/** Whether v2 speaks of the same thing, and says of it what v1 does. */
function isSameChange(data: Shown, v2: Shown): boolean {
  const inV1 = pairOf(v2.type)?.from(data, v2.contactOf)
  if (!inV1) return false
  const told = Object.fromEntries(Object.keys(inV1.data).map((name) => [name, v2.data[name]]))
  return v2.object.id === inV1.id && isSame(told, inV1.data)
}
