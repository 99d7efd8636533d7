import { systemClock } from '../../domain/clock.ts'
import { computed, constant, gone, isSame, related, type Shown, same, type Thing } from './row.ts'

const dayMs = 86_400_000
const badges = { none: null, verified: 'blue', business: 'gold', government: 'gray' } as const

/** `{ profile, contact }`; of a prospect read by itself also its `threads`, and which of v1's are idle. */
export const prospect: Thing = {
  name: 'Prospect',
  schemas: ['Prospect', 'Thread.prospect', 'prospects.get', 'prospects.lookup', 'prospects.update'],
  about:
    "A v1 prospect is two things in v2: the person's account on a platform, a `Profile`, and the team's record of the person, a `Contact`, which lists its profiles. Below, `profile.…` and `contact.…`.",
  rows: [
    { ...same('platform', 'profile.platform'), isConstant: true },
    same('platformId', 'profile.platformId'),
    same('externalId', 'profile.id'),
    constant('documentId', null),
    same('displayName', 'profile.displayName'),
    same('username', 'profile.username'),
    same('handle', 'profile.handle'),
    related('image', '`profile.avatarUrl`', 'the same picture; v2 shows it in full size only', (value, { profile }) =>
      isSame(value?.replace(/_(normal|bigger|mini)\./, '.') ?? null, profile.avatarUrl),
    ),
    same('imageNormalized', 'profile.avatarUrl'),
    same('bio', 'profile.bio'),
    same('location', 'profile.location'),
    same('profileUrl', 'profile.profileUrl'),
    same('websiteUrl', 'profile.websiteUrl'),
    same('websiteDomain', 'profile.websiteDomain'),
    related(
      'verified',
      '`profile.platformData.badge`',
      'none: null, verified: blue, business: gold, government: gray. `profile.verified` is true with any badge',
      (value: keyof typeof badges, { profile }) =>
        profile.platformData.badge === badges[value] && profile.verified === (value !== 'none'),
    ),
    related(
      'profileType',
      '`profile.platformData.profileType`',
      'the same. `profile.isOrganization` is true unless it is personal',
      (value, { profile }) =>
        profile.platformData.profileType === value && profile.isOrganization === (value !== 'personal'),
    ),
    same('isProtected', 'profile.isProtected'),
    same('followerCount', 'profile.followerCount'),
    same('followingCount', 'profile.followingCount'),
    same('postCount', 'profile.postCount'),
    same('engagementCount', 'profile.engagementCount'),
    same('listedCount', 'profile.listedCount'),
    same('platformCreatedAt', 'profile.platformCreatedAt'),
    gone('firstSeenAt', 'not shown; `contact.createdAt` is when the contact was made'),
    same('lastUpdatedAt', 'profile.updatedAt'),
    gone('lastEnrichedAt'),
    gone('lastActiveAt'),
    constant('source', 'cached'),
    computed(
      'isFresh',
      '`profile.updatedAt`',
      'true when that is at most 7 days ago',
      ({ profile }) => ageDays(profile) <= 7,
    ),
    computed(
      'isStale',
      '`profile.updatedAt`',
      'true when that is more than 30 days ago',
      ({ profile }) => ageDays(profile) > 30,
    ),
    related(
      'confidence',
      '`profile.updatedAt`',
      '1 less 0.05 for each day since then, and at least 0.1',
      (value, { profile }) => Math.abs(value - Math.max(0.1, 1 - 0.05 * ageDays(profile))) < 0.011,
    ),
    computed('platformData.isVerifiedBlue', '`profile.platformData.badge`', 'blue', hasBadge('blue')),
    computed('platformData.isVerifiedGold', '`profile.platformData.badge`', 'gold', hasBadge('gold')),
    computed('platformData.isVerifiedGray', '`profile.platformData.badge`', 'gray', hasBadge('gray')),
    same('platformData.professionalCategory', 'profile.platformData.professionalCategory'),
    same('platformData.urlEntities', 'profile.platformData.urlEntities'),
    same('platformData.bannerUrl', 'profile.platformData.bannerUrl'),
    same('platformData.tweetsCount', 'profile.postCount'),
    computed(
      'platformData.favoritesCount',
      '`profile.engagementCount`',
      'the same, and 0 where that is null',
      ({ profile }) => profile.engagementCount ?? 0,
    ),
    constant('platformData.rawData', null, '`profile.platformData.rawData`', 'the same'),
    same('context.tags', 'contact.tagIds'),
    same('context.statusId', 'contact.statusId'),
    same('context.valuation', 'contact.valuation'),
    same('context.notes', 'contact.notes'),
    related(
      'context.threads',
      '`GET /threads?contactId=…&folder=all`',
      'the same threads but idle ones, by creation: `id`, `accountLinkId`, `lastMessage.createdAt` (`lastMessageTimestamp` in v1), `createdAt`. Not in v1 where a thread or an event shows the prospect',
      (value, { threads, idleIds }) =>
        value === undefined ||
        isSame(
          value.filter(({ id }: Shown) => !idleIds.has(id)),
          threads.map(asThreadOfProspect).sort(byCreation),
        ),
    ),
  ],
}

