import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { projectFile } from '../store/project-file.ts'
import { testEnvironment } from './harness.ts'

/** A server in a process of its own, as people run it. */
export interface ServerProcess {
  /** Without a slash at the end. */
  url: string
  /** Ends it without a chance to say goodbye, if it has not ended yet. */
  kill(): Promise<void>
  /** It stands still, as under a debugger or on a machine that sleeps, until it is resumed. */
  pause(): void
  resume(): void
}

/** Starts `open-inbox serve` on a free port and waits until it answers. */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [projectFile('bin/open-inbox.mjs'), 'serve', '--json'], {
    env: {
      ...process.env,
      ...testEnvironment,
      OPEN_INBOX_LOG_LEVEL: 'fatal',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const facts = JSON.parse(await firstLine(child)) as { baseUrl: string } | { probesUrl: string }
  return {
    url: 'baseUrl' in facts ? facts.baseUrl.replace(/\/api\/v1$/, '') : facts.probesUrl,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the process has no output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the server ended before it was ready')
}
