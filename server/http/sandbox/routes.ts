import { type Static, Type } from 'typebox'
import type { AttachmentInput } from '../../connectors/sandbox/attachments.ts'
import * as control from '../../connectors/sandbox/control.ts'
import type { PersonInput } from '../../connectors/sandbox/people.ts'
import { isRefusal, type Sandbox, sandboxPlatform, type World } from '../../connectors/sandbox/sandbox.ts'
import { getAccountLink, linkAccount, listAccountLinks } from '../../domain/account-links.ts'
import type { Context } from '../../domain/context.ts'
import { DomainError, invalid, notFound } from '../../domain/errors.ts'
import { catchUp } from '../../domain/incoming.ts'
import type { DocumentedApi } from '../openapi.ts'
import { type Operation, route } from '../route.ts'
import { ErrorSchema, v1Errors } from '../v1/errors.ts'
import { compileQuery } from '../v1/query.ts'
import { AccountLinkSchema, presentAccountLink } from '../v1/team.ts'
import {
  AccountLinkChange,
  AttachmentChange,
  attachmentParams,
  DeliverySchema,
  EditBody,
  FaultBody,
  FaultSchema,
  MessageSchema,
  messageParams,
  NewAccountLink,
  PersonBody,
  PersonSchema,
  personParams,
  ReactionBody,
  TypingBody,
  WrittenMessage,
} from './schemas.ts'

/** The people on the other side, at the caller's command. Each team plays with a world of its own. */
export function createSandboxApi(sandbox: Sandbox): DocumentedApi {
  const command: Command = async (ctx, act, ...args) => granted(await act(sandbox, worldOf(ctx), ...args))
  return {
    name: 'sandbox',
    base: '/api/sandbox',
    isFree: true,
    info: {
      title: 'Sandbox controls',
      version: '1.0.0',
      description:
        'Plays the other side on the simulated platform: makes people, lets them write, edit and react, makes calls fail, and tells what really arrived. With the same tokens; each team has a world of its own. Costs no quota.',
    },
    components: { Error: ErrorSchema },
    operations: [
      ...peopleRoutes(command),
      ...messageRoutes(command),
      ...accountRoutes(command),
      ...faultRoutes(command),
      ...deliveryRoutes(command),
    ],
    errors: v1Errors,
    compileQuery,
    hasBracketQueries: true,
  }
}

/** Has something done in the caller's world; what the sandbox refuses is thrown. */
type Command = <Args extends unknown[], Result>(
  ctx: Context,
  act: (sandbox: Sandbox, world: World, ...args: Args) => Promise<Result>,
  ...args: Args
) => Promise<Granted<Result>>