function ageDays({ updatedAt }: Shown): number {
  return (systemClock.now().getTime() - Date.parse(updatedAt)) / dayMs
}

function hasBadge(badge: string) {
  return ({ profile }: Shown) => profile.platformData.badge === badge
}

function asThreadOfProspect({ id, accountLinkId, lastMessage, createdAt }: Shown): Shown {
  return { id, accountLinkId, lastMessageTimestamp: lastMessage?.createdAt ?? null, createdAt }
}

function byCreation(one: Shown, other: Shown): number {
  return `${one.createdAt} ${one.id}` < `${other.createdAt} ${other.id}` ? -1 : 1
}

export const team: Thing = {
  name: 'Team',
  schemas: ['Team'],
  about: '`GET /team` in both.',
  rows: [
    same('id'),
    same('name'),
    same('slug'),
    same('image', 'imageUrl'),
    same('createdAt'),
    gone('updatedAt'),
    same('currency'),
    { ...same('allowSupportAccess'), isConstant: true },
  ],
}

export const member: Thing = {
  name: 'Member',
  schemas: ['Member'],
  about: 'v2 names a member by `id` only: also who sent a message, where v1 says the `userId`.',
  rows: [
    same('id'),
    gone('userId', 'not shown; read the members through v1 once to learn which member is which user'),
    same('name'),
    same('email'),
    same('image', 'imageUrl'),
    same('role'),
    same('createdAt'),
    gone('updatedAt'),
  ],
}

export const accountLink: Thing = {
  name: 'AccountLink',
  schemas: ['AccountLink'],
  about: 'v2 also says why a link is paused (`pauseReasons`) and what it can do (`capabilities`).',
  rows: [
    same('id'),
    { ...same('platform'), isConstant: true },
    same('platformId'),
    same('name', 'displayName'),
    same('username'),
    computed('image', '`avatarUrl`', 'the same; an empty text where v2 has null', ({ avatarUrl }) => avatarUrl ?? ''),
    same('createdAt'),
    same('status'),
    same('syncedAt'),
  ],
}

export const tag: Thing = {
  name: 'Tag',
  schemas: ['Tag'],
  about: 'The same in both.',
  rows: [same('id'), same('name'), same('color')],
}

export const status: Thing = {
  name: 'Status',
  schemas: ['Status'],
  about: 'The same in both.',
  rows: [same('id'), same('name'), same('color'), same('createdAt')],
}

export const color: Thing = {
  name: 'Color',
  schemas: ['tags.colors[]', 'statuses.colors[]', 'colors.list[]'],
  about: 'The same in both; v2 has one list, `GET /colors`.',
  rows: [same('name'), same('hex')],
}
