import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { anAccount, aPerson, type InboundMessage, personSends, type TestPerson } from '../test/factories.ts'
import { createDatabase, startOwnServer, startTeam, type TestTeam, teamOn } from '../test/harness.ts'
import { ManualClock } from '../test/manual-clock.ts'

const HOUR_MS = 3_600_000

/** Real time would not do: addresses have to grow old. */
const clock = new ManualClock()
let team: TestTeam
let account: { id: string; platformId: string }
let person: TestPerson

beforeEach(async () => {
  team = await startTeam({ clock })
  ;[account, person] = [await anAccount(team), await aPerson(team)]
})

function sends(message: object): Promise<InboundMessage> {
  return personSends(team, { accountLinkId: account.id, person }, message)
}

async function attachmentOf({ messageId }: InboundMessage, index = 0) {
  return team.v2.get(`/messages/${messageId}/attachments/${index}`)
}

async function urlOf(sent: InboundMessage, index = 0): Promise<string> {
  const { status, body } = await attachmentOf(sent, index)
  expect([status, body.status]).toEqual([200, 'ready'])
  return body.url
}

async function sendsFile(media: object): Promise<string> {
  return urlOf(await sends({ attachments: [media] }))
}

async function load(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

test('a picture is loaded from its address, without a token', async () => {
  const sent = await sends({ attachments: [{ kind: 'image' }] })
  const { body } = await attachmentOf(sent)

  const { status, headers, bytes } = await load(body.url)

  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('image/png')
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  expect([bytes.length, bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([
    body.sizeBytes,
    body.width,
    body.height,
  ])
  expect(body.aspectRatio).toBeCloseTo(4 / 3)
})

describe('an address', () => {
  test('of which any part was changed is refused', async () => {
    const url = await sendsFile({ kind: 'image' })
    const other = await sends({ attachments: [{ kind: 'image' }, { kind: 'video' }] })
    const [path = '', query = ''] = url.split('?')
    const [, teamId = '', messageId = ''] = /attachments\/(\w+)\/(\w+)\//.exec(path) ?? []
    const signature = new URLSearchParams(query).get('signature') ?? ''

    const forged = [
      url.replace(messageId, other.messageId),
      url.replace(teamId, (await startTeam()).teamId),
      url.replace('/0/media', '/1/media'),
      url.replace('/0/media', '/00/media'),
      url.replace('/0/media', '/0/preview'),
      url.replace('/0/media', '/0/other'),
      url.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`),
      url.replace(/expires=\d+&/, ''),
      url.replace(/&?signature=.*/, ''),
      path,
      ...Array.from(signature, (sign, i) => {
        const changed = signature.slice(0, i) + (sign === 'A' ? 'B' : 'A') + signature.slice(i + 1)
        return url.replace(signature, changed)
      }),
      `${url}x`,
      url.replace(signature, signature.slice(0, -1)),
    ]

    for (const one of forged) expect([one, (await load(one)).status]).toEqual([one, 403])
    expect((await load(url)).status).toBe(200)
  })

  test('leads nowhere but to the file it was made for', async () => {
    const url = new URL(await sendsFile({ kind: 'image' }))
    for (const path of [
      '/attachments',
      '/attachments/',
      '/attachments/../../etc/passwd',
      '/attachments/%2e%2e/%2e%2e/x/y',
    ]) {
      expect([403, 404]).toContain((await load(`${url.origin}${path}${url.search}`)).status)
    }
    const outside = url.pathname.replace('/0/media', '/..%2f..%2f..%2fetc%2fpasswd/media')
    expect((await load(`${url.origin}${outside}${url.search}`)).status).toBe(403)
  })

  test('is good for an hour, then gone; a fresh one can be had', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const { body } = await attachmentOf(sent)
    const left = Date.parse(body.expiresAt) - clock.now().getTime()
    expect(left).toBeGreaterThanOrEqual(HOUR_MS)

    clock.advance(left - 1)
    expect((await load(body.url)).status).toBe(200)
    clock.advance(1)
    const gone = await load(body.url)

    expect(gone.status).toBe(410)
    expect(JSON.parse(gone.bytes.toString()).error).toMatchObject({ code: 'GONE', status: 410 })
    expect((await load(await urlOf(sent))).status).toBe(200)
  })

  test('stays the same for some minutes, and what it shows may be kept for as long as it is good', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const url = await urlOf(sent)
    expect(await urlOf(sent)).toBe(url)

    const first = await load(url)
    const again = await load(url, { 'if-none-match': first.headers.get('etag') ?? '' })

    expect([again.status, again.bytes.length]).toEqual([304, 0])
    expect(first.headers.get('cache-control')).toMatch(/^private, max-age=(3[6-9]\d\d)$/)
  })

  test('of a deleted thread shows nothing any more, and its bytes are gone', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const url = await urlOf(sent)
    expect((await load(url)).status).toBe(200)
    const stored = () => team.server.core.db.query`select from attachment_chunks where message_id = ${sent.messageId}`
    expect(await stored()).not.toEqual([])

    await team.api.delete(`/threads/${sent.threadId}`)

    expect((await load(url)).status).toBe(404)
    expect((await attachmentOf(sent)).body.code).toBe('messageNotFound')
    expect(await stored()).toEqual([])
  })
})

describe('what a stranger made', () => {
  const hostile = [
    { kind: 'image', contentType: 'image/svg+xml', filename: 'a.svg', text: '<svg onload="alert(1)"/>' },
    { kind: 'image', contentType: 'IMAGE/SVG+XML; charset=utf-8', filename: 'a.png', text: '<svg/>' },
    { kind: 'file', contentType: 'text/html', filename: 'a.html', text: '<script>alert(1)</script>' },
    { kind: 'video', contentType: 'application/xhtml+xml', filename: 'a.mp4', text: '<html/>' },
    { kind: 'file', contentType: 'text/xml', filename: 'a.xml', text: '<x/>' },
    { kind: 'file', contentType: 'application/javascript', filename: 'a.js', text: 'alert(1)' },
    { kind: 'file', contentType: 'multipart/related', filename: 'a.mht', text: 'x' },
    { kind: 'audio', contentType: 'text/plain\r\nx-evil: 1', filename: 'a.wav', text: 'x' },
    { kind: 'image', contentType: 'nonsense', filename: 'a.png', text: 'x' },
    { kind: 'image', contentType: null, filename: 'a.png', text: '<svg/>' },
  ]
  test.each(hostile)('is saved and never shown when it says it is $contentType', async ({ text, ...media }) => {
    const { status, headers, bytes } = await load(await sendsFile({ ...media, dataBase64: base64(text) }))

    expect([status, bytes.toString()]).toEqual([200, text])
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment; /)
    expect(headers.get('x-evil')).toBeNull()
  })

  test.each([
    ['image/png', 'inline'],
    ['image/jpg', 'inline', 'image/jpeg'],
    ['video/mp4', 'inline'],
    ['audio/x-wav', 'inline', 'audio/wav'],
    ['application/pdf', 'attachment'],
    ['text/plain', 'attachment'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'attachment'],
  ])('as %s is for %s', async (contentType, manner, shownAs = contentType) => {
    const { headers } = await load(await sendsFile({ kind: 'file', contentType, dataBase64: base64('x') }))

    expect(headers.get('content-type')).toBe(shownAs)
    expect(headers.get('content-disposition')).toBe(manner)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test.each([
    ['plan b.pdf', `filename="plan b.pdf"; filename*=UTF-8''plan%20b.pdf`],
    ['../../etc/pass"wd', `filename="passwd"; filename*=UTF-8''passwd`],
    ['C:\\temp\\évil\r\nx: 1.pdf', `filename="_vilx: 1.pdf"; filename*=UTF-8''%C3%A9vilx%3A%201.pdf`],
    ['.htaccess', `filename="htaccess"; filename*=UTF-8''htaccess`],
    ["it's (1) 100%.txt", `filename="it's (1) 100_.txt"; filename*=UTF-8''it%27s%20%281%29%20100%25.txt`],
    [`${'a'.repeat(300)}.zip`, `filename="${'a'.repeat(146)}.zip"; filename*=UTF-8''${'a'.repeat(146)}.zip`],
  ])('and is called %j is saved under a harmless name', async (filename, parameters) => {
    const { headers } = await load(
      await sendsFile({ kind: 'file', filename, contentType: 'x/y', dataBase64: base64('x') }),
    )

    expect(headers.get('content-disposition')).toBe(`attachment; ${parameters}`)
  })
})

describe('a part of a file', () => {
  // Over several of the pieces it is kept in, the last one short.
  const sizeBytes = 600_000
  let url: string
  let whole: Buffer
  beforeEach(async () => {
    url = await sendsFile({ kind: 'video', contentType: 'video/mp4', sizeBytes })
    whole = (await load(url)).bytes
    expect(whole.length).toBe(sizeBytes)
  })

  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-99', 0, 99],
    ['bytes=262100-262200', 262_100, 262_200],
    ['bytes=262144-524287', 262_144, 524_287],
    ['bytes=599999-', 599_999, 599_999],
    ['bytes=500000-9999999', 500_000, 599_999],
    ['bytes=-10', 599_990, 599_999],
    ['bytes=-9999999', 0, 599_999],
  ])('is what %s asks for', async (range, first, last) => {
    const { status, headers, bytes } = await load(url, { range })

    expect([status, headers.get('content-range')]).toEqual([206, `bytes ${first}-${last}/${sizeBytes}`])
    expect(bytes.equals(whole.subarray(first, last + 1))).toBe(true)
  })

  test('that does not exist is refused; one that makes no sense, or several, is answered with the whole', async () => {
    for (const range of ['bytes=600000-', 'bytes=-0', 'bytes=9999999-99999999']) {
      const refused = await load(url, { range })
      expect([range, refused.status, refused.headers.get('content-range')]).toEqual([
        range,
        416,
        `bytes */${sizeBytes}`,
      ])
    }
    for (const range of ['bytes=9-1', 'bytes=-', 'lines=1-2', 'bytes=0-1,4-5', 'bytes=a-b']) {
      const { status, bytes } = await load(url, { range })
      expect([range, status, bytes.length]).toEqual([range, 200, sizeBytes])
    }
  })

  test('of a file that has become another is the whole', async () => {
    const etag = (await load(url, { range: 'bytes=0-0' })).headers.get('etag') ?? ''

    expect((await load(url, { range: 'bytes=0-0', 'if-range': etag })).status).toBe(206)
    expect((await load(url, { range: 'bytes=0-0', 'if-range': '"another"' })).status).toBe(200)
  })

  test('is nothing when only the headers are asked for', async () => {
    const response = await fetch(url, { method: 'HEAD' })

    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(sizeBytes)])
    expect(await response.text()).toBe('')
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  })
})

describe('the platform', () => {
  const fails = (outcome: string, times = 1) => team.sandbox.post('/faults', { operation: 'fetch', outcome, times })

  test('is asked for a file once, however many want it', async () => {
    const url = await sendsFile({ kind: 'image' })
    const first = await Promise.all(Array.from({ length: 8 }, () => load(url)))
    await fails('down', 1_000)
    const later = await load(url)

    for (const one of [...first, later]) expect([one.status, one.bytes.equals(later.bytes)]).toEqual([200, true])
    await team.sandbox.delete('/faults')
  })

  test('that does not answer is asked again the next time', async () => {
    const url = await sendsFile({ kind: 'image' })

    await fails('down')
    const down = await load(url)
    await fails('rateLimited')
    const limited = await load(url)

    expect([down.status, limited.status, (await load(url)).status]).toEqual([503, 429, 200])
    expect(limited.headers.get('retry-after')).not.toBeNull()
  })

  test('that no longer has a file has the last word: the API says that it failed', async () => {
    const sent = await sends({ attachments: [{ kind: 'image' }] })
    const url = await urlOf(sent)

    await fails('rejected')

    expect((await load(url)).status).toBe(404)
    expect((await attachmentOf(sent)).body).toMatchObject({ status: 'failed', url: null, expiresAt: null })
    expect((await load(url)).status).toBe(404)
  })

  test('gives nothing to an account that is signed out; what we have is shown', async () => {
    const [seen, unseen] = [await sendsFile({ kind: 'image' }), await sendsFile({ kind: 'audio' })]
    expect((await load(seen)).status).toBe(200)
    await team.sandbox.patch(`/account-links/${account.id}`, { status: 'offline' })

    expect([(await load(seen)).status, (await load(unseen)).status]).toEqual([200, 409])
  })
})

test('what was loaded stays when the person unsends the message, as its words do', async () => {
  const sent = await sends({ attachments: [{ kind: 'image' }, { kind: 'audio' }] })
  const [seen, unseen] = [await urlOf(sent), await urlOf(sent, 1)]
  expect((await load(seen)).status).toBe(200)

  await team.sandbox.delete(`/people/${person.platformId}/messages/${sent.platformId}`)

  expect([(await load(seen)).status, (await load(unseen)).status]).toEqual([200, 404])
})

test('a file of many megabytes arrives whole, one beyond the limit has failed', async () => {
  const size = 20 * 1024 * 1024 + 1
  const { status, headers, bytes } = await load(await sendsFile({ kind: 'file', sizeBytes: size }))
  expect([status, headers.get('content-length'), bytes.length]).toEqual([200, String(size), size])
  expect(headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('base64url')}"`)

  const tooLarge = await sends({ attachments: [{ kind: 'video', sizeBytes: 64 * 1024 * 1024 + 1 }] })
  expect((await attachmentOf(tooLarge)).body).toMatchObject({ status: 'failed', url: null })
})

test('an empty file is one, too', async () => {
  const { status, bytes } = await load(await sendsFile({ kind: 'file', sizeBytes: 0 }))

  expect([status, bytes.length]).toEqual([200, 0])
})

test('films have a still and cards a picture', async () => {
  const film = await sends({ attachments: [{ kind: 'video' }] })
  const card = await sends({ card: { url: 'https://example.org/y', title: 'Y' } })
  const { body: video } = await attachmentOf(film)
  const { messages } = (await team.api.get(`/threads/${card.threadId}/messages`)).body
  const { thumbnail } = messages.find(({ id }: { id: string }) => id === card.messageId).attachment

  const [still, picture] = [await load(video.poster.url), await load(thumbnail.url)]

  expect([still.headers.get('content-type'), still.bytes.readUInt32BE(16)]).toEqual(['image/png', video.poster.width])
  expect([picture.headers.get('content-type'), picture.bytes.readUInt32BE(16)]).toEqual(['image/png', thumbnail.width])
  expect((await load(video.url)).headers.get('content-type')).toBe('video/mp4')
  // The wire gives a thumbnail no expiry, so it has none.
  clock.advance(30 * 24 * HOUR_MS)
  expect((await load(thumbnail.url)).status).toBe(200)
})

test('every server on the database knows the addresses of the others, unless it has a secret of its own', async () => {
  const database = await createDatabase()
  const env = { OPEN_INBOX_SECRET_KEY: 'a secret of at least 32 characters' }
  const servers = [
    await startOwnServer({}, database),
    await startOwnServer({}, database),
    await startOwnServer({ env }, database),
  ] as const
  try {
    team = await teamOn(servers[0])
    ;[account, person] = [await anAccount(team), await aPerson(team)]
    const url = new URL(await sendsFile({ kind: 'image' }))

    const answers = await Promise.all(servers.map((server) => load(`${server.url}${url.pathname}${url.search}`)))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403])
  } finally {
    for (const server of servers) await server.stop()
  }
})
