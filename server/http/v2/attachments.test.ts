import { beforeEach, describe, expect, test } from 'vitest'
import {
  anAccount,
  aPerson,
  type InboundMessage,
  personSends,
  personWrites,
  type TestPerson,
} from '../../test/factories.ts'
import { apiAt, eventually, startTeam, type TestTeam } from '../../test/harness.ts'

let team: TestTeam
let account: { id: string; platformId: string }
let person: TestPerson
beforeEach(async () => {
  team = await startTeam()
  ;[account, person] = [await anAccount(team), await aPerson(team)]
})

interface Sent extends InboundMessage {
  /** As v1 shows it. */
  message: { attachment: object | null; content: string }
}

async function sends(message: object): Promise<Sent> {
  const sent = await personSends(team, { accountLinkId: account.id, person }, message)
  const { messages } = (await team.api.get(`/threads/${sent.threadId}/messages`)).body
  return { ...sent, message: messages.find(({ id }: { id: string }) => id === sent.messageId) }
}

function attachmentOf({ messageId }: Pick<Sent, 'messageId'>, index: number | string = 0) {
  return team.v2.get(`/messages/${messageId}/attachments/${index}`)
}

function becomes({ platformId }: Sent, state: string, index = 0) {
  const path = `/people/${person.platformId}/messages/${platformId}/attachments/${index}`
  return team.sandbox.patch(path, { state })
}

async function previewOf({ threadId }: Sent): Promise<string> {
  const [row] = await team.server.core.db.query<{ preview: string }>`
    select activity_preview as preview from threads where id = ${threadId}`
  return row?.preview ?? ''
}

describe('a state', () => {
  const unknown = { sizeBytes: null, width: null, height: null, url: null, expiresAt: null, poster: null }

  test('goes from pending to ready, and only then there is something to load', async () => {
    const sent = await sends({ attachments: [{ kind: 'video', state: 'pending' }] })
    const pending = await attachmentOf(sent)
    await becomes(sent, 'processing')
    const processing = await eventually(async () => {
      const answer = await attachmentOf(sent)
      return answer.body.status === 'processing' && answer
    }, 'the processing')
    await becomes(sent, 'ready')
    const ready = await eventually(async () => {
      const answer = await attachmentOf(sent)
      return answer.body.status === 'ready' && answer
    }, 'the end of it')

    expect([pending.status, processing.status, ready.status]).toEqual([202, 202, 200])
    expect(pending.body).toMatchObject({ index: 0, kind: 'video', status: 'pending', ...unknown })
    expect(processing.body).toMatchObject({ status: 'processing', ...unknown })
    expect(ready.body).toMatchObject({
      width: 160,
      height: 120,
      durationSeconds: 2,
      poster: { width: 160, height: 120 },
    })
    expect((await fetch(ready.body.url)).status).toBe(200)
    expect(await team.events()).toEqual(['prospect.created', 'thread.created', 'message.created'])
  })

  test('can end in failed, which has no address', async () => {
    const sent = await sends({ attachments: [{ kind: 'image', state: 'processing' }] })
    await becomes(sent, 'failed')

    const failed = await eventually(async () => {
      const answer = await attachmentOf(sent)
      return answer.body.status === 'failed' && answer
    }, 'the failure')

    expect([failed.status, failed.body.url]).toEqual([200, null])
  })

  test('never goes back', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    await becomes(sent, 'pending')
    await becomes(sent, 'processing')
    await sends({ content: 'Here it is' })

    expect((await attachmentOf(sent)).body.status).toBe('ready')
  })

  test('comes by itself when the platform has taken its time, within a second of that', async () => {
    const sent = await sends({ attachments: [{ kind: 'audio', readyAfterMs: 50 }] })

    const { body } = await eventually(
      async () => {
        const answer = await attachmentOf(sent)
        return answer.status === 200 && answer
      },
      'the end of processing',
      1_050,
    )

    expect(body).toMatchObject({ kind: 'audio', status: 'ready', contentType: 'audio/wav' })
  })

  test('of one changes none of the others, and their places stay', async () => {
    const kinds = ['image', 'gif', 'video', 'audio', 'file']
    const sent = await sends({ attachments: kinds.map((kind) => ({ kind, state: 'processing' })) })
    await becomes(sent, 'failed', 1)
    await becomes(sent, 'ready', 3)
    await eventually(async () => (await attachmentOf(sent, 3)).body.status === 'ready', 'the last change')

    const answers = await Promise.all(kinds.map((_, index) => attachmentOf(sent, index)))

    expect(answers.map(({ body }) => [body.index, body.kind, body.status])).toEqual([
      [0, 'image', 'processing'],
      [1, 'gif', 'failed'],
      [2, 'video', 'processing'],
      [3, 'audio', 'ready'],
      [4, 'file', 'processing'],
    ])
  })
})

