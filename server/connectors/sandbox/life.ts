import type { Tx } from '../../store/database.ts'
import { personEdits, personReacts, personTypes, personUnsends, personWrites } from './acts.ts'
import { finishProcessing, personAttaches } from './attachments.ts'
import { answersMax, friendlyAnswer, type Step } from './habits.ts'
import { liven } from './lively.ts'
import type { AutoReply } from './people.ts'
import { insertPlan, type Plan } from './plans.ts'
import { later, type Sandbox } from './sandbox.ts'

/** Notifications wake us for nearer plans; this is for the ones that got lost. */
const pollEveryMs = 5_000
const attemptsMax = 5
const retryAfterMs = 10_000
const dayMs = 86_400_000

/**
 * Lets people do what they plan, until stopped. Several processes may: each plan is carried out in one transaction
 * with its removal, so it happens once, even across kill -9.
 */
export async function startLife(sandbox: Sandbox): Promise<() => Promise<void>> {
  let stopped = false
  let running: Promise<void> | null = null
  let wokenWhileRunning = false
  let stopTimer = () => {}
  let timerAt = Number.POSITIVE_INFINITY

  function wake() {
    stopTimer()
    timerAt = Number.POSITIVE_INFINITY
    if (stopped) return
    if (running) {
      wokenWhileRunning = true
      return
    }
    running = catchUp().finally(() => {
      running = null
      if (wokenWhileRunning) wake()
    })
  }

  async function catchUp() {
    wokenWhileRunning = false
    try {
      while (!stopped && (await carryOutNext(sandbox))) {}
      const due = await nextDue(sandbox)
      wakeAt(Math.min(due, sandbox.clock.now().getTime() + pollEveryMs))
    } catch (error) {
      sandbox.onError(new Error('letting the sandbox live', { cause: error }))
      wakeAt(sandbox.clock.now().getTime() + pollEveryMs)
    }
  }

  function wakeAt(at: number) {
    if (stopped || at >= timerAt) return
    const delayMs = at - sandbox.clock.now().getTime()
    if (delayMs <= 0) return wake()
    stopTimer()
    timerAt = at
    stopTimer = sandbox.clock.after(delayMs, wake)
  }

  const stopListening = await sandbox.database.listen('sandbox_plans', (dueAt) => {
    if (dueAt === null || running) wake()
    else wakeAt(Number(dueAt))
  })
  wake()
  return async () => {
    stopped = true
    stopTimer()
    await stopListening()
    await running
  }
}

/** False: nothing is due. A plan that fails is tried again later, and dropped in the end: one odd plan must not stop life. */
async function carryOutNext(sandbox: Sandbox): Promise<boolean> {
  let current: number | null = null
  try {
    return await sandbox.database.transaction(async (tx) => {
      const now = sandbox.clock.now()
      const [row] = await tx.query<{ id: number; kind: Plan['kind']; payload: object }>`
        select id, kind, payload from sandbox.plans where due_at <= ${now}
        order by due_at, id limit 1 for update skip locked`
      if (!row) return false
      current = row.id
      await tx.query`delete from sandbox.plans where id = ${row.id}`
      // What the table holds was written by insertPlan.
      await carryOut(sandbox, tx, { kind: row.kind, ...row.payload } as Plan, now)
      return true
    })
  } catch (error) {
    if (current === null) throw error
    sandbox.onError(new Error(`carrying out plan ${current} of the sandbox`, { cause: error }))
    await putOff(sandbox, current)
    return true
  }
}

async function putOff(sandbox: Sandbox, planId: number): Promise<void> {
  await sandbox.database.query`delete from sandbox.plans where id = ${planId} and attempts + 1 >= ${attemptsMax}`
  await sandbox.database.query`
    update sandbox.plans set attempts = attempts + 1, due_at = ${later(sandbox.clock.now(), retryAfterMs)}
    where id = ${planId}`
}

/** Plans that another process is carrying out do not count. */
async function nextDue(sandbox: Sandbox): Promise<number> {
  const [next] = await sandbox.database.query<{ dueAt: string }>`
    select due_at as "dueAt" from sandbox.plans order by due_at limit 1 for update skip locked`
  return next ? new Date(next.dueAt).getTime() : Number.POSITIVE_INFINITY
}

