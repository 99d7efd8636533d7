import type { Queryable } from '../../store/database.ts'
import type { AttachmentInput } from './attachments.ts'

/** What somebody is going to do. Kept in the database, so that it happens whatever happens to the process. */
export type Plan =
  /** Look at a message of ours and decide what to do about it. */
  | { kind: 'answer'; messageId: string }
  | { kind: 'typing'; personId: string; accountId: string }
  | {
      kind: 'write'
      world: string
      personId: string
      accountId: string
      content: string
      /** Left out: nothing. */
      attachments?: AttachmentInput[]
      correction: Correction | null
    }
  | { kind: 'edit'; personId: string; messageId: string; content: string }
  | { kind: 'unsend'; personId: string; messageId: string }
  /** What is attached becomes ready. */
  | { kind: 'finish'; messageId: string; index: number }
  | { kind: 'react'; personId: string; messageId: string; emoji: string }
  /** Make something happen in a lively world; the turn tells whether it has been made anew since. */
  | { kind: 'liven'; world: string; turn: number }

export interface Correction {
  content: string
  afterMs: number
}

export async function insertPlan(db: Queryable, dueAt: Date, { kind, ...payload }: Plan): Promise<void> {
  await db.query`select sandbox.plan(${dueAt}, ${kind}, ${JSON.stringify(payload)})`
}
