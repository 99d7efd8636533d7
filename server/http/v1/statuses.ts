import { Type } from 'typebox'
import { palette } from '../../domain/colors.ts'
import type { Status } from '../../domain/statuses.ts'
import { createStatus, deleteStatus, getStatus, listStatuses, updateStatus } from '../../domain/statuses.ts'
import { route } from '../route.ts'
import { id, nullable, ref, timestamp } from './schemas.ts'
import { ColorSchema, color } from './tags.ts'

const group = 'Statuses'
const name = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Unique in the team, whatever its case and accents.',
  examples: ['Qualified'],
})
const params = Type.Object({ statusId: id('The status.') })

export const StatusSchema = Type.Object(
  {
    id: id(),
    name: Type.String({ examples: ['Qualified'] }),
    color: nullable(Type.String({ description: 'Lower-case hex; null = no colour.', examples: ['#22c55e'] })),
    createdAt: timestamp(),
  },
  { description: 'A stage of the pipeline. A prospect is in one of them or in none.' },
)

export const statusRoutes = [
  route('statuses.list', 'GET /statuses', {
    group,
    summary: 'List statuses',
    description: "All of the team's statuses, in board order.",
    response: Type.Array(ref('Status')),
    handle: async ({ ctx }) => (await listStatuses(ctx)).map(presentStatus),
  }),
  route('statuses.create', 'POST /statuses', {
    group,
    summary: 'Create a status',
    description: 'It goes last on the board.',
    body: Type.Object({ name, color: Type.Optional(color) }),
    response: ref('Status'),
    refusals: [409],
    handle: async ({ ctx, body }) => presentStatus(await createStatus(ctx, body)),
  }),
  route('statuses.get', 'GET /statuses/{statusId}', {
    group,
    summary: 'Get a status',
    params,
    response: ref('Status'),
    handle: async ({ ctx, params }) => presentStatus(await getStatus(ctx, params.statusId)),
  }),
  route('statuses.update', 'PATCH /statuses/{statusId}', {
    group,
    summary: 'Update a status',
    description: 'Fields left out stay as they are. A null colour is cleared.',
    params,
    body: Type.Object({ name: Type.Optional(name), color: Type.Optional(color) }),
    bodyOptional: true,
    response: ref('Status'),
    refusals: [409],
    handle: async ({ ctx, params, body }) =>
      presentStatus(await updateStatus(ctx, () => getStatus(ctx, params.statusId), body)),
  }),
  route('statuses.delete', 'DELETE /statuses/{statusId}', {
    group,
    summary: 'Delete a status',
    description: 'Prospects in it have no status afterwards. Cannot be undone.',
    params,
    body: Type.Object({}),
    bodyOptional: true,
    response: null,
    handle: ({ ctx, params }) => deleteStatus(ctx, params.statusId),
  }),
  route('statuses.colors', 'GET /statuses/colors', {
    group,
    summary: 'List colours for statuses',
    response: Type.Array(ColorSchema),
    handle: async () => palette,
  }),
  route('colors.list', 'GET /colors', {
    group: 'Colors',
    summary: 'List colours',
    description: 'The palette of tags and statuses.',
    response: Type.Array(ColorSchema),
    handle: async () => palette,
  }),
]

export function presentStatus(status: Status) {
  return { id: status.id, name: status.name, color: status.color, createdAt: status.createdAt }
}
