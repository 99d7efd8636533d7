import type { Call, Counterpart } from './call.ts'
import * as events from './events.ts'
import * as labels from './labels.ts'
import * as messages from './messages.ts'
import * as people from './people.ts'
import * as threads from './threads.ts'

/** Every call of v1 that takes anything. */
export const calls: readonly Call[] = [
  people.member,
  threads.list,
  threads.open,
  threads.lookup,
  threads.lookupByUsername,
  threads.get,
  threads.update,
  threads.settings,
  threads.typing,
  threads.deletion,
  messages.list,
  messages.send,
  messages.sendToPerson,
  messages.edit,
  messages.deletion,
  messages.history,
  messages.react,
  messages.unreact,
  people.prospect,
  people.prospectLookup,
  people.context,
  ...labels.tags,
  ...labels.statuses,
  events.list,
]

/** The part of the guide about what v1 takes. */
export function requestsGuide(): string {
  return [introduction, ...calls.map(sectionOf)].join('\n\n')
}

const introduction = `## Requests

Everything that a request of API v1 may say, and how to say it in v2. \`{…}\` is in the path, \`?…\` in the query, anything
else in the body. Tests make the same requests through both versions, as the rows say, and hold what comes of them against
each other (\`server/http/requests.test.ts\`). Calls that are not here say nothing in v1.`

function sectionOf({ v1, v2, about, always, rows }: Call): string {
  const where = v2 === v1 ? ['The same call in both.'] : v2 ? [`\`${v2}\` in v2.`] : ['No call of v2.']
  const example = `[Both side by side](migrating-from-v1.md#${anchorOf(v1)}).`
  const lines = [
    ...rows.map(({ field, counterparts, rule }) => [`\`${field}\``, counterparts.map(shown).join(', ') || '–', rule]),
    ...Object.entries(always).map(([name, value]) => ['–', `\`${name}\``, `always ${value}`]),
  ]
  return [
    ...[`### \`${v1}\``, '', [...where, ...(about ? [about] : []), example].join(' '), ''],
    ...['| v1 | v2 | rule |', '|---|---|---|', ...lines.map((cells) => `| ${cells.join(' | ')} |`)],
  ].join('\n')
}

function shown({ call, name }: Counterpart): string {
  return call ? `\`${name}\` of \`${call}\`` : `\`${name}\``
}

/** Of a heading in backticks, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
