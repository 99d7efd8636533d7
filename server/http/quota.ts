import type { FastifyReply } from 'fastify'
import type { Quota } from '../domain/rate-limits.ts'

export function sendQuota(reply: FastifyReply, quota: Quota): void {
  reply.header('x-ratelimit-limit', quota.limit)
  reply.header('x-ratelimit-remaining', quota.remaining)
  reply.header('x-ratelimit-reset', quota.resetAt)
}
