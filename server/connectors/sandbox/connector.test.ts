import { deepEqual, equal, ok } from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { collect, connectorContract, type PlatformUnderTest, summary, until } from '../connector.contract.ts'
import type { OutgoingMessage } from '../connector.ts'
import { sandboxConnector } from './connector.ts'
import * as control from './control.ts'
import { aPerson, existing, type SandboxUnderTest, startSandbox } from './testing.ts'

connectorContract('sandbox', async (): Promise<PlatformUnderTest> => {
  const sandbox = await startSandbox()
  const { world, account } = sandbox
  const { platformId: personPlatformId } = await aPerson(sandbox)
  const closed = await aPerson(sandbox, { acceptsMessages: false })
  const sides = { personPlatformId, accountPlatformId: account.platformId }
  return {
    connector: sandboxConnector(sandbox),
    accountPlatformId: account.platformId,
    personPlatformId,
    closedPersonPlatformId: closed.platformId,
    personWrites: async (content) => existing(await control.writeMessage(sandbox, world, { ...sides, content })),
    personAttaches: async (media) =>
      existing(await control.writeMessage(sandbox, world, { ...sides, content: '', attachments: [media] })),
    attachmentBecomes: async (messagePlatformId, state) => {
      const attachment = { personPlatformId, messagePlatformId, index: 0, state }
      existing(await control.setAttachmentState(sandbox, world, attachment))
    },
    personEdits: async (messagePlatformId, content) => {
      existing(await control.editMessage(sandbox, world, { personPlatformId, messagePlatformId, content }))
    },
    personUnsends: async (messagePlatformId) => {
      existing(await control.unsendMessage(sandbox, world, { personPlatformId, messagePlatformId }))
    },
    personReacts: async (messagePlatformId, emoji) => {
      existing(await control.addReaction(sandbox, world, { personPlatformId, messagePlatformId, emoji }))
    },
    personUnreacts: async (messagePlatformId, emoji) => {
      existing(await control.removeReaction(sandbox, world, { personPlatformId, messagePlatformId, emoji }))
    },
    personTypes: async () => {
      existing(await control.showTyping(sandbox, world, sides))
    },
    personRenames: async (displayName) => {
      existing(await control.updatePerson(sandbox, world, personPlatformId, { displayName }))
    },
    signOut: async () => {
      existing(await control.changeAccountState(sandbox, world, { ...sides, status: 'offline' }))
    },
    nextSend: async (outcome) => {
      existing(await control.addFault(sandbox, world, { operation: 'send', outcome, times: 1, retryAfterMs: 2_000 }))
    },
    arrived: () => control.listDeliveries(sandbox, world, { limit: 1_000 }),
    close: async () => {
      deepEqual(sandbox.failures, [])
      await sandbox.close()
    },
  }
})

