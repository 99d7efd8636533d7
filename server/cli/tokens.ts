import type { Command } from 'commander'
import { createApiToken, listApiTokens, revokeApiToken } from '../domain/api-tokens.ts'
import type { Core } from '../domain/context.ts'
import { getTeamMember, listTeamMembers, type Member } from '../domain/members.ts'
import { getTeamBySlug, type Team } from '../domain/teams.ts'
import { withCore } from './core.ts'
import { answer, type OutputOptions, parseExpiry, table, withJson } from './output.ts'

export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('API tokens of a team')
  const inTeam = (name: string) => token.command(name).requiredOption('--team <slug>', 'the short name of the team')

  withJson(
    inTeam('create')
      .description('create an API token; it is printed once and never again')
      .requiredOption('--name <name>', 'what it is for')
      .option('--member <id or e-mail>', 'as whom it acts (default: the first owner)')
      .option('--expires <when>', '90d, 12h, 2w or a date (default: never)', parseExpiry),
  ).action(create)
  withJson(inTeam('list').description('list the tokens of a team, without the tokens themselves')).action(list)
  withJson(
    inTeam('revoke')
      .description('make a token useless, on running servers within a second')
      .argument('<token>', 'id of the token, from "token list"'),
  ).action(revoke)
}

interface TokenOptions extends OutputOptions {
  team: string
}

function create(options: TokenOptions & { name: string; member?: string; expires?: Date }): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const { id: memberId } = await holderOf(core, team, options.member)
    const request = { memberId, name: options.name, expiresAt: options.expires ?? null }
    const { token, apiToken } = await createApiToken(core, team.id, request)
    // Alone on stdout, so that a script can put it where it belongs.
    answer(options, { token, apiToken }, token)
    if (!options.json) process.stderr.write('The token is shown only now.\n')
  })
}

async function holderOf(core: Core, team: Team, idOrEmail: string | undefined): Promise<Member> {
  if (idOrEmail !== undefined) return getTeamMember(core, team.id, idOrEmail)
  const owner = (await listTeamMembers(core, team.id)).find(({ role }) => role === 'owner')
  if (!owner) throw new Error(`the team ${team.id} has no owner`)
  return owner
}

function list(options: TokenOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const [apiTokens, members] = await Promise.all([listApiTokens(core, team.id), listTeamMembers(core, team.id)])
    const emails = new Map(members.map(({ id, email }) => [id, email]))
    const rows = apiTokens.map(({ id, name, hint, memberId, lastUsedAt, expiresAt, revokedAt }) => [
      id,
      name,
      `…${hint}`,
      emails.get(memberId) ?? 'a removed member',
      lastUsedAt ?? 'never',
      revokedAt ? `revoked ${revokedAt}` : expiresAt ? `expires ${expiresAt}` : 'valid',
    ])
    const head = ['ID', 'NAME', 'ENDS IN', 'MEMBER', 'LAST USED', 'STATE']
    answer(options, { apiTokens }, table(head, rows, 'The team has no tokens.'))
  })
}

function revoke(id: string, options: TokenOptions): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const apiToken = await revokeApiToken(core, team.id, id)
    answer(options, { apiToken }, `The token "${apiToken.name}" (…${apiToken.hint}) no longer works.`)
  })
}