describe('asking for an attachment', () => {
  test('names what is wrong with the place', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }], card: { url: 'https://example.org/x' } })

    for (const index of [1, 2, 7, -1, 'first', '1.5', '0x0', '99999999999999999999']) {
      const { status, body } = await attachmentOf(sent, index)
      expect([index, status, body.code, body.details.issues[0].path]).toEqual([index, 400, 'invalidRequest', ['index']])
    }
    const { messageId } = await personWrites(team, { accountLinkId: account.id, person }, 'Nothing here')
    expect((await attachmentOf({ messageId })).body.details.issues[0].path).toEqual(['index'])
  })

  test("takes a message of the team: another team's reads like one that never was", async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const other = await startTeam()

    const foreign = await other.v2.get(`/messages/${sent.messageId}/attachments/0`)
    const missing = await other.v2.get('/messages/zz0unknown0message000000/attachments/0')

    expect([foreign.status, foreign.body.code]).toEqual([404, 'messageNotFound'])
    expect({ ...foreign.body, message: '', requestId: '' }).toEqual({ ...missing.body, message: '', requestId: '' })
    const withoutToken = apiAt(`${team.server.url}/api/v2`, null)
    expect((await withoutToken.get(`/messages/${sent.messageId}/attachments/0`)).status).toBe(401)
  })

  test('works after the message was deleted, which stays listed with all it had', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const before = await attachmentOf(sent)
    await team.sandbox.delete(`/people/${person.platformId}/messages/${sent.platformId}`)
    await eventually(async () => (await team.events()).includes('message.deleted'), 'the deletion')

    expect((await attachmentOf(sent)).body).toEqual(before.body)
  })
})

describe('API v1', () => {
  test('shows the first attachment, as far as it has words for it', async () => {
    const media = { kind: 'file', filename: 'plan.pdf', contentType: 'application/pdf', sizeBytes: 12 }
    const { message } = await sends({ attachments: [media, { kind: 'image' }] })

    expect(message).toMatchObject({ content: '' })
    expect(message.attachment).toEqual({
      ...media,
      url: expect.stringContaining('/0/media?expires='),
      width: null,
      height: null,
      durationSeconds: null,
    })
  })

  test('shows a card', async () => {
    const { message } = await sends({ content: 'Look', card: { url: 'https://example.org/x', title: 'X' } })

    expect(message).toMatchObject({
      content: 'Look',
      attachment: { kind: 'card', url: 'https://example.org/x', title: 'X', domain: 'example.org', description: null },
    })
  })

  test('shows null for a message without, and no address before there is something to load', async () => {
    expect((await sends({ content: 'Only words' })).message.attachment).toBeNull()
    expect((await sends({ attachments: [{ kind: 'image', state: 'pending' }] })).message.attachment).toMatchObject({
      kind: 'image',
      url: null,
    })
  })

  test('shows it in the event and the history of the message as well', async () => {
    const sent = await sends({ content: 'Look', attachments: [{ kind: 'gif' }] })
    await team.sandbox.patch(`/people/${person.platformId}/messages/${sent.platformId}`, { content: 'Look here' })
    await eventually(async () => (await team.events()).includes('message.edited'), 'the edit')

    const { body } = await team.api.get('/events')
    const history = await team.api.get(`/threads/${sent.threadId}/messages/${sent.messageId}/history`)

    const shown = body.events.flatMap(({ data }: { data: { message?: Sent['message'] } }) => data.message ?? [])
    expect(shown.map(({ attachment }: Sent['message']) => attachment)).toEqual([
      sent.message.attachment,
      sent.message.attachment,
    ])
    expect(history.body.versions.map(({ attachment }: Sent['message']) => attachment)).toEqual([
      sent.message.attachment,
      sent.message.attachment,
    ])
  })

  test('shows events from before there were attachments', async () => {
    await sends({ content: 'Long ago' })
    await team.server.core.db.query`
      update events set data = (data::jsonb #- '{message,attachments}')::json where team_id = ${team.teamId}`

    const { body } = await team.api.get('/events')

    expect(body.events.at(-1).data.message).toMatchObject({ content: 'Long ago', attachment: null })
  })
})

test.each([
  [{ attachments: [{ kind: 'image' }] }, 'Photo'],
  [{ attachments: [{ kind: 'gif' }] }, 'GIF'],
  [{ attachments: [{ kind: 'video' }] }, 'Video'],
  [{ attachments: [{ kind: 'audio' }] }, 'Voice message'],
  [{ attachments: [{ kind: 'file', filename: 'plan b.pdf' }] }, 'plan b.pdf'],
  [{ attachments: [{ kind: 'file', filename: null }] }, 'File'],
  [{ attachments: [{ kind: 'image' }, { kind: 'image' }, { kind: 'audio' }] }, 'Photo and 2 more'],
  [{ card: { url: 'https://example.org/x', title: 'A longer read' } }, 'A longer read'],
  [{ card: { url: 'https://example.org/x', title: null } }, 'example.org'],
  [{ content: ' ', attachments: [{ kind: 'image' }] }, 'Photo'],
  [{ content: 'See the plan', attachments: [{ kind: 'image' }] }, 'See the plan'],
])('a list says of %j: %s', async (message, preview) => {
  expect(await previewOf(await sends(message))).toBe(preview)
})

test('a message with nothing in it is none', async () => {
  for (const message of [{}, { content: '' }, { attachments: [] }]) {
    const { status } = await team.sandbox.post(`/people/${person.platformId}/messages`, {
      accountLinkId: account.id,
      ...message,
    })
    expect(status).toBe(400)
  }
})
