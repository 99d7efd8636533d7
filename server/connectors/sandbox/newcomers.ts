import { inventAnotherUsername, inventIdentity } from './names.ts'
import { type ControlRefusal, refusal, type Sandbox } from './sandbox.ts'

export interface Newcomer {
  platformId: string
  username: string
  displayName: string
  joinedAt: Date
}

/** An invented username may be taken; who chose one gets that or none. */
const OTHER_USERNAMES_MAX = 20

/** Signs up a person or an account, with what they wish or under an invented name. `enter` gives null when the username is taken. */
export async function signUp<T>(
  sandbox: Sandbox,
  wish: { username?: string | undefined; displayName?: string | undefined },
  enter: (newcomer: Newcomer) => Promise<T | null>,
): Promise<T | ControlRefusal> {
  const joinedAt = sandbox.clock.now()
  const [made] = await sandbox.database.query<{ id: string }>`select sandbox.new_id(${joinedAt}) as id`
  if (!made) throw new Error('the sandbox made no id')
  const invented = inventIdentity(made.id)
  const displayName = wish.displayName ?? invented.displayName
  const usernames = wish.username ? [wish.username] : [invented.username, ...inventOthers(made.id)]
  for (const username of usernames) {
    const entered = await enter({ platformId: made.id, username, displayName, joinedAt })
    if (entered) return entered
  }
  return nameTaken(wish.username ?? invented.username)
}

function inventOthers(id: string): string[] {
  return Array.from({ length: OTHER_USERNAMES_MAX }, (_, i) => inventAnotherUsername(id, i + 1))
}

export function nameTaken(username: string): ControlRefusal {
  return refusal('nameTaken', `The username "${username}" is taken.`)
}
