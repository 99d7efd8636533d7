import {
  importConversation,
  editMessage as personEdits,
  addReaction as personReacts,
  removeReaction as personUnreacts,
  unsendMessage,
  writeMessage,
} from '../connectors/sandbox/control.ts'
import { type ControlRefusal, isRefusal } from '../connectors/sandbox/sandbox.ts'
import type { AccountLink } from '../domain/account-links.ts'
import { sessionOf } from '../domain/connectors.ts'
import type { Context } from '../domain/context.ts'
import { unreachable } from '../domain/errors.ts'
import { change, type Recorder } from '../domain/events.ts'
import { catchUp } from '../domain/incoming.ts'
import type { Member } from '../domain/members.ts'
import {
  addMessage,
  deleteMessage,
  editMessage,
  type Message,
  newMessage,
  type Origin,
  quoteOf,
} from '../domain/messages.ts'
import { ensureProspect } from '../domain/people.ts'
import { lookUpProspect, type ProspectChanges, updateProspect } from '../domain/prospects.ts'
import { addReaction, removeReaction } from '../domain/reactions.ts'
import { unrestricted } from '../domain/teams.ts'
import {
  ensureThread,
  lookUpThread,
  openThread,
  type Thread,
  type ThreadWithActivity,
  updateThread,
} from '../domain/threads.ts'
import type { Tx } from '../store/database.ts'
import type { MessageId, ThreadId, TokenId } from '../store/ids.ts'
import { newId } from '../store/ids.ts'
import { lockMessageByPlatformId } from '../store/messages.ts'
import { lockThread, updateThread as updateThreadRow } from '../store/threads.ts'
import type { MemberName } from './cast.ts'
import type { Act, Author } from './script.ts'
import type { Stage } from './stage.ts'

/** What the acts of one conversation refer to. */
export interface Scene {
  stage: Stage
  team: DemoTeam
  link: AccountLink
  personPlatformId: string
  username: string
  /** The platform's ids of the messages so far. */
  messages: string[]
  /** Once we have written. */
  threadId: ThreadId | null
}

export interface DemoTeam {
  id: Context['actor']['teamId']
  members: Record<MemberName, Member>
  /** By name. */
  tags: ReadonlyMap<string, string>
  statuses: ReadonlyMap<string, string>
  /** What `bot` writes with. */
  botToken: TokenId
}

/** Lets an act happen at the stage's time, on the platform and here, by the same code as on any other day. */
export async function play(scene: Scene, act: Act): Promise<void> {
  switch (act.kind) {
    case 'message':
      scene.messages.push(await write(scene, act))
      return
    case 'edit':
      return edit(scene, act)
    case 'delete':
      return remove(scene, act)
    case 'react':
    case 'unreact':
      return react(scene, act)
    case 'archive':
      return archive(scene, act.by)
    case 'open':
      await open(scene, act.by)
      return
    case 'assign':
      return updatePerson(scene, act.by, { assigneeId: scene.team.members[act.to].id })
    case 'status':
      return updatePerson(scene, act.by, { statusId: named(scene.team.statuses, act.text) })
    case 'note':
      return updatePerson(scene, act.by, { notes: act.text })
    case 'value':
      return updatePerson(scene, act.by, { valuation: act.amount })
    case 'tags':
      return updatePerson(scene, act.by, { addTags: act.tags.map((tag) => named(scene.team.tags, tag)) })
    case 'untag':
      return updatePerson(scene, act.by, { removeTags: act.tags.map((tag) => named(scene.team.tags, tag)) })
    default:
      return unreachable(act)
  }
}

/** A member looks at a person and goes away again: the thread is there, and hidden. Nothing else hides threads so far. */
export async function lookUp(scene: Scene, by: MemberName): Promise<void> {
  const thread = await open(scene, by)
  await updateThreadRow(scene.stage.tx, scene.team.id, thread.id, { idle: true })
}

function open(scene: Scene, by: MemberName): Promise<Thread> {
  return openThread(as(scene, by), scene.link.id, personOf(scene))
}

async function archive(scene: Scene, by: MemberName): Promise<void> {
  const ctx = as(scene, by)
  const thread = await lookUpThread(ctx, scene.link.id, personOf(scene))
  if (!thread) throw new Error('there is nothing to archive')
  await updateThread(ctx, thread.id, { archived: true })
}

