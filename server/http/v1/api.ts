import type { Api } from '../server.ts'
import { v1Errors } from './errors.ts'
import { eventRoutes } from './events.ts'
import { messageRoutes } from './messages.ts'
import { prospectRoutes } from './prospects.ts'
import { compileQuery } from './query.ts'
import { statusRoutes } from './statuses.ts'
import { tagRoutes } from './tags.ts'
import { teamRoutes } from './team.ts'
import { threadRoutes } from './threads.ts'

/** Frozen: it says what the hosted v1 says, and nothing of our own is added. */
export const v1: Api = {
  name: 'v1',
  base: '/api/v1',
  operations: [
    ...teamRoutes,
    ...threadRoutes,
    ...messageRoutes,
    ...prospectRoutes,
    ...tagRoutes,
    ...statusRoutes,
    ...eventRoutes,
  ],
  errors: v1Errors,
  compileQuery,
}
