import type { Queryable } from '../../store/database.ts'
import type { Refusal } from '../connector.ts'
import { accountNotFound, findAccount } from './accounts.ts'
import { type ControlRefusal, isRefusal, type Sandbox, type World } from './sandbox.ts'

export type FaultOperation = 'send' | 'edit' | 'delete' | 'react' | 'typing' | 'fetch' | 'mark'

/** 'ambiguous': done, but the answer is lost. 'slow': done, after a while. The others: not done. */
export type FaultOutcome = 'rejected' | 'rateLimited' | 'down' | 'ambiguous' | 'slow'

export interface FaultInput {
  operation: FaultOperation
  outcome: FaultOutcome
  /** The next so many calls. */
  times: number
  /** Null = whichever account of the world calls. */
  accountPlatformId?: string | null | undefined
  /** Of 'rateLimited' and 'down'. Null = the platform does not say. */
  retryAfterMs?: number | null | undefined
  /** Of 'slow'. */
  delayMs?: number | undefined
}

/** A fault that has not been used up; `times` counts what is left. */
export type PendingFault = { id: number; createdAt: string } & {
  [Field in keyof FaultInput]-?: Exclude<FaultInput[Field], undefined>
}

export async function addFault(
  sandbox: Sandbox,
  world: World,
  { operation, outcome, times, accountPlatformId = null, retryAfterMs = null, delayMs = 1_000 }: FaultInput,
): Promise<PendingFault | ControlRefusal> {
  if (accountPlatformId !== null && isRefusal(await findAccount(sandbox, world, accountPlatformId))) {
    return accountNotFound(accountPlatformId)
  }
  const [row] = await sandbox.database.query<Pick<PendingFault, 'id' | 'createdAt'>>`
    insert into sandbox.faults (world, account_id, operation, outcome, times, retry_after_ms, delay_ms, created_at)
    values (${world}, ${accountPlatformId}, ${operation}, ${outcome}, ${times}, ${retryAfterMs}, ${delayMs},
      ${sandbox.clock.now()})
    returning id, created_at as "createdAt"`
  if (!row) throw new Error('the fault was not stored')
  return { ...row, operation, outcome, times, accountPlatformId, retryAfterMs, delayMs }
}

export async function listFaults(sandbox: Sandbox, world: World): Promise<PendingFault[]> {
  return sandbox.database.query<PendingFault>`
    select id, operation, outcome, times, account_id as "accountPlatformId", retry_after_ms as "retryAfterMs",
      delay_ms as "delayMs", created_at as "createdAt"
    from sandbox.faults where world = ${world} order by id limit 1000`
}

export async function clearFaults(sandbox: Sandbox, world: World): Promise<void> {
  await sandbox.database.query`delete from sandbox.faults where world = ${world}`
}

/** One shape for each outcome, so that it can be handed on without asking again. */
export type TakenFault = {
  [Outcome in FaultOutcome]: { outcome: Outcome; retryAfterMs: number | null; delayMs: number }
}[FaultOutcome]

/** The fault that this call meets, used up by one. */
export async function takeFault(
  db: Queryable,
  call: { world: World; accountPlatformId: string; operation: FaultOperation },
): Promise<TakenFault | null> {
  const [fault] = await db.query<TakenFault>`
    select outcome, retry_after_ms as "retryAfterMs", delay_ms as "delayMs"
    from sandbox.take_fault(${call.world}, ${call.accountPlatformId}, ${call.operation}) where outcome is not null`
  return fault ?? null
}

/** How a call that met such a fault is refused. */
export function faultRefusal(
  fault:
    | { outcome: 'rejected'; detail?: string | null }
    | { outcome: 'rateLimited' | 'down'; retryAfterMs: number | null },
): Refusal {
  switch (fault.outcome) {
    case 'rejected':
      return { kind: 'contentRejected', detail: fault.detail ?? 'it breaks a rule of the platform' }
    case 'rateLimited':
      return { kind: 'rateLimited', retryAfterMs: fault.retryAfterMs }
    case 'down':
      return { kind: 'unavailable', retryAfterMs: fault.retryAfterMs }
  }
}
