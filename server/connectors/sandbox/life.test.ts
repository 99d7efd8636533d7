import { deepEqual, equal, ok } from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { collect, summary, until } from '../connector.contract.ts'
import type { Incoming } from '../connector.ts'
import { sandboxConnector } from './connector.ts'
import * as control from './control.ts'
import { answersMax, friendlyAnswer } from './habits.ts'
import { startLife } from './life.ts'
import { aPerson, existing, type SandboxUnderTest, startSandbox } from './testing.ts'

let sandbox: SandboxUnderTest
let stops: (() => Promise<void>)[]
let sends: number
beforeEach(async () => {
  sandbox = await startSandbox()
  stops = []
  sends = 0
})
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  deepEqual(sandbox.failures, [])
  await sandbox.close()
})

async function live() {
  stops.push(await startLife(sandbox))
}

function session() {
  return sandboxConnector(sandbox).open(sandbox.account.platformId)
}

async function send(personPlatformId: string, content: string): Promise<string> {
  const outcome = await session().send({ reference: `${sends++}`, personPlatformId, content, replyToPlatformId: null })
  if (outcome.kind !== 'sent') throw new Error(`not sent: ${outcome.kind}`)
  return outcome.messagePlatformId
}

function feed(): Promise<Incoming[]> {
  return collect(session().receive(null))
}

async function written(): Promise<string[]> {
  return (await feed()).flatMap((fact) => (fact.kind === 'message' ? [fact.content] : []))
}

/** Moves time until nothing is planned before then. */
async function pass(ms: number) {
  const end = sandbox.clock.now().getTime() + ms
  for (;;) {
    const now = sandbox.clock.now()
    await until(async () => {
      const [due] = await sandbox.database.query`select id from sandbox.plans where due_at <= ${now} limit 1`
      return !due
    })
    const [next] = await sandbox.database.query<{ at: string }>`
      select due_at as at from sandbox.plans where due_at <= ${new Date(end)} order by due_at limit 1`
    sandbox.clock.advance((next ? Date.parse(next.at) : end) - now.getTime())
    if (!next) return
  }
}

test('an echo says the same after the delay, and not before', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'echo', replyDelayMs: 2_000 })
  await live()
  await send(platformId, 'one')
  await send(platformId, 'two')

  await pass(1_999)
  deepEqual(await written(), [])
  await pass(1)
  deepEqual(await written(), ['one', 'two'])
})

test('who does not answer never answers', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'off', replyDelayMs: 0 })
  await live()
  await send(platformId, 'hello?')

  await pass(600_000)
  deepEqual(await feed(), [])
})

test('an answer that was planned is given after a restart, once, however many processes live', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'echo', replyDelayMs: 1_000 })
  for (let i = 0; i < 10; i++) await send(platformId, `line ${i}`)
  sandbox.clock.advance(5_000)

  await Promise.all([live(), live(), live()])
  await pass(1_000)

  deepEqual(
    (await written()).sort(),
    Array.from({ length: 10 }, (_, i) => `line ${i}`),
  )
})

test('nobody answers a message that was taken back', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'echo', replyDelayMs: 1_000 })
  const sides = { personPlatformId: platformId, accountPlatformId: sandbox.account.platformId }
  await control.writeMessage(sandbox, sandbox.world, { ...sides, content: 'hi' })
  await live()
  const messagePlatformId = await send(platformId, 'oops')
  equal((await session().deleteMessage({ messagePlatformId, scope: 'all' })).kind, 'done')

  await pass(10_000)
  deepEqual(await written(), ['hi'])
})

test('a friendly person types, then answers what was said last', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'friendly', replyDelayMs: 2_000 })
  await live()
  await send(platformId, 'Hello!')
  sandbox.clock.advance(500)
  await send(platformId, 'How much do you pay today?')

  await pass(60_000)

  const kinds = (await feed()).map(({ kind }) => kind)
  ok(kinds.indexOf('typing') >= 0 && kinds.indexOf('typing') < kinds.indexOf('message'))
  const messages = await written()
  ok(messages.length === 1 || messages.length === 2, messages.join(' / '))
})

test('a friendly person gets tired, and has slept the next day', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'friendly', replyDelayMs: 1_000 })
  await live()
  const answered: boolean[] = []
  async function exchange() {
    const before = (await feed()).length
    await send(platformId, 'Shall we go on?')
    await pass(60_000)
    answered.push((await feed()).length > before)
  }

  for (let i = 0; i < answersMax + 2; i++) await exchange()
  sandbox.clock.advance(86_400_000)
  await exchange()

  deepEqual(answered, [...Array.from({ length: answersMax }, () => true), false, false, true])
})

