import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { Connector } from '../../connectors/connector.ts'
import { createApiToken } from '../../domain/api-tokens.ts'
import { setTeamLock, setTeamPlatforms } from '../../domain/teams.ts'
import type { MemberId, TeamId } from '../../store/ids.ts'
import { aChat, aPerson, aThread, type TestThread } from '../../test/factories.ts'
import { type Answer, apiAt, startOwnServer, startTeam, type TestTeam } from '../../test/harness.ts'
import type { ErrorCode } from './errors.ts'

// Of two things that are wrong with a send, the earlier of this list is told: what the caller can mend alone comes before what the team has
// to, and both before what only the platform knows.
const stages = [
  'token',
  'quota',
  'request',
  'lock',
  'reference',
  'platform',
  'idempotency',
  'connection',
  'recipient',
  'capability',
  'restriction',
  'text',
  'plan',
  'platformCall',
] as const

/** What of a send a fault changes: two faults that change the same cannot be made together. `place`: whether it is known where it lands. */
type Part = 'token' | 'target' | 'place' | 'content' | 'quote' | 'key' | 'field' | 'connection'

interface Fault {
  stage: (typeof stages)[number]
  code: ErrorCode
  changes: readonly Part[]
  token?: string
  /** Asked of the server whose quota is used up. */
  isLimited?: true
  body?(world: World): object
  key?(world: World): string
  begin?(world: World): Promise<unknown>
  end?(world: World): Promise<unknown>
  /** To somebody the team does not know. */
  isToStranger?: true
}

const nobody = 'zz0unknown0thing00000000'
const into = ({ id: threadId }: { id: string }) => ({ type: 'thread', threadId })
const toContact = (contactId: string, { accountLinkId }: TestThread) => ({ type: 'contact', accountLinkId, contactId })
const toProfile = (platformId: string, { accountLinkId }: TestThread, platform = 'twitter') => {
  return { type: 'profile', accountLinkId, platform, platformId }
}

const faults: Record<string, Fault> = {
  'an unknown token': { stage: 'token', code: 'unauthorized', changes: ['token'], token: 'ibt_unknown' },
  'a quota that is used up': { stage: 'quota', code: 'rateLimited', changes: [], isLimited: true },
  'an unknown field': { ...request('field'), body: () => ({ text: 'Hi' }) },
  'an invisible text': { ...request('content'), body: () => ({ content: '\u200b' }) },
  'a key that cannot be one': { ...request('key'), key: () => 'ü' },
  'an unknown message to quote': { ...request('quote'), body: () => ({ replyToMessageId: nobody }) },
  'a message to quote of another thread': {
    ...request('quote', 'place'),
    body: ({ other }) => ({ replyToMessageId: other.inbound }),
  },
  'a locked team': {
    stage: 'lock',
    code: 'workspaceLocked',
    changes: [],
    begin: ({ team }) => setTeamLock(team.server.core, team.teamId as TeamId, true),
    end: ({ team }) => setTeamLock(team.server.core, team.teamId as TeamId, false),
  },
  'an unknown thread': target('reference', 'threadNotFound', () => into({ id: nobody })),
  'an unknown account': target('reference', 'accountLinkNotFound', ({ chat, contactId }) => {
    return toContact(contactId, { ...chat, accountLinkId: nobody })
  }),
  'an unknown contact': target('reference', 'contactNotFound', ({ chat }) => toContact(nobody, chat)),
  'a platform the team cannot use': {
    stage: 'platform',
    code: 'platformNotAvailable',
    changes: [],
    begin: ({ team }) => setTeamPlatforms(team.server.core, team.teamId as TeamId, ['linkedin']),
    end: ({ team }) => setTeamPlatforms(team.server.core, team.teamId as TeamId, null),
  },
  'a key of another request': {
    stage: 'idempotency',
    code: 'idempotencyKeyReused',
    changes: ['key'],
    key: ({ keys }) => keys.other,
  },
  'the same request still running': repetition('sendInProgress', ({ keys }) => keys.running),
  'the same request with an unknown end': repetition('sendUnconfirmed', ({ keys }) => keys.unconfirmed),
  'an account that is offline': connection('accountLinkDisconnected', 'offline', []),
  'an account that needs a setup': connection('integrationSetupRequired', 'paused', ['no-xchat']),
  'a profile on another platform': target('recipient', 'platformNotSupported', ({ chat }) => {
    return toProfile('1', chat, 'linkedin')
  }),
  'a contact with two profiles': target('recipient', 'profileAmbiguous', ({ chat, twofoldId }) => {
    return toContact(twofoldId, chat)
  }),
  'a contact without a profile': target('recipient', 'recipientUnavailable', ({ chat, absentId }) => {
    return toContact(absentId, chat)
  }),
  'an account that cannot send': {
    stage: 'capability',
    code: 'capabilityNotSupported',
    changes: [],
    begin: ({ team }) => setMissing(team, ['message:send']),
    end: ({ team }) => setMissing(team, []),
  },
  'a conversation that allows none': {
    ...target('restriction', 'threadRestricted', ({ silent }) => into(silent)),
    changes: ['target'],
    begin: async ({ team, sandbox }) => {
      const plainThreadRestrictions = ['message:send'] as const
      setSandbox(team, { ...sandbox, platform: { ...sandbox.platform, plainThreadRestrictions } })
    },
    end: async ({ team, sandbox }) => setSandbox(team, sandbox),
  },
  'a text that is too long': {
    stage: 'text',
    code: 'contentRejected',
    changes: ['content'],
    body: () => ({ content: 'a'.repeat(10_001) }),
  },
  'a stranger without the plan': {
    ...target('plan', 'planRequired', ({ chat, strangerId }) => toProfile(strangerId, chat)),
    changes: ['target'],
    isToStranger: true,
    begin: ({ team }) => setPlan(team, false),
    end: ({ team }) => setPlan(team, true),
  },
  'a person nobody is': {
    ...target('platformCall', 'recipientUnavailable', ({ chat }) => toProfile('9000000000000000009', chat)),
    changes: ['target'],
    isToStranger: true,
  },
  'a platform that is down': {
    stage: 'platformCall',
    code: 'platformUnavailable',
    changes: [],
    begin: ({ team }) => team.sandbox.post('/faults', { operation: 'send', outcome: 'down', times: 1_000 }),
    end: ({ team }) => team.sandbox.delete('/faults'),
  },
}