function peopleRoutes(command: Command): Operation[] {
  const group = 'People'
  return [
    route('sandbox.people.list', 'GET /people', {
      group,
      summary: 'List people',
      description: 'Newest first.',
      query: Type.Object({
        q: Type.Optional(Type.String({ description: 'A part of the username or display name.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
      }),
      response: Type.Object({ people: Type.Array(PersonSchema) }),
      handle: async ({ ctx, query }) => {
        const people = await command(ctx, control.listPeople, { q: query.q, limit: query.limit ?? 100 })
        return { people: people.map((person) => presentPerson(ctx, person)) }
      },
    }),
    route('sandbox.people.create', 'POST /people', {
      group,
      summary: 'Create a person',
      description: 'What is left out is made up.',
      body: PersonBody,
      bodyOptional: true,
      status: 201,
      response: PersonSchema,
      handle: async ({ ctx, body }) => presentPerson(ctx, await command(ctx, control.createPerson, readPerson(body))),
    }),
    route('sandbox.people.get', 'GET /people/{platformId}', {
      group,
      summary: 'Get a person',
      params: personParams,
      response: PersonSchema,
      handle: async ({ ctx, params }) => presentPerson(ctx, await command(ctx, control.findPerson, params.platformId)),
    }),
    route('sandbox.people.update', 'PATCH /people/{platformId}', {
      group,
      summary: 'Change a person',
      description: 'A changed profile is news for every account they have a conversation with.',
      params: personParams,
      body: PersonBody,
      response: PersonSchema,
      handle: async ({ ctx, params, body }) =>
        presentPerson(ctx, await command(ctx, control.updatePerson, params.platformId, readPerson(body))),
    }),
    route('sandbox.people.type', 'POST /people/{platformId}/typing', {
      group,
      summary: 'Let a person type',
      params: personParams,
      body: TypingBody,
      status: 204,
      response: null,
      handle: async ({ ctx, params, body }) => {
        const accountPlatformId = await accountOf(ctx, body.accountLinkId)
        const sides = { personPlatformId: params.platformId, accountPlatformId }
        await command(ctx, control.showTyping, sides)
      },
    }),
  ]
}

function messageRoutes(command: Command): Operation[] {
  const group = 'Messages of people'
  return [
    route('sandbox.messages.create', 'POST /people/{platformId}/messages', {
      group,
      summary: 'Let a person write',
      description: 'Words, or pictures, voice notes, files and a link card, or both.',
      params: personParams,
      body: MessageSchema,
      status: 201,
      response: WrittenMessage,
      handle: async ({ ctx, params, body }) => {
        const accountPlatformId = await accountOf(ctx, body.accountLinkId)
        const { content = '', replyToPlatformId } = body
        const attachments = readAttachments(body)
        const message = {
          personPlatformId: params.platformId,
          accountPlatformId,
          content,
          attachments,
          replyToPlatformId,
        }
        const written = await command(ctx, control.writeMessage, message)
        const { messagePlatformId: platformId, conversationPlatformId, sentAt } = written
        return { platformId, conversationPlatformId, sentAt: sentAt.toISOString() }
      },
    }),
    route('sandbox.messages.update', 'PATCH /people/{platformId}/messages/{messagePlatformId}', {
      group,
      summary: 'Let a person edit their message',
      params: messageParams,
      body: EditBody,
      status: 204,
      response: null,
      handle: async ({ ctx, params, body }) => {
        const edit = { ...messageOf(params), content: body.content }
        await command(ctx, control.editMessage, edit)
      },
    }),
    route('sandbox.messages.delete', 'DELETE /people/{platformId}/messages/{messagePlatformId}', {
      group,
      summary: 'Let a person unsend their message',
      params: messageParams,
      status: 204,
      response: null,
      handle: async ({ ctx, params }) => {
        await command(ctx, control.unsendMessage, messageOf(params))
      },
    }),
    route('sandbox.attachments.update', 'PATCH /people/{platformId}/messages/{messagePlatformId}/attachments/{index}', {
      group,
      summary: 'Say what became of an attachment',
      params: attachmentParams,
      body: AttachmentChange,
      status: 204,
      response: null,
      handle: async ({ ctx, params, body }) => {
        await command(ctx, control.setAttachmentState, { ...messageOf(params), index: params.index, state: body.state })
      },
    }),
    route('sandbox.reactions.create', 'POST /people/{platformId}/reactions', {
      group,
      summary: 'Let a person react',
      description: 'Another emoji replaces the first.',
      params: personParams,
      body: ReactionBody,
      status: 204,
      response: null,
      handle: async ({ ctx, params, body }) => {
        const reaction = { personPlatformId: params.platformId, ...body }
        await command(ctx, control.addReaction, reaction)
      },
    }),
    route('sandbox.reactions.delete', 'DELETE /people/{platformId}/reactions', {
      group,
      summary: 'Let a person take a reaction back',
      params: personParams,
      body: ReactionBody,
      status: 204,
      response: null,
      handle: async ({ ctx, params, body }) => {
        const reaction = { personPlatformId: params.platformId, ...body }
        await command(ctx, control.removeReaction, reaction)
      },
    }),
  ]
}

function accountRoutes(command: Command): Operation[] {
  const group = 'Accounts'
  return [
    route('sandbox.accountLinks.create', 'POST /account-links', {
      group,
      summary: 'Sign up another account and link it',
      body: NewAccountLink,
      bodyOptional: true,
      status: 201,
      response: AccountLinkSchema,
      handle: async ({ ctx, body }) => {
        const input = { username: readUsername(body.username), displayName: body.displayName }
        const { status, ...account } = await command(ctx, control.createAccount, input)
        const link = { ...account, connector: 'sandbox', platform: sandboxPlatform, syncedAt: ctx.clock.now() }
        return presentAccountLink(await linkAccount(ctx, ctx.actor.teamId, link), ctx.publicUrl)
      },
    }),
    route('sandbox.accountLinks.update', 'PATCH /account-links/{accountLinkId}', {
      group,
      summary: 'Sign an account out, pause it, take capabilities from it, or let it act again',
      description:
        'Fields left out stay as they are. Without a status the account is paused as long as it has pause reasons.',
      params: Type.Object({ accountLinkId: Type.String() }),
      body: AccountLinkChange,
      response: AccountLinkSchema,
      handle: async ({ ctx, params, body }) => {
        const link = await sandboxLink(ctx, params.accountLinkId)
        const change = { accountPlatformId: link.platformId, ...body }
        await command(ctx, control.changeAccountState, change)
        // The account's feed says so; who asked for it should not have to wait for a worker to read that.
        await catchUp(ctx, link)
        return presentAccountLink(await getAccountLink(ctx, link.id), ctx.publicUrl)
      },
    }),
  ]
}

function faultRoutes(command: Command): Operation[] {
  const group = 'Faults'
  return [
    route('sandbox.faults.create', 'POST /faults', {
      group,
      summary: 'Let the next calls fail',
      body: FaultBody,
      status: 201,
      response: FaultSchema,
      handle: async ({ ctx, body }) => {
        const { operation, outcome, times, accountLinkId, retryAfterSeconds, delayMs } = body
        const accountPlatformId = accountLinkId ? await accountOf(ctx, accountLinkId) : null
        const retryAfterMs = retryAfterSeconds == null ? null : Math.round(retryAfterSeconds * 1_000)
        const fault = { operation, outcome, times: times ?? 1, accountPlatformId, retryAfterMs, delayMs }
        const made = await command(ctx, control.addFault, fault)
        return presentFault(made, accountLinkId ?? null)
      },
    }),
    route('sandbox.faults.list', 'GET /faults', {
      group,
      summary: 'List the faults still to come',
      response: Type.Object({ faults: Type.Array(FaultSchema) }),
      handle: async ({ ctx }) => {
        const links = new Map((await listAccountLinks(ctx)).map((link) => [link.platformId, link.id]))
        const faults = await command(ctx, control.listFaults)
        return { faults: faults.map((fault) => presentFault(fault, links.get(fault.accountPlatformId ?? '') ?? null)) }
      },
    }),
    route('sandbox.faults.clear', 'DELETE /faults', {
      group,
      summary: 'Let everything work again',
      status: 204,
      response: null,
      handle: ({ ctx }) => command(ctx, control.clearFaults),
    }),
  ]
}

function deliveryRoutes(command: Command): Operation[] {
  return [
    route('sandbox.deliveries.list', 'GET /deliveries', {
      group: 'Deliveries',
      summary: 'List what the platform received from us',
      description: 'Oldest first. Refused messages are not among them, edited ones are as they are now.',
      query: Type.Object({
        accountLinkId: Type.Optional(Type.String()),
        after: Type.Optional(Type.String({ description: 'The `platformId` of the last one of the page before.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 })),
      }),
      response: Type.Object({ deliveries: Type.Array(DeliverySchema) }),
      handle: async ({ ctx, query }) => {
        const { accountLinkId, after, limit = 1_000 } = query
        const accountPlatformId = accountLinkId ? await accountOf(ctx, accountLinkId) : undefined
        return { deliveries: await command(ctx, control.listDeliveries, { accountPlatformId, after, limit }) }
      },
    }),
  ]
}

function worldOf(ctx: Context): World {
  return ctx.actor.teamId
}

/** An account link of another connector is none of the sandbox's. */
async function sandboxLink(ctx: Context, accountLinkId: string) {
  const link = await getAccountLink(ctx, accountLinkId)
  if (link.connector !== 'sandbox') throw notFound('accountLink', accountLinkId)
  return link
}

async function accountOf(ctx: Context, accountLinkId: string): Promise<string> {
  return (await sandboxLink(ctx, accountLinkId)).platformId
}

function messageOf(params: { platformId: string; messagePlatformId: string }) {
  return { personPlatformId: params.platformId, messagePlatformId: params.messagePlatformId }
}

function presentPerson<P extends { avatarUrl: string | null }>(ctx: Context, person: P): P {
  return { ...person, avatarUrl: ctx.publicUrl(person.avatarUrl) }
}

function presentFault(fault: control.PendingFault, accountLinkId: string | null) {
  const { id, operation, outcome, times, retryAfterMs, delayMs, createdAt } = fault
  const retryAfterSeconds = retryAfterMs === null ? null : retryAfterMs / 1_000
  return { id: String(id), operation, outcome, times, accountLinkId, retryAfterSeconds, delayMs, createdAt }
}

/** Media first, in their order; then the card. */
function readAttachments({ content = '', attachments = [], card }: Static<typeof MessageSchema>): AttachmentInput[] {
  const inputs: AttachmentInput[] = attachments.map(({ dataBase64, ...media }, index) => ({
    ...media,
    bytes: dataBase64 === undefined ? undefined : readBase64(dataBase64, index),
  }))
  if (card) inputs.push({ kind: 'card', ...card })
  if (content === '' && inputs.length === 0) {
    throw invalid({ path: ['content'], message: 'must not be empty when nothing is attached' })
  }
  return inputs
}

function readBase64(text: string, index: number): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) return bytes
  throw invalid({ path: ['attachments', index, 'dataBase64'], message: 'must be base64, with its padding' })
}

function readPerson(body: PersonInput): PersonInput {
  return { ...body, username: readUsername(body.username) }
}

function readUsername(sent: string | undefined): string | undefined {
  const username = sent?.replace(/^@/, '')
  if (username === undefined || /^\w{1,50}$/.test(username)) return username
  throw invalid({ path: ['username'], message: 'must consist of 1 to 50 letters without accents, digits and _' })
}

const refusalKinds = {
  personNotFound: 'not_found',
  accountNotFound: 'not_found',
  messageNotFound: 'not_found',
  nameTaken: 'conflict',
  notModifiable: 'unprocessable',
} as const satisfies Record<control.ControlRefusal['refused'], DomainError['kind']>

type Granted<Result> = Exclude<Result, control.ControlRefusal>

function granted<Result>(result: Result): Granted<Result> {
  if (typeof result === 'object' && result !== null && isRefusal(result)) {
    throw new DomainError(refusalKinds[result.refused], result.refused, result.message)
  }
  // What is not a refusal is the rest of the union.
  return result as Granted<Result>
}
