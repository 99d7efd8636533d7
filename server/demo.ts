import type { Sandbox } from './connectors/sandbox/sandbox.ts'
import type { Core } from './domain/context.ts'
import { listTeamMembers } from './domain/members.ts'
import { createTeam, listTeams } from './domain/teams.ts'
import type { MemberId, TeamId } from './store/ids.ts'

export interface DemoOptions {
  sandbox: Sandbox
  /** How often somebody does something by themselves; null = never. */
  trafficMs: number | null
}

const SLUG = 'harbor-co'

/** The demo's team with all that belongs to it, made unless it is there already; and the member as whom the demo's token acts. */
export async function ensureDemo(
  core: Core,
  _options: DemoOptions,
): Promise<{ teamId: TeamId; memberId: MemberId; created: boolean }> {
  const existing = (await listTeams(core)).find(({ slug }) => slug === SLUG)
  if (!existing) {
    const owner = { email: 'demo@example.com', name: 'Dana Demo' }
    const { team, member } = await createTeam(core, { name: 'Harbor Co', slug: SLUG, owner })
    return { teamId: team.id, memberId: member.id, created: true }
  }
  const owner = (await listTeamMembers(core, existing.id)).find(({ role }) => role === 'owner')
  if (!owner) throw new Error(`the team ${existing.id} has no owner`)
  return { teamId: existing.id, memberId: owner.id, created: false }
}
