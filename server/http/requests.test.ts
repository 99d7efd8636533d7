import { expect, test } from 'vitest'
import { ask } from '../test/fields/requests/ask.ts'
import { type Call, type Said, translate } from '../test/fields/requests/call.ts'
import { calls } from '../test/fields/requests/document.ts'
import { anInbox, type Inbox, readings } from '../test/fields/requests/readings.ts'
import { aDesk, type Desk, writings } from '../test/fields/requests/writings.ts'
import type { Shown } from '../test/fields/row.ts'
import { inOwnWords, labelsOf, messagesInOwnWords } from '../test/fields/worlds.ts'
import type { TestTeam } from '../test/harness.ts'

const translatable = calls.filter(({ v2 }) => v2 !== null).map((call) => [call.v1, call] as const)
const isReading = ([v1]: (typeof translatable)[number]) => v1.startsWith('GET ')

test.each(translatable.filter(isReading))('%s finds the same as what the guide has for it in v2', async (_, call) => {
  const inbox = await theInbox()
  const { requests, inV1, inV2 } = found(readings, call)

  await expectTried(call, requests(inbox), async (says) => {
    const answer = await ask(inbox.team.api, { call: call.v1, says })
    expect([says, answer.status]).toEqual([says, 200])
    const [body = { data: [] }] = await throughV2(inbox.team, call, says, inbox.cursors)
    return [inV1(answer.body), inV2(body)]
  })
})

test.each(translatable.filter((one) => !isReading(one)))(
  '%s does the same as what the guide has for it in v2',
  async (_, call) => {
    const desks = await equalDesks()
    const { requests, answered = () => null } = found(writings, call)
    const [inOne, inOther] = await ofBoth(desks, requests)
    await ofBoth(desks, effectIn)

    await expectTried(call, inOne, async (says, field, i) => {
      const [desk, mirrored] = desks
      const answer = await ask(desk.team.api, { call: call.v1, says })
      expect([says, answer.status]).toEqual([says, 200])
      const [body] = await throughV2(mirrored.team, call, inOther[field]?.[i] ?? {})
      const [inV1, inV2] = await ofBoth(desks, effectIn)
      return [
        [answered(answer.body), inV1],
        [answered(body), inV2],
      ]
    })
    areEqual = true
  },
)

test.each([
  ['noTags', 'tags', ({ tagIds }: Shown) => tagIds.length === 0],
  ['noStatus', 'statuses', ({ statusId }: Shown) => statusId === null],
])('whom v1 finds by %s, v2 shows by their contacts', async (filter, category, isFound) => {
  const { team } = await theInbox()

  const { body: inV1 } = await team.api.get(`/threads?filters[${category}][${filter}]=true&limit=100`)
  const { body: inV2 } = await team.v2.get('/threads?expand=contact&limit=100')

  const found = inV2.data.filter(({ contact }: Shown) => isFound(contact))
  expect(found.map(({ id }: Shown) => id)).toEqual(inV1.threads.map(({ id }: Shown) => id))
  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThan(inV2.data.length)
})

let inbox: Promise<Inbox> | null = null
let desks: [Desk, Desk] | null = null
/** Whether the test before found that the two desks are. */
let areEqual = false

function theInbox(): Promise<Inbox> {
  inbox ??= anInbox()
  return inbox
}

/** New ones after a difference, so that one is reported once. */
async function equalDesks(): Promise<[Desk, Desk]> {
  if (!desks || !areEqual) desks = await Promise.all([aDesk(), aDesk()])
  areEqual = false
  return desks
}

function found<T>(some: Record<string, T>, { v1 }: Pick<Call, 'v1'>): T {
  const one = some[v1]
  if (!one) throw new Error(`nothing tries ${v1}`)
  return one
}

/** Each request has one effect, whichever way it is made; and what it says makes a difference, else it would hold by chance. */
async function expectTried(
  { rows }: Call,
  requests: Record<string, Said[]>,
  effects: (says: Said, field: string, i: number) => Promise<[unknown, unknown]>,
): Promise<void> {
  const translated = rows.filter(({ counterparts }) => counterparts.length > 0).map(({ field }) => field)
  expect(Object.keys(requests).toSorted()).toEqual(translated.toSorted())
  for (const [field, list] of Object.entries(requests)) {
    const seen = new Set<string>()
    for (const [i, says] of list.entries()) {
      const [inV1, inV2] = await effects(says, field, i)
      expect({ says, effect: inV2 }).toEqual({ says, effect: inV1 })
      seen.add(JSON.stringify(inV1))
    }
    const said = new Set(list.map((says) => JSON.stringify(says[field])))
    expect({ field, said: said.size > 1, seen: seen.size > 1 }).toEqual({ field, said: true, seen: true })
  }
}

/** What each of its calls answers. */
async function throughV2(
  { v2 }: TestTeam,
  call: Call,
  request: Said,
  cursors: ReadonlyMap<string, string> = new Map(),
): Promise<Shown[]> {
  const bodies: Shown[] = []
  for (const step of await translate(call, { v2, request, cursors })) {
    const { status, body } = await ask(v2, step)
    expect([step, status < 300, body?.code]).toEqual([step, true, undefined])
    bodies.push(body)
  }
  return bodies
}

const known = new WeakMap<Desk, { seq: number; labels: Shown[] }>()

/**
 * What the team has now, and what happened since this was asked the last time. Where v2 needs several calls it tells of each. Labels and
 * messages never change without an event, so they are read after one only.
 */
async function effectIn(desk: Desk): Promise<object> {
  const before = known.get(desk)
  const { body: log } = await desk.team.v2.get(`/events?limit=1000&afterSeq=${before?.seq ?? 0}`)
  const happened = [...new Set<string>(log.data.map(({ type }: Shown) => type))].toSorted()
  const isOf = (...nouns: string[]) => happened.some((type) => nouns.includes(type.split('.')[0] ?? ''))
  const labels = before && !isOf('tag', 'status') ? before.labels : await labelsOf(desk.team)
  known.set(desk, { seq: log.lastSeq ?? before?.seq, labels })
  const messages = isOf('message') ? await messagesInOwnWords(desk) : []
  return { ...(await inOwnWords(desk, labels)), messages, happened }
}

async function ofBoth<T, R>([one, other]: readonly [T, T], work: (each: T) => Promise<R>): Promise<[R, R]> {
  return Promise.all([work(one), work(other)])
}
