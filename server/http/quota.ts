import type { FastifyReply } from 'fastify'
import type { Quota } from '../domain/rate-limits.ts'

export function sendQuota(reply: FastifyReply, quota: Quota): void {
  reply.header('x-ratelimit-limit', quota.limit)
  reply.header('x-ratelimit-remaining', quota.remaining)
  // In whole Unix seconds: rather too late than too early.
  reply.header('x-ratelimit-reset', Math.ceil(quota.resetAt / 1000))
}
