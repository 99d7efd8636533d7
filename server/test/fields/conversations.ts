import { computed, constant, gone, isSame, related, type Shown, same, type Thing } from './row.ts'

const typingSettings: Record<string, boolean | null> = { enabled: true, disabled: false, teamDefault: null }

/** A thread with everything expanded; `last` is its last message, `isListed` says whether `folder=all` lists it. */
export const thread: Thing = {
  name: 'Thread',
  schemas: ['Thread'],
  about: 'A v2 `Thread`. It names its prospect by `profileId` and `contactId`; `expand` shows both whole.',
  rows: [
    same('id'),
    { ...same('platform'), isConstant: true },
    computed(
      'platformId',
      '`platformId`',
      "the same; null in v2 until the first message. v1 then shows what it will be: the account's and the person's platform ids with a colon between, the smaller first",
      ({ platformId, accountLink, profile }) =>
        platformId ?? conversationOf(accountLink.platformId, profile.platformId),
    ),
    same('done', 'archived'),
    same('assigneeId'),
    computed(
      'lastMessageTimestamp',
      '`lastMessage.createdAt`',
      'the same; null without a message',
      ({ lastMessage }) => lastMessage?.createdAt ?? null,
    ),
    computed(
      'computedSortTimestamp',
      '`activity.at`',
      'the same, and `createdAt` without activity: the order of lists',
      ({ activity, createdAt }) => activity?.at ?? createdAt,
    ),
    same('createdAt'),
    computed(
      'status',
      '–',
      'not shown; no list of v2 has an idle thread, not even `folder=all`. By its id it can be read',
      (v2) => (v2.isListed ? 'active' : 'idle'),
    ),
    computed(
      'variant',
      '`restrictions`',
      'unencrypted where that names what only X Chat can do, such as `thread:typing:send`; xChat where it is empty. Of one message: `platformData.encrypted`',
      ({ restrictions }) => (restrictions.length > 0 ? 'unencrypted' : 'xChat'),
    ),
    same('accountLinkId'),
    { ...same('isSyncing', 'syncing'), isConstant: true },
    same('isRequest'),
    computed(
      'typingIndicatorsEnabled',
      '`typingIndicators`',
      'true: enabled, false: disabled, null: teamDefault',
      ({ typingIndicators }) => typingSettings[typingIndicators],
    ),
    last('id', '`lastMessage.id`', 'the same', ({ lastMessage }) => lastMessage.id),
    last(
      'content',
      '`GET /messages/{lastMessage.id}`',
      "that message's `content`. `activity.preview` is for showing: one line, and after a reaction the reaction",
      ({ last }) => last.content,
    ),
    last('authorId', '`lastMessage.direction`', 'outbound: `accountLinkId`, inbound: `profileId`', (v2) =>
      v2.lastMessage.direction === 'outbound' ? v2.accountLinkId : v2.profileId,
    ),
    last('createdAt', '`lastMessage.createdAt`', 'the same', ({ lastMessage }) => lastMessage.createdAt),
    related(
      'lastMessage.userId',
      '`GET /messages/{lastMessage.id}`',
      'as the `userId` of a Message, below',
      (value, { last }) => value === undefined || isUserOf(value, last),
    ),
    last(
      'campaignId',
      '`GET /messages/{lastMessage.id}`',
      'as the `campaignId` of a Message, below',
      ({ last }) => last.sentBy?.campaignId ?? null,
    ),
  ],
}

/** A field of the last message; where there is none, v2 has none either. */
function last(field: string, counterpart: string, rule: string, valueFrom: (v2: Shown) => unknown) {
  return computed(`lastMessage.${field}`, counterpart, rule, (v2) => (v2.lastMessage ? valueFrom(v2) : undefined))
}

function conversationOf(one: string, other: string): string {
  return (BigInt(one) < BigInt(other) ? [one, other] : [other, one]).join(':')
}

/** `userIdOf` knows the user of every member. */
function isUserOf(userId: string | null, { sentBy, userIdOf }: Shown): boolean {
  if (sentBy === null) return userId === null
  return sentBy.memberId ? userId === userIdOf[sentBy.memberId] : Object.values(userIdOf).includes(userId)
}