describe('the sandbox', () => {
  let sandbox: SandboxUnderTest
  beforeEach(async () => {
    sandbox = await startSandbox()
  })
  afterEach(() => sandbox.close())

  function session(accountPlatformId = sandbox.account.platformId) {
    return sandboxConnector(sandbox).open(accountPlatformId)
  }

  function aMessage(personPlatformId: string, message: Partial<OutgoingMessage> = {}): OutgoingMessage {
    return { reference: 'ref', content: 'hello', replyToPlatformId: null, personPlatformId, ...message }
  }

  function deliveries() {
    return control.listDeliveries(sandbox, sandbox.world, { limit: 1_000 })
  }

  test('ids have 19 digits and sort by time, people and messages alike', async () => {
    const person = await aPerson(sandbox)
    const ids = [sandbox.account.platformId, person.platformId]
    for (let i = 0; i < 5; i++) {
      sandbox.clock.advance(1)
      const sent = await session().send(aMessage(person.platformId, { reference: `${i}` }))
      ids.push(sent.kind === 'sent' ? sent.messagePlatformId : '')
    }

    ok(ids.every((id) => /^\d{19}$/.test(id)))
    deepEqual(
      ids,
      [...ids].sort((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1)),
    )
  })

  test('a conversation is named by both ids, the smaller first', async () => {
    const person = await aPerson(sandbox)
    const sent = await session().send(aMessage(person.platformId))

    ok(sent.kind === 'sent')
    equal(sent.conversationPlatformId, `${sandbox.account.platformId}:${person.platformId}`)
  })

  test('people of another world are not there', async () => {
    const stranger = existing(await control.createPerson(sandbox, 'elsewhere'))
    const { platformId } = stranger

    equal(await session().findPerson(platformId), null)
    equal((await session().send(aMessage(platformId))).kind, 'recipientUnavailable')
    equal((await session().showTyping(platformId)).kind, 'recipientUnavailable')
    deepEqual(await control.listPeople(sandbox, sandbox.world, { limit: 10 }), [])
    const sides = { personPlatformId: platformId, accountPlatformId: sandbox.account.platformId }
    const written = await control.writeMessage(sandbox, 'elsewhere', { ...sides, content: 'hi' })
    ok('refused' in written && written.refused === 'accountNotFound')
  })

  test('an account the platform does not know is signed out', async () => {
    const person = await aPerson(sandbox)

    deepEqual(await session('1').send(aMessage(person.platformId)), { kind: 'accountUnavailable', status: 'offline' })
    deepEqual(await session('1').showTyping(person.platformId), { kind: 'accountUnavailable', status: 'offline' })
  })

  test('only messages of the conversation can be quoted', async () => {
    const [person, other] = [await aPerson(sandbox), await aPerson(sandbox)]
    const elsewhere = await session().send(aMessage(other.platformId, { reference: 'elsewhere' }))
    ok(elsewhere.kind === 'sent')
    const replyToPlatformId = elsewhere.messagePlatformId

    equal((await session().send(aMessage(person.platformId, { replyToPlatformId }))).kind, 'contentRejected')
    equal((await session().send(aMessage(other.platformId, { replyToPlatformId }))).kind, 'sent')
    equal((await deliveries()).at(-1)?.replyToPlatformId, replyToPlatformId)
  })

  /** The wait begins at some moment after the call: no single step of the clock is sure to end it. */
  async function letTimePassUntil<T>(work: Promise<T>): Promise<T> {
    let over = false
    work.finally(() => {
      over = true
    })
    await until(() => {
      if (!over) sandbox.clock.advance(5_000)
      return over
    })
    return work
  }

  describe('faults', () => {
    test('meet exactly as many calls as they were made for, however many come at once', async () => {
      const person = await aPerson(sandbox)
      await control.addFault(sandbox, sandbox.world, { operation: 'send', outcome: 'down', times: 3 })
      await control.addFault(sandbox, sandbox.world, {
        operation: 'send',
        outcome: 'rateLimited',
        times: 4,
        retryAfterMs: 5_000,
      })

      const messages = Array.from({ length: 20 }, (_, i) => aMessage(person.platformId, { reference: `${i}` }))
      const outcomes = await Promise.all(messages.map((message) => session().send(message)))

      const kinds = outcomes.map(({ kind }) => kind)
      equal(kinds.filter((kind) => kind === 'unavailable').length, 3)
      equal(kinds.filter((kind) => kind === 'rateLimited').length, 4)
      equal((await deliveries()).length, 13)
      deepEqual(await control.listFaults(sandbox, sandbox.world), [])
      deepEqual(
        outcomes.find(({ kind }) => kind === 'rateLimited'),
        { kind: 'rateLimited', retryAfterMs: 5_000 },
      )
    })

    test('of one account leave the others alone', async () => {
      const person = await aPerson(sandbox)
      const other = existing(await control.createAccount(sandbox, sandbox.world))
      const accountPlatformId = sandbox.account.platformId
      await control.addFault(sandbox, sandbox.world, {
        operation: 'send',
        outcome: 'down',
        times: 1,
        accountPlatformId,
      })

      equal((await session(other.platformId).send(aMessage(person.platformId))).kind, 'sent')
      equal((await session().send(aMessage(person.platformId))).kind, 'unavailable')
    })

    test('do not hide a message that has arrived: its reference is answered with the receipt', async () => {
      const person = await aPerson(sandbox)
      const first = await session().send(aMessage(person.platformId))
      await control.addFault(sandbox, sandbox.world, { operation: 'send', outcome: 'rejected', times: 1 })

      deepEqual(await session().send(aMessage(person.platformId)), first)
    })

    test('of other operations: refused, or done without saying so', async () => {
      const person = await aPerson(sandbox)
      const sides = { personPlatformId: person.platformId, accountPlatformId: sandbox.account.platformId }
      await control.writeMessage(sandbox, sandbox.world, { ...sides, content: 'hi' })
      const sent = await session().send(aMessage(person.platformId))
      ok(sent.kind === 'sent')
      await control.addFault(sandbox, sandbox.world, { operation: 'edit', outcome: 'rejected', times: 1 })
      await control.addFault(sandbox, sandbox.world, { operation: 'edit', outcome: 'ambiguous', times: 1 })

      const edit = { messagePlatformId: sent.messagePlatformId, content: 'new' }
      equal((await session().editMessage(edit)).kind, 'contentRejected')
      equal((await deliveries())[0]?.content, 'hello')
      equal((await session().editMessage(edit)).kind, 'lostAnswer')
      equal((await deliveries())[0]?.content, 'new')
    })

    test('a slow send arrives after its time, and until then nobody says that it was not sent', async () => {
      const person = await aPerson(sandbox)
      await control.addFault(sandbox, sandbox.world, { operation: 'send', outcome: 'slow', times: 1, delayMs: 30_000 })
      const sending = session().send(aMessage(person.platformId))
      await until(async () => (await session().findSent('ref')) === 'unknown')
      deepEqual(await deliveries(), [])

      const outcome = await letTimePassUntil(sending)
      equal(outcome.kind, 'sent')
      deepEqual(await session().findSent('ref'), outcome)
    })

    test('a slow send that outlived its time does not arrive once it was called not sent', async () => {
      const person = await aPerson(sandbox)
      await control.addFault(sandbox, sandbox.world, { operation: 'send', outcome: 'slow', times: 1, delayMs: 30_000 })
      // Its process hangs: the wait goes on although the time is over.
      const hanging = {
        ...sandbox,
        clock: { ...sandbox.clock, after: (_: number, work: () => void) => sandbox.clock.after(60_000, work) },
      }
      const sending = sandboxConnector(hanging).open(sandbox.account.platformId).send(aMessage(person.platformId))
      await until(async () => (await session().findSent('ref')) === 'unknown')

      sandbox.clock.advance(45_000)
      equal(await session().findSent('ref'), 'notSent')

      equal((await letTimePassUntil(sending)).kind, 'failed')
      deepEqual(await deliveries(), [])
    })
  })

  describe('the feed', () => {
    test('tells every account with a conversation of a changed profile, and of no other change', async () => {
      const person = await aPerson(sandbox)
      const accountPlatformId = sandbox.account.platformId
      const uninvolved = existing(await control.createAccount(sandbox, sandbox.world))
      const sides = { personPlatformId: person.platformId, accountPlatformId }
      await control.writeMessage(sandbox, sandbox.world, { ...sides, content: 'hi' })

      await control.updatePerson(sandbox, sandbox.world, person.platformId, { autoReply: 'echo', replyDelayMs: 5 })
      await control.updatePerson(sandbox, sandbox.world, person.platformId, { bio: 'New bio', followerCount: 7 })

      const facts = await collect(session().receive('1'))
      deepEqual(facts.map(summary), [`profile ${person.displayName}`])
      ok(facts[0]?.kind === 'profile' && facts[0].profile.bio === 'New bio' && facts[0].profile.followerCount === 7)
      deepEqual(await collect(session(uninvolved.platformId).receive(null)), [])
    })

    test('tells of the account itself, once per change', async () => {
      const change = {
        accountPlatformId: sandbox.account.platformId,
        status: 'paused',
        pauseReasons: ['spam'],
      } as const
      await control.changeAccountState(sandbox, sandbox.world, { ...change, pauseReasons: ['spam'] })
      await control.changeAccountState(sandbox, sandbox.world, { ...change, pauseReasons: ['spam'] })
      await control.changeAccountState(sandbox, sandbox.world, { ...change, status: 'active', pauseReasons: [] })

      deepEqual(await collect(session().receive(null)), [
        { cursor: '1', kind: 'account', status: 'paused', pauseReasons: ['spam'], missingCapabilities: [] },
        { cursor: '2', kind: 'account', status: 'active', pauseReasons: [], missingCapabilities: [] },
      ])
    })

    test('names an account until its reader has shown that it applied everything', async () => {
      const person = await aPerson(sandbox)
      const sides = { personPlatformId: person.platformId, accountPlatformId: sandbox.account.platformId }
      await control.writeMessage(sandbox, sandbox.world, { ...sides, content: 'hi' })
      const [fact] = await collect(session().receive(null))

      deepEqual(await namedAtStart(), [sandbox.account.platformId])
      await collect(session().receive(fact?.cursor ?? null))
      deepEqual(await namedAtStart(), [])
    })

    async function namedAtStart(): Promise<string[]> {
      const named: string[] = []
      const stop = await sandboxConnector(sandbox).watch((account) => named.push(account))
      await stop()
      return named
    }
  })
})
