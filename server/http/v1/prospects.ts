import { Type } from 'typebox'
import type { Clock } from '../../domain/clock.ts'
import type { PublicUrl } from '../../domain/context.ts'
import { domainOf, fullSizeImage } from '../../domain/profiles.ts'
import type { Prospect, ProspectThread } from '../../domain/prospects.ts'
import { getProspect, listThreadsOfProspect, lookUpProspect, updateProspect } from '../../domain/prospects.ts'
import { route } from '../route.ts'
import { id, nullable, oneOf, platform, timestamp, v1Platform } from './schemas.ts'

const group = 'Prospects'
const text = nullable(Type.String())
const textLike = (example: string) => nullable(Type.String({ examples: [example] }))
const countLike = (example: number) => Type.Number({ examples: [example] })

const TwitterData = Type.Object({
  isVerifiedBlue: Type.Boolean({ description: 'Blue check mark.' }),
  isVerifiedGold: Type.Boolean({ description: 'Gold badge of a business.' }),
  isVerifiedGray: Type.Boolean({ description: 'Grey badge of an authority.' }),
  professionalCategory: text,
  urlEntities: Type.Array(
    Type.Object({
      url: Type.String({ examples: ['https://t.co/a1B2c3D4e5'] }),
      expandedUrl: Type.String({ examples: ['https://harbor.example'] }),
      displayUrl: Type.String({ examples: ['harbor.example'] }),
      indices: Type.Unsafe<[number, number]>({
        type: 'array',
        prefixItems: [{ type: 'number' }, { type: 'number' }],
        description: 'Start and end in the bio.',
        examples: [[22, 45]],
      }),
    }),
    { description: 'Links in the bio.' },
  ),
  bannerUrl: text,
  tweetsCount: countLike(836),
  favoritesCount: countLike(2613),
  rawData: nullable(
    Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: {},
      description: 'Always null here.',
    }),
    null,
  ),
})

export const ProspectSchema = Type.Object(
  {
    platform,
    platformId: Type.String({ description: "The platform's id of the person.", examples: ['1566123362161725440'] }),
    externalId: nullable(
      Type.String({ description: 'What `{prospectId}` takes.', examples: ['p4c7x0z3v6b9n2m5a8s1d4f7'] }),
    ),
    documentId: nullable(Type.Number({ description: 'Always null here: there is no separate search index.' }), null),
    displayName: Type.String({ examples: ['Mina Kovac'] }),
    username: Type.String({ description: 'Without @, in lower case.', examples: ['mina_k'] }),
    handle: Type.String({ examples: ['@mina_k'] }),
    image: textLike('https://cdn.example.com/faces/17_normal.png'),
    imageNormalized: textLike('https://cdn.example.com/faces/17.png'),
    bio: textLike('Boats, mostly wooden. https://t.co/a1B2c3D4e5'),
    location: textLike('Rijeka'),
    profileUrl: Type.String({ examples: ['https://x.com/mina_k'] }),
    websiteUrl: textLike('https://harbor.example'),
    websiteDomain: textLike('harbor.example'),
    verified: oneOf(['none', 'verified', 'business', 'government']),
    profileType: oneOf(['personal', 'business', 'government']),
    isProtected: Type.Boolean(),
    followerCount: countLike(3068),
    followingCount: countLike(288),
    postCount: countLike(836),
    engagementCount: nullable(Type.Number({ description: 'Posts liked.', examples: [2613] })),
    listedCount: nullable(countLike(18)),
    platformCreatedAt: nullable(timestamp()),
    firstSeenAt: nullable(timestamp('When the team first met the person.')),
    lastUpdatedAt: timestamp(),
    lastEnrichedAt: nullable(timestamp('When the profile was last read from the platform.')),
    lastActiveAt: nullable(timestamp()),
    source: oneOf(['cached', 'indexed', 'live', 'merged']),
    isFresh: Type.Boolean({ description: 'Read within the last 7 days.', examples: [true] }),
    isStale: Type.Boolean({ description: 'Not read for more than 30 days.' }),
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Falls from 1 with the age of the data.',
      examples: [0.95],
    }),
    platformData: TwitterData,
  },
  { description: "A person's profile." },
)

