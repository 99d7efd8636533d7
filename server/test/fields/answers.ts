import { computed, constant, related, type Shown, same, type Thing } from './row.ts'

const ofMessage = 'threads.thread.messages.message'
const success = constant('success', true, '–', 'not shown; the HTTP status says it')
const nextCursor = ['timestamp', 'id'].map((part) =>
  related(
    `nextCursor.${part}`,
    '`nextCursor`',
    'one opaque text for both, good with the same filters only; null where this was all',
    (value, page) => (value === undefined) === (page.nextCursor === null),
  ),
)

/** The same page of a list. v1's, as the test shows it, names its items only. */
export const threadPage: Thing = {
  name: 'Page of threads',
  schemas: ['threads.list'],
  about: '`GET /threads` in both.',
  rows: [
    computed('threads', '`data`', 'the same threads, in the same order', ({ data }) => data.map(idOf)),
    ...nextCursor,
  ],
}

/** With the page's `thread` and the `team`. */
export const messagePage: Thing = {
  name: 'Page of messages',
  schemas: ['threads.thread.messages.list'],
  about: '`GET /threads/{threadId}/messages` in both.',
  rows: [
    { ...computed('teamId', '–', 'not shown; `GET /team`', ({ team }) => team.id), isConstant: true },
    computed('threadId', '–', 'not shown; you asked for it', ({ thread }) => thread.id),
    computed('messages', '`data`', 'the same messages, in the same order', ({ data }) => data.map(idOf)),
    ...nextCursor,
    {
      ...computed('isSyncing', '`syncing` of the thread', 'the same', ({ thread }) => thread.syncing),
      isConstant: true,
    },
  ],
}

function idOf({ id }: Shown): string {
  return id
}

export const sent: Thing = {
  name: 'Sent to a person',
  schemas: ['threads.messages.quickSend'],
  about: '`POST /threads/messages` answers a part of what `POST /messages` does: `message` and `thread`, both whole.',
  rows: [
    computed('message', '`message`', 'as a Message, above', ({ message }) => message.id),
    same('thread.id'),
    same('thread.platformId'),
  ],
}

export const typing: Thing = {
  name: 'Typing',
  schemas: ['threads.thread.typing'],
  about: '`POST /threads/{threadId}/typing` in both; v2 answers with status 202.',
  rows: [
    computed(
      'status',
      '`status`',
      'the same; what the account cannot do at all is an error in v2: 422 `capabilityNotSupported`',
      (v2) => (v2.code === 'capabilityNotSupported' ? 'skipped' : v2.status),
    ),
    related(
      'reason',
      '`reason`',
      'rateLimited is the same, anything else is disabled. When it was sent: null in v2, left out in v1',
      (value, { reason, code }) => {
        if (code === 'capabilityNotSupported') return value === 'unsupported'
        return value === 'rateLimited' || value === undefined ? (reason ?? undefined) === value : reason === 'disabled'
      },
    ),
  ],
}

/** The thread. */
export const settings: Thing = {
  name: 'Settings of a thread',
  schemas: ['threads.thread.settings'],
  about: '`PATCH /threads/{threadId}` takes them in v2, and answers the whole thread.',
  rows: [
    same('threadId', 'id'),
    computed(
      'typingIndicatorsEnabled',
      '`typingIndicators`',
      'true: enabled, false: disabled, null: teamDefault',
      ({ typingIndicators }) => typingSettings[typingIndicators],
    ),
  ],
}

const typingSettings: Record<string, boolean | null> = { enabled: true, disabled: false, teamDefault: null }

/** The message. */
export const edited: Thing = {
  name: 'Edited',
  schemas: [`${ofMessage}.edit`],
  about: '`PATCH /messages/{messageId}` answers the whole message.',
  rows: [
    success,
    same('messageId', 'id'),
    same('content'),
    computed(
      'editedAt',
      '`editedAt`',
      'the same; a message that was never edited has null in v2 and its `createdAt` in v1',
      ({ editedAt, createdAt }) => editedAt ?? createdAt,
    ),
  ],
}

export const deleted: Thing = {
  name: 'Deleted',
  schemas: [`${ofMessage}.delete`],
  about: '`DELETE /messages/{messageId}` in v2.',
  rows: [
    success,
    same('messageId'),
    related(
      'deletedAt',
      '`deletedAt`',
      'the same, unless the message was deleted on our side first and for everybody later: then v1 tells the later time',
      (value, { deletedAt }) => value >= deletedAt,
    ),
  ],
}

/** The message the reaction is at. */
export const reacted: Thing = {
  name: 'Reacted',
  schemas: [`${ofMessage}.reactions.add`, `${ofMessage}.reactions.remove`],
  about: '`POST` and `DELETE /messages/{messageId}/reactions` answer all reactions of the message, and a `version`.',
  rows: [success, computed('messageId', '–', 'not shown; you asked for it', ({ id }) => id)],
}

const codesByStatus: Record<number, string> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'RATE_LIMITED',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
}

const unknownInBody: Record<string, string> = {
  status: 'STATUS_NOT_FOUND',
  assigneeId: 'MEMBER_NOT_FOUND',
  replyToMessageId: 'MESSAGE_NOT_FOUND',
}

/** The body of a refusal, and the HTTP status of v1's: `statusInV1`. */
export const refusal: Thing = {
  name: 'Error',
  schemas: ['Error'],
  about: 'The body of a refusal: flat in v2, and with `details` and `requestId`.',
  rows: [
    computed(
      'error.code',
      '`code`',
      'THING_NOT_FOUND is thingNotFound, and PROSPECT_NOT_FOUND is contactNotFound. But an unknown status, assignee or quoted message in a body is invalidRequest, and a person whom the platform does not know is recipientUnavailable. v1 knows the others by their HTTP status only, v2 says which',
      codeInV1,
    ),
    related(
      'error.message',
      '`message`',
      'for people in both. Do not compare it with anything',
      (value, { message }) => typeof value === 'string' && typeof message === 'string',
    ),
    computed('error.status', '–', 'not shown; the HTTP status', ({ statusInV1 }) => statusInV1),
  ],
}

function codeInV1({ code, details, statusInV1 }: Shown): string | undefined {
  if (code.endsWith('NotFound')) return notFoundInV1(code)
  const unknown = code === 'recipientUnavailable' ? 'PROSPECT_NOT_FOUND' : unknownInBody[details?.issues?.[0].path[0]]
  return statusInV1 === 404 && unknown ? unknown : codesByStatus[statusInV1]
}

function notFoundInV1(code: string): string {
  return code.replace('contact', 'prospect').replaceAll(/[A-Z]/g, '_$&').toUpperCase()
}
