import type { Queryable, Tx } from '../../store/database.ts'
import type { AttachmentInput } from './attachments.ts'
import { type Chance, chance } from './chance.ts'
import { answerTo } from './habits.ts'
import { createPerson } from './people.ts'
import { enclosures, followUps, openers, reactionEmojis } from './phrases.ts'
import { insertPlan, type Plan } from './plans.ts'
import { isRefusal, later, type Sandbox, type World } from './sandbox.ts'

/** A demo may run for weeks: beyond this many, only people who are there already write. */
const peopleMax = 300

/**
 * Makes people of the world write by themselves, about every so often, or stops it. For demonstrations. Survives a
 * restart; time spent switched off is not made up for.
 */
export async function setLively(sandbox: Sandbox, world: World, lively: { everyMs: number } | null): Promise<void> {
  if (!lively) {
    await sandbox.database.query`delete from sandbox.lively_worlds where world = ${world}`
    return
  }
  await sandbox.database.transaction(async (tx) => {
    // A new turn ends the plans of an earlier call: they wait for the old one.
    const [row] = await tx.query<{ turn: number }>`
      insert into sandbox.lively_worlds as w (world, every_ms) values (${world}, ${lively.everyMs})
      on conflict (world) do update set every_ms = excluded.every_ms, turn = w.turn + 1
      returning turn`
    if (!row) throw new Error('the world was not stored')
    await insertPlan(tx, later(sandbox.clock.now(), lively.everyMs), { kind: 'liven', world, turn: row.turn })
  })
}

/** One small event, and the plan for the next. Only makes plans: each thing that enters a feed has its own transaction. */
export async function liven(sandbox: Sandbox, tx: Tx, { world, turn }: { world: World; turn: number }, at: Date) {
  const [row] = await tx.query<{ everyMs: number }>`
    update sandbox.lively_worlds set turn = turn + 1 where world = ${world} and turn = ${turn}
    returning every_ms as "everyMs"`
  if (!row) return
  const luck = chance(`${world} ${turn}`)
  const nextAt = later(at, Math.round(row.everyMs * (0.5 + luck.next())))
  await insertPlan(tx, nextAt, { kind: 'liven', world, turn: turn + 1 })

  const account = await pickAccount(tx, luck, world)
  if (!account) return
  const scene = luck.oneIn(7)
    ? await newcomer(sandbox, tx, luck, world, account)
    : await regular(tx, luck, world, account)
  for (const { afterMs, plan } of scene) await insertPlan(tx, later(at, afterMs), plan)
}

type Scene = { afterMs: number; plan: Plan }[]

/** Somebody who never wrote to the account before. */
async function newcomer(sandbox: Sandbox, tx: Tx, luck: Chance, world: World, accountId: string): Promise<Scene> {
  const personId = (await pickStranger(tx, luck, world, accountId)) ?? (await invite(sandbox, tx, world))
  if (!personId) return regular(tx, luck, world, accountId)
  return writing({ world, personId, accountId, content: luck.pick(openers) })
}

/** Somebody who has a conversation with the account does one of the things people do in conversations. */
async function regular(tx: Tx, luck: Chance, world: World, accountId: string): Promise<Scene> {
  const personId = await pickPartner(tx, luck, accountId)
  if (!personId) return []
  const [theirs, ours] = await Promise.all([
    lastMessage(tx, { accountId, personId, fromAccount: false }),
    lastMessage(tx, { accountId, personId, fromAccount: true }),
  ])
  const mood = luck.between(1, 100)
  if (mood <= 15 && ours) {
    return [{ afterMs: 0, plan: { kind: 'react', personId, messageId: ours.id, emoji: luck.pick(reactionEmojis) } }]
  }
  if (mood <= 23 && theirs && theirs.content !== '' && !theirs.edited) {
    const content = theirs.content + luck.pick([' 🙂', ' (typo, sorry)', '!'])
    return [{ afterMs: 0, plan: { kind: 'edit', personId, messageId: theirs.id, content } }]
  }
  if (mood <= 25 && theirs) return [{ afterMs: 0, plan: { kind: 'unsend', personId, messageId: theirs.id } }]
  if (mood <= 35) return [{ afterMs: 0, plan: { kind: 'typing', personId, accountId } }]
  if (mood <= 47) return writing({ world, personId, accountId, ...luck.pick(enclosures) })
  const itIsTheirTurn = ours && (!theirs || ours.id > theirs.id)
  const content = itIsTheirTurn ? answerTo(luck, ours.content) : luck.pick(followUps)
  return writing({ world, personId, accountId, content })
}

interface Letter {
  world: World
  personId: string
  accountId: string
  content: string
  attachments?: AttachmentInput[]
}

function writing(message: Letter): Scene {
  const { personId, accountId, content } = message
  return [
    { afterMs: 0, plan: { kind: 'typing', personId, accountId } },
    { afterMs: Math.min(content.length * 45, 4_000), plan: { kind: 'write', ...message, correction: null } },
  ]
}

async function pickAccount(db: Queryable, luck: Chance, world: World): Promise<string | undefined> {
  const [account] = await db.query<{ id: string }>`
    select platform_id as id from sandbox.accounts where world = ${world} and status = 'active'
    order by platform_id
    offset floor(${luck.next()}::float8 * (
      select count(*) from sandbox.accounts where world = ${world} and status = 'active'))
    limit 1`
  return account?.id
}

async function pickPartner(db: Queryable, luck: Chance, accountId: string): Promise<string | undefined> {
  const [partner] = await db.query<{ id: string }>`
    select person_id as id from sandbox.conversations where account_id = ${accountId}
    order by person_id
    offset floor(${luck.next()}::float8 * (select count(*) from sandbox.conversations where account_id = ${accountId}))
    limit 1`
  return partner?.id
}

async function pickStranger(db: Queryable, luck: Chance, world: World, accountId: string): Promise<string | undefined> {
  const strangers = await db.query<{ id: string }>`
    select p.platform_id as id from sandbox.people p
    where p.world = ${world} and p.account_status = 'active' and not exists (
      select from sandbox.conversations c where c.account_id = ${accountId} and c.person_id = p.platform_id)
    order by p.platform_id limit 50`
  return strangers[luck.between(0, strangers.length - 1)]?.id
}

/** Committed by itself: at worst there is one more person than needed. */
async function invite(sandbox: Sandbox, db: Queryable, world: World): Promise<string | null> {
  const [population] = await db.query<{ count: number }>`
    select count(*) as count from sandbox.people where world = ${world}`
  if (!population || population.count >= peopleMax) return null
  const person = await createPerson(sandbox, world, { autoReply: 'friendly' })
  return isRefusal(person) ? null : person.platformId
}

async function lastMessage(
  db: Queryable,
  { accountId, personId, fromAccount }: { accountId: string; personId: string; fromAccount: boolean },
): Promise<{ id: string; content: string; edited: boolean } | undefined> {
  const [message] = await db.query<{ id: string; content: string; edited: boolean }>`
    select platform_id as id, content, edited_at is not null as edited from sandbox.messages
    where account_id = ${accountId} and person_id = ${personId} and from_account = ${fromAccount} and deleted_at is null
    order by platform_id desc limit 1`
  return message
}
