import { type Chance, chance } from './chance.ts'
import * as say from './phrases.ts'

/** One thing a person does in answer to a message, `afterMs` after they picked it up. */
export type Step = { afterMs: number } & (
  | { kind: 'typing' }
  | { kind: 'react'; emoji: string }
  | { kind: 'write'; content: string; correction: { content: string; afterMs: number } | null }
)

export interface Occasion {
  /** Same seed, same answer. */
  seed: string
  content: string
  /** Friendly answers in this conversation before this one, today. */
  answersBefore: number
  /** How unhurried the person is: nobody types longer than they waited. */
  replyDelayMs: number
}

/** After so many answers people have had enough until the next day. */
export const answersMax = 6

/** What a friendly person makes of a message: something that fits it a little, typed at a human speed. */
export function friendlyAnswer({ seed, content, answersBefore, replyDelayMs }: Occasion): Step[] {
  if (answersBefore >= answersMax) return []
  const luck = chance(seed)
  const reaction: Step = { kind: 'react', emoji: luck.pick(say.reactionEmojis), afterMs: 0 }
  const isLast = answersBefore === answersMax - 1
  // A question left without words would look rude, a first message left without words like a fault.
  if (!isLast && answersBefore > 0 && !content.includes('?') && luck.oneIn(7)) return [reaction]

  const steps: Step[] = luck.oneIn(6) ? [reaction] : []
  const words = isLast ? luck.pick(say.goodbyes) : answerTo(luck, content)
  const typedMs = typingTime(words, replyDelayMs)
  steps.push({ kind: 'typing', afterMs: 0 }, writeStep(luck, words, typedMs))
  if (!isLast && luck.oneIn(8)) {
    const more = luck.pick(say.afterthoughts)
    const moreMs = typedMs + typingTime(more, replyDelayMs)
    steps.push(
      { kind: 'typing', afterMs: typedMs },
      { kind: 'write', content: more, afterMs: moreMs, correction: null },
    )
  }
  return steps
}

function writeStep(luck: Chance, words: string, afterMs: number): Step {
  const slip = luck.oneIn(9) ? misspelled(luck, words) : null
  if (!slip) return { kind: 'write', content: words, afterMs, correction: null }
  return { kind: 'write', content: slip, afterMs, correction: { content: words, afterMs: luck.between(1_500, 4_000) } }
}

/** A few words that fit what was said. */
export function answerTo(luck: Chance, content: string): string {
  const text = content.toLowerCase()
  const topic = topics.find(({ about }) => about.test(text))
  return luck.pick(topic ? topic.phrases : say.agreements)
}

/** The first that matches: the particular before the general. */
const topics = [
  { about: /https?:\/\/|www\./, phrases: say.linkTalk },
  {
    about: /\b(price|pricing|cost|costs|discount|budget|quote|invoice|plan|plans)\b|[$€£]\s?\d/,
    phrases: say.priceTalk,
  },
  {
    about: /\b(call|meet|meeting|demo|tomorrow|monday|tuesday|wednesday|thursday|friday|calendar)\b/,
    phrases: say.timeTalk,
  },
  { about: /\b(thanks|thank you|thx|cheers|appreciate)\b/, phrases: say.thanksBack },
  { about: /\b(sorry|apologies|apologise|apologize|our fault)\b/, phrases: say.apologiesAccepted },
  {
    about: /(^|[.!]\s*)(do|does|did|is|are|was|were|can|could|would|will|shall|have|has|should)\b[^?]*\?/,
    phrases: say.yesOrNoAnswers,
  },
  { about: /\?/, phrases: say.openAnswers },
  { about: /^\s*(hi|hey|hello|hola|good (morning|afternoon|evening)|welcome|👋)/, phrases: say.greetings },
]

function typingTime(words: string, replyDelayMs: number): number {
  return Math.min(words.length * 45, replyDelayMs, 4_000)
}

/** Two neighbouring letters change places inside a longer word. Null: there is no such word. */
function misspelled(luck: Chance, words: string): string | null {
  const found = [...words.matchAll(/[a-z]{6,}/g)]
  const match = found[luck.between(0, found.length - 1)]
  if (!match) return null
  const at = match.index + luck.between(1, match[0].length - 3)
  const slip = words.slice(0, at) + words.charAt(at + 1) + words.charAt(at) + words.slice(at + 2)
  return slip === words ? null : slip
}
