import type { DocumentedApi } from '../openapi.ts'
import { ErrorSchema, v1Errors } from './errors.ts'
import { eventRoutes } from './events.ts'
import { MessageSchema, messageRoutes } from './messages.ts'
import { ProspectSchema, prospectRoutes } from './prospects.ts'
import { compileQuery } from './query.ts'
import { StatusSchema, statusRoutes } from './statuses.ts'
import { TagSchema, tagRoutes } from './tags.ts'
import { AccountLinkSchema, MemberSchema, TeamSchema, teamRoutes } from './team.ts'
import { ThreadSchema, threadRoutes } from './threads.ts'

/** Frozen: it says what the hosted v1 says, and nothing of our own is added. */
export const v1: DocumentedApi = {
  name: 'v1',
  base: '/api/v1',
  info: {
    title: 'open-inbox API v1',
    version: '1.0.0',
    description: `Threads, messages and prospects of a team, over the direct messages of its accounts.

**Ids.** \`id\` and everything ending in \`Id\` is ours, except \`platformId\`, which is X's. Paths take ours.

**Times** are UTC with milliseconds, \`2026-03-04T05:06:07.000Z\`.

**Query parameters** that hold lists or objects are spelled out in brackets: \`cursor[id]=…&cursor[timestamp]=…\`. A list may be written \`ids=a&ids=b\`, \`ids[]=a\` or \`ids[0]=a\`. An empty value counts as left out.

**Pages.** A list that goes on answers \`nextCursor\`; give it back as \`cursorId\` and \`cursorTimestamp\`, with the same filters.

**Changes.** In a \`PATCH\` a field left out stays as it is and null clears it.

**Limits** count all requests of a team together: 300 a minute, 10,000 an hour and 100,000 a day, unless the server is set up otherwise.`,
  },
  operations: [
    ...teamRoutes,
    ...threadRoutes,
    ...messageRoutes,
    ...prospectRoutes,
    ...tagRoutes,
    ...statusRoutes,
    ...eventRoutes,
  ],
  components: {
    Prospect: ProspectSchema,
    Thread: ThreadSchema,
    Message: MessageSchema,
    AccountLink: AccountLinkSchema,
    Team: TeamSchema,
    Member: MemberSchema,
    Status: StatusSchema,
    Tag: TagSchema,
    Error: ErrorSchema,
  },
  errors: v1Errors,
  compileQuery,
  hasBracketQueries: true,
}
