import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { projectFile } from '../store/project-file.ts'
import { systemClock } from './clock.ts'
import { signatureHeaders } from './webhook-signatures.ts'

const guide = readFileSync(projectFile('docs/guides/receiving-webhooks.md'), 'utf8')
const secret = 'ibt_wh_4fJq8sKp2LxW9vBz7NcR3tYhGdMaEu1iQo'
const body = '{"text":"Où est la commande? 📦"}'

/** What a receiver may be shown, and whether it comes from us. */
const shown = (() => {
  const sign = (secrets: string[], agoMs = 0) =>
    signatureHeaders(secrets, {
      id: 'e5v8n1t4i7d0s3e6q9a2b5c8',
      body: Buffer.from(body),
      at: new Date(systemClock.now().getTime() - agoMs),
    })['x-inbox-signature'] ?? ''
  return [
    { what: 'signed now', signature: sign([secret]), isGenuine: true },
    { what: 'signed with a new secret and this one', signature: sign(['ibt_wh_new', secret]), isGenuine: true },
    { what: 'with spaces', signature: sign([secret]).replace(',', ', '), isGenuine: true },
    { what: 'signed with another secret', signature: sign(['ibt_wh_other']), isGenuine: false },
    { what: 'signed six minutes ago', signature: sign([secret], 360_000), isGenuine: false },
    { what: 'without a time', signature: sign([secret]).replace(/t=\d+,/, ''), isGenuine: false },
    { what: 'with a time that is none', signature: sign([secret]).replace(/t=\d+/, 't=soon'), isGenuine: false },
    {
      what: 'with a time of any length',
      signature: sign([secret]).replace(/t=\d+/, `t=${'9'.repeat(5_000)}`),
      isGenuine: false,
    },
    { what: 'with letters of any alphabet', signature: `${sign([secret]).replace(/v1=.*/, '')}v1=é`, isGenuine: false },
    { what: 'with half a signature', signature: sign([secret]).slice(0, -32), isGenuine: false },
    { what: 'with anything', signature: 'v1', isGenuine: false },
    { what: 'with nothing', signature: '', isGenuine: false },
  ]
})()

const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0)

test("the guide's TypeScript tells what we signed from everything else", () => {
  const verdicts = verdictsOf('ts', 'verify.ts', [process.execPath, '--import', 'tsx'], ({ signature }) => {
    return `console.log(isGenuine(Buffer.from(${JSON.stringify(body)}), ${JSON.stringify(signature)}, '${secret}'))`
  })

  expect(verdicts).toEqual(shown.map(({ what, isGenuine }) => `${what}: ${isGenuine}`))
})

test.skipIf(!python)("the guide's Python tells what we signed from everything else", () => {
  const verdicts = verdictsOf('python', 'verify.py', [python ?? ''], ({ signature }) => {
    return `print(str(is_genuine(${JSON.stringify(body)}.encode(), ${JSON.stringify(signature)}, "${secret}")).lower())`
  })

  expect(verdicts).toEqual(shown.map(({ what, isGenuine }) => `${what}: ${isGenuine}`))
})

/** Runs the guide's code of a language, and a line for each that prints whether it is believed. */
function verdictsOf(
  language: string,
  name: string,
  [command = '', ...args]: string[],
  callOn: (one: (typeof shown)[number]) => string,
): string[] {
  const [, code = ''] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(guide) ?? []
  // Inside the project, where its packages are found.
  const folder = mkdtempSync(join(tmpdir(), 'guide-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, name)
  writeFileSync(file, `${code}\n${shown.map(callOn).join('\n')}\n`)
  const { stdout, stderr } = spawnSync(command, [...args, file], { cwd: projectFile(''), encoding: 'utf8' })
  const answers = stdout.trim().split('\n')
  return answers.length === shown.length ? shown.map(({ what }, i) => `${what}: ${answers[i]}`) : [stderr]
}