test('a lively world has something going on until it is calmed, without anybody asking', async () => {
  for (let i = 0; i < 3; i++) await aPerson(sandbox)
  await live()
  await control.setLively(sandbox, sandbox.world, { everyMs: 10_000 })
  await control.setLively(sandbox, sandbox.world, { everyMs: 10_000 })

  await pass(600_000)
  const facts = await feed()
  const busy = facts.filter(({ kind }) => kind !== 'typing').length
  const sent = facts.flatMap((fact) => (fact.kind === 'message' ? fact.attachments : []))
  await control.setLively(sandbox, sandbox.world, null)
  await pass(30_000)
  const calm = (await feed()).length
  await pass(600_000)

  ok(busy > 20 && busy < 100, `${busy} things happened`)
  ok(sent.length > 0, 'nobody attached anything')
  equal((await feed()).length, calm)
})

test("an imported conversation is the platform's past: no news, no deliveries, and an X Chat", async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'echo' })
  await live()
  const imported = existing(
    await control.importConversation(sandbox, sandbox.world, {
      accountPlatformId: sandbox.account.platformId,
      personPlatformId: platformId,
      messages: [
        { from: 'person', content: 'hi', sentAt: new Date('2026-02-01T10:00:00Z') },
        {
          from: 'account',
          content: 'hello',
          sentAt: new Date('2026-02-01T10:05:00Z'),
          replyTo: 0,
          reactions: [{ from: 'person', emoji: '👍', at: new Date('2026-02-01T10:06:00Z') }],
        },
        { from: 'account', content: 'still there?', sentAt: new Date('2026-02-03T10:00:00Z') },
      ],
    }),
  )
  await pass(60_000)

  deepEqual(await feed(), [])
  deepEqual(await control.listDeliveries(sandbox, sandbox.world, { limit: 10 }), [])
  const ids = imported.messagePlatformIds
  deepEqual([...ids].sort(), ids)
  ok((ids.at(-1) ?? '') < platformId)
  const last = ids.at(-1) ?? ''
  equal((await session().editMessage({ messagePlatformId: last, content: 'Still there?' })).kind, 'done')
  const personPlatformId = platformId
  existing(
    await control.removeReaction(sandbox, sandbox.world, {
      personPlatformId,
      messagePlatformId: ids[1] ?? '',
      emoji: '👍',
    }),
  )
  deepEqual((await feed()).map(summary), ['reactionRemoved 👍'])
})

test('a plan that fails is tried again later and does not stop the others', async () => {
  const { platformId } = await aPerson(sandbox, { autoReply: 'echo', replyDelayMs: 0 })
  await sandbox.database.query`select sandbox.plan(${sandbox.clock.now()}, 'typing', '{"accountId": "nobody"}')`
  await live()
  await send(platformId, 'hello')

  await until(async () => (await written()).length === 1)
  await pass(120_000)
  deepEqual(await sandbox.database.query`select kind from sandbox.plans`, [])
  equal(sandbox.failures.length, 5)
  sandbox.failures.length = 0
})

describe('a friendly answer', () => {
  const occasion = { answersBefore: 1, replyDelayMs: 2_000, seed: 'a' }

  test('is the same for the same seed', () => {
    for (let i = 0; i < 50; i++) {
      const question = { ...occasion, seed: String(i), content: 'How are you?' }
      deepEqual(friendlyAnswer(question), friendlyAnswer(question))
    }
  })

  test('to a question has words, after typing no longer than the person waited', () => {
    for (let i = 0; i < 300; i++) {
      const steps = friendlyAnswer({ ...occasion, seed: String(i), content: 'Where are you from?' })
      const writing = steps.findIndex(({ kind }) => kind === 'write')
      equal(steps[writing - 1]?.kind, 'typing')
      ok((steps[writing]?.afterMs ?? 0) <= 2_000)
    }
  })

  test('now and then is a reaction, has a slip that is corrected, or a second message', () => {
    const answers = Array.from({ length: 300 }, (_, i) =>
      friendlyAnswer({ ...occasion, seed: String(i), content: 'Here you go.' }),
    )

    ok(answers.some((steps) => steps.every(({ kind }) => kind === 'react')))
    ok(answers.some((steps) => steps.filter(({ kind }) => kind === 'write').length === 2))
    ok(answers.some((steps) => steps.some((step) => step.kind === 'write' && step.correction)))
    ok(answers.filter((steps) => steps.some(({ kind }) => kind === 'write')).length > 200)
  })
})
