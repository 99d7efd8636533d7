import { Type } from 'typebox'
import type { Tag } from '../../domain/tags.ts'
import { createTag, deleteTag, findTags, listTags, resolveTag, updateTag } from '../../domain/tags.ts'
import { route } from '../route.ts'
import { color } from './colors.ts'
import { id, object, page, ref, reference } from './schemas.ts'

const group = 'Tags'
const params = object({ tagRef: reference('tag') })
const name = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Unique in the team, whatever its case and accents.',
  examples: ['VIP'],
})

export const TagSchema = object(
  {
    id: id(),
    name: Type.String({ examples: ['VIP'] }),
    color: Type.String({ description: 'Lower-case hex.', examples: ['#14b8a6'] }),
  },
  { description: 'A label for contacts.' },
)

export const tagRoutes = [
  route('tags.list', 'GET /tags', {
    group,
    summary: 'List tags',
    description: "All of the team's tags, by name, always as one page.",
    response: page(ref('Tag')),
    handle: async ({ ctx }) => ({ data: (await listTags(ctx)).map(presentTag), nextCursor: null }),
  }),
  route('tags.create', 'POST /tags', {
    group,
    summary: 'Create a tag',
    description: 'Without a colour it gets one of the palette.',
    body: object({ name, color: Type.Optional(color) }),
    asksForLockItself: true,
    status: 201,
    response: ref('Tag'),
    codes: ['workspaceLocked', 'nameTaken', 'tagLimitReached'],
    handle: async ({ ctx, body }) => presentTag(await createTag(ctx, body)),
  }),
  route('tags.get', 'GET /tags/{tagRef}', {
    group,
    summary: 'Get a tag',
    params,
    response: ref('Tag'),
    codes: ['tagNotFound'],
    handle: async ({ ctx, params }) => presentTag(await resolveTag(ctx, params.tagRef)),
  }),
  route('tags.update', 'PATCH /tags/{tagRef}', {
    group,
    summary: 'Update a tag',
    description: 'Fields left out stay as they are.',
    params,
    body: object({ name: Type.Optional(name), color: Type.Optional(color) }),
    asksForLockItself: true,
    response: ref('Tag'),
    codes: ['workspaceLocked', 'tagNotFound', 'nameTaken'],
    handle: async ({ ctx, params, body }) =>
      presentTag(await updateTag(ctx, () => resolveTag(ctx, params.tagRef), body)),
  }),
  route('tags.delete', 'DELETE /tags/{tagRef}', {
    group,
    summary: 'Delete a tag',
    description: 'Takes it off every contact. Cannot be undone.',
    params,
    status: 204,
    response: null,
    codes: ['workspaceLocked', 'tagNotFound'],
    handle: async ({ ctx, params }) => deleteTag(ctx, (await resolveTag(ctx, params.tagRef)).id),
  }),
]

export function presentTag(tag: Tag) {
  return { id: tag.id, name: tag.name, color: tag.color }
}

export const tagKind = { find: findTags, present: presentTag }
