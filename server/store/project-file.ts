import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of a file that belongs to the project, whether the code runs from source or from the bundle. */
export function projectFile(path: string): string {
  return join(projectRoot(), path)
}

function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('the package.json of open-inbox is missing')
    folder = dirname(folder)
  }
  return folder
}
