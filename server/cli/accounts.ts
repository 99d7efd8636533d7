import { type Command, InvalidArgumentError } from 'commander'
import * as control from '../connectors/sandbox/control.ts'
import { type ControlRefusal, isRefusal, type Sandbox, sandboxPlatform } from '../connectors/sandbox/sandbox.ts'
import { type AccountLink, linkAccount, listTeamAccountLinks, setAccountLinkState } from '../domain/account-links.ts'
import type { Core } from '../domain/context.ts'
import { notFound } from '../domain/errors.ts'
import { getTeamBySlug, type Team } from '../domain/teams.ts'
import { withCore } from './core.ts'
import { CommandError } from './failures.ts'
import { answer, type OutputOptions, table, withJson } from './output.ts'

export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('the accounts a team writes from')
  const inTeam = (name: string) => account.command(name).requiredOption('--team <slug>', 'the short name of the team')
  const onAccount = (name: string) => inTeam(name).argument('<account>', 'id or username')

  withJson(inTeam('list').description('list the accounts of a team')).action(list)
  withJson(
    inTeam('add-sandbox')
      .description('sign up another account on the simulated platform, and link it')
      .option('--username <name>', 'what it is called there (default: made up)', readUsername),
  ).action(addSandbox)
  withJson(onAccount('pause').description('let the simulated platform pause an account')).action(pause)
  withJson(onAccount('resume').description('let the simulated platform end the pause')).action(resume)
}

interface AccountOptions extends OutputOptions {
  team: string
}

function list(options: AccountOptions): Promise<void> {
  return withCore(async (core) => {
    const accountLinks = await listTeamAccountLinks(core, (await getTeamBySlug(core, options.team)).id)
    const rows = accountLinks.map(({ id, username, displayName, connector, status }) => {
      return [id, `@${username}`, displayName, connector, status]
    })
    const head = ['ID', 'USERNAME', 'NAME', 'CONNECTOR', 'STATUS']
    answer(options, { accountLinks }, table(head, rows, 'The team has no accounts.'))
  })
}

function addSandbox(options: AccountOptions & { username?: string }): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const { username } = options
    const { status, ...account } = granted(await control.createAccount(sandboxOf(core), team.id, { username }))
    const accountLink = await linkAccount(core, team.id, {
      ...account,
      connector: 'sandbox',
      platform: sandboxPlatform,
      syncedAt: core.clock.now(),
    })
    answer(options, { accountLink }, `@${accountLink.username} writes for ${team.name} now, ${status}.`)
  })
}

function pause(idOrUsername: string, options: AccountOptions): Promise<void> {
  return setStatus(idOrUsername, options, { status: 'paused', pauseReasons: ['requested'] })
}

function resume(idOrUsername: string, options: AccountOptions): Promise<void> {
  return setStatus(idOrUsername, options, { status: 'active', pauseReasons: [] })
}

function setStatus(
  idOrUsername: string,
  options: AccountOptions,
  change: Pick<AccountLink, 'status' | 'pauseReasons'>,
): Promise<void> {
  return withCore(async (core) => {
    const team = await getTeamBySlug(core, options.team)
    const link = await findLink(core, team, idOrUsername)
    if (link.connector !== 'sandbox') {
      throw new CommandError(`@${link.username} is a real account: only its platform can pause or resume it.`)
    }
    const changed = { accountPlatformId: link.platformId, ...change }
    const state = granted(await control.changeAccountState(sandboxOf(core), team.id, changed))
    // A running server hears of it from the platform too; without one this is where it is noted.
    const accountLink = await setAccountLinkState(core, team.id, link.id, state)
    answer(options, { accountLink }, `@${accountLink.username} is ${accountLink.status}.`)
  })
}

async function findLink(core: Core, team: Team, idOrUsername: string): Promise<AccountLink> {
  const wanted = idOrUsername.replace(/^@/, '')
  const links = await listTeamAccountLinks(core, team.id)
  const link = links.find(({ id, username }) => id === wanted || username.toLowerCase() === wanted.toLowerCase())
  if (!link) throw notFound('accountLink', idOrUsername)
  return link
}

function sandboxOf({ db, clock, log }: Core): Sandbox {
  return { database: db, clock, onError: (error) => log.error({ err: error }, 'the sandbox failed') }
}

function granted<T extends object | string>(result: T | ControlRefusal): T {
  if (typeof result === 'object' && isRefusal(result)) throw new CommandError(result.message)
  // What is left once refusals are out.
  return result as T
}

function readUsername(text: string): string {
  const username = text.replace(/^@/, '')
  if (!/^\w{1,50}$/.test(username)) throw new InvalidArgumentError('1 to 50 letters without accents, digits and _.')
  return username
}
