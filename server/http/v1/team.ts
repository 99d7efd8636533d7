import { Type } from 'typebox'
import type { AccountLink } from '../../domain/account-links.ts'
import { listAccountLinks } from '../../domain/account-links.ts'
import type { PublicUrl } from '../../domain/context.ts'
import type { Member } from '../../domain/members.ts'
import { getMember, listMembers } from '../../domain/members.ts'
import type { Team } from '../../domain/teams.ts'
import { getTeam } from '../../domain/teams.ts'
import { route } from '../route.ts'
import { id, nullable, oneOf, platform, ref, timestamp } from './schemas.ts'

const imageUrl = nullable(Type.String({ examples: ['https://cdn.example.com/faces/17.png'] }))

export const TeamSchema = Type.Object({
  id: id(),
  name: Type.String({ examples: ['Harbor Co'] }),
  slug: Type.String({ description: "The team's name in links and on the command line.", examples: ['harbor-co'] }),
  image: imageUrl,
  createdAt: timestamp(),
  updatedAt: nullable(timestamp()),
  currency: Type.String({ description: 'ISO 4217; what valuations are in.', examples: ['EUR'] }),
  allowSupportAccess: Type.Boolean({ description: 'Whether support may open the team.' }),
})

export const MemberSchema = Type.Object({
  id: id('What `assigneeId` takes.'),
  userId: id('The person, who may be a member of several teams. Messages name this one.'),
  name: nullable(Type.String({ examples: ['Mina Kovac'] })),
  email: Type.String({ format: 'email', examples: ['mina@example.com'] }),
  image: imageUrl,
  role: oneOf(['owner', 'admin', 'user']),
  createdAt: timestamp(),
  updatedAt: nullable(timestamp()),
})

export const AccountLinkSchema = Type.Object({
  id: id(),
  platform,
  platformId: Type.String({ description: "The platform's id of the account.", examples: ['1790000000000000001'] }),
  name: Type.String({ examples: ['Harbor Co'] }),
  username: Type.String({ examples: ['harbor_co'] }),
  image: Type.String({ examples: ['https://cdn.example.com/faces/harbor.png'] }),
  createdAt: timestamp(),
  status: oneOf(
    ['active', 'offline', 'paused'],
    'offline: signed out by the platform, must be connected again. paused: resumes by itself.',
  ),
  syncedAt: nullable(timestamp('When its conversations were first completely imported.')),
})

export const teamRoutes = [
  route('team.get', 'GET /team', {
    group: 'Teams',
    summary: 'Get the team',
    description: 'The team the token belongs to.',
    response: ref('Team'),
    handle: async ({ ctx }) => presentTeam(await getTeam(ctx), ctx.publicUrl),
  }),
  route('members.list', 'GET /members', {
    group: 'Members',
    summary: 'List members',
    description: 'Everybody in the team, oldest member first.',
    response: Type.Array(ref('Member')),
    handle: async ({ ctx }) => (await listMembers(ctx)).map((member) => presentMember(member, ctx.publicUrl)),
  }),
  route('members.get', 'GET /members/{memberId}', {
    group: 'Members',
    summary: 'Get a member',
    params: Type.Object({ memberId: id('The member.') }),
    response: ref('Member'),
    handle: async ({ ctx, params }) => presentMember(await getMember(ctx, params.memberId), ctx.publicUrl),
  }),
  route('accountLinks.list', 'GET /account-links', {
    group: 'Account Links',
    summary: 'List account links',
    description: "The team's accounts, oldest link first.",
    response: Type.Array(ref('AccountLink')),
    handle: async ({ ctx }) => (await listAccountLinks(ctx)).map((link) => presentAccountLink(link, ctx.publicUrl)),
  }),
]

function presentTeam(team: Team, publicUrl: PublicUrl) {
  return {
    id: team.id,
    name: team.name,
    slug: team.slug,
    image: publicUrl(team.imageUrl),
    createdAt: team.createdAt,
    updatedAt: team.updatedAt,
    currency: team.currency,
    allowSupportAccess: team.allowSupportAccess,
  }
}

function presentMember(member: Member, publicUrl: PublicUrl) {
  return {
    id: member.id,
    userId: member.userId,
    name: member.name,
    email: member.email,
    image: publicUrl(member.imageUrl),
    role: member.role,
    createdAt: member.createdAt,
    updatedAt: member.updatedAt,
  }
}

export function presentAccountLink(link: AccountLink, publicUrl: PublicUrl) {
  return {
    id: link.id,
    platform: link.platform,
    platformId: link.platformId,
    name: link.displayName,
    username: link.username,
    // v1's type allows no null.
    image: publicUrl(link.avatarUrl) ?? '',
    createdAt: link.createdAt,
    status: link.status,
    syncedAt: link.syncedAt,
  }
}
