import { inject } from 'vitest'
import type { Clock } from '../../domain/clock.ts'
import { openDatabase } from '../../store/database.ts'
import { createDatabase } from '../../test/harness.ts'
import type { SandboxAccount } from './accounts.ts'
import { createAccount, createPerson } from './control.ts'
import type { Person, PersonInput } from './people.ts'
import { isRefusal, type Sandbox } from './sandbox.ts'

/** A sandbox on a database of its own, with one account, for one test. */
export interface SandboxUnderTest extends Sandbox {
  clock: TestClock
  world: string
  account: SandboxAccount
  /** What went wrong in the background. */
  failures: Error[]
  close(): Promise<void>
}

export async function startSandbox(): Promise<SandboxUnderTest> {
  const name = await createDatabase()
  const failures: Error[] = []
  const onError = (error: Error) => failures.push(error)
  const database = openDatabase({ connection: { ...inject('postgres'), database: name }, connectionsMax: 8, onError })
  const sandbox = { database, clock: testClock(), onError }
  const world = 'wonderland'
  const account = existing(await createAccount(sandbox, world))
  return { ...sandbox, world, account, failures, close: () => database.close() }
}

export async function aPerson(sandbox: SandboxUnderTest, input: PersonInput = {}): Promise<Person> {
  return existing(await createPerson(sandbox, sandbox.world, input))
}

/** For steps of a test that have to succeed. */
export function existing<T extends object | string>(result: T): Exclude<T, { refused: string }> {
  if (typeof result === 'object' && isRefusal(result)) throw new Error(result.message)
  return result as Exclude<T, { refused: string }>
}

/** Time stands still unless it is moved. */
export interface TestClock extends Clock {
  /** Moves on, and starts what is due by then in its order. */
  advance(ms: number): void
}

export function testClock(start = new Date('2026-03-04T05:06:07.000Z')): TestClock {
  let now = start.getTime()
  const timers = new Set<{ at: number; work: () => void }>()

  function nextDue(until: number) {
    return [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
  }

  return {
    now: () => new Date(now),
    after(delayMs, work) {
      const timer = { at: now + delayMs, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const until = now + ms
      for (let due = nextDue(until); due; due = nextDue(until)) {
        timers.delete(due)
        now = Math.max(now, due.at)
        due.work()
      }
      now = until
    },
  }
}