async function carryOut(sandbox: Sandbox, tx: Tx, plan: Plan, at: Date): Promise<void> {
  switch (plan.kind) {
    case 'answer':
      return answer(tx, plan.messageId, at)
    case 'typing':
      return personTypes(tx, { ...plan, at })
    case 'write':
      return write(tx, plan, at)
    case 'edit':
      await personEdits(tx, { ...plan, at })
      return
    case 'unsend':
      await personUnsends(tx, { ...plan, at })
      return
    case 'finish':
      return finishProcessing(tx, { ...plan, at })
    case 'react':
      await personReacts(tx, { ...plan, at })
      return
    case 'liven':
      return liven(sandbox, tx, plan, at)
  }
}

async function write(tx: Tx, plan: Extract<Plan, { kind: 'write' }>, at: Date): Promise<void> {
  const { personId, content, attachments = [], correction } = plan
  const message = { ...plan, replyToId: null, at }
  const written =
    attachments.length === 0
      ? await personWrites(tx, message)
      : await personAttaches(tx, message, { attachments, seed: `${personId} ${content} ${at.getTime()}` })
  if (!written || !correction) return
  const { messagePlatformId: messageId } = written
  await insertPlan(tx, later(at, correction.afterMs), {
    kind: 'edit',
    personId,
    messageId,
    content: correction.content,
  })
}

interface Received {
  messageId: string
  world: string
  accountId: string
  personId: string
  content: string
  autoReply: AutoReply
  replyDelayMs: number
  /** The account has written again since: a friendly person answers the last message, an echo each. */
  superseded: boolean
  answersBefore: number
}

async function answer(tx: Tx, messageId: string, at: Date): Promise<void> {
  const received = await findReceived(tx, messageId, at)
  if (!received) return
  switch (received.autoReply) {
    case 'off':
      return
    case 'echo':
      return write(tx, { kind: 'write', ...received, correction: null }, at)
    case 'friendly':
      if (!received.superseded && received.answersBefore < answersMax) await answerFriendly(tx, received, at)
  }
}

/** Only makes plans: whatever enters the account's feed does so in a transaction of its own. */
async function answerFriendly(tx: Tx, received: Received, at: Date): Promise<void> {
  const steps = friendlyAnswer({ ...received, seed: `${received.personId} ${received.messageId}` })
  await countAnswer(tx, received, at)
  for (const step of steps) await insertPlan(tx, later(at, step.afterMs), planOf(step, received))
}

function planOf(step: Step, { world, accountId, personId, messageId }: Received): Plan {
  switch (step.kind) {
    case 'typing':
      return { kind: 'typing', personId, accountId }
    case 'react':
      return { kind: 'react', personId, messageId, emoji: step.emoji }
    case 'write':
      return { kind: 'write', world, personId, accountId, content: step.content, correction: step.correction }
  }
}

/** Undefined: it is gone, and nobody answers what they cannot see. */
async function findReceived(tx: Tx, messageId: string, at: Date): Promise<Received | undefined> {
  const [received] = await tx.query<Received>`
    select m.platform_id as "messageId", p.world, m.account_id as "accountId", m.person_id as "personId", m.content,
      p.auto_reply as "autoReply", p.reply_delay_ms as "replyDelayMs",
      exists (
        select from sandbox.messages newer
        where newer.account_id = m.account_id and newer.person_id = m.person_id and newer.platform_id > m.platform_id
          and newer.from_account and newer.deleted_at is null
      ) as superseded,
      case when c.chat_began_at > ${new Date(at.getTime() - dayMs)} then c.chat_replies else 0 end as "answersBefore"
    from sandbox.messages m
    join sandbox.people p on p.platform_id = m.person_id
    join sandbox.conversations c on c.account_id = m.account_id and c.person_id = m.person_id
    where m.platform_id = ${messageId} and m.deleted_at is null`
  return received
}

async function countAnswer(tx: Tx, { accountId, personId, answersBefore }: Received, at: Date): Promise<void> {
  await tx.query`
    update sandbox.conversations set
      chat_replies = ${answersBefore + 1},
      chat_began_at = case when ${answersBefore === 0} then ${at}::timestamptz else chat_began_at end
    where account_id = ${accountId} and person_id = ${personId}`
}
