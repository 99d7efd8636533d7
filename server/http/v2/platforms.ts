import { Type } from 'typebox'
import { capabilities } from '../../domain/capabilities.ts'
import { listPlatforms, type Platform } from '../../domain/platforms.ts'
import { route } from '../route.ts'
import { nullable, object, oneOf, platform, ref } from './schemas.ts'

export const capability = oneOf(capabilities)

const count = (description: string, ...examples: unknown[]) =>
  nullable(Type.Integer({ description }), ...(examples.length > 0 ? examples : [null]))

const access = nullable(
  object({
    observe: Type.Boolean({ description: 'We learn of changes made there.' }),
    mutate: Type.Boolean({ description: 'Our changes are made there too.' }),
  }),
)

const mediaKind = (example: string) => Type.Optional(Type.Array(Type.String({ examples: [example] })))

export const PlatformInfoSchema = object(
  {
    platform: platform(),
    name: Type.String({ examples: ['X'] }),
    usernamePrefix: Type.String({ description: 'Goes before usernames where they are shown.', examples: ['@'] }),
    capabilities: Type.Array(capability, {
      description: 'What an account can have at the most. An account may have fewer, a thread may restrict some.',
    }),
    limits: object({
      characters: count('Longest message; an emoji counts one. Null: any length.', 10_000),
      mediaCount: count('Attachments of a message.'),
      mediaBytes: count('Of one attachment.'),
      mediaTypes: nullable(
        object(
          {
            image: mediaKind('image/*'),
            video: mediaKind('video/mp4'),
            gif: mediaKind('image/gif'),
            file: mediaKind('.pdf'),
            audio: mediaKind('audio/mpeg'),
          },
          {
            description: 'MIME types, `image/*`, or `.pdf`. A kind left out is not accepted; null accepts everything.',
          },
        ),
      ),
    }),
    mutationWindows: Type.Unsafe<Readonly<Partial<Record<string, number>>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'Capability to seconds after the message was written. Without an entry it is possible at any time.',
      examples: [{}],
    }),
    threadState: object({ archive: access, read: access }, { description: 'Null: the platform has no such state.' }),
  },
  { description: 'A platform, and what is possible there.' },
)

export const platformRoutes = [
  route('platforms.list', 'GET /platforms', {
    group: 'Platforms',
    summary: 'List platforms',
    description: 'Those the team can use.',
    response: Type.Array(ref('PlatformInfo')),
    handle: async ({ ctx }) => listPlatforms(ctx).map(presentPlatform),
  }),
]

function presentPlatform(platform: Platform) {
  const { limits } = platform
  return {
    platform: platform.id,
    name: platform.name,
    usernamePrefix: platform.usernamePrefix,
    capabilities: platform.capabilities,
    limits: {
      characters: limits.characters,
      mediaCount: limits.mediaCount,
      mediaBytes: limits.mediaBytes,
      mediaTypes: limits.mediaTypes,
    },
    mutationWindows: platform.mutationWindows,
    threadState: platform.threadState,
  }
}
