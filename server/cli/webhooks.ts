import { type Command, InvalidArgumentError, Option } from 'commander'
import { words } from '../config.ts'
import { type OutputOptions, withJson } from './output.ts'

/** Every option that says which server, and as whom. */
export interface ServerOptions extends OutputOptions {
  token: string
  url?: string
}

export function addWebhookCommands(program: Command): void {
  const webhooks = program.command('webhooks').description('for whoever writes a receiver of webhooks')
  const url = new Option('--url <url>', 'the server (default: the one that is configured here)').env('OPEN_INBOX_URL')
  const token = new Option('--token <token>', 'an API token of the team').env('OPEN_INBOX_TOKEN')
  const secret = new Option('--secret <secret>', 'what signs (default: one is made up and printed)').argParser(
    parseSecret,
  )
  const version = new Option('--api-version <version>', 'in the form of which version').choices(['1', '2']).default('2')

  withJson(
    webhooks
      .command('listen')
      .description("post a team's events to your receiver as they happen, signed like webhooks; Ctrl-C ends it")
      .requiredOption('--forward-to <url>', 'your receiver, for example http://localhost:4000/hook', parseReceiver)
      .option('--types <types>', 'only these, like message.received,tag.* (default: all)', parseTypes)
      .option('--after-seq <seq>', 'begin after this number of the log (default: with what happens next)', parseSeq)
      .addOption(version)
      .addOption(secret)
      .addOption(url)
      .addOption(token.makeOptionMandatory())
      .addHelpText(
        'after',
        '\nThe team needs no webhook endpoint for it. What the receiver refuses is not sent again.',
      ),
  ).action(async (options) => (await import('./webhooks/listen.ts')).listen(options))

  withJson(
    webhooks
      .command('trigger')
      .description('send a believable event that did not happen, to your receiver or to webhook endpoints of the team')
      .argument('<type>', 'for example message.received')
      .option('--forward-to <url>', 'your receiver; no server is asked', parseReceiver)
      .option('--endpoint <id>', 'one webhook endpoint (default: all that are enabled for the type)')
      .addOption(version)
      .addOption(secret)
      .addOption(url)
      .addOption(new Option('--token <token>', 'an API token of the team').env('OPEN_INBOX_TOKEN')),
  ).action(async (type, options) => (await import('./webhooks/trigger.ts')).trigger(type, options))
}

function parseReceiver(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Write an address like http://localhost:4000/hook.')
  }
  return url
}

/** An unset variable of a shell is no secret. */
function parseSecret(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.')
  return text
}

function parseTypes(text: string): string[] {
  const types = words(text)
  if (types.length === 0) throw new InvalidArgumentError('It names no type.')
  return types
}

function parseSeq(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new InvalidArgumentError('Write a whole number; 0 begins with the oldest event kept.')
  return Number(text)
}
