import type { Clock } from '../domain/clock.ts'

/** Time that stands still until a test moves it. Timers fire in order while it moves. */
export class ManualClock implements Clock {
  private time: number
  private timers: { at: number; work: () => void }[] = []

  constructor(start: Date | string = '2026-03-04T05:06:07.000Z') {
    this.time = new Date(start).getTime()
  }

  now(): Date {
    return new Date(this.time)
  }

  after(delayMs: number, work: () => void): () => void {
    const timer = { at: this.time + delayMs, work }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Moves on, stopping at each timer that is due on the way. */
  advance(ms: number): void {
    const end = this.time + ms
    for (let timer = this.next(end); timer; timer = this.next(end)) {
      this.time = Math.max(this.time, timer.at)
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.work()
    }
    this.time = end
  }

  private next(until: number): { at: number; work: () => void } | undefined {
    return this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  }
}
