import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { projectFile } from '../store/project-file.ts'
import { eventually, startTeam, type TestTeam } from '../test/harness.ts'
import { aReceiver, isSignedWith } from '../test/receiver.ts'
import { anEndpoint, webhookEnv } from '../test/webhooks.ts'

const SECRET = 'ibt_wh_of0this0receiver'
const team = () => startTeam({ env: webhookEnv })

test('"listen" posts what happens to the receiver, signed, in order, and prints what it answers', async () => {
  const [ours, receiver] = [await team(), await aReceiver()]
  await ours.v2.post('/tags', { name: 'Before' })
  const command = run(ours, ['listen', '--forward-to', receiver.url, '--types', 'tag.*', '--secret', SECRET])
  await eventually(async () => command.stderr.includes('Forwarding'), 'the command')
  // It says so before the server has heard of it.
  await eventually(async () => {
    await ours.v2.post('/tags', { name: `Tag ${Math.random()}` })
    return receiver.received.length > 0
  }, 'the stream')

  const linesOf = ({ stdout }: Command) => stdout.trim().split('\n')
  const forwarded = async (name: string) => {
    const { body: tag } = await ours.v2.post('/tags', { name })
    const has = () => receiver.received.at(-1)?.event.object.id === tag.id
    await eventually(async () => has() && linesOf(command).length === receiver.received.length, name)
  }
  await ours.v2.post('/statuses', { name: 'Not asked for' })
  await forwarded('Taken')
  receiver.behave({ status: 500, body: 'broken\nhere' })
  await forwarded('Refused')
  receiver.behave(200)
  await forwarded('Last')

  const { body: log } = await ours.v2.get('/events?type=tag.*')
  const first = receiver.received[0]?.event.seq
  expect(receiver.received.map(({ event }) => event)).toEqual(
    log.data.filter(({ seq }: { seq: number }) => seq >= first),
  )
  expect(receiver.received.every((one) => isSignedWith(SECRET, one))).toBe(true)
  const lines = linesOf(command)
  expect(lines.at(-2)).toMatch(/^\d+ {2}tag\.created {2}→ 500 in \d+ ms: broken$/)
  expect(lines.at(-1)).toMatch(/^\d+ {2}tag\.created {2}→ 200 in \d+ ms$/)
})

test('control characters of an answer do not reach the terminal', async () => {
  const [ours, receiver] = [await team(), await aReceiver()]
  const body = '\x1b[2Jgone\t\x9b31m\x7f \u202eback 👩‍🚀\r\nsecond line'
  const shown = '\\u001b[2Jgone\\u0009\\u009b31m\\u007f \\u202eback 👩‍🚀'
  receiver.behave({ status: 200, body })
  await ours.v2.post('/tags', { name: 'Any' })
  const where = ['--forward-to', receiver.url, '--secret', SECRET]

  const listening = run(ours, ['listen', ...where, '--after-seq', '0', '--types', 'tag.*'])
  const listeningJson = run(ours, ['listen', ...where, '--after-seq', '0', '--types', 'tag.*', '--json'])
  const [triggered, triggeredJson] = [
    run(ours, ['trigger', 'tag.created', ...where]),
    run(ours, ['trigger', 'tag.created', ...where, '--json']),
  ]
  await Promise.all([triggered.ended, triggeredJson.ended])
  const inText = [listening, triggered]
  const inJson = [listeningJson, triggeredJson]
  await eventually(async () => [...inText, ...inJson].every(({ stdout }) => stdout.endsWith('\n')), 'what they print')

  for (const { stdout } of inText) expect(stdout.trim().replace(/^.* ms: /, '')).toBe(shown)
  for (const { stdout } of inJson) {
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
    expect(JSON.parse(stdout).answer).toBe(body)
  }
})

test('"listen" begins where it is told, and says each event of version 1 as JSON', async () => {
  const [ours, receiver] = [await team(), await aReceiver()]
  for (const name of ['One', 'Two', 'Three']) await ours.v2.post('/tags', { name: `${name} ${ours.teamId}` })
  const { body: log } = await ours.api.get('/events')
  const [first] = log.events

  const where = ['--forward-to', receiver.url, '--after-seq', String(first.seq), '--api-version', '1', '--json']
  const command = run(ours, ['listen', ...where])

  await eventually(async () => command.stdout.split('\n').length > 2, 'two lines')
  expect(receiver.received.map(({ event }) => event)).toEqual(log.events.slice(1))
  expect(JSON.parse(command.stdout.split('\n')[0] ?? '')).toEqual({
    id: log.events[1].id,
    seq: log.events[1].seq,
    type: 'tag.created',
    status: 200,
    error: null,
    answer: '',
    durationMs: expect.any(Number),
  })
  const [, secret = ''] = /Signed with (ibt_wh_\w+)/.exec(command.stderr) ?? []
  expect(receiver.received.every((one) => isSignedWith(secret, one))).toBe(true)
})

test('"listen" goes on where the stream broke off, also when no event came before that', async () => {
  const receiver = await aReceiver()
  const asked: (string | undefined)[] = []
  const event = { id: 'e5v8n1t4i7d0s3e6q9a2b5c8', seq: 6, type: 'tag.created' }
  const streams = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // The first is cut right after it has said where it begins.
    if (asked.length === 1) response.end('retry: 1000\nid: 5\n\n')
    else response.write(`: heartbeat\n\nid: 6\nevent: tag.created\ndata: ${JSON.stringify(event)}\n\n`)
  })
  streams.listen(0, '127.0.0.1')
  await once(streams, 'listening')
  onTestFinished(() => {
    streams.closeAllConnections()
    streams.close()
  })
  const url = `http://127.0.0.1:${(streams.address() as AddressInfo).port}`

  const command = run(await team(), ['listen', '--forward-to', receiver.url, '--url', url])
  await eventually(async () => command.stdout.includes('\n'), 'the event')

  expect(asked).toEqual([undefined, '5'])
  expect(receiver.received.map((one) => one.event)).toEqual([event])
  expect(command.stderr).toContain('the server ended the stream; trying again')
})

