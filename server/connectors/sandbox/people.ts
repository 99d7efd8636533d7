import { and, type Queryable, sql, type Tx } from '../../store/database.ts'
import type { PlatformProfile } from '../connector.ts'
import { inventFacts } from './names.ts'
import { nameTaken, signUp } from './newcomers.ts'
import { avatarPath, type ControlRefusal, refusal, type Sandbox, type World } from './sandbox.ts'

export type AutoReply = 'off' | 'echo' | 'friendly'

/** What a profile says beside its names. */
export type PersonFacts = Omit<PlatformProfile, 'platformId' | 'username' | 'displayName' | 'avatarUrl' | 'urlEntities'>

export interface PersonSettings {
  acceptsMessages: boolean
  /** 'echo' repeats what we wrote, 'friendly' makes conversation. */
  autoReply: AutoReply
  /** From 0 to 600,000. */
  replyDelayMs: number
}

export type Person = PlatformProfile & PersonSettings

/** What is left out of a new person is made up; what is left out of a change stays. */
export type PersonInput = Partial<
  PersonFacts & PersonSettings & Pick<PlatformProfile, 'username' | 'displayName' | 'urlEntities'>
>

export function createPerson(
  sandbox: Sandbox,
  world: World,
  input: PersonInput = {},
): Promise<Person | ControlRefusal> {
  return signUp(sandbox, input, async ({ platformId, username, displayName, joinedAt }) => {
    const person: PersonRow = {
      platformId,
      username,
      displayName,
      acceptsMessages: input.acceptsMessages ?? true,
      autoReply: input.autoReply ?? 'off',
      replyDelayMs: input.replyDelayMs ?? 1_500,
      facts: { ...inventFacts(platformId, joinedAt), ...factsIn(input) },
    }
    const isNew = await insertPerson(sandbox.database, { world, person, at: joinedAt })
    return isNew ? presentPerson(person) : null
  })
}

export async function findPerson(sandbox: Sandbox, world: World, platformId: string): Promise<Person | ControlRefusal> {
  const [row] = await sandbox.database.query<PersonRow>`
    select ${personColumns} from sandbox.people p where p.platform_id = ${platformId} and p.world = ${world}`
  return row ? presentPerson(row) : personNotFound(platformId)
}

/** As an account sees them: null for people of other worlds too. */
export async function findProfile(
  sandbox: Sandbox,
  account: string,
  platformId: string,
): Promise<PlatformProfile | null> {
  const [row] = await sandbox.database.query<PersonRow>`
    select ${personColumns} from sandbox.people p join sandbox.accounts a on a.world = p.world
    where p.platform_id = ${platformId} and a.platform_id = ${account}`
  return row ? presentProfile(row) : null
}

/** Newest first. `q` is looked for in usernames and display names. */
export async function listPeople(
  sandbox: Sandbox,
  world: World,
  { q, limit }: { q?: string | undefined; limit: number },
): Promise<Person[]> {
  const conditions = [sql`p.world = ${world}`]
  const sought = q?.trim().replace(/^@/, '')
  if (sought) {
    const pattern = `%${sought.replace(/[\\%_]/g, '\\$&')}%`
    conditions.push(sql`(p.username ilike ${pattern} or p.display_name ilike ${pattern})`)
  }
  const rows = await sandbox.database.query<PersonRow>`
    select ${personColumns} from sandbox.people p
    where ${and(conditions)} order by p.platform_id desc limit ${limit}`
  return rows.map((row) => presentPerson(row))
}

/** Accounts that have a conversation with the person hear of a changed profile; their settings are nobody's business. */
export async function updatePerson(
  sandbox: Sandbox,
  world: World,
  platformId: string,
  changes: PersonInput,
): Promise<Person | ControlRefusal> {
  const change = async (tx: Tx) => {
    const [before] = await tx.query<PersonRow>`
      select ${personColumns} from sandbox.people p
      where p.platform_id = ${platformId} and p.world = ${world} for update`
    if (!before) return personNotFound(platformId)
    const after = changed(before, changes)
    await savePerson(tx, after)
    if (profileText(before) !== profileText(after)) await announceProfile(tx, platformId, sandbox.clock.now())
    return presentPerson(after)
  }
  return sandbox.database.transaction(change).catch((error: unknown) => {
    if (isNameTaken(error)) return nameTaken(changes.username ?? '')
    throw error
  })
}

