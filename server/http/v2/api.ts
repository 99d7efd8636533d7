import type { DocumentedApi } from '../openapi.ts'
import type { Operation } from '../route.ts'
import { AccountLinkSchema, accountLinkRoutes } from './account-links.ts'
import { attachmentComponents, attachmentRoutes } from './attachments.ts'
import { colorRoutes } from './colors.ts'
import { ContactSchema, contactRoutes } from './contacts.ts'
import { commonErrors, ErrorSchema, errorCodes, errorComponentOf, errorComponents, v2Errors } from './errors.ts'
import { eventStreamRoutes } from './event-stream.ts'
import { eventComponents, eventRoutes } from './events.ts'
import { messageComponents, messageRoutes } from './messages.ts'
import { PlatformInfoSchema, platformRoutes } from './platforms.ts'
import { ProfileSchema } from './profiles.ts'
import { compileQuery } from './query.ts'
import { reactionComponents, reactionRoutes } from './reactions.ts'
import { object } from './schemas.ts'
import { sendComponents, sendRoutes } from './sends.ts'
import { StatusSchema, statusRoutes } from './statuses.ts'
import { TagSchema, tagRoutes } from './tags.ts'
import { MemberSchema, TeamSchema, teamRoutes } from './team.ts'
import { threadComponents, threadRoutes } from './threads.ts'
import { webhookDeliveryComponents, webhookDeliveryRoutes } from './webhook-deliveries.ts'
import { webhookEndpointComponents, webhookEndpointRoutes } from './webhook-endpoints.ts'

const operations: readonly Operation[] = [
  ...platformRoutes,
  ...teamRoutes,
  ...accountLinkRoutes,
  ...contactRoutes,
  ...threadRoutes,
  ...attachmentRoutes,
  ...tagRoutes,
  ...statusRoutes,
  ...colorRoutes,
  ...messageRoutes,
  ...sendRoutes,
  ...reactionRoutes,
  ...eventRoutes,
  ...eventStreamRoutes,
  ...webhookEndpointRoutes,
  ...webhookDeliveryRoutes,
]

/** The hosted API's second version, and what is ours beside it. */
export const v2: DocumentedApi = {
  name: 'v2',
  base: '/api/v2',
  info: {
    title: 'open-inbox API v2',
    version: '2.0.0',
    description: `Threads, messages and contacts of a team, over the direct messages of its accounts.

**Ids.** \`id\` and everything ending in \`Id\` is ours, except \`platformId\`, which is the platform's and stands beside a \`platform\`. Tags and statuses may also be named: an address or filter takes an id or a name.

**Times** are UTC with milliseconds, \`2026-03-04T05:06:07.000Z\`.

**Lists** in query strings repeat their key: \`status=a&status=b\`.

**Pages.** A list answers \`data\` and \`nextCursor\`; give that back as \`cursor\`, with the same filters, until it is null.

**Expansion.** \`expand\` shows what an id means beside it. What is not there is left out.

**Changes.** In a \`PATCH\` a field left out stays as it is and null clears it. A field or parameter that an operation does not know is refused.

**Refusals** are \`{ code, message, details, requestId }\`; branch on the code.

**Limits** count all requests of a team together, of both versions: 300 a minute, 10,000 an hour and 100,000 a day, unless the server is set up otherwise.`,
  },
  // Without parameters of its own an operation refuses every parameter.
  operations: operations.map((operation) => ({ query: object({}), ...operation })),
  components: {
    PlatformInfo: PlatformInfoSchema,
    Team: TeamSchema,
    Member: MemberSchema,
    AccountLink: AccountLinkSchema,
    Profile: ProfileSchema,
    Contact: ContactSchema,
    Tag: TagSchema,
    Status: StatusSchema,
    ...threadComponents,
    ...messageComponents,
    ...sendComponents,
    ...reactionComponents,
    ...attachmentComponents,
    ...eventComponents,
    ...webhookEndpointComponents,
    ...webhookDeliveryComponents,
    Error: ErrorSchema,
    ...errorComponents,
  },
  codes: { all: errorCodes, common: commonErrors, componentOf: errorComponentOf },
  errors: v2Errors,
  compileQuery,
}
