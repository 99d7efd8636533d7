import { sandboxConnector } from '../server/connectors/sandbox/connector.ts'
import { systemClock } from '../server/domain/clock.ts'
import type { Actor, Context } from '../server/domain/context.ts'
import { updateProspect } from '../server/domain/prospects.ts'
import { sendMessage } from '../server/domain/sends.ts'
import type { Database } from '../server/store/database.ts'
import type { EmbeddedConnection } from '../server/store/embedded.ts'
import type { ThreadId } from '../server/store/ids.ts'
import { listMessages } from '../server/store/messages.ts'
import { listThreadsOfProspect } from '../server/store/prospects.ts'
import { listThreads, type PageRequest, type ThreadFilter } from '../server/store/thread-lists.ts'
import { findThread } from '../server/store/threads.ts'
import { coreOn } from './core.ts'
import { openPlainDatabase } from './plain-database.ts'
import { answerJobs, closedLoop, type Round } from './processes.ts'

/** The statements of one operation, as the server runs them. */
export type Statements =
  | { operation: 'getThread'; threadId: string }
  | { operation: 'listThreads'; filter: ThreadFilter; page: PageRequest }
  | { operation: 'listMessages'; threadId: string; limit: number }
  | { operation: 'updateContext'; prospectId: string }
  | { operation: 'sendMessage'; threadId: string; content: string }

export interface DriverJob {
  connection: EmbeddedConnection
  actor: Actor
  calls: readonly Statements[]
  atOnce: number
  ms: number
}

const databases = new Map<string, Database>()

// The same functions the server calls, without a server around them and with nothing but the driver under them.
answerJobs<DriverJob, Round>(async ({ connection, actor, calls, atOnce, ms }) => {
  const ctx = contextOf(connection, actor)
  let next = Math.floor(Math.random() * calls.length)
  return closedLoop({ atOnce, ms }, async () => {
    const call = calls[next++ % calls.length]
    if (!call) throw new Error('there is nothing to call')
    await run(ctx, call)
    return true
  })
})

function contextOf(connection: EmbeddedConnection, actor: Actor): Context {
  let db = databases.get(connection.host)
  if (!db) {
    db = openPlainDatabase(connection)
    databases.set(connection.host, db)
  }
  const sandbox = { database: db, clock: systemClock, onError: (error: Error) => console.error(error) }
  const connectors = new Map([['sandbox', sandboxConnector(sandbox)]])
  return { ...coreOn({ db, connectors }), actor }
}

let notes = 0

async function run(ctx: Context, call: Statements): Promise<void> {
  const { teamId } = ctx.actor
  switch (call.operation) {
    case 'getThread':
      await findThread(ctx.db, teamId, call.threadId)
      return
    case 'listThreads':
      await listThreads(ctx.db, teamId, call.filter, { ...call.page, limit: call.page.limit + 1 })
      return
    case 'listMessages': {
      const thread = await findThread(ctx.db, teamId, call.threadId)
      const page = { order: 'desc', after: null, limit: call.limit + 1 } as const
      await listMessages(ctx.db, teamId, (thread?.id ?? call.threadId) as ThreadId, page)
      return
    }
    case 'updateContext': {
      const prospect = await updateProspect(ctx, call.prospectId, {
        notes: `Noted directly: ${process.pid} ${++notes}`,
      })
      await listThreadsOfProspect(ctx.db, teamId, prospect.id)
      return
    }
    case 'sendMessage':
      await sendMessage(
        ctx,
        { type: 'thread', threadId: call.threadId },
        { content: call.content, withoutPlan: 'peopleWhoWrote' },
      )
  }
}
