import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { projectFile } from '../../server/store/project-file.ts'

const forbidden = `
import http from 'node:http'
import * as https from 'node:https'
import { request } from 'node:https'
import { createServer, get } from 'node:http'
import { connect } from 'node:net'
import { connect as secure } from 'tls'
import { Agent } from 'undici'
import 'undici'
export { connect as another } from 'node:tls'
export * from 'node:http2'
export const a = await import('undici')
export const b = fetch('https://example.com')
export const c = globalThis.fetch
export const d = new WebSocket('wss://example.com')
export const e = { fetch }
export const { WebSocket } = globalThis
export const g = require('node:https')
export const h = await import('net')
`

const harmless = `
import { createServer, STATUS_CODES, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isIP } from 'node:net'
export const fetchProfile = () => ({ createServer, STATUS_CODES, isIP })
export type Mine = ServerResponse | Socket
export const fetched = { fetchedAt: 'net', way: 'http' }
`

const guarded = ['http', 'http/v2', 'workers', 'domain', 'store', 'connectors/x', 'cli', '.'].map(
  (folder) => `server/${folder}/new.ts`,
)

test('no way to call another machine passes the linter, but in server/outbound/', { timeout: 120_000 }, () => {
  const project = copyOfRules()
  for (const path of guarded) put(project, path, forbidden)
  put(project, 'server/outbound/new.ts', forbidden)
  put(project, 'server/http/harmless.ts', harmless)

  const { stdout, stderr } = spawnSync(
    projectFile('node_modules/.bin/biome'),
    ['lint', '--max-diagnostics=none', '.'],
    {
      cwd: project,
      encoding: 'utf8',
    },
  )
  rmSync(project, { recursive: true })

  const said = stdout + stderr
  // A rule the linter cannot read is no error to it.
  expect(said).not.toContain('errored')
  const places = [...said.matchAll(/^(\S+\.ts):(\d+):\d+ plugin/gm)].map(([, file, line]) => `${file}:${line}`).sort()
  const lines = forbidden.split('\n').flatMap((text, index) => (text === '' ? [] : [index + 1]))
  expect(places).toEqual(guarded.flatMap((path) => lines.map((line) => `${normalize(path)}:${line}`)).sort())
})

/** A project of its own, so that no other check meets these files. */
function copyOfRules(): string {
  const project = mkdtempSync(join(tmpdir(), 'open-inbox-lint-'))
  const rules = JSON.parse(readFileSync(projectFile('biome.json'), 'utf8'))
  put(project, 'biome.json', JSON.stringify({ ...rules, $schema: undefined, vcs: undefined }))
  cpSync(projectFile('scripts/lint'), join(project, 'scripts/lint'), { recursive: true })
  return project
}

function put(project: string, path: string, text: string) {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}
