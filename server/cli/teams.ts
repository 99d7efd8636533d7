import type { Command } from 'commander'
import { listTeamAccountLinks } from '../domain/account-links.ts'
import { createApiToken, listApiTokens } from '../domain/api-tokens.ts'
import { listTeamMembers } from '../domain/members.ts'
import { createTeam, getTeamBySlug, listTeams, setTeamLock, setTeamPlatforms, type Team } from '../domain/teams.ts'
import { withCore } from './core.ts'
import { CommandError } from './failures.ts'
import { answer, type OutputOptions, table, withJson } from './output.ts'

export function addTeamCommands(program: Command): void {
  const team = program.command('team').description('create and show teams')
  withJson(
    team
      .command('create')
      .description('create a team with its owner and a first API token')
      .argument('<name>', 'what people call it')
      .requiredOption('--owner-email <address>', 'e-mail address of the owner')
      .option('--owner-name <name>', 'name of the owner')
      .option('--slug <slug>', 'short name for commands and links (default: made from the name)')
      .option('--currency <code>', 'what valuations are in, for example EUR (default: USD)'),
  ).action(create)
  withJson(team.command('list').description('list all teams')).action(list)
  withJson(
    team.command('show').description('show a team and what it has').argument('<slug>', 'the short name of the team'),
  ).action(show)
  const onTeam = (name: string) => team.command(name).argument('<slug>', 'the short name of the team')
  withJson(onTeam('lock').description('let a team read and change nothing, whatever its tokens')).action(lock)
  withJson(onTeam('unlock').description('let a team change things again')).action(unlock)
  withJson(
    onTeam('platforms')
      .description('say which platforms a team can use; without any, show them')
      .argument('[platform...]', 'for example twitter')
      .option('--all', 'every one the server speaks to'),
  ).action(platforms)
}

interface CreateOptions extends OutputOptions {
  ownerEmail: string
  ownerName?: string
  slug?: string
  currency?: string
}

function create(name: string, options: CreateOptions): Promise<void> {
  return withCore(async (core) => {
    const { slug, currency, ownerEmail: email, ownerName } = options
    const { team, member } = await createTeam(core, { name, slug, currency, owner: { email, name: ownerName } })
    const { token } = await createApiToken(core, team.id, {
      memberId: member.id,
      name: 'first token',
      expiresAt: null,
    })
    const lines = [`Team:   ${team.name} (${team.slug})`, `Owner:  ${member.email}`, `Token:  ${token}`]
    answer(options, { team, member, token }, lines.join('\n'))
    if (!options.json) process.stderr.write('The token is shown only now.\n')
  })
}

function list(options: OutputOptions): Promise<void> {
  return withCore(async (core) => {
    const teams = await listTeams(core)
    const rows = teams.map(({ slug, name, currency, createdAt }) => [slug, name, currency, createdAt])
    answer(options, { teams }, table(['SLUG', 'NAME', 'CURRENCY', 'CREATED'], rows, 'There are no teams yet.'))
  })
}

function show(slug: string, options: OutputOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, slug)
    const [members, accountLinks, tokens] = await Promise.all([
      listTeamMembers(core, team.id),
      listTeamAccountLinks(core, team.id),
      listApiTokens(core, team.id),
    ])
    const apiTokens = tokens.filter(({ revokedAt }) => revokedAt === null)
    const lines = [
      `Team:      ${team.name} (${team.slug})`,
      `Id:        ${team.id}`,
      `Created:   ${team.createdAt}`,
      `Currency:  ${team.currency}`,
      `Locked:    ${team.lockedAt ? `since ${team.lockedAt}` : 'no'}`,
      `Platforms: ${platformsOf(team)}`,
      `Members:   ${members.map(({ email, role }) => `${email} (${role})`).join(', ')}`,
      `Accounts:  ${accountLinks.map(({ username, status }) => `@${username} (${status})`).join(', ') || 'none'}`,
      `Tokens:    ${apiTokens.map(({ name, hint }) => `${name} (…${hint})`).join(', ') || 'none'}`,
    ]
    answer(options, { team, members, accountLinks, apiTokens }, lines.join('\n'))
  })
}

function lock(slug: string, options: OutputOptions): Promise<void> {
  return setLock(slug, true, options)
}

function unlock(slug: string, options: OutputOptions): Promise<void> {
  return setLock(slug, false, options)
}

function setLock(slug: string, isLocked: boolean, options: OutputOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await setTeamLock(core, (await getTeamBySlug(core, slug)).id, isLocked)
    const text = isLocked ? 'can be read and not changed' : 'can be changed'
    answer(options, { team }, `${team.name} ${text}; every server knows within a second.`)
  })
}

function platforms(slug: string, named: string[], options: OutputOptions & { all?: true }): Promise<void> {
  return withCore(async (core) => {
    if (options.all && named.length > 0) throw new CommandError('Name platforms or write --all, not both.')
    const known = await getTeamBySlug(core, slug)
    const isChange = options.all || named.length > 0
    const team = isChange ? await setTeamPlatforms(core, known.id, options.all ? null : named) : known
    answer(options, { team }, `${team.name} can use: ${platformsOf(team)}`)
  })
}

function platformsOf({ platforms }: Team): string {
  return platforms?.join(', ') ?? 'all that the server speaks to'
}
