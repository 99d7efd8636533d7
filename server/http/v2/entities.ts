import { type TProperties, type TSchema, Type } from 'typebox'
import type { MessageEntities } from '../../domain/messages.ts'
import { nullable, object } from './schemas.ts'

const Indices = object(
  {
    start: Type.Integer({ examples: [4] }),
    end: Type.Integer({ description: 'The first one after it.', examples: [23] }),
  },
  { description: 'Where it stands in the text, in Unicode code points.' },
)

/** Null: the platform marks it without saying where it stands. */
const marked = (properties: TProperties, description?: string) =>
  Type.Array(object({ ...properties, indices: nullable(Indices) as TSchema }), { ...(description && { description }) })

const text = (...examples: string[]) => Type.String({ examples })

export const EntitiesSchema = object(
  {
    urls: marked({ url: text('https://harbor.example/prices'), displayUrl: text('harbor.example/prices') }),
    postShares: marked(
      { platformId: text('1790000000000000042'), url: text('https://x.com/mina_k/status/1790000000000000042') },
      "Posts of the platform that are shared; they are not among the urls. `platformId` is the post's.",
    ),
    mentions: marked({
      username: text('mina_k'),
      displayName: nullable(Type.String()),
      platformId: nullable(Type.String()),
    }),
    hashtags: marked({ tag: text('launch') }),
    cashtags: marked({ symbol: text('ABC') }),
    format: Type.Array(
      object({
        kind: Type.Unsafe<string>({
          type: 'string',
          enum: ['bold', 'list', 'orderedList', 'listItem'],
          description: 'A list spans its items.',
        }),
        indices: Indices,
      }),
      { description: 'How the text is laid out.', examples: [[]] },
    ),
  },
  { description: 'What is marked in the text, each kind in its order.' },
)

/** What v1 shows as it is stored, with every kind there. No platform of ours formats its texts. */
export function presentEntities(entities: MessageEntities | null) {
  return { ...(entities ?? { urls: [], postShares: [], mentions: [], hashtags: [], cashtags: [] }), format: [] }
}
