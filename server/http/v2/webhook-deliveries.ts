import { Type } from 'typebox'
import {
  attemptErrors,
  attemptsShownMax,
  deliveryCauses,
  deliveryStates,
  getWebhookDelivery,
  listWebhookDeliveries,
  redeliver,
  type WebhookAttempt,
  type WebhookDelivery,
} from '../../domain/webhook-deliveries.ts'
import { route } from '../route.ts'
import { pageOfList } from './cursors.ts'
import { id, nullable, object, oneOf, page, pageParameters, ref, timestamp } from './schemas.ts'

const ours = true
const group = 'Webhooks'
const params = object({ webhookDeliveryId: id('The delivery.') })

const AttemptSchema = object(
  {
    number: Type.Integer({ description: '1, 2, 3, …', examples: [1] }),
    at: timestamp(),
    durationMs: Type.Integer({ description: 'From the name to the end of the answer.', examples: [84] }),
    status: nullable(Type.Integer({ description: 'Of the answer. Null: there was none.', examples: [200] })),
    error: nullable(
      oneOf(
        attemptErrors,
        'Why it was not taken; null = it was. redirect: it is never followed. status: any other answer that is not in the two hundreds.',
      ),
      null,
    ),
    answer: Type.String({
      description: 'The first 1,024 bytes of the answer; without one, what is known about the error.',
      examples: ['ok'],
    }),
  },
  { description: 'One request to a webhook endpoint, and what came back.', 'x-open-inbox': true },
)

const shownFields = {
  id: id('Also in `X-Inbox-Delivery`.'),
  webhookEndpointId: id(),
  eventId: id('The same in all deliveries of the event: whoever gets it twice knows it by this.'),
  apiVersion: oneOf(['1', '2']),
  seq: nullable(
    Type.Integer({ description: "The event's number in the log. Null: a test is in no log.", examples: [318] }),
  ),
  type: Type.String({ description: 'In the words of the version.', examples: ['message.received'] }),
  cause: oneOf(deliveryCauses),
  state: oneOf(deliveryStates, 'failed: it is not tried again by itself.'),
  attemptsCount: Type.Integer({ examples: [1] }),
  lastAttempt: nullable(ref('WebhookAttempt')),
  nextAttemptAt: nullable(timestamp('Null: it waits for its turn, or it is not tried again.'), null),
  settledAt: nullable(timestamp('When it was delivered, or failed for good.')),
  createdAt: timestamp(),
}

export const webhookDeliveryComponents = {
  WebhookAttempt: AttemptSchema,
  WebhookDelivery: object(shownFields, {
    description: 'An event on its way to a webhook endpoint.',
    'x-open-inbox': true,
  }),
  WebhookDeliveryDetails: object(
    {
      ...shownFields,
      body: nullable(
        Type.String({
          description: 'What is sent, byte for byte the same each time. Null: it is not kept any more.',
          examples: ['{"id":"e5v8n1t4i7d0s3e6q9a2b5c8","seq":318}'],
        }),
      ),
      attempts: Type.Array(ref('WebhookAttempt'), {
        description: `Newest first; the last ${attemptsShownMax} if there were more.`,
      }),
    },
    { description: 'A delivery with what is sent and what came of it.', 'x-open-inbox': true },
  ),
}

export const webhookDeliveryRoutes = [
  route('webhookDeliveries.list', 'GET /webhook-endpoints/{webhookEndpointId}/deliveries', {
    ours,
    group,
    summary: 'List deliveries',
    description: 'What was, is and will be sent to a webhook endpoint, newest first.',
    params: object({ webhookEndpointId: id('The webhook endpoint.') }),
    query: object({
      state: Type.Optional(oneOf(deliveryStates, 'Only those in this state.')),
      type: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description: 'Only those of this type; `tag.*` stands for all of a noun.',
          examples: ['tag.created'],
        }),
      ),
      ...pageParameters,
    }),
    response: page(ref('WebhookDelivery')),
    codes: ['adminRequired', 'invalidCursor', 'webhookEndpointNotFound'],
    handle: async ({ ctx, params, query }) => {
      const { webhookEndpointId } = params
      const list = pageOfList(ctx, `webhookDeliveries.list ${webhookEndpointId}`, query)
      const filter = { state: query.state ?? null, type: query.type ?? null }
      return list.present(await listWebhookDeliveries(ctx, webhookEndpointId, filter, list), presentDelivery)
    },
  }),
  route('webhookDeliveries.get', 'GET /webhook-deliveries/{webhookDeliveryId}', {
    ours,
    group,
    summary: 'Get a delivery',
    description: 'With its body and its attempts.',
    params,
    response: ref('WebhookDeliveryDetails'),
    codes: ['adminRequired', 'webhookDeliveryNotFound'],
    handle: async ({ ctx, params }) => {
      const { delivery, body, attempts } = await getWebhookDelivery(ctx, params.webhookDeliveryId)
      return { ...presentDelivery(delivery), body, attempts: attempts.map(presentAttempt) }
    },
  }),
  route('webhookDeliveries.redeliver', 'POST /webhook-deliveries/{webhookDeliveryId}/redeliver', {
    ours,
    group,
    summary: 'Send a delivery again',
    description: 'The same body once more, as a delivery of its own, beside whatever waits.',
    params,
    status: 202,
    response: ref('WebhookDelivery'),
    codes: [
      'workspaceLocked',
      'adminRequired',
      'webhookDeliveryNotFound',
      'webhookEndpointDisabled',
      'webhookPayloadForgotten',
    ],
    handle: async ({ ctx, params }) => presentDelivery(await redeliver(ctx, params.webhookDeliveryId)),
  }),
]

export function presentDelivery(delivery: WebhookDelivery) {
  return {
    id: delivery.id,
    webhookEndpointId: delivery.endpointId,
    eventId: delivery.eventId,
    apiVersion: delivery.apiVersion,
    seq: delivery.seq,
    type: delivery.type,
    cause: delivery.cause,
    state: delivery.state,
    attemptsCount: delivery.attemptsCount,
    lastAttempt: delivery.lastAttempt && presentAttempt(delivery.lastAttempt),
    nextAttemptAt: delivery.nextAttemptAt,
    settledAt: delivery.settledAt,
    createdAt: delivery.createdAt,
  }
}

function presentAttempt({ number, at, durationMs, status, error, answer }: WebhookAttempt) {
  return { number, at, durationMs, status, error, answer }
}
