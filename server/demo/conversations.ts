import { partners } from './conversations/partners.ts'
import { opened, requests } from './conversations/requests.ts'
import { sales } from './conversations/sales.ts'
import { support } from './conversations/support.ts'
import type { Conversation } from './script.ts'

export { lookedUp } from './conversations/requests.ts'

/** Everything that was said, in the form script.ts reads. */
export const conversations: readonly Conversation[] = [...sales, ...support, ...partners, ...requests, ...opened]
