import { equal } from 'node:assert/strict'
import type { TestTeam } from '../harness.ts'
import { types } from './events.ts'
import { at, type Shown, type Thing } from './row.ts'

/** The same thing as both versions show it; of v2 with whatever the rows speak of beside it. */
export interface Pair {
  inV1: Shown
  inV2: Shown
}

type Apis = Pick<TestTeam, 'api' | 'v2'>

/** What does not hold, at most a few of it. */
export function brokenRows({ name, rows }: Thing, pairs: readonly Pair[]): object[] {
  const broken = pairs.flatMap(({ inV1, inV2 }) =>
    rows
      .filter(({ field, agrees }) => !agrees(at(inV1, field), inV2))
      .map(({ field }) => ({ [`${name}.${field}`]: at(inV1, field), inV2 })),
  )
  return broken.slice(0, 3)
}

/** Who is which user; v2 does not say. */
export async function usersOf({ api }: Apis): Promise<Record<string, string>> {
  const { body: members } = await api.get('/members')
  return Object.fromEntries(members.map(({ id, userId }: Shown) => [id, userId]))
}

/** A thread of both versions with all that is in it. */
export async function conversation({ api, v2 }: Apis, inV1: Shown, beside: { team: Shown; userIdOf: Shown }) {
  const whole = 'expand=profile&expand=contact&expand=accountLink&expand=assignee'
  const { body: thread } = await v2.get(`/threads/${inV1.id}?${whole}`)
  const { body: ofContact } = await v2.get(`/threads?contactId=${thread.contactId}&folder=all&limit=100`)
  const { body: prospect } = await api.get(`/prospects/${thread.profileId}`)
  const threads = ofContact.data
  const known = new Set(threads.map(({ id }: Shown) => id))
  const idleIds = await idleAmong(
    api,
    prospect.context.threads.filter(({ id }: Shown) => !known.has(id)),
  )
  const messages = await messagesOf({ api, v2 }, inV1.id)
  // The others have nothing to tell that the first has not.
  const changed = messages.filter(({ inV1: { updatedAt, deletedAt } }, i) => i === 0 || updatedAt || deletedAt)
  const histories = await inTurns(changed, (message) => historyOf({ api, v2 }, message))
  const person = { profile: thread.profile, contact: thread.contact, threads, idleIds }
  const last = messages.find(({ inV2 }) => inV2.id === thread.lastMessage?.id)?.inV2
  return {
    thread: { inV1, inV2: { ...thread, last: last && { ...last, ...beside }, isListed: known.has(thread.id) } },
    prospects: [
      { inV1: inV1.prospect, inV2: person },
      { inV1: prospect, inV2: person },
    ],
    messages: messages.map((pair) => {
      const history = histories[changed.indexOf(pair)]?.inV2 ?? { deletion: null }
      return { ...pair, inV2: { ...pair.inV2, ...beside, history } }
    }),
    versions: histories.flatMap(({ message, inV1, inV2 }) =>
      pairs(inV1.versions, inV2.versions).map((pair, i) => ({
        ...pair,
        inV2: { ...pair.inV2, message, isOriginal: i === 0 },
      })),
    ),
    deletions: histories.flatMap(({ inV1, inV2 }) =>
      inV1.deletion || inV2.deletion ? [{ inV1: inV1.deletion, inV2: inV2.deletion }] : [],
    ),
  }
}

async function idleAmong(api: Apis['api'], threads: Shown[]): Promise<Set<string>> {
  const shown = await inTurns(threads, async ({ id }) => (await api.get(`/threads/${id}`)).body)
  return new Set(shown.filter(({ status }) => status === 'idle').map(({ id }) => id))
}

async function messagesOf({ api, v2 }: Apis, threadId: string): Promise<Pair[]> {
  const path = `/threads/${threadId}/messages?limit=100`
  const { messages } = (await api.get(path)).body
  return pairs(messages, (await v2.get(`${path}&expand=thread&expand=reactions.author`)).body.data)
}

async function historyOf({ api, v2 }: Apis, { inV1: message }: Pair) {
  const path = `/messages/${message.id}/history`
  const inV1 = (await api.get(`/threads/${message.threadId}${path}`)).body
  return { message, inV1, inV2: (await v2.get(path)).body }
}

/** Lists, or single things, of the same path in both versions. */
export async function inBoth(teams: Apis[], path: string): Promise<Pair[]> {
  const found = await inTurns(teams, async ({ api, v2 }) => {
    const { body: inV1 } = await api.get(path)
    const { body: inV2 } = await v2.get(path)
    return Array.isArray(inV1) ? pairs(inV1, inV2.data) : [{ inV1, inV2 }]
  })
  return found.flat()
}

export function pairs(inV1: Shown[], inV2: Shown[]): Pair[] {
  equal(inV2.length, inV1.length, 'one version shows more than the other')
  return inV1.map((one, i) => ({ inV1: one, inV2: inV2[i] }))
}

/** Whether v2 has the type of a v1 event. */
export function isShared({ type }: Shown): boolean {
  return types.some(({ v1, v2 }) => v1 === type && v2)
}

/** Each event of v1 that v2 shows, too, beside the one of the same number. Neither may have others. */
export function pairsOfEvents({ inV1, inV2 }: Pair, beside: { team: Shown; contactOf: Shown }): Pair[] {
  const others = inV2.data.filter(({ type }: Shown) => type !== 'contact.assigneeChanged')
  return pairs(inV1.events.filter(isShared), others).map((pair) => ({ ...pair, inV2: { ...pair.inV2, ...beside } }))
}

/** The contact of every prospect the events show. */
export async function contactsOf({ v2 }: Apis, shown: Shown[]): Promise<Record<string, string>> {
  const platformIds = new Set<string>(shown.flatMap(({ data }) => data.prospect?.platformId ?? []))
  const found = await inTurns([...platformIds], async (platformId) => {
    const { data } = (await v2.get(`/contacts?platform=twitter&platformId=${platformId}`)).body
    return data.map(({ id, profiles: [profile] }: Shown) => [profile.id, id])
  })
  return Object.fromEntries(found.flat())
}

/** Some at a time, answers in order. */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T, i: number) => Promise<R>,
  atOnce = 8,
): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += atOnce) {
    const some = items.slice(i, i + atOnce)
    results.push(...(await Promise.all(some.map((item, n) => work(item, i + n)))))
  }
  return results
}
