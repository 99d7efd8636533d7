import { Type } from 'typebox'
import { pageWithin } from '../../domain/pages.ts'
import { redeliveredSeqsMax, redeliverRange, testWebhookEndpoint } from '../../domain/webhook-deliveries.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  disabledReasons,
  disableWebhookEndpoint,
  enableWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
  updateWebhookEndpoint,
  type WebhookEndpoint,
  type WithSecret,
  webhookEndpointsMax,
} from '../../domain/webhook-endpoints.ts'
import { headersMax } from '../../domain/webhook-headers.ts'
import { route } from '../route.ts'
import { pageOfList } from './cursors.ts'
import { id, nullable, object, oneOf, page, pageParameters, ref, timestamp } from './schemas.ts'
import { presentDelivery } from './webhook-deliveries.ts'

const ours = true
const group = 'Webhooks'
const params = object({ webhookEndpointId: id('The webhook endpoint.') })
const DAY_SECONDS = 86_400

const url = Type.String({
  minLength: 1,
  maxLength: 2_048,
  description: 'Where events are posted: a public address over https, unless the server is set up to call others.',
  examples: ['https://hooks.example.com/inbox'],
})
const description = nullable(
  Type.String({ maxLength: 500, description: 'For people.', examples: ['Tells the warehouse'] }),
)
const types = nullable(
  Type.Array(Type.String({ minLength: 1, maxLength: 100, examples: ['message.received'] }), {
    minItems: 1,
    maxItems: 100,
    description: 'Types of event by the names of `apiVersion`; `thread.*` stands for all of a noun. Null: all.',
  }),
)
const apiVersion = oneOf(
  ['1', '2'],
  'In which form: 1 carries the things themselves, 2 the change and where to read them.',
)
const deliveryMode = oneOf(
  ['ordered', 'parallel'],
  'ordered: one after the other, by `seq`; what is not taken keeps the rest waiting. parallel: several at once, each for itself.',
)
const headerName = Type.String({ minLength: 1, maxLength: 64, examples: ['Authorization'] })
const headers = Type.Array(
  object({
    name: headerName,
    value: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description: 'Left out: stays as it is. It is stored encrypted and never shown.',
        examples: ['Bearer of-the-receiver'],
      }),
    ),
  }),
  { maxItems: headersMax, description: 'Sent along with every request. The list replaces the one before.' },
)

const shownFields = {
  id: id(),
  url,
  description,
  types,
  apiVersion,
  deliveryMode,
  headers: Type.Array(object({ name: headerName }), {
    description: 'Headers of your own that are sent along; what they say is not shown.',
  }),
  state: oneOf(['enabled', 'disabled']),
  disabledReason: nullable(
    oneOf(
      disabledReasons,
      'gone: it answered 410. failing: nothing was taken for five days. secretUnreadable: the server has another secret key than when the secret or a header was stored; rotate, and give the headers again.',
    ),
    null,
  ),
  disabledAt: nullable(timestamp(), null),
  lastSeq: Type.Integer({
    description: 'How far the log has become deliveries. From here it goes on, also after having been disabled.',
    examples: [318],
  }),
  missedEvents: Type.Integer({
    description: 'Events, of any type, that were forgotten while it was disabled, before they could be sent.',
    examples: [0],
  }),
  failingSince: nullable(timestamp('Since when nothing was taken. Null: the last one was.'), null),
  previousSecretUntil: nullable(timestamp('Until then the secret before signs, too.'), null),
  createdAt: timestamp(),
  updatedAt: timestamp(),
}

export const WebhookEndpointSchema = object(shownFields, {
  description: "Where a team's events are sent.",
  'x-open-inbox': true,
})

export const WebhookEndpointWithSecretSchema = object(
  {
    ...shownFields,
    secret: Type.String({
      description: 'What requests are signed with. It is shown this once.',
      examples: ['ibt_wh_4Rk0Zq8sWmB2xNf7TgYc1LdVh6PjUe3Ao9'],
    }),
  },
  { description: 'A webhook endpoint, and its new secret.', 'x-open-inbox': true },
)