const contextFields = {
  tags: Type.Array(id(), { description: 'In the order they were attached.' }),
  statusId: nullable(id()),
  valuation: nullable(Type.Number({ description: "In the team's currency.", examples: [4800] })),
  notes: textLike('Wants a quote for two boats.'),
}

/** A prospect as threads embed it. */
export const ProspectWithContext = Type.Unsafe<unknown>({
  allOf: [{ $ref: '#/components/schemas/Prospect' }, Type.Object({ context: Type.Object(contextFields) })],
})

const threads = nullable(
  Type.Array(
    Type.Object({ id: id(), accountLinkId: id(), lastMessageTimestamp: nullable(timestamp()), createdAt: timestamp() }),
    { description: "The person's threads over all accounts." },
  ),
)

const ProspectWithThreads = Type.Unsafe<unknown>({
  allOf: [
    { $ref: '#/components/schemas/Prospect' },
    Type.Object({ context: Type.Object({ ...contextFields, threads: Type.Optional(threads) }) }),
  ],
})

const params = Type.Object({ prospectId: id("The prospect's `externalId`.") })

export const prospectRoutes = [
  route('prospects.get', 'GET /prospects/{prospectId}', {
    group,
    summary: 'Get a prospect',
    params,
    response: ProspectWithThreads,
    handle: async ({ ctx, params }) => {
      const prospect = await getProspect(ctx, params.prospectId)
      return presentProspectWithThreads(prospect, await listThreadsOfProspect(ctx, prospect.id), ctx)
    },
  }),
  route('prospects.lookup', 'GET /prospects/lookup', {
    group,
    summary: 'Look a prospect up',
    description: "By the platform's id. Null when the team has not met the person.",
    query: Type.Object({
      platformId: Type.String({ description: "The platform's id of the person.", examples: ['1566123362161725440'] }),
    }),
    response: nullable(ProspectWithThreads),
    handle: async ({ ctx, query }) => {
      const prospect = await lookUpProspect(ctx, { platform: v1Platform, platformId: query.platformId })
      return prospect && presentProspectWithThreads(prospect, await listThreadsOfProspect(ctx, prospect.id), ctx)
    },
  }),
  route('prospects.update', 'PATCH /prospects/{prospectId}/context', {
    group,
    summary: "Update a prospect's context",
    description:
      'Fields left out stay, null clears. `assigneeId` and `done` also go to every thread of the prospect. All of it is applied, or nothing.',
    params,
    body: Type.Object(
      {
        notes: Type.Optional(nullable(Type.String())),
        valuation: Type.Optional(nullable(Type.Number())),
        statusId: Type.Optional(nullable(id())),
        addTags: Type.Optional(Type.Array(id())),
        removeTags: Type.Optional(Type.Array(id())),
        assigneeId: Type.Optional(nullable(id())),
        done: Type.Optional(Type.Boolean()),
      },
      {
        examples: [
          {
            notes: 'Wants a quote for two boats.',
            valuation: 4800,
            statusId: 's6t9h2j5k8l1q4w7e0r3t6y9',
            addTags: ['g8t1a4g7x0y3z6b9c2d5e8f1'],
            done: false,
          },
        ],
      },
    ),
    bodyOptional: true,
    response: ProspectWithThreads,
    handle: async ({ ctx, params, body }) => {
      const { done, ...changes } = body
      const prospect = await updateProspect(ctx, params.prospectId, { ...changes, archived: done })
      return presentProspectWithThreads(prospect, await listThreadsOfProspect(ctx, prospect.id), ctx)
    },
  }),
]

const DAY_MS = 86_400_000

/** What a presentation depends on beside the thing: how fresh a profile is shows against the clock. Every context is one. */
export interface View {
  publicUrl: PublicUrl
  clock: Pick<Clock, 'now'>
}

/** The profile with the team's context, as threads embed it. */
export function presentProspect(prospect: Prospect, view: View) {
  return presentPerson(prospect, presentContext(prospect), view)
}