async function updatePerson(scene: Scene, by: MemberName, changes: ProspectChanges): Promise<void> {
  const ctx = as(scene, by)
  const prospect = await lookUpProspect(ctx, personOf(scene))
  if (!prospect) throw new Error('the team has not met this person')
  await updateProspect(ctx, prospect.id, changes)
}

function personOf({ link, personPlatformId }: Scene) {
  return { platform: link.platform, platformId: personPlatformId }
}

type MessageAct = Extract<Act, { kind: 'message' }>

/** The platform's id of the new message. */
async function write(scene: Scene, act: MessageAct): Promise<string> {
  const replyTo = act.replyTo === null ? null : messageAt(scene, act.replyTo)
  if (act.by !== 'them') return writeAsAccount(scene, act.by, act.content, replyTo)
  const { stage, team, link, personPlatformId } = scene
  const written = granted(
    await writeMessage(stage.sandbox, team.id, {
      personPlatformId,
      accountPlatformId: link.platformId,
      content: act.content,
      attachments: act.attachments,
      seed: `${scene.username} ${scene.messages.length}`,
      replyToPlatformId: replyTo,
    }),
  )
  await hear(scene)
  return written.messagePlatformId
}

interface Sender {
  origin: Origin
  member: Member | null
  tokenId: TokenId | null
}

function senderOf({ team }: Scene, by: Exclude<Author, 'them'>): Sender {
  switch (by) {
    case 'app':
      return { origin: 'platform', member: null, tokenId: null }
    case 'bot':
      return { origin: 'api', member: team.members.youssef, tokenId: team.botToken }
    default:
      return { origin: 'inbox', member: team.members[by], tokenId: null }
  }
}

/** What `sendMessage` makes of a message that arrived, for every origin: that one does not know the platform's. */
async function writeAsAccount(
  scene: Scene,
  by: Exclude<Author, 'them'>,
  content: string,
  replyTo: string | null,
): Promise<string> {
  const { team, link } = scene
  const { core } = scene.stage
  const { origin, member, tokenId } = senderOf(scene, by)
  const id = newId<MessageId>()
  const { messagePlatformId, conversationPlatformId } =
    origin === 'platform'
      ? await writeInTheirApp(scene, content)
      : await sendByConnector(scene, { reference: id, content, replyTo })
  await change(core, team.id, async (tx, record) => {
    const thread = await lockOwnThread(scene, tx, record)
    const quoted = replyTo && (await lockMessageByPlatformId(tx, team.id, link.id, replyTo))
    const message = newMessage(thread, {
      id,
      platformId: messagePlatformId,
      direction: 'outbound',
      content,
      origin,
      memberId: member?.id ?? null,
      userId: member?.userId ?? null,
      tokenId,
      replyTo: quoted ? quoteOf(quoted, thread, link) : null,
      createdAt: core.clock.now().toISOString(),
    })
    await addMessage(core, tx, record, team.id, { message, thread, link, conversationPlatformId })
  })
  return messagePlatformId
}

async function lockOwnThread(scene: Scene, tx: Tx, record: Recorder): Promise<ThreadWithActivity> {
  const { stage, team, link, personPlatformId } = scene
  const known = scene.threadId && (await lockThread(tx, team.id, scene.threadId))
  if (known) return known
  const profile = await sessionOf(stage.core, link).findPerson(personPlatformId)
  if (!profile) throw new Error(`there is nobody called ${personPlatformId}`)
  const now = stage.core.clock.now()
  const prospect = await ensureProspect(stage.core, tx, record, team.id, {
    platform: link.platform,
    profile,
    metAt: now,
  })
  const thread = await ensureThread(stage.core, tx, record, team.id, { link, prospect, isRequest: false, beganAt: now })
  scene.threadId = thread.id
  return thread
}

async function sendByConnector(
  { stage, link, personPlatformId }: Scene,
  { reference, content, replyTo }: { reference: string; content: string; replyTo: string | null },
) {
  const outcome = await sessionOf(stage.core, link).send({
    reference,
    personPlatformId,
    content,
    replyToPlatformId: replyTo,
  })
  if (outcome.kind !== 'sent') throw new Error(`a message was not sent: ${outcome.kind}`)
  return outcome
}