/** A person as the table holds them. */
export interface PersonRow extends PersonSettings {
  platformId: string
  username: string
  displayName: string
  facts: PersonFacts & { urlEntities?: PlatformProfile['urlEntities'] }
}

export const personColumns = sql`
  p.platform_id as "platformId", p.username, p.display_name as "displayName", p.accepts_messages as "acceptsMessages",
  p.auto_reply as "autoReply", p.reply_delay_ms as "replyDelayMs", p.facts`

export function presentProfile({ platformId, username, displayName, facts }: PersonRow): PlatformProfile {
  return {
    platformId,
    username,
    displayName,
    avatarUrl: avatarPath(platformId),
    ...facts,
    urlEntities: facts.urlEntities ?? shortened(facts.websiteUrl, platformId),
  }
}

function presentPerson(row: PersonRow): Person {
  const { acceptsMessages, autoReply, replyDelayMs } = row
  return { ...presentProfile(row), acceptsMessages, autoReply, replyDelayMs }
}

export function personNotFound(platformId: string): ControlRefusal {
  return refusal('personNotFound', `There is no person "${platformId}".`)
}

/** False: the username is taken. */
async function insertPerson(
  db: Queryable,
  { world, person, at }: { world: World; person: PersonRow; at: Date },
): Promise<boolean> {
  const rows = await db.query`
    insert into sandbox.people (platform_id, world, username, username_key, display_name, accepts_messages,
      account_status, auto_reply, reply_delay_ms, facts, created_at)
    values (${person.platformId}, ${world}, ${person.username}, ${person.username.toLowerCase()}, ${person.displayName},
      ${person.acceptsMessages}, ${person.facts.accountStatus}, ${person.autoReply}, ${person.replyDelayMs},
      ${JSON.stringify(person.facts)}, ${at})
    on conflict (world, username_key) do nothing
    returning platform_id`
  return rows.length > 0
}

async function savePerson(tx: Tx, person: PersonRow): Promise<void> {
  await tx.query`
    update sandbox.people set
      username = ${person.username}, username_key = ${person.username.toLowerCase()},
      display_name = ${person.displayName}, accepts_messages = ${person.acceptsMessages},
      account_status = ${person.facts.accountStatus}, auto_reply = ${person.autoReply},
      reply_delay_ms = ${person.replyDelayMs}, facts = ${JSON.stringify(person.facts)}
    where platform_id = ${person.platformId}`
}

function isNameTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'people_world_username_key_key'
}

/** Always in the order of account ids, so that two changes at once cannot wait for each other. */
async function announceProfile(tx: Queryable, personId: string, at: Date): Promise<void> {
  const accounts = await tx.query<{ id: string }>`
    select c.account_id as id from sandbox.conversations c where c.person_id = ${personId} order by c.account_id`
  const fact = JSON.stringify({ kind: 'profile', personId })
  for (const account of accounts) await tx.query`select sandbox.append_fact(${account.id}, ${fact}, ${at})`
}

function changed(
  before: PersonRow,
  { username, displayName, acceptsMessages, autoReply, replyDelayMs, ...rest }: PersonInput,
) {
  const facts = { ...before.facts, ...factsIn(rest) }
  // A new address has new entities, unless they were given too.
  if (rest.websiteUrl !== undefined && rest.urlEntities === undefined) delete facts.urlEntities
  return {
    platformId: before.platformId,
    username: username ?? before.username,
    displayName: displayName ?? before.displayName,
    acceptsMessages: acceptsMessages ?? before.acceptsMessages,
    autoReply: autoReply ?? before.autoReply,
    replyDelayMs: replyDelayMs ?? before.replyDelayMs,
    facts,
  }
}

function factsIn(input: PersonInput): Partial<PersonRow['facts']> {
  const { username, displayName, acceptsMessages, autoReply, replyDelayMs, ...facts } = input
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

function profileText({ username, displayName, facts }: PersonRow): string {
  const sorted = Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([username, displayName, sorted])
}

/** The way X shows an address: shortened, with what it stands for beside it. */
function shortened(websiteUrl: string | null, platformId: string): PlatformProfile['urlEntities'] {
  if (!websiteUrl) return []
  const url = `https://t.co/${BigInt(platformId).toString(36).slice(-10)}`
  const displayUrl = websiteUrl.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')
  return [{ url, expandedUrl: websiteUrl, displayUrl, indices: [0, url.length] }]
}
