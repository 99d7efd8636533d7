import { Type } from 'typebox'
import type { Context, PublicUrl } from '../../domain/context.ts'
import type { Member } from '../../domain/members.ts'
import { findMembers, getMember, listMembers } from '../../domain/members.ts'
import { pageWithin } from '../../domain/pages.ts'
import type { Team } from '../../domain/teams.ts'
import { getTeam } from '../../domain/teams.ts'
import { route } from '../route.ts'
import { pageOfList } from './cursors.ts'
import { id, nullable, object, oneOf, page, pageParameters, ref, timestamp } from './schemas.ts'

export const imageUrl = nullable(Type.String({ examples: ['https://cdn.example.com/faces/17.png'] }))

export const TeamSchema = object(
  {
    id: id(),
    name: Type.String({ examples: ['Harbor Co'] }),
    slug: Type.String({ description: "The team's name in links and on the command line.", examples: ['harbor-co'] }),
    imageUrl,
    currency: Type.String({ description: 'ISO 4217; what valuations are in.', examples: ['EUR'] }),
    allowSupportAccess: Type.Boolean({ description: 'Whether support may open the team.' }),
    createdAt: timestamp(),
  },
  { description: 'The team a token belongs to.' },
)

export const MemberSchema = object(
  {
    id: id('What `assigneeId` takes.'),
    name: nullable(Type.String({ examples: ['Mina Kovac'] })),
    email: Type.String({ examples: ['mina@example.com'] }),
    imageUrl,
    role: oneOf(['owner', 'admin', 'user']),
    createdAt: timestamp(),
  },
  { description: 'Somebody in the team.' },
)

export const teamRoutes = [
  route('team.get', 'GET /team', {
    group: 'Team',
    summary: 'Get the team',
    description: 'The team the token belongs to.',
    response: ref('Team'),
    handle: async ({ ctx }) => presentTeam(await getTeam(ctx), ctx.publicUrl),
  }),
  route('team.listMembers', 'GET /members', {
    group: 'Team',
    summary: 'List members',
    description: 'Everybody in the team, oldest member first.',
    query: object(pageParameters),
    response: page(ref('Member')),
    codes: ['invalidCursor'],
    handle: async ({ ctx, query }) => {
      const list = pageOfList(ctx, 'team.listMembers', query)
      const members = pageWithin(await listMembers(ctx), list)
      return list.present(members, (member) => presentMember(member, ctx.publicUrl))
    },
  }),
  route('team.getMember', 'GET /members/{memberId}', {
    group: 'Team',
    summary: 'Get a member',
    params: object({ memberId: id('The member.') }),
    response: ref('Member'),
    codes: ['memberNotFound'],
    handle: async ({ ctx, params }) => presentMember(await getMember(ctx, params.memberId), ctx.publicUrl),
  }),
]

function presentTeam(team: Team, publicUrl: PublicUrl) {
  return {
    id: team.id,
    name: team.name,
    slug: team.slug,
    imageUrl: publicUrl(team.imageUrl),
    currency: team.currency,
    allowSupportAccess: team.allowSupportAccess,
    createdAt: team.createdAt,
  }
}

export function presentMember(member: Member, publicUrl: PublicUrl) {
  return {
    id: member.id,
    name: member.name,
    email: member.email,
    imageUrl: publicUrl(member.imageUrl),
    role: member.role,
    createdAt: member.createdAt,
  }
}

export const memberKind = {
  find: findMembers,
  present: (member: Member, { publicUrl }: Context) => presentMember(member, publicUrl),
}
