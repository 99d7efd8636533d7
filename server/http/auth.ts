import { createHash } from 'node:crypto'
import { authenticate, hasTokenForm } from '../domain/api-tokens.ts'
import type { Actor, Core } from '../domain/context.ts'
import { DomainError } from '../domain/errors.ts'
import { LimitedMap } from './limited-map.ts'

/** How long a token's holder is believed without asking again: the promise is that a revocation works within a second. */
const BELIEVED_MS = 800

/** Reads `Authorization: Bearer <token>` and says who asks; throws `unauthorized` otherwise. */
export function createAuthenticator(core: Core): (authorization: string | undefined) => Actor | Promise<Actor> {
  const known = new LimitedMap<string, { actor: Promise<Actor | null>; actorNow: Actor | null; until: number }>(10_000)

  function lookUp(key: string, hash: Buffer, now: number): Promise<Actor | null> {
    const actor = authenticate(core, hash)
    const entry = { actor, actorNow: null as Actor | null, until: now + BELIEVED_MS }
    known.set(key, entry)
    actor.then(
      (found) => {
        entry.actorNow = found
        if (!found) known.delete(key)
      },
      () => known.delete(key),
    )
    return actor
  }

  return (authorization) => {
    const token = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1]
    if (!token || !hasTokenForm(token)) throw unauthorized()
    const now = core.clock.now().getTime()
    const hash = createHash('sha256').update(token).digest()
    const key = hash.toString('base64')
    const entry = known.get(key)
    if (entry && entry.until > now && entry.actorNow) return entry.actorNow
    const pending = entry && entry.until > now ? entry.actor : lookUp(key, hash, now)
    return pending.then((actor) => {
      if (!actor) throw unauthorized()
      return actor
    })
  }
}

function unauthorized(): DomainError {
  return new DomainError('unauthenticated', 'unauthorized', 'The API token is missing, unknown, expired or revoked.')
}
