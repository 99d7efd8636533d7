import type { Clock } from '../../domain/clock.ts'
import type { Database } from '../../store/database.ts'

/** What every part of the sandbox platform works with. */
export interface Sandbox {
  database: Database
  clock: Clock
  /** Called for failures in the background that nobody waits for. The work is tried again. */
  onError: (error: Error) => void
}

/** Where its accounts and people say they are: it passes for X. */
export const sandboxPlatform = 'twitter'

/** A world is what one team sees of the platform: its accounts, and the people they can write to. */
export type World = string

/** What the control API is refused. Everything else that goes wrong is thrown. */
export interface ControlRefusal {
  refused: 'personNotFound' | 'accountNotFound' | 'messageNotFound' | 'nameTaken' | 'notModifiable'
  /** Safe to show. */
  message: string
}

export function refusal(refused: ControlRefusal['refused'], message: string): ControlRefusal {
  return { refused, message }
}

export function isRefusal(result: object): result is ControlRefusal {
  return 'refused' in result
}

/** A file of our own server, so without a host: whoever shows it knows where the server is reached today. */
export function avatarPath(platformId: string): string {
  return `/avatars/${platformId}.svg`
}

export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
}

export function later(at: Date, delayMs: number): Date {
  return new Date(at.getTime() + delayMs)
}
