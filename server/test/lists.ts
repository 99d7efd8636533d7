import { expect } from 'vitest'
import type { TestTeam } from './harness.ts'

/** The ids of the threads that version 2 finds in all folders. */
export async function foundThreads({ v2 }: TestTeam, parameters: string): Promise<string[]> {
  const { status, body } = await v2.get(`/threads?folder=all&${parameters}`)
  expect([status, body.code]).toEqual([200, undefined])
  return body.data.map(({ id }: { id: string }) => id)
}
