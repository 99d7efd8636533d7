import { expect, test } from 'vitest'
import { ask } from '../test/fields/requests/ask.ts'
import { type Call, type Said, translate } from '../test/fields/requests/call.ts'
import { calls } from '../test/fields/requests/document.ts'
import { anInbox, type Inbox, readings } from '../test/fields/requests/readings.ts'
import { aDesk, type Desk, writings } from '../test/fields/requests/writings.ts'
import type { Shown } from '../test/fields/row.ts'
import { inOwnWords } from '../test/fields/worlds.ts'
import type { TestTeam } from '../test/harness.ts'

const translatable = calls.filter(({ v2 }) => v2 !== null)
const isReading = ({ v1 }: Call) => v1.startsWith('GET ')

test.each(translatable.filter(isReading))('$v1 finds the same as what the guide has for it in v2', async (call) => {
  const inbox = await theInbox()
  const { requests, inV1, inV2 } = found(readings, call)

  await expectTried(call, requests(inbox), async (says) => {
    const answer = await ask(inbox.team.api, { call: call.v1, says })
    expect([says, answer.status]).toEqual([says, 200])
    const [last] = await throughV2(inbox.team, call, says, inbox.cursors)
    return [inV1(answer.body), inV2(last ?? { data: [] })]
  })
})

test.each(translatable.filter((call) => !isReading(call)))(
  '$v1 does the same as what the guide has for it in v2',
  async (call) => {
    const desks = await theDesks()
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
  },
)

let inbox: Promise<Inbox> | null = null
let desks: Promise<[Desk, Desk]> | null = null

function theInbox(): Promise<Inbox> {
  inbox ??= anInbox()
  return inbox
}

function theDesks(): Promise<[Desk, Desk]> {
  desks ??= Promise.all([aDesk(), aDesk()])
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

/** What each of the calls answers; those that do not find their thing fail. */
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

const seqs = new WeakMap<Desk, number>()

/** What the team has now, and what happened since this was asked the last time. Where v2 needs several calls it tells of each. */
async function effectIn(desk: Desk): Promise<object> {
  const { api, v2 } = desk.team
  const { body: log } = await v2.get(`/events?limit=1000&afterSeq=${seqs.get(desk) ?? 0}`)
  seqs.set(desk, log.lastSeq ?? seqs.get(desk))
  const { body: page } = await api.get('/threads?limit=100')
  return {
    ...(await inOwnWords(desk)),
    inbox: page.threads.map(({ prospect }: Shown) => prospect.username),
    happened: [...new Set(log.data.map(({ type }: Shown) => type))].toSorted(),
  }
}

async function ofBoth<T, R>([one, other]: readonly [T, T], work: (each: T) => Promise<R>): Promise<[R, R]> {
  return Promise.all([work(one), work(other)])
}
