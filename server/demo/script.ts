import type { AttachmentInput } from '../connectors/sandbox/attachments.ts'
import { type Chance, chance } from '../connectors/sandbox/chance.ts'
import { type AccountName, type MemberName, members } from './cast.ts'

/**
 * A conversation in a form people can read and write:
 *
 *     them: Text of the person        ines: text of a member        | goes on in a new line
 *     bot: sent through the API       app: sent by us in the platform's own app
 *     them: [image] Words or none     also [gif], [video], [audio], [file plan.pdf], [card https://x.example Its title]; several at once
 *     ines^2: answers the second message above (^1 is the one right above)
 *     + them 👍   - them 👍            a reaction to the message above, and its end; `+^2` for the second above
 *     edit: New text                  by its author
 *     delete: all                     by its author; `self` = only on our side
 *     * tom status Trial              also: tags A, B · untag A · value 948 · note Text · assign mei · archive · open
 *                                     (assign nobody who has two threads: their events would come in the order of ids)
 *     ... 3d                          what follows happened that long after; otherwise minutes pass, as they do
 */
export interface Conversation {
  with: string
  at: AccountName
  /** How long ago the last thing in it happened. */
  ended: string
  script: string
}

export interface LookedUp {
  with: string
  at: AccountName
  by: MemberName
  ago: string
}

export type Author = 'them' | 'bot' | 'app' | MemberName

/** Messages are named by their position in the conversation. */
export type Act =
  | { kind: 'message'; by: Author; content: string; attachments: AttachmentInput[]; replyTo: number | null }
  | { kind: 'edit'; message: number; content: string }
  | { kind: 'delete'; message: number; scope: 'self' | 'all' }
  | { kind: 'react' | 'unreact'; by: 'them' | MemberName; message: number; emoji: string }
  | { kind: 'status' | 'note'; by: MemberName; text: string }
  | { kind: 'tags' | 'untag'; by: MemberName; tags: string[] }
  | { kind: 'value'; by: MemberName; amount: number }
  | { kind: 'assign'; by: MemberName; to: MemberName }
  | { kind: 'archive' | 'open'; by: MemberName }

/** `agoMs` counts back from now, and falls from act to act. */
export type TimedAct = Act & { agoMs: number }

/** What happened in a conversation, oldest first. The same conversation always takes the same time. */
export function readConversation({ with: username, at, ended, script }: Conversation): TimedAct[] {
  const luck = chance(`${at} ${username} pace`)
  const acts: (Act & { afterMs: number })[] = []
  let messages = 0
  let pauseMs = 0
  for (const line of linesOf(script)) {
    if (line.startsWith('... ')) {
      pauseMs = pauseOf(luck, readDuration(line.slice(4)))
      continue
    }
    const act = readAct(line, messages)
    acts.push({ ...act, afterMs: pauseMs + paceOf(luck, act, acts.at(-1)) })
    if (act.kind === 'message') messages += 1
    pauseMs = 0
  }
  let agoMs = readDuration(ended)
  const timed = acts.reverse().map(({ afterMs, ...act }) => {
    const then = { ...act, agoMs }
    agoMs += afterMs
    return then
  })
  return timed.reverse()
}

/** `2d 4h`, `35m`. */
export function readDuration(text: string): number {
  const parts = text.trim().split(' ')
  return parts.reduce((sum, part) => {
    const [, count, unit] = /^(\d+)([dhm])$/.exec(part) ?? []
    if (!count || !unit) throw new Error(`not a duration: "${text}"`)
    return sum + Number(count) * unitMs[unit as keyof typeof unitMs]
  }, 0)
}

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** A line that starts with `| ` belongs to the one before. */
function linesOf(script: string): string[] {
  const lines: string[] = []
  for (const raw of script.split('\n')) {
    const line = raw.trim()
    if (line.startsWith('| ')) lines.push(`${lines.pop()}\n${line.slice(2)}`)
    else if (line !== '') lines.push(line)
  }
  return lines
}

