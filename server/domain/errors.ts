/** Thrown by any statement: no answer, or none in time. Nothing is known about what it did. */
export { DatabaseUnavailable } from '../store/unavailable.ts'

/** What went wrong, seen from the caller. Each API version has one table from these to statuses and codes. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unprocessable'
  | 'limited'
  | 'upstream'

/** A refusal the caller may see. Anything else that is thrown is a bug. */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    /** Stable, camelCase, the vocabulary of API v2. */
    readonly code: string,
    /** Safe to show to a customer. */
    message: string,
    readonly details: Readonly<Record<string, unknown>> | null = null,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

export type Noun =
  | 'thread'
  | 'message'
  | 'prospect'
  | 'contact'
  | 'tag'
  | 'status'
  | 'member'
  | 'accountLink'
  | 'webhookEndpoint'
  | 'webhookDelivery'

const nounWords: Record<Noun, string> = {
  thread: 'thread',
  message: 'message',
  prospect: 'prospect',
  contact: 'contact',
  tag: 'tag',
  status: 'status',
  member: 'member',
  accountLink: 'account link',
  webhookEndpoint: 'webhook endpoint',
  webhookDelivery: 'webhook delivery',
}

/** Another team's id reads exactly like an unknown one. */
export function notFound(noun: Noun, id: string): DomainError {
  return new DomainError('not_found', `${noun}NotFound`, `There is no ${nounWords[noun]} "${id}".`)
}

export function messageNotModifiable(reason: string): DomainError {
  const details = { reason }
  return new DomainError('unprocessable', 'messageNotModifiable', `The message cannot be changed: ${reason}.`, details)
}

export interface Issue {
  path: (string | number)[]
  message: string
}

/** One or more broken rules of the request; `path` leads to the field or parameter. */
export function invalid(...issues: [Issue, ...Issue[]]): DomainError {
  const message = issues.map((issue) => `${pathText(issue.path)} ${issue.message}`.trim()).join('; ')
  return new DomainError('invalid', 'invalidRequest', message, { issues })
}

/** `filters[tags][noTags]`: the way a parameter is written in a query string. */
function pathText([first, ...rest]: (string | number)[]): string {
  return first === undefined ? '' : `"${first}${rest.map((part) => `[${part}]`).join('')}"`
}

/** Closes a switch over a union: the compiler complains when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`cannot be: ${JSON.stringify(value)}`)
}
