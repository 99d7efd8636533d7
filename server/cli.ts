import { Command, CommanderError } from 'commander'
import { addAccountCommands } from './cli/accounts.ts'
import { addConfigCommands } from './cli/config.ts'
import { addDemoCommand } from './cli/demo.ts'
import { addDoctorCommand } from './cli/doctor.ts'
import { reportFailure } from './cli/failures.ts'
import { addMemberCommands } from './cli/members.ts'
import { addMigrateCommand } from './cli/migrate.ts'
import { addServeCommand } from './cli/serve.ts'
import { addTeamCommands } from './cli/teams.ts'
import { addTokenCommands } from './cli/tokens.ts'
import { addWebhookCommands } from './cli/webhooks.ts'
import { readVersion } from './version.ts'

const EXAMPLES = `
Examples:
  open-inbox demo                                              try it: sandbox, demo data and a token
  open-inbox serve                                             the server
  open-inbox team create "Harbor Co" --owner-email jo@harbor.example
  open-inbox token create --team harbor-co --name zapier --expires 90d
  open-inbox webhooks listen --forward-to http://localhost:4000/hook
  open-inbox doctor                                            what is wrong here?

Settings come from the environment: "open-inbox config print" shows them.
Every command has --help and --json. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`

async function main(): Promise<number> {
  const program = createProgram()
  try {
    await program.parseAsync()
    return process.exitCode === undefined ? 0 : Number(process.exitCode)
  } catch (error) {
    if (error instanceof CommanderError) return endedBy(error)
    reportFailure(error)
    return 1
  }
}

/** Commander has printed the help or the mistake already. Help that was not asked for means that a word is missing. */
function endedBy({ exitCode }: CommanderError): number {
  return exitCode === 0 ? 0 : 2
}

function createProgram(): Command {
  const program = new Command('open-inbox')
    .description('A self-hosted team inbox for direct messages, with the Inbox API.')
    .version(readVersion(), '--version')
    .helpOption('--help', 'display help')
    .exitOverride()
    .showHelpAfterError('Try the same with --help.')
    .addHelpText('after', EXAMPLES)
  addServeCommand(program)
  addDemoCommand(program)
  addMigrateCommand(program)
  addTeamCommands(program)
  addMemberCommands(program)
  addTokenCommands(program)
  addAccountCommands(program)
  addWebhookCommands(program)
  addDoctorCommand(program)
  addConfigCommands(program)
  return program
}

// `open-inbox team list | head -1`: who has read enough is no failure, and the command still has to leave the database.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

// A finished command ends, whatever a package still keeps open.
process.exit(await main())