function request(...changes: Part[]): Pick<Fault, 'stage' | 'code' | 'changes'> {
  return { stage: 'request', code: 'invalidRequest', changes }
}

/** Whether a message to quote is of the thread cannot be said where no thread can be meant. */
function target(stage: Fault['stage'], code: ErrorCode, of: (world: World) => object): Fault {
  return { stage, code, changes: ['target', 'place'], body: (world) => ({ target: of(world) }) }
}

/** With any other change it would not be the same. */
function repetition(code: ErrorCode, key: (world: World) => string): Fault {
  return { stage: 'idempotency', code, changes: ['key', 'target', 'content', 'quote', 'field'], key }
}

function connection(code: ErrorCode, status: string, pauseReasons: string[]): Fault {
  return {
    stage: 'connection',
    code,
    changes: ['connection'],
    begin: ({ team }) => setConnection(team, status, pauseReasons),
    end: ({ team }) => setConnection(team, 'active', []),
  }
}

/** As we see it; the platform does not know. */
function setConnection({ server, teamId }: TestTeam, status: string, pauseReasons: string[]) {
  return server.core.db.query`
    update account_links set status = ${status}, pause_reasons = ${pauseReasons}::text[] where team_id = ${teamId}`
}

function setMissing({ server, teamId }: TestTeam, capabilities: string[]) {
  return server.core.db.query`
    update account_links set missing_capabilities = ${capabilities}::text[] where team_id = ${teamId}`
}

function setPlan({ server, teamId }: TestTeam, isThere: boolean) {
  return server.core.db.query`update teams set outbound_enabled = ${isThere} where id = ${teamId}`
}

/** No platform of ours is like that: for a test one is. */
function setSandbox({ server }: TestTeam, sandbox: Connector): void {
  // The map is only written to here.
  const connectors = server.core.connectors as Map<string, Connector>
  connectors.set('sandbox', sandbox)
}

type World = Awaited<ReturnType<typeof makeWorld>>
let world: Promise<World> | null = null
afterAll(async () => (await world)?.limited.stop())

