// Long because it is whole: what every connector owes, in one function that each calls with its platform.

import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'vitest'
import {
  type AttachmentRequest,
  type Connector,
  capabilities,
  type FetchOutcome,
  type Incoming,
  type MediaKind,
  type MediaState,
  type OutgoingMessage,
  type SendReceipt,
  type Session,
} from './connector.ts'

/** A platform with somebody on the other side, for one test. */
export interface PlatformUnderTest {
  connector: Connector
  accountPlatformId: string
  /** Accepts messages; nobody has written yet. */
  personPlatformId: string
  /** Accepts none. */
  closedPersonPlatformId: string
  personWrites(content: string): Promise<{ messagePlatformId: string; conversationPlatformId: string }>
  /** Without words. */
  personAttaches(media: { kind: MediaKind; state: MediaState }): Promise<{ messagePlatformId: string }>
  /** The platform has processed what was attached. */
  attachmentBecomes(messagePlatformId: string, state: MediaState): Promise<void>
  personEdits(messagePlatformId: string, content: string): Promise<void>
  personUnsends(messagePlatformId: string): Promise<void>
  personReacts(messagePlatformId: string, emoji: string): Promise<void>
  personUnreacts(messagePlatformId: string, emoji: string): Promise<void>
  personTypes(): Promise<void>
  personRenames(displayName: string): Promise<void>
  signOut(): Promise<void>
  /** The next send meets this: refused, or accepted without an answer. */
  nextSend(meets: 'rejected' | 'rateLimited' | 'down' | 'ambiguous'): Promise<void>
  /** What really arrived from the account, oldest first. */
  arrived(): Promise<{ platformId: string; content: string; deletedAt: string | null }[]>
  close(): Promise<void>
}

