import { Type } from 'typebox'
import type { Status } from '../../domain/statuses.ts'
import {
  createStatus,
  deleteStatus,
  findStatuses,
  listStatuses,
  resolveStatus,
  updateStatus,
} from '../../domain/statuses.ts'
import { route } from '../route.ts'
import { color } from './colors.ts'
import { id, nullable, object, page, ref, reference, timestamp } from './schemas.ts'

const group = 'Statuses'
const params = object({ statusRef: reference('status') })
const name = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Unique in the team, whatever its case and accents.',
  examples: ['Qualified'],
})

export const StatusSchema = object(
  {
    id: id(),
    name: Type.String({ examples: ['Qualified'] }),
    color: nullable(Type.String({ description: 'Lower-case hex; null = no colour.', examples: ['#22c55e'] })),
    createdAt: timestamp(),
  },
  { description: 'A stage of the pipeline. A contact is in one of them or in none.' },
)

export const statusRoutes = [
  route('statuses.list', 'GET /statuses', {
    group,
    summary: 'List statuses',
    description: "All of the team's statuses, in board order, always as one page.",
    response: page(ref('Status')),
    handle: async ({ ctx }) => ({ data: (await listStatuses(ctx)).map(presentStatus), nextCursor: null }),
  }),
  route('statuses.create', 'POST /statuses', {
    group,
    summary: 'Create a status',
    description: 'It goes last on the board.',
    body: object({ name, color: Type.Optional(nullable(color)) }),
    asksForLockItself: true,
    status: 201,
    response: ref('Status'),
    codes: ['workspaceLocked', 'nameTaken'],
    handle: async ({ ctx, body }) => presentStatus(await createStatus(ctx, body)),
  }),
  route('statuses.get', 'GET /statuses/{statusRef}', {
    group,
    summary: 'Get a status',
    params,
    response: ref('Status'),
    codes: ['statusNotFound'],
    handle: async ({ ctx, params }) => presentStatus(await resolveStatus(ctx, params.statusRef)),
  }),
  route('statuses.update', 'PATCH /statuses/{statusRef}', {
    group,
    summary: 'Update a status',
    description: 'Fields left out stay as they are. A null colour is cleared.',
    params,
    body: object({ name: Type.Optional(name), color: Type.Optional(nullable(color)) }),
    asksForLockItself: true,
    response: ref('Status'),
    codes: ['workspaceLocked', 'statusNotFound', 'nameTaken'],
    handle: async ({ ctx, params, body }) =>
      presentStatus(await updateStatus(ctx, () => resolveStatus(ctx, params.statusRef), body)),
  }),
  route('statuses.delete', 'DELETE /statuses/{statusRef}', {
    group,
    summary: 'Delete a status',
    description: 'Contacts in it have no status afterwards. Cannot be undone.',
    params,
    status: 204,
    response: null,
    codes: ['workspaceLocked', 'statusNotFound'],
    handle: async ({ ctx, params }) => deleteStatus(ctx, (await resolveStatus(ctx, params.statusRef)).id),
  }),
]

export function presentStatus(status: Status) {
  return { id: status.id, name: status.name, color: status.color, createdAt: status.createdAt }
}

export const statusKind = { find: findStatuses, present: presentStatus }