async function makeWorld() {
  const team = await startTeam()
  const { core } = team.server
  const [chat, other, silent] = [await aChat(team), await aChat(team), await aThread(team)]
  const [twofold, absent] = [await aThread(team), await aThread(team)]
  await core.db.query`
    insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, facts, linked_at, created_at, updated_at)
    select team_id, 'zsecond0profile000000000', contact_id, platform, '1', 'second', facts, linked_at, created_at, updated_at
    from profiles where team_id = ${team.teamId} and id = ${twofold.prospectId}`
  await core.db.query`
    update profiles set platform = 'mastodon' where team_id = ${team.teamId} and id = ${absent.prospectId}`
  const contactOf = async ({ id }: TestThread) => (await team.v2.get(`/threads/${id}`)).body.contactId as string
  const keys = { other: randomUUID(), running: randomUUID(), unconfirmed: randomUUID() }
  const send = (key: string, content: string) => {
    return team.v2.post('/messages', { target: into(chat), content }, { 'idempotency-key': key })
  }
  await send(keys.other, 'Another one')
  for (const [key, state] of [
    [keys.running, 'sending'],
    [keys.unconfirmed, 'unconfirmed'],
  ] as const) {
    const { body } = await send(key, CONTENT)
    await core.db.query`
      update sends set state = ${state}, answer = null, lease_until = now() + interval '1 hour'
      where team_id = ${team.teamId} and id = ${body.message.id}`
  }
  const sandbox = core.connectors.get('sandbox')
  if (!sandbox) throw new Error('the sandbox is off')
  const [{ name } = { name: '' }] = await core.db.query<{ name: string }>`select current_database() as name`
  const limited = await startOwnServer({ env: { OPEN_INBOX_RATE_LIMITS: '1/minute,1/hour,1/day' } }, name)
  await apiAt(`${limited.url}/api/v2`, team.token).get('/team')
  return {
    team,
    sandbox,
    chat,
    other,
    silent,
    keys,
    contactId: await contactOf(chat),
    twofoldId: await contactOf(twofold),
    absentId: await contactOf(absent),
    strangerId: (await aPerson(team)).platformId,
    limited,
  }
}

const CONTENT = 'Hi'

/** What a send with these faults is answered. Nothing has happened. */
async function answered(names: readonly string[]): Promise<Answer> {
  world ??= makeWorld()
  const place = await world
  const { team, limited, chat } = place
  const made = names.map((name) => faults[name]).filter((fault) => fault !== undefined)
  const before = await traces(place)
  try {
    for (const fault of made) await fault.begin?.(place)
    const body = Object.assign({ target: into(chat), content: CONTENT }, ...made.map((fault) => fault.body?.(place)))
    const key = made.map((fault) => fault.key?.(place)).find((one) => one !== undefined)
    const url = made.some(({ isLimited }) => isLimited) ? limited.url : team.server.url
    const token = made.find((fault) => fault.token)?.token ?? (await aToken(team))
    return await apiAt(`${url}/api/v2`, token).post(
      '/messages',
      body,
      key === undefined ? {} : { 'idempotency-key': key },
    )
  } finally {
    for (const fault of made) await fault.end?.(place)
    expect(await traces(place)).toEqual(before)
  }
}

/** A new one, because what is known of a token's team is believed for a moment. */
async function aToken({ server, teamId, ownerId }: TestTeam): Promise<string> {
  const facts = { memberId: ownerId as MemberId, name: 'order', expiresAt: null }
  return (await createApiToken(server.core, teamId as TeamId, facts)).token
}

async function traces({ team }: World): Promise<unknown> {
  const { teamId, server } = team
  const { body } = await team.sandbox.get('/deliveries')
  const events = await server.core.db.query`select count(*)::int as count from events where team_id = ${teamId}`
  return [body.deliveries.length, events]
}

const names = Object.keys(faults)
const stageOf = (name: string) => stages.indexOf(faults[name]?.stage ?? 'token')

const pairs = names.flatMap((one) =>
  names.filter((other) => stageOf(one) < stageOf(other) && canBeMadeTogether(one, other)).map((other) => [one, other]),
)

function canBeMadeTogether(...[one, other]: [string, string]): boolean {
  const [a, b] = [faults[one], faults[other]]
  if (!a || !b) return false
  return (a.isToStranger && b.isToStranger) || !a.changes.some((part) => b.changes.includes(part))
}

describe('a send', () => {
  test.each(names)('with %s is refused for that', async (name) => {
    expect((await answered([name])).body.code).toBe(faults[name]?.code)
  })

  test.each(pairs)('with %s and %s is refused for the first', async (first = '', second = '') => {
    expect((await answered([first, second])).body.code).toBe(faults[first]?.code)
  })
})
