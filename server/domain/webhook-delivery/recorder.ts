import type { AttemptRecord } from '../../store/webhook-queue.ts'

/** What may be sent and not written down: as much is repeated when the process dies. */
const UNRECORDED_MAX = 16

/**
 * Writes attempts down while the next are under way, all that came back meanwhile in one statement. Once `write` said that it was for
 * nothing, nothing more is written.
 */
export class Recorder {
  private queue: { record: AttemptRecord; done: (isRecorded: boolean) => void }[] = []
  private writing: Promise<void> | null = null
  private underWay = 0
  private isVain = false
  private waiting: (() => void)[] = []

  constructor(
    /** False: the lease is lost. */
    private readonly write: (records: readonly AttemptRecord[]) => Promise<boolean>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  get isIdle(): boolean {
    return this.writing === null
  }

  /** Resolves once it is written down; false = it never will be. */
  add(record: AttemptRecord): Promise<boolean> {
    return new Promise((done) => {
      this.queue.push({ record, done })
      this.writing ??= this.writeAll()
    })
  }

  /** Resolves when one more may be sent. */
  async room(): Promise<void> {
    while (this.writing && this.queue.length + this.underWay >= UNRECORDED_MAX) {
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  /** Resolves when all is written down that was added. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing
  }

  private async writeAll(): Promise<void> {
    while (this.queue.length > 0) {
      const group = this.queue
      this.queue = []
      this.underWay = group.length
      const isRecorded = await this.writeGroup(group.map(({ record }) => record))
      this.underWay = 0
      for (const { done } of group) done(isRecorded)
      for (const resolve of this.waiting.splice(0)) resolve()
    }
    this.writing = null
  }

  private async writeGroup(records: readonly AttemptRecord[]): Promise<boolean> {
    if (this.isVain) return false
    try {
      this.isVain = !(await this.write(records))
    } catch (error) {
      this.isVain = true
      this.onFailure(error)
    }
    return !this.isVain
  }
}
