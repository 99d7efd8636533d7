import type { Connector } from '../connectors/connector.ts'
import type { Core } from '../domain/context.ts'
import { receiveNews } from '../domain/incoming.ts'
import type { Worker } from './worker.ts'

/** Accounts whose news is applied at the same time. Each takes a connection while it is. */
const ACCOUNTS_AT_ONCE = 4
/** After a failure the account is looked at again; what failed may have been the network. */
const RETRY_MS = 2_000

/** Applies what the platform reports, account by account in its order. News that arrives meanwhile is looked at next. */
export async function startReceiving(core: Core, connector: Connector): Promise<Worker> {
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  let stopped = false

  function startNext(): void {
    for (const account of waiting) {
      if (stopped || running.size >= ACCOUNTS_AT_ONCE) return
      if (running.has(account)) continue
      waiting.delete(account)
      running.set(account, receive(account))
    }
  }

  async function receive(account: string): Promise<void> {
    try {
      await receiveNews(core, connector.name, account)
    } catch (error) {
      core.meter?.receivingFailed()
      core.log.error({ err: error, account }, 'receiving news failed, trying again')
      core.clock.after(RETRY_MS, () => noteNews(account))
    } finally {
      running.delete(account)
      startNext()
    }
  }

  function noteNews(account: string): void {
    waiting.add(account)
    startNext()
  }

  const stopWatching = await connector.watch(noteNews)
  return {
    async stop() {
      stopped = true
      await stopWatching()
      await Promise.all(running.values())
    },
  }
}
