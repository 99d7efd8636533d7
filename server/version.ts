import { readFileSync } from 'node:fs'
import { projectFile } from './store/project-file.ts'

/** Of this software, as its package says. */
export function readVersion(): string {
  // Our own file.
  const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { version: string }
  return version
}
