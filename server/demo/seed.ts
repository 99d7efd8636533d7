import type { SandboxAccount } from '../connectors/sandbox/accounts.ts'
import { createAccount, createPerson, updatePerson } from '../connectors/sandbox/control.ts'
import { type Sandbox, sandboxPlatform } from '../connectors/sandbox/sandbox.ts'
import { type AccountLink, linkAccount } from '../domain/account-links.ts'
import { createApiToken } from '../domain/api-tokens.ts'
import type { Context, Core } from '../domain/context.ts'
import { receiveNews } from '../domain/incoming.ts'
import { addMember, type Member } from '../domain/members.ts'
import { createStatus } from '../domain/statuses.ts'
import { createTag } from '../domain/tags.ts'
import { unrestricted } from '../domain/teams.ts'
import { insertTeam, markDemoTeam } from '../store/teams.ts'
import {
  type AccountName,
  accounts,
  type MemberName,
  mannersOf,
  members,
  people,
  profileOf,
  statuses,
  tags,
  team,
} from './cast.ts'
import { conversations, lookedUp } from './conversations.ts'
import { type DemoTeam, granted, lookUp, play, type Scene } from './play.ts'
import { readConversation, readDuration } from './script.ts'
import { createStage, type Stage } from './stage.ts'

/** The team is older than all of its conversations. */
const teamFoundedAgo = readDuration('64d')
const accountsLinkedAgo = readDuration('63d')

/**
 * Plays two months of a team's life, ending minutes ago, in one transaction: a killed server leaves nothing behind. Null
 * when there is a team of that name already. Two demos differ in their ids, and otherwise only in what "now" was.
 */
export function seedDemo(core: Core, sandbox: Sandbox): Promise<DemoTeam | null> {
  return core.db.transaction(async (tx) => {
    // Planning each statement anew for its first uses would take longer than running them.
    await tx.query`set local plan_cache_mode = force_generic_plan`
    const stage = createStage(tx, { core, sandbox })
    const now = core.clock.now().getTime()
    const goBack = (agoMs: number) => stage.setTime(new Date(now - agoMs))

    goBack(teamFoundedAgo)
    const founded = await foundTeam(stage)
    if (!founded) return null
    const personIds = await castPeople(stage, founded)
    const opened = await openAccounts(stage, founded)
    goBack(accountsLinkedAgo)
    const links = await linkAccounts(stage, founded, opened)

    const scene = (username: string, account: AccountName): Scene => ({
      stage,
      team: founded,
      link: linkNamed(links, account),
      username,
      personPlatformId: required(personIds.get(username), `somebody called ${username}`),
      messages: [],
      threadId: null,
    })
    for (const { agoMs, happen } of agenda(scene)) {
      goBack(agoMs)
      await happen()
    }

    goBack(0)
    await releasePeople(stage, founded, personIds)
    for (const link of links.values()) await receiveNews(stage.core, link.connector, link.platformId)
    return founded
  })
}

interface Appointment {
  agoMs: number
  happen: () => Promise<void>
}

/** Everything of all conversations in one order: what a feed tells must not jump back in time. */
function agenda(scene: (username: string, account: AccountName) => Scene): Appointment[] {
  const appointments: Appointment[] = []
  for (const conversation of conversations) {
    const itsScene = scene(conversation.with, conversation.at)
    for (const { agoMs, ...act } of readConversation(conversation)) {
      appointments.push({ agoMs, happen: () => play(itsScene, act) })
    }
  }
  for (const { with: username, at, by, ago } of lookedUp) {
    const itsScene = scene(username, at)
    appointments.push({ agoMs: readDuration(ago), happen: () => lookUp(itsScene, by) })
  }
  return appointments.sort((a, b) => b.agoMs - a.agoMs)
}

async function foundTeam(stage: Stage): Promise<DemoTeam | null> {
  const { core, tx } = stage
  const founded = await insertTeam(tx, { ...team, now: core.clock.now() })
  if (!founded) return null
  await markDemoTeam(tx, founded.id)
  const joined = await addMembers(stage, founded.id)
  const { id: memberId, userId } = joined.ines
  const ctx: Context = {
    ...core,
    actor: { ...unrestricted, teamId: founded.id, memberId, userId, tokenId: null, role: 'owner' },
  }
  const bot = { memberId: joined.youssef.id, name: 'reminders', expiresAt: null }
  return {
    id: founded.id,
    members: joined,
    tags: await byName(tags, (tag) => createTag(ctx, tag)),
    statuses: await byName(statuses, (status) => createStatus(ctx, status)),
    botToken: (await createApiToken(core, founded.id, bot)).apiToken.id,
  }
}

async function addMembers({ core, wait }: Stage, teamId: DemoTeam['id']): Promise<Record<MemberName, Member>> {
  const add = (name: MemberName) => {
    wait(180_000)
    return addMember(core, teamId, members[name])
  }
  return { ines: await add('ines'), tom: await add('tom'), mei: await add('mei'), youssef: await add('youssef') }
}

async function byName<T extends { name: string }>(things: readonly T[], create: (thing: T) => Promise<{ id: string }>) {
  const ids = new Map<string, string>()
  for (const thing of things) ids.set(thing.name, (await create(thing)).id)
  return ids
}

/** Ids tell when an account was opened, so everybody signs up on their own day. */
async function castPeople(stage: Stage, { id: world }: DemoTeam): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const person of people) {
    const profile = profileOf(person)
    stage.setTime(new Date(required(profile.createdAt, `a birthday of ${person.username}`)))
    ids.set(person.username, granted(await createPerson(stage.sandbox, world, profile)).platformId)
  }
  return ids
}

/** Accounts of the platform, each as old as it says. */
async function openAccounts(stage: Stage, { id: world }: DemoTeam) {
  const opened = new Map<AccountName, SandboxAccount>()
  for (const { username, displayName, joined } of accounts) {
    stage.setTime(new Date(joined))
    opened.set(username, granted(await createAccount(stage.sandbox, world, { username, displayName })))
  }
  return opened
}

async function linkAccounts({ core, wait }: Stage, { id: teamId }: DemoTeam, opened: Map<AccountName, SandboxAccount>) {
  const links = new Map<AccountName, AccountLink>()
  for (const [username, { status, ...account }] of opened) {
    wait(240_000)
    const facts = { ...account, connector: 'sandbox', platform: sandboxPlatform, syncedAt: core.clock.now() }
    links.set(username, await linkAccount(core, teamId, facts))
  }
  return links
}

/** From now on they do as they please. */
async function releasePeople(stage: Stage, { id: world }: DemoTeam, ids: Map<string, string>): Promise<void> {
  for (const person of people) {
    const platformId = required(ids.get(person.username), person.username)
    granted(await updatePerson(stage.sandbox, world, platformId, mannersOf(person)))
  }
}

function linkNamed(links: Map<AccountName, AccountLink>, name: AccountName): AccountLink {
  return required(links.get(name), `an account @${name}`)
}

function required<T>(thing: T | null | undefined, what: string): T {
  if (thing == null) throw new Error(`the demo lacks ${what}`)
  return thing
}