test('"trigger" says so when what answers is no server of ours', async () => {
  const other = createServer((_request, response) => response.end('<html>Welcome</html>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`

  const command = run(await team(), ['trigger', 'message.received', '--url', url])

  expect(await command.ended).toBe(1)
  expect(command.stderr).toBe(`${url} does not answer like an open-inbox server.\n`)
})

test.each([
  ['a token that is no good', ['--token', 'ibt_unknown'], /refuses the stream: .*token/],
  ['a type there is not', ['--types', 'pigeon.sent'], /refuses the stream: .*pigeon\.sent/],
])('"listen" ends at once with %s, and says why', async (_what, options, why) => {
  const command = run(await team(), ['listen', '--forward-to', 'http://127.0.0.1:59999/', ...options])

  expect(await command.ended).toBe(1)
  expect(command.stderr).toMatch(why)
})

test.each([
  [
    'a port that is never called',
    ['--forward-to', 'http://127.0.0.1:1/x'],
    1,
    /cannot be a receiver: .*port is never called/,
  ],
  [
    'an empty secret',
    ['--forward-to', 'http://127.0.0.1:59999/', '--secret', ''],
    2,
    /'--secret <secret>' .*It is empty/,
  ],
])('"trigger" refuses %s in a sentence', async (_what, options, code, why) => {
  const command = run(await team(), ['trigger', 'message.received', ...options])

  expect(await command.ended).toBe(code)
  expect(command.stderr).toMatch(why)
  expect(command.stderr).not.toMatch(/mistake in open-inbox/)
})

test('"trigger" posts a believable event to the receiver, and fails when it is not taken', async () => {
  const [ours, receiver] = [await team(), await aReceiver()]
  const arguments_ = ['trigger', 'message.received', '--forward-to', receiver.url, '--secret', SECRET]

  const taken = run(ours, arguments_)
  expect([await taken.ended, taken.stderr]).toEqual([0, ''])
  receiver.behave(503)
  const refused = run(ours, [...arguments_, '--json'])
  expect(await refused.ended).toBe(1)

  expect(JSON.parse(refused.stdout)).toMatchObject({ type: 'message.received', status: 503, error: null })
  expect(receiver.received.map(({ event }) => event)).toMatchObject([
    { type: 'message.received', seq: 0, object: { type: 'message' } },
    { type: 'message.received', seq: 0 },
  ])
  expect(receiver.received.every((one) => isSignedWith(SECRET, one))).toBe(true)
})

test('"trigger" has the server send to the endpoints that are enabled for the type', async () => {
  const [ours, receiver, other] = [await team(), await aReceiver(), await aReceiver()]
  const wanted = await anEndpoint(ours, receiver, { types: ['message.*'] })
  await anEndpoint(ours, other, { types: ['tag.created'] })

  const command = run(ours, ['trigger', 'message.received'])

  expect([await command.ended, command.stderr]).toEqual([0, ''])
  expect(command.stdout).toMatch(new RegExp(`^${wanted.id} {2}message\\.received {2}→ delivered: 200 in \\d+ ms\n$`))
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['message.received'])
  expect(other.received).toEqual([])
})

test('"trigger" leaves out endpoints whose version has no such event', async () => {
  const [ours, receiver, other] = [await team(), await aReceiver(), await aReceiver()]
  await anEndpoint(ours, receiver, { apiVersion: '2' })
  await anEndpoint(ours, other, { apiVersion: '1' })

  const commands = [run(ours, ['trigger', 'message.received']), run(ours, ['trigger', 'message.created'])]

  expect(await Promise.all(commands.map(({ ended }) => ended))).toEqual([0, 0])
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['message.received'])
  expect(other.received.map(({ event }) => event.type)).toEqual(['message.created'])
})

test('"trigger" says when there is no such type, and nobody to send to', async () => {
  const ours = await team()
  const [here, there] = [
    run(ours, ['trigger', 'pigeon.sent', '--forward-to', 'http://127.0.0.1:59999/']),
    run(ours, ['trigger', 'campaign.created']),
  ]

  expect([await here.ended, await there.ended]).toEqual([1, 1])
  expect(here.stderr).toContain('Version 2 has no event "pigeon.sent".')
  expect(there.stderr).toContain('No webhook endpoint of the team is enabled for "campaign.created".')
})

interface Command {
  stdout: string
  stderr: string
  /** Its exit code. */
  ended: Promise<number | null>
}

/** `open-inbox webhooks …` in a process of its own, as the team; it ends with the test. */
function run({ server, token }: TestTeam, arguments_: string[]): Command {
  const env = { ...process.env, OPEN_INBOX_URL: server.url, OPEN_INBOX_TOKEN: token }
  const child: ChildProcess = spawn(projectFile('bin/open-inbox.mjs'), ['webhooks', ...arguments_], { env })
  const ended = once(child, 'close').then(([code]) => code)
  onTestFinished(async () => {
    child.kill('SIGINT')
    await ended
  })
  const command: Command = { stdout: '', stderr: '', ended }
  child.stdout?.on('data', (chunk) => {
    command.stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    command.stderr += chunk
  })
  return command
}