/** A message with `thread` and `reactions.author` expanded, `team`, its `history`, and `userIdOf`. */
export const message: Thing = {
  name: 'Message',
  schemas: ['Message'],
  about: 'A v2 `Message`. Where the rule says so, with `expand=reactions.author`.',
  rows: [
    { ...same('platform'), isConstant: true },
    { ...computed('teamId', '–', 'not shown; `GET /team`', ({ team }) => team.id), isConstant: true },
    same('threadId'),
    same('id'),
    related(
      'userId',
      '`sentBy`',
      'the user of the member `sentBy.memberId`; null where `sentBy` is null. What a token sent v2 attributes to the token (`sentBy.tokenId`), v1 to its user',
      isUserOf,
    ),
    same('createdAt'),
    same('updatedAt', 'editedAt'),
    same('platformId'),
    same('content'),
    {
      ...computed(
        'campaignId',
        '`sentBy.campaignId`',
        'the same; null unless a campaign sent it',
        ({ sentBy }) => sentBy?.campaignId ?? null,
      ),
      isConstant: true,
    },
    computed(
      'authorId',
      '`direction`',
      "outbound: `accountLinkId`, inbound: the thread's `profileId`",
      ({ direction, accountLinkId, thread }) => (direction === 'outbound' ? accountLinkId : thread.profileId),
    ),
    computed(
      'origin',
      '`sentBy`',
      'external where it is null; else api where its `type` is api, and internal for any other',
      ({ sentBy }) => (sentBy === null ? 'external' : sentBy.type === 'api' ? 'api' : 'internal'),
    ),
    same('replyData', 'replyTo'),
    { ...same('forwardData', 'forwarded'), isConstant: true },
    computed(
      'entities',
      '`entities`',
      'the same kinds with the same fields; null in v1 where every list is empty. v2 has `format`, too',
      ({ entities: { format: _, ...entities } }) => (Object.values(entities).flat().length > 0 ? entities : null),
    ),
    related(
      'attachment',
      '`attachments[0]`',
      'the same; null in v1 where the list is empty. The address is signed anew each time it is shown. v2 also has `index`, `status`, `expiresAt`, `aspectRatio`, `poster`, and the others attached',
      (value, { attachments: [first] }) => (value === null ? first === undefined : isSameAttachment(value, first)),
    ),
    computed(
      'reactions',
      '`reactions`',
      'in the same order: `emoji` and `createdAt` are the same, `senderPlatformId` is the `platformId` of the expanded author',
      ({ reactions }) => reactions.map(asReaction),
    ),
    same('isEncrypted', 'platformData.encrypted'),
    computed('isEdited', '`editedAt`', 'true unless it is null', ({ editedAt }) => editedAt !== null),
    same('deletedAt'),
    related(
      'platformDeletedAt',
      '`deletion.scope` of the history',
      'null unless the scope is all. Of a message deleted on our side first and for everybody later, v2 tells when it was deleted first',
      (value, { history: { deletion } }) => (deletion?.scope === 'all' ? value >= deletion.deletedAt : value === null),
    ),
  ],
}

function isSameAttachment(value: Shown, first: Shown): boolean {
  const withoutQuery = (url: string | null) => url?.replace(/\?.*$/, '') ?? null
  return Object.entries(value).every(([name, part]) =>
    name === 'url' ? withoutQuery(value.url) === withoutQuery(first.url) : isSame(part, first[name]),
  )
}

function asReaction({ emoji, createdAt, author }: Shown): Shown {
  const { platformId } = author.profile ?? author.accountLink ?? author
  return { emoji, createdAt, senderPlatformId: platformId }
}

const originsInV1: Record<string, string> = { inbox: 'internal', platform: 'external', api: 'api' }
const ofTheMessage = (field: string) =>
  related(field, '–', 'as on the message', (value, { message }) => isSame(value, message[field]))

/** A version of v2's history, `message` as v1 shows it, and whether it `isOriginal`. */
export const version: Thing = {
  name: 'Version of a message',
  schemas: ['threads.thread.messages.message.history.versions[]'],
  about: 'An element of `versions` of the history. v1 repeats what is on the message; v2 does not.',
  rows: [
    ofTheMessage('id'),
    ofTheMessage('platformId'),
    { ...ofTheMessage('platform'), isConstant: true },
    same('content'),
    ofTheMessage('authorId'),
    ofTheMessage('userId'),
    { ...ofTheMessage('teamId'), isConstant: true },
    ofTheMessage('threadId'),
    { ...ofTheMessage('campaignId'), isConstant: true },
    constant('campaignStepId', null, "the message's `sentBy.stepId`", 'the same; null unless a campaign sent it'),
    ofTheMessage('origin'),
    computed(
      'editOrigin',
      '`origin`',
      'internal: inbox, external: platform, api: api. The original has null in v1, and in v2 where the message came from',
      ({ isOriginal, origin }) => (isOriginal ? null : originsInV1[origin]),
    ),
    ofTheMessage('replyData'),
    { ...ofTheMessage('forwardData'), isConstant: true },
    same('createdAt'),
    ofTheMessage('isEncrypted'),
    constant('expandedData', null),
    related('entities', '–', 'as on the message for the text it has now; null for others', (value, v2) =>
      isSame(value, v2.content === v2.message.content ? v2.message.entities : null),
    ),
    related('attachment', '–', 'as on the message', (value, { message }) => value?.kind === message.attachment?.kind),
    ofTheMessage('reactions'),
  ],
}

/** The `deletion` of v2's history. */
export const deletion: Thing = {
  name: 'Deletion of a message',
  schemas: ['threads.thread.messages.message.history.deletion'],
  about: '`deletion` of the history; null in both while the message is there.',
  rows: [
    related(
      'deletedAt',
      '`deletedAt`',
      'the same, unless the message was deleted on our side first and for everybody later: then v1 tells the later time',
      (value, { deletedAt, scope }) => (scope === 'all' ? value >= deletedAt : value === deletedAt),
    ),
    same('deletionType', 'scope'),
    gone('deletionAuthorPlatformId'),
    computed(
      'origin',
      '`origin`',
      'internal: inbox, external: platform, api: api',
      ({ origin }) => originsInV1[origin],
    ),
  ],
}
