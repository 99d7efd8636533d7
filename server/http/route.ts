import type { IncomingHttpHeaders } from 'node:http'
import type { Static, TObject, TSchema } from 'typebox'
import type { Context } from '../domain/context.ts'
import type { EventVersion, LogType } from '../domain/event-types.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One operation: its schemas validate, type and document it. */
export interface Operation {
  /** Unique within its API version, `tags.create`. */
  id: string
  method: Method
  /** With parameters in braces, relative to the version's base: `/tags/{tagId}`. */
  path: string
  /** Heading in the reference. */
  group: string
  summary: string
  description?: string
  params?: TObject
  query?: TObject
  /** Those it knows, for the document; the domain checks them. */
  headers?: TObject
  body?: TObject
  /** The request may come without a body, which then reads as an empty one. */
  bodyOptional?: boolean
  /** The domain asks for the team's lock itself: there are mistakes in a request that come before it and have to be looked up. */
  asksForLockItself?: true
  /** 200 unless said otherwise. */
  status?: number
  /** What else it may answer with the same shape; the handler says so with `answer`. */
  otherStatus?: { status: number; when: string }
  /** Null: the answer has no body. */
  response: TSchema | null
  /** Of the answer, when it is not JSON. */
  mediaType?: string
  /** Not of the hosted API: marked in the document. */
  ours?: true
  /** Statuses it refuses with, besides those that its parameters and body, or any request, bring along. */
  refusals?: readonly (403 | 404 | 409 | 422 | 502)[]
  /** The same by code, in an API that documents its codes. */
  codes?: readonly string[]
  handle(request: OperationRequest): Promise<unknown>
}

export interface OperationRequest {
  ctx: Context
  params: Record<string, string | number>
  query: unknown
  body: unknown
  headers: IncomingHttpHeaders
}

/** An answer with another status than the operation's usual one. */
export class Answer {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {}
}

/** What a stream of events is to hold. */
export interface EventStreamWish {
  /** Null: what happens from now on. */
  afterSeq: number | null
  /** The part of the request that says so. */
  said: 'afterSeq' | 'Last-Event-ID'
  types: readonly LogType[]
  version: EventVersion
}

/** An answer that goes on: the team's events, as they happen. */
export class EventStreamAnswer {
  constructor(readonly wish: EventStreamWish) {}
}

type StaticOf<S, None> = S extends TObject ? Static<S> : None

interface TypedRequest<P, Q, B> extends Omit<OperationRequest, 'params' | 'query' | 'body'> {
  params: StaticOf<P, Record<string, never>>
  query: StaticOf<Q, undefined>
  body: StaticOf<B, undefined>
}

interface TypedOperation<P, Q, B>
  extends Omit<Operation, 'id' | 'method' | 'path' | 'params' | 'query' | 'body' | 'handle'> {
  params?: P
  query?: Q
  body?: B
  handle(request: TypedRequest<P, Q, B>): Promise<unknown>
}

/** Names an operation and gives its handler the types of its schemas. */
export function route<
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TObject | undefined = undefined,
>(id: string, address: `${Method} /${string}`, operation: TypedOperation<P, Q, B>): Operation {
  const [method, path] = address.split(' ') as [Method, string]
  // The server calls the handler with what these very schemas let through.
  return { ...operation, id, method, path } as unknown as Operation
}