/** The platform's own app sends without our connector: it is no delivery of ours. */
async function writeInTheirApp({ stage, team, link, personPlatformId }: Scene, content: string) {
  const sentAt = stage.core.clock.now()
  const imported = granted(
    await importConversation(stage.sandbox, team.id, {
      accountPlatformId: link.platformId,
      personPlatformId,
      messages: [{ from: 'account', content, sentAt }],
    }),
  )
  const [messagePlatformId] = imported.messagePlatformIds
  if (!messagePlatformId) throw new Error('a message was not imported')
  return { messagePlatformId, conversationPlatformId: imported.conversationPlatformId }
}

async function edit(scene: Scene, act: Extract<Act, { kind: 'edit' }>): Promise<void> {
  const message = await findMessage(scene, act.message)
  if (message.direction === 'outbound') {
    await editMessage(asAuthor(scene, message), message, act.content)
    return
  }
  granted(
    await personEdits(scene.stage.sandbox, scene.team.id, {
      ...theirMessage(scene, act.message),
      content: act.content,
    }),
  )
  await hear(scene)
}

async function remove(scene: Scene, act: Extract<Act, { kind: 'delete' }>): Promise<void> {
  const message = await findMessage(scene, act.message)
  if (message.direction === 'outbound' || act.scope === 'self') {
    await deleteMessage(asAuthor(scene, message), message, act.scope)
    return
  }
  granted(await unsendMessage(scene.stage.sandbox, scene.team.id, theirMessage(scene, act.message)))
  await hear(scene)
}

async function react(scene: Scene, act: Extract<Act, { kind: 'react' | 'unreact' }>): Promise<void> {
  const adds = act.kind === 'react'
  if (act.by !== 'them') {
    const message = await findMessage(scene, act.message)
    const operation = adds ? addReaction : removeReaction
    await operation(as(scene, act.by), message, act.emoji)
    return
  }
  const operation = adds ? personReacts : personUnreacts
  const reaction = { ...theirMessage(scene, act.message), emoji: act.emoji }
  granted(await operation(scene.stage.sandbox, scene.team.id, reaction))
  await hear(scene)
}

/** Applies what the person just did, as the worker would have. */
function hear({ stage, link }: Scene): Promise<void> {
  return catchUp(stage.core, link)
}

function as({ stage, team }: Scene, by: MemberName): Context {
  const { id: memberId, userId, role } = team.members[by]
  return { ...stage.core, actor: { ...unrestricted, teamId: team.id, memberId, userId, tokenId: null, role } }
}

/** Whoever wrote it changes it, the same way; what was written by nobody in the team, its founder. */
function asAuthor(scene: Scene, message: Message): Context {
  const names = Object.keys(scene.team.members) as MemberName[]
  const ctx = as(scene, names.find((name) => scene.team.members[name].id === message.memberId) ?? 'ines')
  return { ...ctx, actor: { ...ctx.actor, tokenId: message.tokenId } }
}

async function findMessage(scene: Scene, position: number): Promise<Message> {
  const platformId = messageAt(scene, position)
  const message = await lockMessageByPlatformId(scene.stage.tx, scene.team.id, scene.link.id, platformId)
  if (!message) throw new Error(`message ${platformId} did not arrive`)
  return message
}

function theirMessage(scene: Scene, position: number) {
  return { personPlatformId: scene.personPlatformId, messagePlatformId: messageAt(scene, position) }
}

function messageAt({ messages }: Scene, position: number): string {
  const platformId = messages[position]
  if (!platformId) throw new Error(`a script names message ${position}, and there are ${messages.length}`)
  return platformId
}

function named(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name)
  if (!id) throw new Error(`the team has nothing called "${name}"`)
  return id
}

export function granted<T extends object | string>(result: T): Exclude<T, ControlRefusal> {
  if (typeof result === 'object' && isRefusal(result)) throw new Error(`the sandbox refused: ${result.message}`)
  // What is not a refusal is the rest of the union.
  return result as Exclude<T, ControlRefusal>
}
