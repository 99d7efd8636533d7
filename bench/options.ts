import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

export const { values: options } = parseArgs({
  options: {
    threads: { type: 'string', default: '10k,200k,1m' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    'data-dir': { type: 'string', default: path.join(tmpdir(), 'open-inbox-bench') },
    help: { type: 'boolean', default: false },
  },
})

export const help = `npm run bench -- [options]

  --threads 10k,200k,1m   sizes of the databases; writes are measured on the second, or the only one
  --only <text>           only what has this in its name: "GET thread", lists, search, PATCH, POST, inbound, stream,
                          webhooks, start, memory
  --quick                 shorter and fewer rounds
  --data-dir <folder>     where the databases are generated (5 GB for a million threads)
  --keep                  leave them there, and use those of an earlier run
  --markdown              also write docs/benchmarks.md`

export const rounds = options.quick ? 3 : 5
export const roundMs = options.quick ? 500 : 1_500
/** Until the engine has compiled what a server in use has compiled: in the first seconds a page of threads takes it twice as long. */
export const warmUpMs = options.quick ? 1_000 : 4_000
export const listCalls = options.quick ? 60 : 200

export function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+)([km]?)$/i.exec(text.trim()) ?? []
  if (!number) throw new Error(`--threads takes sizes like 10k,200k,1m, not "${text}"`)
  return Number(number) * { '': 1, k: 1_000, m: 1_000_000 }[unit.toLowerCase() as '' | 'k' | 'm']
}

/** `--only` names what is wanted by any part of it. */
export function wanted(name: string): boolean {
  return name.toLowerCase().includes(options.only.toLowerCase())
}

/** Progress; the results alone are on stdout. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
