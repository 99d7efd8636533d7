import { Type } from 'typebox'
import { palette } from '../../domain/colors.ts'
import type { Tag } from '../../domain/tags.ts'
import { createTag, deleteTag, getTag, listTags, updateTag } from '../../domain/tags.ts'
import { route } from '../route.ts'
import { id, nullable, ref } from './schemas.ts'

const group = 'Tags'
const name = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Unique in the team, whatever its case and accents.',
  examples: ['VIP'],
})
export const color = nullable(
  Type.String({
    description: 'A name of the palette (`GET /colors`) or a 6-digit hex code. Kept as lower-case hex.',
    examples: ['teal', '#14b8a6'],
  }),
)
const params = Type.Object({ tagId: id('The tag.') })

export const TagSchema = Type.Object(
  {
    id: id(),
    name: Type.String({ examples: ['VIP'] }),
    color: Type.String({ description: 'Lower-case hex.', examples: ['#14b8a6'] }),
  },
  { description: 'A label for prospects.' },
)

export const ColorSchema = Type.Object({
  name: Type.String({ description: 'What requests may say instead of the hex code.', examples: ['teal'] }),
  hex: Type.String({ examples: ['#14b8a6'] }),
})

export const tagRoutes = [
  route('tags.list', 'GET /tags', {
    group,
    summary: 'List tags',
    description: "All of the team's tags, by name.",
    response: Type.Array(ref('Tag')),
    handle: async ({ ctx }) => (await listTags(ctx)).map(presentTag),
  }),
  route('tags.create', 'POST /tags', {
    group,
    summary: 'Create a tag',
    description: 'Without a colour it gets one of the palette.',
    body: Type.Object({ name, color: Type.Optional(color) }),
    response: ref('Tag'),
    refusals: [409, 422],
    handle: async ({ ctx, body }) => presentTag(await createTag(ctx, body)),
  }),
  route('tags.get', 'GET /tags/{tagId}', {
    group,
    summary: 'Get a tag',
    params,
    response: ref('Tag'),
    handle: async ({ ctx, params }) => presentTag(await getTag(ctx, params.tagId)),
  }),
  route('tags.update', 'PATCH /tags/{tagId}', {
    group,
    summary: 'Update a tag',
    description: 'Fields left out stay as they are. A null colour is replaced by one of the palette.',
    params,
    body: Type.Object({ name: Type.Optional(name), color: Type.Optional(color) }),
    bodyOptional: true,
    response: ref('Tag'),
    refusals: [409],
    handle: async ({ ctx, params, body }) => presentTag(await updateTag(ctx, () => getTag(ctx, params.tagId), body)),
  }),
  route('tags.delete', 'DELETE /tags/{tagId}', {
    group,
    summary: 'Delete a tag',
    description: 'Takes it off every prospect. Cannot be undone.',
    params,
    body: Type.Object({}),
    bodyOptional: true,
    response: null,
    handle: ({ ctx, params }) => deleteTag(ctx, params.tagId),
  }),
  route('tags.colors', 'GET /tags/colors', {
    group,
    summary: 'List colours for tags',
    response: Type.Array(ColorSchema),
    handle: async () => palette,
  }),
]

export function presentTag(tag: Tag) {
  return { id: tag.id, name: tag.name, color: tag.color }
}
