import type { Queryable, Tx } from '../store/database.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import type { Member } from '../store/members.ts'
import {
  ensureUser,
  findMember,
  findMemberByEmail,
  findMembers as findMemberRows,
  insertMember,
  listMembers as listMemberRows,
  lockOwners,
  removeMember as removeMemberRow,
  updateMemberRole,
} from '../store/members.ts'
import type { Context, Core, Role } from './context.ts'
import { DomainError, invalid, notFound } from './errors.ts'
import { type NewPerson, readPerson } from './teams.ts'

export type { Member } from '../store/members.ts'

/** Oldest first. */
export function listMembers(ctx: Context): Promise<Member[]> {
  return listMemberRows(ctx.db, ctx.actor.teamId)
}

export async function getMember(ctx: Context, id: string): Promise<Member> {
  const member = await findMember(ctx.db, ctx.actor.teamId, id)
  if (!member) throw notFound('member', id)
  return member
}

/** Those of the ids that are members of the team. */
export function findMembers(ctx: Context, ids: readonly string[]): Promise<Member[]> {
  return findMemberRows(ctx.db, ctx.actor.teamId, ids)
}

/** The id, if it is one of a member of the team. */
export async function requireMember(tx: Tx, ctx: Context, id: string): Promise<MemberId> {
  const member = await findMember(tx, ctx.actor.teamId, id)
  if (!member) throw notFound('member', id)
  return member.id
}

/** The same where the member is what a request says somebody is assigned to. */
export async function requireAssignee(db: Queryable, ctx: Context, id: string): Promise<MemberId> {
  const member = await findMember(db, ctx.actor.teamId, id)
  if (!member) throw invalid({ path: ['assigneeId'], message: `names no member of the team: "${id}"` })
  return member.id
}

export async function addMember(core: Core, teamId: TeamId, person: NewPerson & { role: Role }): Promise<Member> {
  const now = core.clock.now()
  return core.db.transaction(async (tx) => {
    const userId = await ensureUser(tx, { ...readPerson(person), now })
    const member = await insertMember(tx, teamId, { userId, role: person.role, now })
    if (!member) throw new DomainError('conflict', 'memberExists', `${person.email} is a member already.`)
    return member
  })
}

export function listTeamMembers(core: Core, teamId: TeamId): Promise<Member[]> {
  return listMemberRows(core.db, teamId)
}

/** By id or e-mail address. */
export async function getTeamMember(core: Core, teamId: TeamId, idOrEmail: string): Promise<Member> {
  const member = (await findMember(core.db, teamId, idOrEmail)) ?? (await findMemberByEmail(core.db, teamId, idOrEmail))
  if (!member) throw notFound('member', idOrEmail)
  return member
}

/** A team keeps at least one owner. */
export async function changeMemberRole(core: Core, teamId: TeamId, id: MemberId, role: Role): Promise<Member> {
  return core.db.transaction(async (tx) => {
    if (role !== 'owner') await requireOtherOwner(tx, teamId, id)
    await updateMemberRole(tx, teamId, id, { role, now: core.clock.now() })
    const member = await findMember(tx, teamId, id)
    if (!member) throw notFound('member', id)
    return member
  })
}

/** The member's tokens stop working; what was assigned to the member stays so until somebody else takes it. */
export async function removeMember(core: Core, teamId: TeamId, id: MemberId): Promise<void> {
  await core.db.transaction(async (tx) => {
    await requireOtherOwner(tx, teamId, id)
    await removeMemberRow(tx, teamId, id, core.clock.now())
  })
}

async function requireOtherOwner(tx: Tx, teamId: TeamId, id: MemberId): Promise<void> {
  const owners = await lockOwners(tx, teamId)
  if (owners.length === 1 && owners[0]?.id === id) {
    throw new DomainError('conflict', 'lastOwner', 'A team needs an owner, and this member is the only one.')
  }
}
