import type { Capability } from '../connector.ts'
import { signUp } from './newcomers.ts'
import { avatarPath, type ControlRefusal, refusal, type Sandbox, type World } from './sandbox.ts'

export type AccountStatus = 'active' | 'offline' | 'paused'

/** An account of ours, as the platform knows it. */
export interface SandboxAccount {
  platformId: string
  username: string
  displayName: string
  avatarUrl: string
  status: AccountStatus
}

export interface AccountInput {
  username?: string | undefined
  displayName?: string | undefined
}

export function createAccount(
  sandbox: Sandbox,
  world: World,
  input: AccountInput = {},
): Promise<SandboxAccount | ControlRefusal> {
  return signUp(sandbox, input, async ({ platformId, username, displayName, joinedAt }) => {
    const account = { platformId, username, displayName }
    const isNew = await insertAccount(sandbox, world, account, joinedAt)
    return isNew ? { ...account, avatarUrl: avatarPath(platformId), status: 'active' } : null
  })
}

export async function findAccount(
  sandbox: Sandbox,
  world: World,
  platformId: string,
): Promise<SandboxAccount | ControlRefusal> {
  const [row] = await sandbox.database.query<Omit<SandboxAccount, 'avatarUrl'>>`
    select platform_id as "platformId", username, display_name as "displayName", status
    from sandbox.accounts where platform_id = ${platformId} and world = ${world}`
  return row ? { ...row, avatarUrl: avatarPath(platformId) } : accountNotFound(platformId)
}

/** What the platform lets an account do. */
export interface AccountState {
  status: AccountStatus
  /** Of a paused account. */
  pauseReasons: string[]
  missingCapabilities: Capability[]
}

/** What is left out stays. Without a status an account is paused as long as there are reasons. */
export type AccountStateChange = { accountPlatformId: string } & {
  [Field in keyof AccountState]?: AccountState[Field] | undefined
}

/** What signing out, or the platform's disapproval, does to an account. Its feed reports what became different. */
export async function changeAccountState(
  sandbox: Sandbox,
  world: World,
  { accountPlatformId, ...change }: AccountStateChange,
): Promise<AccountState | ControlRefusal> {
  return sandbox.database.transaction(async (tx) => {
    const [before] = await tx.query<AccountState>`
      select status, pause_reasons as "pauseReasons", missing_capabilities as "missingCapabilities" from sandbox.accounts
      where platform_id = ${accountPlatformId} and world = ${world} for update`
    if (!before) return accountNotFound(accountPlatformId)
    const after = stateAfter(before, change)
    if (JSON.stringify(after) === JSON.stringify(before)) return before
    await tx.query`
      update sandbox.accounts
      set status = ${after.status}, pause_reasons = ${after.pauseReasons}, missing_capabilities = ${after.missingCapabilities}
      where platform_id = ${accountPlatformId}`
    const fact = JSON.stringify({ kind: 'account', ...after })
    await tx.query`select sandbox.append_fact(${accountPlatformId}, ${fact}, ${sandbox.clock.now()})`
    return after
  })
}

function stateAfter(before: AccountState, change: Omit<AccountStateChange, 'accountPlatformId'>): AccountState {
  const { missingCapabilities = before.missingCapabilities } = change
  const reasons = change.pauseReasons ?? (change.status ? [] : before.pauseReasons)
  const status = change.status ?? (change.pauseReasons ? statusFor(before.status, reasons) : before.status)
  return { status, pauseReasons: status === 'paused' ? reasons : [], missingCapabilities }
}

function statusFor(before: AccountStatus, pauseReasons: readonly string[]): AccountStatus {
  if (pauseReasons.length > 0) return 'paused'
  return before === 'paused' ? 'active' : before
}

export function accountNotFound(platformId: string): ControlRefusal {
  return refusal('accountNotFound', `The sandbox has no account "${platformId}".`)
}

/** False: the username is taken. Together with its feed, which lives as long as the account. */
async function insertAccount(
  sandbox: Sandbox,
  world: World,
  { platformId, username, displayName }: Pick<SandboxAccount, 'platformId' | 'username' | 'displayName'>,
  at: Date,
): Promise<boolean> {
  return sandbox.database.transaction(async (tx) => {
    const rows = await tx.query`
      insert into sandbox.accounts (platform_id, world, username, username_key, display_name, created_at)
      values (${platformId}, ${world}, ${username}, ${username.toLowerCase()}, ${displayName}, ${at})
      on conflict (world, username_key) do nothing
      returning platform_id`
    if (rows.length === 0) return false
    await tx.query`insert into sandbox.feed_counters (account_id, news_at) values (${platformId}, ${at})`
    return true
  })
}
