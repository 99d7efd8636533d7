import { Type } from 'typebox'
import type { AccountLink } from '../../domain/account-links.ts'
import { findAccountLinks, getUsableAccountLink, listUsableAccountLinks } from '../../domain/account-links.ts'
import { capabilitiesOf } from '../../domain/capabilities.ts'
import type { Core } from '../../domain/context.ts'
import { pageWithin } from '../../domain/pages.ts'
import { route } from '../route.ts'
import { pageOfList } from './cursors.ts'
import { capability } from './platforms.ts'
import { anyOfThese, id, nullable, object, oneOf, page, pageParameters, platform, ref, timestamp } from './schemas.ts'

const group = 'Account links'
const statuses = ['active', 'offline', 'paused'] as const

export const AccountLinkSchema = object(
  {
    id: id(),
    platform: platform(),
    platformId: Type.String({ description: "The platform's id of the account.", examples: ['1790000000000000001'] }),
    username: nullable(Type.String({ description: 'Without prefix.', examples: ['harbor_co'] })),
    displayName: nullable(Type.String({ examples: ['Harbor Co'] })),
    avatarUrl: nullable(Type.String({ examples: ['https://cdn.example.com/faces/harbor.png'] })),
    status: oneOf(
      statuses,
      'offline: signed out by the platform, must be connected again. paused: see `pauseReasons`.',
    ),
    pauseReasons: Type.Array(Type.String(), { description: 'It resumes when there are none.', examples: [[]] }),
    capabilities: Type.Array(capability, { description: "What this account can do: the platform's, or fewer." }),
    syncedAt: nullable(timestamp('When its conversations were first completely imported.')),
    createdAt: timestamp(),
  },
  { description: "One of the team's accounts on a platform." },
)

export const accountLinkRoutes = [
  route('accountLinks.list', 'GET /account-links', {
    group,
    summary: 'List account links',
    description: "The team's accounts, oldest link first.",
    query: object({
      platform: anyOfThese(platform(), 'On any of these platforms.'),
      status: anyOfThese(oneOf(statuses), 'In any of these states.'),
      ...pageParameters,
    }),
    response: page(ref('AccountLink')),
    codes: ['invalidCursor', 'platformNotAvailable'],
    handle: async ({ ctx, query }) => {
      const list = pageOfList(ctx, 'accountLinks.list', query)
      const links = await listUsableAccountLinks(ctx, { platforms: query.platform, statuses: query.status })
      return list.present(pageWithin(links, list), (link) => presentAccountLink(link, ctx))
    },
  }),
  route('accountLinks.get', 'GET /account-links/{accountLinkId}', {
    group,
    summary: 'Get an account link',
    params: object({ accountLinkId: id('The account link.') }),
    response: ref('AccountLink'),
    codes: ['platformNotAvailable', 'accountLinkNotFound'],
    handle: async ({ ctx, params }) => presentAccountLink(await getUsableAccountLink(ctx, params.accountLinkId), ctx),
  }),
]

export function presentAccountLink(link: AccountLink, core: Core) {
  return {
    id: link.id,
    platform: link.platform,
    platformId: link.platformId,
    username: link.username,
    displayName: link.displayName,
    avatarUrl: core.publicUrl(link.avatarUrl),
    status: link.status,
    pauseReasons: link.pauseReasons,
    capabilities: capabilitiesOf(core, link),
    syncedAt: link.syncedAt,
    createdAt: link.createdAt,
  }
}

export const accountLinkKind = { find: findAccountLinks, present: presentAccountLink }