/** What the domain relies on, whichever the platform. */
export function connectorContract(name: string, start: () => Promise<PlatformUnderTest>): void {
  describe(`the connector ${name}`, () => {
    let platform: PlatformUnderTest
    let session: Session
    let sends: number

    beforeEach(async () => {
      platform = await start()
      session = platform.connector.open(platform.accountPlatformId)
      sends = 0
    })
    afterEach(() => platform.close())

    function aMessage(message: Partial<OutgoingMessage> = {}): OutgoingMessage {
      sends++
      const { personPlatformId } = platform
      return {
        reference: `ref-${sends}`,
        personPlatformId,
        content: `message ${sends}`,
        replyToPlatformId: null,
        ...message,
      }
    }

    async function sendOne(message: Partial<OutgoingMessage> = {}): Promise<SendReceipt> {
      const outcome = await session.send(aMessage(message))
      if (outcome.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(outcome)}`)
      return outcome
    }

    /** Both sides have written. */
    async function anXChat() {
      const theirs = await platform.personWrites('hello')
      const ours = await sendOne({ content: 'hello you' })
      return { theirs: theirs.messagePlatformId, ours: ours.messagePlatformId }
    }

    async function contents() {
      return (await platform.arrived()).map(({ content }) => content)
    }

    test('what it says of its platform does not contradict itself', () => {
      const {
        capabilities: able,
        plainThreadRestrictions,
        mutationWindows,
        threadState,
        limits,
      } = platform.connector.platform
      const known = new Set<string>(capabilities)
      deepEqual([...able].sort(), [...new Set(able)].filter((capability) => known.has(capability)).sort())
      for (const capability of [...plainThreadRestrictions, ...Object.keys(mutationWindows)]) {
        ok(
          able.some((one) => one === capability),
          `${capability} is restricted, and nobody has it`,
        )
      }
      for (const state of ['archive', 'read'] as const) {
        for (const access of ['observe', 'mutate'] as const) {
          equal(threadState[state]?.[access] ?? false, able.includes(`thread:${state}:${access}`))
        }
      }
      for (const limit of [limits.characters, limits.mediaCount, limits.mediaBytes]) ok(limit === null || limit > 0)
    })

    describe('sending', () => {
      test('a message arrives once, in the conversation the person writes in', async () => {
        const receipt = await sendOne({ content: 'hi' })

        const written = await platform.personWrites('hi back')
        equal(receipt.conversationPlatformId, written.conversationPlatformId)
        deepEqual(await contents(), ['hi'])
        equal((await platform.arrived())[0]?.platformId, receipt.messagePlatformId)
      })

      test('a repeated reference is answered with the first receipt and sends nothing', async () => {
        const message = aMessage()
        const first = await session.send(message)

        const outcomes = await Promise.all([session.send(message), session.send(message), session.send(message)])

        for (const outcome of outcomes) deepEqual(outcome, first)
        equal((await contents()).length, 1)
      })

      test('one reference sent many times at once arrives once', async () => {
        const message = aMessage()

        const outcomes = await Promise.all(Array.from({ length: 10 }, () => session.send(message)))

        equal((await contents()).length, 1)
        for (const outcome of outcomes) deepEqual(outcome, outcomes[0])
      })

      test('after a lost answer the platform still knows what became of the message', async () => {
        await platform.nextSend('ambiguous')
        const message = aMessage()

        deepEqual(await session.send(message), { kind: 'lostAnswer' })

        const found = await session.findSent(message.reference)
        if (typeof found === 'string') throw new Error(`it was ${found}`)
        equal(found.messagePlatformId, (await platform.arrived())[0]?.platformId)
        deepEqual(await session.send(message), found)
        equal((await contents()).length, 1)
      })

      test('what was called not sent never arrives, however late its call comes', async () => {
        const message = aMessage()

        equal(await session.findSent(message.reference), 'notSent')
        const late = await Promise.all([session.send(message), session.send(message)])

        for (const outcome of late) equal(outcome.kind, 'failed')
        equal(await session.findSent(message.reference), 'notSent')
        deepEqual(await contents(), [])
        await sendOne({ content: 'written again' })
        deepEqual(await contents(), ['written again'])
      })

      test('a call and a question at once agree on whether it was sent', async () => {
        for (let round = 0; round < 10; round++) {
          const message = aMessage()

          const [outcome, found] = await Promise.all([session.send(message), session.findSent(message.reference)])

          if (found === 'notSent') equal(outcome.kind, 'failed')
          else deepEqual(found, outcome)
          equal((await contents()).includes(message.content), outcome.kind === 'sent')
        }
      })

      test.each([
        ['rejected', 'contentRejected'],
        ['rateLimited', 'rateLimited'],
        ['down', 'unavailable'],
      ] as const)('a send that is %s leaves nothing behind and can be repeated', async (meets, kind) => {
        await platform.nextSend(meets)
        const message = aMessage()

        equal((await session.send(message)).kind, kind)

        deepEqual(await contents(), [])
        equal((await session.send(message)).kind, 'sent')
      })

      test('people who accept no messages, or do not exist, are unavailable', async () => {
        const closed = await session.send(aMessage({ personPlatformId: platform.closedPersonPlatformId }))
        const nobody = await session.send(aMessage({ personPlatformId: '1' }))

        equal(closed.kind, 'recipientUnavailable')
        equal(nobody.kind, 'recipientUnavailable')
        deepEqual(await contents(), [])
      })

      test('a signed-out account can do nothing', async () => {
        const { ours } = await anXChat()
        await platform.signOut()

        const refused = { kind: 'accountUnavailable', status: 'offline' }
        deepEqual(await session.send(aMessage()), refused)
        deepEqual(await session.editMessage({ messagePlatformId: ours, content: 'x' }), refused)
        deepEqual(await session.addReaction({ messagePlatformId: ours, emoji: '👍' }), refused)
        deepEqual(await session.showTyping(platform.personPlatformId), refused)
        deepEqual(await session.deleteConversation(platform.personPlatformId), refused)
        deepEqual(
          await session.updateConversation({ personPlatformId: platform.personPlatformId, unread: true }),
          refused,
        )
      })
    })

    describe('people', () => {
      test('somebody is found by id, nobody is null', async () => {
        const person = await session.findPerson(platform.personPlatformId)

        equal(person?.platformId, platform.personPlatformId)
        equal(await session.findPerson('1'), null)
      })
    })

    describe('changing messages', () => {
      test('our message can be edited until it is deleted', async () => {
        const { ours } = await anXChat()

        equal((await session.editMessage({ messagePlatformId: ours, content: 'better' })).kind, 'done')
        deepEqual(await contents(), ['better'])
        equal((await session.deleteMessage({ messagePlatformId: ours, scope: 'all' })).kind, 'done')
        ok((await platform.arrived())[0]?.deletedAt)
        equal((await session.editMessage({ messagePlatformId: ours, content: 'best' })).kind, 'notModifiable')
        // Repeated, because an answer can be lost.
        equal((await session.deleteMessage({ messagePlatformId: ours, scope: 'all' })).kind, 'done')
      })

      test('a message deleted on our side only stays with the person', async () => {
        const { ours } = await anXChat()

        equal((await session.deleteMessage({ messagePlatformId: ours, scope: 'self' })).kind, 'done')

        equal((await platform.arrived())[0]?.deletedAt, null)
      })

      test("the person's messages are not ours to change", async () => {
        const { theirs } = await anXChat()

        equal((await session.editMessage({ messagePlatformId: theirs, content: 'mine' })).kind, 'notModifiable')
        equal((await session.deleteMessage({ messagePlatformId: theirs, scope: 'all' })).kind, 'notModifiable')
      })

      test('nothing can be edited before both sides have written', async () => {
        const { messagePlatformId } = await sendOne()

        equal((await session.editMessage({ messagePlatformId, content: 'x' })).kind, 'notModifiable')
      })

      test('a deleted conversation is gone on our side only, however often that is said, and goes on with the next message', async () => {
        const { personPlatformId } = platform
        const { theirs } = await anXChat()

        equal((await session.deleteConversation(personPlatformId)).kind, 'done')
        equal((await session.deleteConversation(personPlatformId)).kind, 'done')

        equal((await session.addReaction({ messagePlatformId: theirs, emoji: '👍' })).kind, 'notModifiable')
        equal((await platform.arrived())[0]?.deletedAt, null)
        equal((await session.send(aMessage({ content: 'hello again' }))).kind, 'sent')
        deepEqual(await contents(), ['hello you', 'hello again'])
      })

      test('a mark on a conversation can be set and taken away, again and again', async () => {
        const { personPlatformId } = platform
        await anXChat()

        for (const unread of [true, true, false, false]) {
          equal((await session.updateConversation({ personPlatformId, unread })).kind, 'done')
        }
      })

      test('reactions can be added, replaced and taken back, again and again', async () => {
        const { theirs } = await anXChat()
        const react = { messagePlatformId: theirs, emoji: '👍' }

        equal((await session.addReaction(react)).kind, 'done')
        equal((await session.addReaction(react)).kind, 'done')
        equal((await session.addReaction({ ...react, emoji: '🎉' })).kind, 'done')
        equal((await session.removeReaction(react)).kind, 'done')
        equal((await session.removeReaction({ ...react, emoji: '🎉' })).kind, 'done')
        equal((await session.addReaction({ ...react, messagePlatformId: '1' })).kind, 'notModifiable')
      })
    })

    describe('attachments', () => {
      function fetchOne(messagePlatformId: string, request: Partial<AttachmentRequest> = {}) {
        const limits = { bytesMax: 10_000_000, timeoutMs: 10_000 }
        return session.fetchAttachment({ messagePlatformId, index: 0, part: 'media', ...limits, ...request })
      }

      test('are told with their message, and can be fetched again and again', async () => {
        const { messagePlatformId } = await platform.personAttaches({ kind: 'image', state: 'ready' })

        const [message] = await collect(session.receive(null))
        if (message?.kind !== 'message') throw new Error('the first fact is not the message')
        const [image] = message.attachments
        if (image?.kind !== 'image') throw new Error('the message has no picture')
        deepEqual([message.content, message.attachments.length, image.state], ['', 1, 'ready'])
        for (let i = 0; i < 2; i++) {
          const fetched = await bytesOf(await fetchOne(messagePlatformId))
          equal(fetched.contentType, image.contentType)
          equal(fetched.bytes.length, image.sizeBytes)
          ok(fetched.bytes.length > 0)
        }
      })

      test('are told of again when the platform is done with them; before, there is nothing to fetch', async () => {
        const { messagePlatformId } = await platform.personAttaches({ kind: 'video', state: 'pending' })
        const before = await fetchOne(messagePlatformId)
        await platform.attachmentBecomes(messagePlatformId, 'processing')
        await platform.attachmentBecomes(messagePlatformId, 'ready')

        deepEqual((await collect(session.receive(null))).map(summary), [
          'message ',
          'attachment 0 processing',
          'attachment 0 ready',
        ])
        equal(before.kind, 'gone')
        equal((await fetchOne(messagePlatformId)).kind, 'fetched')
        equal((await fetchOne(messagePlatformId, { part: 'preview' })).kind, 'fetched')
      })

      test('that failed, are not there or were unsent are gone', async () => {
        const { messagePlatformId: failed } = await platform.personAttaches({ kind: 'image', state: 'failed' })
        const { messagePlatformId: unsent } = await platform.personAttaches({ kind: 'image', state: 'ready' })
        const { messagePlatformId: words } = await platform.personWrites('only words')
        equal((await fetchOne(unsent, { index: 1 })).kind, 'gone')
        equal((await fetchOne(unsent, { part: 'preview' })).kind, 'gone')
        await platform.personUnsends(unsent)

        for (const one of [failed, unsent, words, '1']) equal((await fetchOne(one)).kind, 'gone')
      })

      test('longer than allowed are not fetched', async () => {
        const { messagePlatformId } = await platform.personAttaches({ kind: 'audio', state: 'ready' })
        const { bytes } = await bytesOf(await fetchOne(messagePlatformId))

        equal((await fetchOne(messagePlatformId, { bytesMax: bytes.length })).kind, 'fetched')
        equal((await fetchOne(messagePlatformId, { bytesMax: bytes.length - 1 })).kind, 'tooLarge')
      })

      test('are not for an account that is signed out', async () => {
        const { messagePlatformId } = await platform.personAttaches({ kind: 'image', state: 'ready' })
        await platform.signOut()

        deepEqual(await fetchOne(messagePlatformId), { kind: 'accountUnavailable', status: 'offline' })
      })
    })

    describe('receiving', () => {
      test('what people do is reported in its order, what we do is not', async () => {
        const { messagePlatformId: theirs, conversationPlatformId } = await platform.personWrites('helo')
        const { messagePlatformId: ours } = await sendOne()
        await platform.personEdits(theirs, 'hello')
        await platform.personReacts(ours, '👍')
        await platform.personReacts(ours, '👍')
        await platform.personReacts(ours, '🎉')
        await platform.personUnreacts(ours, '🎉')
        await session.addReaction({ messagePlatformId: theirs, emoji: '🔥' })
        await session.editMessage({ messagePlatformId: ours, content: 'edited' })
        await platform.personTypes()
        await platform.personRenames('Somebody Else')
        await platform.personUnsends(theirs)

        const facts = await collect(session.receive(null))

        deepEqual(facts.map(summary), [
          'message helo',
          'edit hello',
          'reactionAdded 👍',
          'reactionRemoved 👍',
          'reactionAdded 🎉',
          'reactionRemoved 🎉',
          'typing',
          'profile Somebody Else',
          'deletion',
        ])
        const [message] = facts
        if (message?.kind !== 'message') throw new Error('the first fact is not the message')
        equal(message.messagePlatformId, theirs)
        equal(message.conversationPlatformId, conversationPlatformId)
        equal(message.author.platformId, platform.personPlatformId)
      })

      test('reading can go on from every cursor, and again from the same', async () => {
        for (let i = 1; i <= 7; i++) await platform.personWrites(`line ${i}`)
        const all = await collect(session.receive(null))

        for (const [index, fact] of all.entries()) {
          deepEqual(await collect(session.receive(fact.cursor)), all.slice(index + 1))
          deepEqual(await collect(session.receive(fact.cursor)), all.slice(index + 1))
        }
        equal(all.length, 7)
      })

      test('with many writing at once a reader who follows sees everything once', async () => {
        const writers = 20
        const each = 10
        const seen: string[] = []
        let cursor: string | null = null
        let done = false

        async function follow() {
          for (let last = false; !last; ) {
            last = done
            for await (const fact of session.receive(cursor)) {
              cursor = fact.cursor
              if (fact.kind === 'message') seen.push(fact.messagePlatformId)
            }
          }
        }
        async function writeMany() {
          const written: string[] = []
          for (let i = 0; i < each; i++) written.push((await platform.personWrites('x')).messagePlatformId)
          return written
        }
        const following = follow()
        const written = (await Promise.all(Array.from({ length: writers }, writeMany))).flat()
        done = true
        await following

        equal(written.length, writers * each)
        deepEqual([...seen].sort(), [...written].sort())
        deepEqual((await collect(session.receive(null))).map(idOf), seen)
      })

      test('news is announced, and news from before somebody watched as well', async () => {
        const named: string[] = []
        await platform.personWrites('before')
        const stop = await platform.connector.watch((account) => named.push(account))
        const before = named.length
        await platform.personWrites('after')
        await until(() => named.length > before)
        await stop()

        notEqual(before, 0)
        deepEqual([...new Set(named)], [platform.accountPlatformId])
      })
    })
  })
}

async function bytesOf(outcome: FetchOutcome): Promise<{ contentType: string | null; bytes: Buffer }> {
  if (outcome.kind !== 'fetched') throw new Error(`not fetched: ${outcome.kind}`)
  const pieces: Uint8Array[] = []
  for await (const piece of outcome.bytes) pieces.push(piece)
  return { contentType: outcome.contentType, bytes: Buffer.concat(pieces) }
}

export async function collect(facts: AsyncIterable<Incoming>): Promise<Incoming[]> {
  const all: Incoming[] = []
  for await (const fact of facts) all.push(fact)
  return all
}

export function summary(fact: Incoming): string {
  switch (fact.kind) {
    case 'message':
    case 'edit':
      return `${fact.kind} ${fact.content}`
    case 'reactionAdded':
    case 'reactionRemoved':
      return `${fact.kind} ${fact.emoji}`
    case 'profile':
      return `profile ${fact.profile.displayName}`
    case 'attachment':
      return `attachment ${fact.index} ${fact.media.state}`
    case 'account':
      return `account ${fact.status}`
    case 'typing':
    case 'deletion':
      return fact.kind
  }
}

/** Polls a condition that somebody else is about to make true; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

function idOf(fact: Incoming): string {
  return fact.kind === 'message' ? fact.messagePlatformId : ''
}
