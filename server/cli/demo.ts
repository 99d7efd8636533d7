import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { authenticate, createApiToken } from '../domain/api-tokens.ts'
import type { Core } from '../domain/context.ts'
import type { RunningServer } from '../main.ts'
import type { MemberId, TeamId } from '../store/ids.ts'
import { CommandError } from './failures.ts'
import { type OutputOptions, withJson } from './output.ts'
import { addressesOf, addressLines, runUntilStopped } from './serve.ts'

export function addDemoCommand(program: Command): void {
  withJson(
    program
      .command('demo')
      .description('run the server with the sandbox and a team to play with; print a token for it')
      .addHelpText(
        'after',
        '\nThe data stays in the data folder and the token the same, until you remove the folder.\n' +
          'Warnings go to stderr; OPEN_INBOX_LOG_LEVEL=info shows more.',
      ),
  ).action(demo)
}

async function demo(options: OutputOptions): Promise<void> {
  const config = readConfig({ ...process.env, OPEN_INBOX_LOG_LEVEL: logLevel(process.env) })
  if (!config.roles.has('web')) throw new CommandError('The demo answers requests: OPEN_INBOX_ROLES must include web.')
  const { createLogger } = await import('../main.ts')
  let isSeeding = true
  const surroundings = { logger: createLogger(config, 2), isSeeding: () => isSeeding }
  await runUntilStopped(config, surroundings, async (server) => {
    const { teamId, token } = await prepareDemo(config, server)
    isSeeding = false
    const addresses = addressesOf(config, server)
    if (!addresses) throw new Error('a server with the web role has no address')
    if (options.json) process.stdout.write(`${JSON.stringify({ ...addresses, token, teamId })}\n`)
    else process.stdout.write(demoLines(`${addressLines(addresses)}\nToken:    ${token}`, addresses.baseUrl, token))
  })
}

/** Quiet by default, because what the demo says stands in the same terminal. With `_FILE` set, that decides. */
function logLevel(env: NodeJS.ProcessEnv): string | undefined {
  return env.OPEN_INBOX_LOG_LEVEL || (env.OPEN_INBOX_LOG_LEVEL_FILE ? undefined : 'warn')
}

function demoLines(facts: string, baseUrl: string, token: string): string {
  return `${facts}\n\nTry it:\n  curl -H 'Authorization: Bearer ${token}' '${baseUrl}/threads'\n\nCtrl-C stops it.\n`
}

async function prepareDemo(config: Config, { core, sandbox }: RunningServer) {
  if (!sandbox) throw new CommandError('The demo lives in the sandbox: OPEN_INBOX_SANDBOX must be on.')
  const { ensureDemo } = await import('../demo.ts')
  const { teamId, memberId } = await ensureDemo(core, { sandbox, trafficMs: config.demoTrafficMs })
  return { teamId, token: await ensureToken(core, { file: join(config.dataDir, 'demo-token'), teamId, memberId }) }
}

interface TokenPlace {
  file: string
  teamId: TeamId
  memberId: MemberId
}

/** The database keeps only the token's hash; the demo keeps the token itself beside its data, for its user alone. */
async function ensureToken(core: Core, { file, teamId, memberId }: TokenPlace): Promise<string> {
  const kept = await readToken(file)
  if (kept && (await worksFor(core, teamId, kept))) return kept
  const { token } = await createApiToken(core, teamId, { memberId, name: 'demo', expiresAt: null })
  await keepToken(file, token)
  return token
}

async function readToken(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Not when it was revoked, or the file belongs to another database. */
async function worksFor(core: Core, teamId: TeamId, token: string): Promise<boolean> {
  const actor = await authenticate(core, createHash('sha256').update(token).digest())
  return actor?.teamId === teamId
}

async function keepToken(file: string, token: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  const unfinished = `${file}.new`
  await writeFile(unfinished, `${token}\n`, { mode: 0o600 })
  await rename(unfinished, file)
}