export const webhookEndpointComponents = {
  WebhookEndpoint: WebhookEndpointSchema,
  WebhookEndpointWithSecret: WebhookEndpointWithSecretSchema,
}

const wish = {
  description: Type.Optional(description),
  types: Type.Optional(types),
  apiVersion: Type.Optional(apiVersion),
  deliveryMode: Type.Optional(deliveryMode),
  headers: Type.Optional(headers),
}
const codes = ['adminRequired', 'webhookEndpointNotFound']
const changeCodes = ['workspaceLocked', ...codes]

export const webhookEndpointRoutes = [
  route('webhookEndpoints.list', 'GET /webhook-endpoints', {
    ours,
    group,
    summary: 'List webhook endpoints',
    description: 'Oldest first. Webhooks are for owners and admins of the team.',
    query: object(pageParameters),
    response: page(ref('WebhookEndpoint')),
    codes: ['adminRequired', 'invalidCursor'],
    handle: async ({ ctx, query }) => {
      const list = pageOfList(ctx, 'webhookEndpoints.list', query)
      return list.present(pageWithin(await listWebhookEndpoints(ctx), list), presentWebhookEndpoint)
    },
  }),
  route('webhookEndpoints.create', 'POST /webhook-endpoints', {
    ours,
    group,
    summary: 'Create a webhook endpoint',
    description: `It gets what happens from now on. A team has at most ${webhookEndpointsMax}. Every request to it is signed in \`X-Inbox-Signature\`, and in the headers of Standard Webhooks.`,
    body: object({ url, ...wish }),
    status: 201,
    response: ref('WebhookEndpointWithSecret'),
    codes: ['workspaceLocked', 'adminRequired', 'webhookUrlRefused', 'webhookEndpointLimitReached'],
    handle: async ({ ctx, body }) =>
      presentWithSecret(
        await createWebhookEndpoint(ctx, {
          url: body.url,
          description: body.description ?? null,
          types: body.types ?? null,
          apiVersion: body.apiVersion ?? '2',
          deliveryMode: body.deliveryMode ?? 'ordered',
          headers: body.headers ?? [],
        }),
      ),
  }),
  route('webhookEndpoints.get', 'GET /webhook-endpoints/{webhookEndpointId}', {
    ours,
    group,
    summary: 'Get a webhook endpoint',
    params,
    response: ref('WebhookEndpoint'),
    codes,
    handle: async ({ ctx, params }) => presentWebhookEndpoint(await getWebhookEndpoint(ctx, params.webhookEndpointId)),
  }),
  route('webhookEndpoints.update', 'PATCH /webhook-endpoints/{webhookEndpointId}', {
    ours,
    group,
    summary: 'Update a webhook endpoint',
    description:
      'Fields left out stay as they are. What waits to be sent goes to the new address, in the form it was made in.',
    params,
    body: object({ url: Type.Optional(url), ...wish }),
    response: ref('WebhookEndpoint'),
    codes: [...changeCodes, 'webhookUrlRefused'],
    handle: async ({ ctx, params, body }) =>
      presentWebhookEndpoint(await updateWebhookEndpoint(ctx, params.webhookEndpointId, body)),
  }),
  route('webhookEndpoints.delete', 'DELETE /webhook-endpoints/{webhookEndpointId}', {
    ours,
    group,
    summary: 'Delete a webhook endpoint',
    description: 'With its log. What waits is not sent any more. Cannot be undone.',
    params,
    status: 204,
    response: null,
    codes: changeCodes,
    handle: ({ ctx, params }) => deleteWebhookEndpoint(ctx, params.webhookEndpointId),
  }),
  route('webhookEndpoints.enable', 'POST /webhook-endpoints/{webhookEndpointId}/enable', {
    ours,
    group,
    summary: 'Enable a webhook endpoint',
    description: 'It goes on from where it stood, as far as the events are kept; what waits is sent at once.',
    params,
    response: ref('WebhookEndpoint'),
    codes: changeCodes,
    handle: async ({ ctx, params }) =>
      presentWebhookEndpoint(await enableWebhookEndpoint(ctx, params.webhookEndpointId)),
  }),
  route('webhookEndpoints.disable', 'POST /webhook-endpoints/{webhookEndpointId}/disable', {
    ours,
    group,
    summary: 'Disable a webhook endpoint',
    description: 'Nothing but tests is sent to it until it is enabled.',
    params,
    response: ref('WebhookEndpoint'),
    codes: changeCodes,
    handle: async ({ ctx, params }) =>
      presentWebhookEndpoint(await disableWebhookEndpoint(ctx, params.webhookEndpointId)),
  }),
  route('webhookEndpoints.rotateSecret', 'POST /webhook-endpoints/{webhookEndpointId}/rotate-secret', {
    ours,
    group,
    summary: 'Give a webhook endpoint a new secret',
    description:
      'For the time of the overlap both secrets sign, so that the receiver can change over without a loss. Two sign at the most: rotating again meanwhile puts the oldest out.',
    params,
    body: object({
      overlapSeconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 7 * DAY_SECONDS,
          default: DAY_SECONDS,
          description: 'How long the secret before signs, too; 0 when somebody has it who should not.',
        }),
      ),
    }),
    bodyOptional: true,
    response: ref('WebhookEndpointWithSecret'),
    codes: changeCodes,
    handle: async ({ ctx, params, body }) => {
      const overlapMs = (body.overlapSeconds ?? DAY_SECONDS) * 1_000
      return presentWithSecret(await rotateWebhookSecret(ctx, params.webhookEndpointId, overlapMs))
    },
  }),
  route('webhookEndpoints.test', 'POST /webhook-endpoints/{webhookEndpointId}/test', {
    ours,
    group,
    summary: 'Send a test event',
    description:
      'A made-up event is sent once and at once, beside whatever waits, also to an endpoint that is disabled. What came of it is in the delivery. Its `seq` is that of the last event, and in its delivery null: it is in no log.',
    params,
    body: object({
      type: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description: "A type by the name of the endpoint's version. Left out: a message's, if it asks for those.",
          examples: ['message.received'],
        }),
      ),
    }),
    bodyOptional: true,
    status: 202,
    response: ref('WebhookDelivery'),
    codes: changeCodes,
    handle: async ({ ctx, params, body }) =>
      presentDelivery(await testWebhookEndpoint(ctx, params.webhookEndpointId, body.type ?? null)),
  }),
  route('webhookEndpoints.redeliver', 'POST /webhook-endpoints/{webhookEndpointId}/redeliver', {
    ours,
    group,
    summary: 'Send a stretch of the log again',
    description: `What the endpoint asks for of it, as far as it is kept, beside whatever waits. At most ${redeliveredSeqsMax} numbers at a time.`,
    params,
    body: object({
      fromSeq: Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The first.',
        examples: [300],
      }),
      toSeq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The last.', examples: [318] }),
    }),
    status: 202,
    response: object({ count: Type.Integer({ description: 'How many are sent again.', examples: [19] }) }),
    codes: [...changeCodes, 'webhookEndpointDisabled'],
    handle: async ({ ctx, params, body }) => ({ count: await redeliverRange(ctx, params.webhookEndpointId, body) }),
  }),
]

export function presentWebhookEndpoint(endpoint: WebhookEndpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    types: endpoint.types,
    apiVersion: endpoint.apiVersion,
    deliveryMode: endpoint.deliveryMode,
    headers: endpoint.headerNames.map((name) => ({ name })),
    state: endpoint.disabledReason === null ? 'enabled' : 'disabled',
    disabledReason: endpoint.disabledReason,
    disabledAt: endpoint.disabledAt,
    lastSeq: endpoint.position,
    missedEvents: endpoint.missedEvents,
    failingSince: endpoint.failingSince,
    previousSecretUntil: endpoint.previousSecretUntil,
    createdAt: endpoint.createdAt,
    updatedAt: endpoint.updatedAt,
  }
}

function presentWithSecret({ endpoint, secret }: WithSecret) {
  return { ...presentWebhookEndpoint(endpoint), secret }
}