function presentProspectWithThreads(prospect: Prospect, threads: ProspectThread[], view: View) {
  return presentPerson(prospect, { ...presentContext(prospect), threads: threads.map(presentProspectThread) }, view)
}

function presentProspectThread(thread: ProspectThread) {
  return {
    id: thread.id,
    accountLinkId: thread.accountLinkId,
    lastMessageTimestamp: thread.lastMessageAt,
    createdAt: thread.createdAt,
  }
}

function presentContext(prospect: Prospect) {
  return { tags: prospect.tagIds, statusId: prospect.statusId, valuation: prospect.valuation, notes: prospect.notes }
}

const verifiedByBadge = { blue: 'verified', gold: 'business', gray: 'government' } as const

/** Takes the context rather than being spread beside it: copying that many fields takes longer than all the rest. */
function presentPerson<C>(prospect: Prospect, context: C, { publicUrl, clock }: View) {
  const { profile } = prospect
  const { username, websiteDomain, verified, platformData } = derivedFrom(profile)
  const avatarUrl = publicUrl(profile.avatarUrl)
  const { isFresh, isStale, confidence } = freshnessOf(prospect, clock)
  return {
    platform: prospect.platform,
    platformId: profile.platformId,
    externalId: prospect.id,
    documentId: null,
    displayName: profile.displayName,
    username,
    handle: `@${username}`,
    image: avatarUrl,
    imageNormalized: fullSizeImage(avatarUrl),
    bio: profile.bio,
    location: profile.location,
    profileUrl: `https://x.com/${username}`,
    websiteUrl: profile.websiteUrl,
    websiteDomain,
    verified,
    profileType: profile.profileType,
    isProtected: profile.isProtected,
    followerCount: profile.followerCount,
    followingCount: profile.followingCount,
    postCount: profile.postCount,
    engagementCount: profile.engagementCount,
    listedCount: profile.listedCount,
    platformCreatedAt: profile.createdAt,
    firstSeenAt: prospect.firstSeenAt,
    lastUpdatedAt: prospect.updatedAt,
    lastEnrichedAt: prospect.enrichedAt,
    lastActiveAt: profile.lastActiveAt,
    source: 'cached',
    isFresh,
    isStale,
    confidence,
    platformData,
    context,
  }
}

export interface Freshness {
  isFresh: boolean
  isStale: boolean
  confidence: number
}

/** All that time alone changes of a person. */
export function freshnessOf({ updatedAt }: Prospect, clock: View['clock']): Freshness {
  const ageDays = (clock.now().getTime() - Date.parse(updatedAt)) / DAY_MS
  return { isFresh: ageDays <= 7, isStale: ageDays > 30, confidence: confidenceAt(ageDays) }
}

type Profile = Prospect['profile']

/** The store hands out the same facts as the same object, so what takes longest is done once for each. */
const derived = new WeakMap<Profile, ReturnType<typeof derive>>()

function derivedFrom(profile: Profile): ReturnType<typeof derive> {
  let known = derived.get(profile)
  if (!known) {
    known = derive(profile)
    derived.set(profile, known)
  }
  return known
}

function derive(profile: Profile) {
  return {
    username: profile.username.toLowerCase(),
    websiteDomain: domainOf(profile.websiteUrl),
    verified: profile.badge ? verifiedByBadge[profile.badge] : 'none',
    platformData: {
      isVerifiedBlue: profile.badge === 'blue',
      isVerifiedGold: profile.badge === 'gold',
      isVerifiedGray: profile.badge === 'gray',
      professionalCategory: profile.professionalCategory,
      urlEntities: profile.urlEntities,
      bannerUrl: profile.bannerUrl,
      tweetsCount: profile.postCount,
      favoritesCount: profile.engagementCount ?? 0,
      rawData: null,
    },
  }
}

/** 0.95 after a day, as the hosted API shows; 0.5, "potentially outdated", after ten days; never below 0.1. */
function confidenceAt(ageDays: number): number {
  return Math.round(Math.max(0.1, 1 - 0.05 * Math.max(0, ageDays)) * 100) / 100
}
