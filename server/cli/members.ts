import { type Command, Option } from 'commander'
import type { Role } from '../domain/context.ts'
import {
  addMember,
  changeMemberRole,
  getTeamMember,
  listTeamMembers,
  type Member,
  removeMember,
} from '../domain/members.ts'
import { getTeamBySlug } from '../domain/teams.ts'
import { withCore } from './core.ts'
import { answer, type OutputOptions, table, withJson } from './output.ts'

const roles = ['owner', 'admin', 'user'] as const satisfies Role[]

export function addMemberCommands(program: Command): void {
  const member = program.command('member').description('who belongs to a team, and as what')
  const inTeam = (name: string) => member.command(name).requiredOption('--team <slug>', 'the short name of the team')

  withJson(
    inTeam('add')
      .description('add a person to a team')
      .requiredOption('--email <address>', 'e-mail address')
      .option('--name <name>', 'what colleagues see')
      .addOption(new Option('--role <role>', 'what they may do').choices(roles).default('user')),
  ).action(add)
  withJson(inTeam('list').description('list the members of a team')).action(list)
  withJson(
    inTeam('role')
      .description('give a member another role')
      .argument('<member>', 'id or e-mail address')
      .addArgument(member.createArgument('<role>', 'the new role').choices(roles)),
  ).action(changeRole)
  withJson(
    inTeam('remove')
      .description('remove a member; their tokens stop working')
      .argument('<member>', 'id or e-mail address'),
  ).action(remove)
}

interface MemberOptions extends OutputOptions {
  team: string
}

function add(options: MemberOptions & { email: string; name?: string; role: Role }): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const { email, name, role } = options
    const member = await addMember(core, team.id, { email, name, role })
    answer(options, { member }, `${described(member)} joined ${team.name}.`)
  })
}

function list(options: MemberOptions): Promise<void> {
  return withCore(async (core) => {
    const members = await listTeamMembers(core, (await getTeamBySlug(core, options.team)).id)
    const rows = members.map(({ id, email, name, role }) => [id, email, role, name ?? ''])
    answer(options, { members }, table(['ID', 'E-MAIL', 'ROLE', 'NAME'], rows, 'The team has no members.'))
  })
}

function changeRole(idOrEmail: string, role: Role, options: MemberOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const { id } = await getTeamMember(core, team.id, idOrEmail)
    const member = await changeMemberRole(core, team.id, id, role)
    answer(options, { member }, `${member.email} is now ${role} of ${team.name}.`)
  })
}

function remove(idOrEmail: string, options: MemberOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const member = await getTeamMember(core, team.id, idOrEmail)
    await removeMember(core, team.id, member.id)
    answer(options, { removed: member }, `${described(member)} left ${team.name}.`)
  })
}

function described({ name, email, role }: Member): string {
  return `${name ? `${name} <${email}>` : email} (${role})`
}
