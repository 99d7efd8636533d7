import { setLively } from './connectors/sandbox/control.ts'
import type { Sandbox } from './connectors/sandbox/sandbox.ts'
import { team } from './demo/cast.ts'
import { seedDemo } from './demo/seed.ts'
import type { Core } from './domain/context.ts'
import { DomainError } from './domain/errors.ts'
import { listTeamMembers } from './domain/members.ts'
import type { MemberId, TeamId } from './store/ids.ts'
import { findDemoTeam } from './store/teams.ts'

export interface DemoOptions {
  sandbox: Sandbox
  /** How often somebody does something by themselves; null = never. */
  trafficMs: number | null
}

export interface Demo {
  teamId: TeamId
  /** The team's owner, as whom the demo's token acts. */
  memberId: MemberId
  created: boolean
}

/** The demo's team with all that belongs to it, made unless it is there already. */
export async function ensureDemo(core: Core, { sandbox, trafficMs }: DemoOptions): Promise<Demo> {
  const demo = (await findDemo(core)) ?? (await makeDemo(core, sandbox))
  await setLively(sandbox, demo.teamId, trafficMs === null ? null : { everyMs: trafficMs })
  return demo
}

async function findDemo(core: Core): Promise<Demo | null> {
  const existing = await findDemoTeam(core.db)
  if (!existing) return null
  const owner = (await listTeamMembers(core, existing.id)).find(({ role }) => role === 'owner')
  if (!owner) throw new Error(`the team ${existing.id} has no owner`)
  return { teamId: existing.id, memberId: owner.id, created: false }
}

/** Of two servers that start at the same time, one makes it. */
async function makeDemo(core: Core, sandbox: Sandbox): Promise<Demo> {
  const made = await seedDemo(core, sandbox)
  if (made) return { teamId: made.id, memberId: made.members.ines.id, created: true }
  const theirs = await findDemo(core)
  if (!theirs) {
    throw new DomainError(
      'conflict',
      'slugTaken',
      `There is a team "${team.slug}" that is not the demo's, and the demo leaves it alone. Give it a database of its own: another DATABASE_URL, or none.`,
    )
  }
  return theirs
}
