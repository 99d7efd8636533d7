import { createHash } from 'node:crypto'
import { authenticate, hasTokenForm } from '../domain/api-tokens.ts'
import type { Actor, Core } from '../domain/context.ts'
import { DomainError } from '../domain/errors.ts'
import { LimitedMap } from '../domain/limited-map.ts'

/** How long a token's holder is believed without asking again: the promise is that a revocation works within a second. */
const BELIEVED_MS = 800

interface Belief {
  actor: Promise<Actor | null>
  /** Null until the promise has an actor. */
  actorNow: Actor | null
  until: number
}

/** Reads `Authorization: Bearer <token>` and says who asks; throws `unauthorized` otherwise. */
export function createAuthenticator(core: Core): (authorization: string | undefined) => Actor | Promise<Actor> {
  /** By the whole header: of a token that was just seen nothing needs to be checked or hashed again. */
  const beliefs = new LimitedMap<string, Belief>(10_000)

  function lookUp(authorization: string, now: number): Promise<Actor | null> {
    const actor = authenticate(core, createHash('sha256').update(tokenIn(authorization)).digest())
    const belief: Belief = { actor, actorNow: null, until: now + BELIEVED_MS }
    beliefs.set(authorization, belief)
    actor.then(
      (found) => {
        belief.actorNow = found
        if (!found) beliefs.delete(authorization)
      },
      () => beliefs.delete(authorization),
    )
    return actor
  }

  return (authorization = '') => {
    const now = core.clock.now().getTime()
    const known = beliefs.get(authorization)
    const belief = known && known.until > now ? known : null
    if (belief?.actorNow) return belief.actorNow
    return (belief?.actor ?? lookUp(authorization, now)).then((actor) => {
      if (!actor) throw unauthorized()
      return actor
    })
  }
}

function tokenIn(authorization: string): string {
  const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1]
  if (!token || !hasTokenForm(token)) throw unauthorized()
  return token
}

function unauthorized(): DomainError {
  return new DomainError('unauthenticated', 'unauthorized', 'The API token is missing, unknown, expired or revoked.')
}
