import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { withStorage } from './core.ts'
import { answer, type OutputOptions, withJson } from './output.ts'

export function addMigrateCommand(program: Command): void {
  withJson(
    program
      .command('migrate')
      .description("bring the database's tables up to date (the server does so when it starts)"),
  ).action(migrate)
}

function migrate(options: OutputOptions): Promise<void> {
  return withStorage(readConfig(process.env), { migrates: true }, async ({ applied }) => {
    const text =
      applied.length === 0 ? 'The database is up to date.' : applied.map((name) => `applied ${name}`).join('\n')
    answer(options, { applied }, text)
  })
}
