import type { AttemptRecord } from '../../store/webhook-queue.ts'
import { pause } from '../clock.ts'

/** What may be sent and not written down: as much is repeated when the process dies. */
const UNRECORDED_MAX = 16
/** Most of what a statement costs does not depend on how many attempts are in it, so it waits for this many. */
const GROUP = UNRECORDED_MAX / 2
/** Nobody waits longer for a group, in real time; whoever needs it all written down does not wait at all. */
const GATHER_MS = 10

/**
 * Writes attempts down while the next are under way, several in one statement. Once `write` said that it was for nothing, nothing more is
 * written.
 */
export class Recorder {
  private queue: { record: AttemptRecord; done: (isRecorded: boolean) => void }[] = []
  private writing: Promise<void> | null = null
  private underWay = 0
  private isVain = false
  private waiting: (() => void)[] = []
  /** How many wait until all is written down. */
  private flushes = 0
  private stopGathering = () => {}

  constructor(
    /** False: the lease is lost. */
    private readonly write: (records: readonly AttemptRecord[]) => Promise<boolean>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Resolves once it is written down; false = it never will be. */
  add(record: AttemptRecord): Promise<boolean> {
    return new Promise((done) => {
      this.queue.push({ record, done })
      if (this.queue.length >= GROUP) this.stopGathering()
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
    this.flushes++
    this.stopGathering()
    while (this.writing) await this.writing
    this.flushes--
  }

  private async writeAll(): Promise<void> {
    while (this.queue.length > 0) {
      await this.gather()
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

  private async gather(): Promise<void> {
    if (this.flushes > 0 || this.queue.length >= GROUP) return
    const enough = new Promise<void>((resolve) => {
      this.stopGathering = resolve
    })
    await Promise.race([enough, pause(GATHER_MS)])
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
