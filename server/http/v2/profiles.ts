import { Type } from 'typebox'
import { findProfiles, type Profile } from '../../domain/contacts.ts'
import type { Core } from '../../domain/context.ts'
import { findPlatform } from '../../domain/platforms.ts'
import { domainOf, fullSizeImage } from '../../domain/profiles.ts'
import { id, nullable, object, oneOf, platform, timestamp } from './schemas.ts'

const textLike = (example: string) => nullable(Type.String({ examples: [example] }))
const countLike = (example: number, description?: string) =>
  nullable(Type.Integer({ ...(description && { description }), examples: [example] }))

const PlatformData = object(
  {
    _tag: Type.String({ description: 'The platform.', examples: ['twitter'] }),
    badge: nullable(oneOf(['blue', 'gold', 'gray'])),
    profileType: oneOf(['personal', 'business', 'government']),
    professionalCategory: textLike('Shipyard'),
    urlEntities: Type.Array(
      object({
        url: Type.String({ examples: ['https://t.co/a1B2c3D4e5'] }),
        expandedUrl: Type.String({ examples: ['https://harbor.example'] }),
        displayUrl: Type.String({ examples: ['harbor.example'] }),
        indices: Type.Unsafe<[number, number]>({
          type: 'array',
          prefixItems: [{ type: 'integer' }, { type: 'integer' }],
          description: 'Start and end in the bio.',
          examples: [[22, 45]],
        }),
      }),
      { description: 'Links in the bio.' },
    ),
    bannerUrl: textLike('https://cdn.example.com/banners/17.png'),
    rawData: nullable(Type.Unsafe<object>({ type: 'object', description: 'Always null here.' }), null),
  },
  { description: 'What only this platform has.' },
)

export const ProfileSchema = object(
  {
    id: id(),
    platform: platform(),
    platformId: Type.String({ description: "The platform's id of the person.", examples: ['1566123362161725440'] }),
    username: Type.String({ description: 'Without prefix, in lower case.', examples: ['mina_k'] }),
    handle: Type.String({ description: 'The username as it is shown.', examples: ['@mina_k'] }),
    displayName: Type.String({ examples: ['Mina Kovac'] }),
    avatarUrl: textLike('https://cdn.example.com/faces/17.png'),
    bio: textLike('Boats, mostly wooden. https://t.co/a1B2c3D4e5'),
    location: textLike('Rijeka'),
    websiteUrl: textLike('https://harbor.example'),
    websiteDomain: textLike('harbor.example'),
    verified: Type.Boolean({ examples: [true] }),
    isOrganization: Type.Boolean(),
    isProtected: Type.Boolean({ description: 'Only followers see what the person posts.' }),
    followerCount: countLike(3068),
    followingCount: countLike(288),
    postCount: countLike(836),
    engagementCount: countLike(2613, 'Posts liked.'),
    listedCount: countLike(18, 'Lists the person is on.'),
    accountStatus: oneOf(['active', 'suspended', 'notFound']),
    platformCreatedAt: nullable(timestamp()),
    profileUrl: textLike('https://x.com/mina_k'),
    updatedAt: timestamp('Of these facts.'),
    platformData: PlatformData,
  },
  { description: "A person's account on one platform." },
)

export function presentProfile(
  { id, platform, profile, updatedAt }: Pick<Profile, 'id' | 'platform' | 'profile' | 'updatedAt'>,
  core: Core,
) {
  const { usernamePrefix = '', profileUrlBase = null } = findPlatform(core, platform) ?? {}
  const username = profile.username.toLowerCase()
  return {
    id,
    platform,
    platformId: profile.platformId,
    username,
    handle: `${usernamePrefix}${username}`,
    displayName: profile.displayName,
    avatarUrl: fullSizeImage(core.publicUrl(profile.avatarUrl)),
    bio: profile.bio,
    location: profile.location,
    websiteUrl: profile.websiteUrl,
    websiteDomain: domainOf(profile.websiteUrl),
    verified: profile.badge !== null,
    isOrganization: profile.profileType !== 'personal',
    isProtected: profile.isProtected,
    followerCount: profile.followerCount,
    followingCount: profile.followingCount,
    postCount: profile.postCount,
    engagementCount: profile.engagementCount,
    listedCount: profile.listedCount,
    accountStatus: profile.accountStatus,
    platformCreatedAt: profile.createdAt,
    profileUrl: profileUrlBase && `${profileUrlBase}${username}`,
    updatedAt,
    platformData: {
      _tag: platform,
      badge: profile.badge,
      profileType: profile.profileType,
      professionalCategory: profile.professionalCategory,
      urlEntities: profile.urlEntities,
      bannerUrl: profile.bannerUrl,
      rawData: null,
    },
  }
}

export const profileKind = { find: findProfiles, present: presentProfile }
