import * as answers from './answers.ts'
import * as conversations from './conversations.ts'
import * as events from './events.ts'
import * as people from './people.ts'
import { requestsGuide } from './requests/document.ts'
import type { Thing } from './row.ts'

/** Everything v1 shows. */
export const things: readonly Thing[] = [
  conversations.thread,
  people.prospect,
  conversations.message,
  conversations.version,
  conversations.deletion,
  people.accountLink,
  people.team,
  people.member,
  people.tag,
  people.status,
  people.color,
  answers.threadPage,
  answers.messagePage,
  answers.sent,
  answers.edited,
  answers.deleted,
  answers.reacted,
  answers.typing,
  answers.settings,
  answers.refusal,
  events.eventPage,
  events.event,
]

/** The guide `docs/guides/fields-v1-and-v2.md`. */
export function fieldsGuide(): string {
  return [introduction, ...things.map(sectionOf), eventTypes(), requestsGuide()].join('\n\n').concat('\n')
}

const introduction = `# Fields of v1, and where v2 has them

Every field that API v1 shows, and where the same is to be found in API v2; then everything that [requests](#requests)
of v1 say, and how to say it in v2. How calls translate is in [Migrating from v1 to v2](migrating-from-v1.md).

\`npm run fields\` makes this page from \`server/test/fields/\`. Tests read a living team through both versions and hold
every row against it (\`server/http/fields.test.ts\`), and fail when v1's document has a field that has no row here.

A path like \`lastMessage.createdAt\` leads into the thing named above the table. – means that v2 has nothing like it.`

function sectionOf({ name, about, rows }: Thing): string {
  const lines = rows.map(({ field, counterpart, rule }) => `| \`${field}\` | ${counterpart} | ${rule} |`)
  return [`## ${name}`, '', about, '', '| v1 | v2 | rule |', '|---|---|---|', ...lines].join('\n')
}

function eventTypes(): string {
  const lines = events.types.map(
    ({ v1, v2, object, data }) => `| \`${v1}\` | ${v2 ? `\`${v2}\`` : '–'} | ${object} | ${data} |`,
  )
  return [
    '## Types of events',
    '',
    "v1's `data` holds the thing as it was then; v2 names the thing in `object` and the change in `data`. The last two columns say",
    "what of v1's `data` that is. `contact.assigneeChanged` and `webhookEndpoint.*` are v2's alone.",
    '',
    '| v1 | v2 | `object.id` | `data` |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}