function readAct(line: string, messagesBefore: number): Act {
  const [, sign, back, by, emoji] = /^([+-])(?:\^(\d))? (\w+) (\S+)$/.exec(line) ?? []
  if (sign && by && emoji) {
    const who = by === 'them' ? by : memberNamed(by)
    return { kind: sign === '+' ? 'react' : 'unreact', by: who, message: messagesBefore - Number(back ?? 1), emoji }
  }
  const [, member, word, rest = ''] = /^\* (\w+) (\w+) ?(.*)$/s.exec(line) ?? []
  if (member && word) return readDeskAct(memberNamed(member), word, rest, line)
  const [, head, above, text = ''] = /^(\w+)(?:\^(\d))?: (.*)$/s.exec(line) ?? []
  const message = messagesBefore - Number(above ?? 1)
  if (head === 'edit') return { kind: 'edit', message, content: text }
  if (head === 'delete' && (text === 'self' || text === 'all')) return { kind: 'delete', message, scope: text }
  if (!head) throw new Error(`not a line of a script: "${line}"`)
  return { kind: 'message', by: authorNamed(head), ...readEnclosure(text), replyTo: above ? message : null }
}

/** What stands in brackets before the words. */
function readEnclosure(text: string): { content: string; attachments: AttachmentInput[] } {
  const attachments: AttachmentInput[] = []
  let content = text
  for (;;) {
    const [whole, kind, facts = ''] = /^\[(image|gif|video|audio|file|card)(?: ([^\]]+))?\] ?/.exec(content) ?? []
    if (!whole || !kind) return { content, attachments }
    attachments.push(readAttachment(kind as AttachmentInput['kind'], facts))
    content = content.slice(whole.length)
  }
}

function readAttachment(kind: AttachmentInput['kind'], facts: string): AttachmentInput {
  if (kind !== 'card') return { kind, ...(facts !== '' && { filename: facts }) }
  const [url = '', ...title] = facts.split(' ')
  return { kind, url, title: title.join(' ') }
}

/** What a member does beside writing. */
function readDeskAct(by: MemberName, word: string, text: string, line: string): Act {
  switch (word) {
    case 'status':
    case 'note':
      return { kind: word, by, text }
    case 'tags':
    case 'untag':
      return { kind: word, by, tags: text.split(', ') }
    case 'value':
      return { kind: 'value', by, amount: Number(text) }
    case 'assign':
      return { kind: 'assign', by, to: memberNamed(text) }
    case 'archive':
    case 'open':
      return { kind: word, by }
    default:
      throw new Error(`not a line of a script: "${line}"`)
  }
}

function authorNamed(name: string): Author {
  return name === 'them' || name === 'bot' || name === 'app' ? name : memberNamed(name)
}

function memberNamed(name: string): MemberName {
  if (!Object.hasOwn(members, name)) throw new Error(`nobody in the team is called "${name}"`)
  return name as MemberName
}

/** Nobody comes back at the same minute days later. */
function pauseOf(luck: Chance, ms: number): number {
  return ms < unitMs.d ? ms : ms + luck.between(-6 * unitMs.h, 6 * unitMs.h)
}

/** How long people take: to go on writing, to answer, to notice a slip. */
function paceOf(luck: Chance, act: Act, before: Act | undefined): number {
  switch (act.kind) {
    case 'message': {
      const goesOn = before?.kind === 'message' && before.by === act.by
      if (goesOn) return luck.between(12_000, 80_000)
      const typing = act.content.length * luck.between(90, 260)
      return typing + luck.between(25_000, act.by === 'them' ? 1_500_000 : 1_100_000)
    }
    case 'edit':
    case 'delete':
      return luck.between(15_000, 95_000)
    case 'react':
    case 'unreact':
      return luck.between(6_000, 240_000)
    default:
      return luck.between(4_000, 50_000)
  }
}
