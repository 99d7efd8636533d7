import { createAttachmentUrls } from '../../domain/attachment-urls.ts'
import { systemClock } from '../../domain/clock.ts'
import { sampleEvent } from '../../domain/event-samples.ts'
import { type EventVersionName, type EventVersions, nounPatternOf } from '../../domain/event-types.ts'
import { createEventVersions } from '../../event-versions.ts'
import { type EventId, newId, type TeamId } from '../../store/ids.ts'
import { CommandError } from '../failures.ts'
import { answer, type OutputOptions } from '../output.ts'
import { asFacts, Forwarder, inWords } from './forward.ts'
import { call } from './server.ts'

interface TriggerOptions extends OutputOptions {
  forwardTo?: URL
  endpoint?: string
  apiVersion: '1' | '2'
  secret?: string
  url?: string
  token?: string
}

export function trigger(type: string, options: TriggerOptions): Promise<void> {
  return options.forwardTo ? triggerHere(type, options.forwardTo, options) : triggerThere(type, options)
}

/** Made up and posted by this command. */
async function triggerHere(type: string, receiver: URL, options: TriggerOptions): Promise<void> {
  const { apiVersion, secret } = options
  const version = versions()[apiVersion]
  const [logType] = version.catalogue[type]?.logTypes ?? []
  if (!logType) throw new CommandError(`Version ${apiVersion} has no event "${type}".`)
  const id = newId<EventId>()
  const event = { id, seq: 0, createdAt: systemClock.now().toISOString(), data: sampleEvent(logType) }
  const { json } = version.render(event, newId<TeamId>())
  const forwarder = new Forwarder(receiver, secret)
  const outcome = await forwarder.post({ id, seq: 0, type, body: json })
  await forwarder.close()
  if (!secret) process.stderr.write(`Signed with ${forwarder.secret}, made up for this run; --secret takes yours.\n`)
  const delivered = outcome.answered && outcome.status >= 200 && outcome.status < 300
  answer(options, { id, type, ...asFacts(outcome) }, `${type}  → ${inWords(outcome)}`)
  if (!delivered) process.exitCode = 1
}

function versions(): EventVersions {
  const publicUrl = (address: string | null) => address
  // Nothing is attached to what is made up: any key will do.
  const attachmentUrls = createAttachmentUrls(Buffer.alloc(32), { clock: systemClock, publicUrl })
  return createEventVersions({ publicUrl, attachmentUrls })
}

interface Endpoint {
  id: string
  apiVersion: EventVersionName
  url: string
  types: string[] | null
  state: 'enabled' | 'disabled'
}

interface Delivery {
  id: string
  state: 'pending' | 'delivered' | 'failed'
  attempts: { status: number | null; error: string | null; answer: string; durationMs: number }[]
}

/** Made up and posted by the server, as tests of its endpoints. */
async function triggerThere(type: string, options: TriggerOptions): Promise<void> {
  const { token, url, endpoint } = options
  if (!token) throw new CommandError('Say with --token as whom, or with --forward-to where it is sent from here.')
  const server = { token, ...(url !== undefined && { url }) }
  const endpoints = endpoint === undefined ? await endpointsFor(type, server) : [endpoint]
  if (endpoints.length === 0) throw new CommandError(`No webhook endpoint of the team is enabled for "${type}".`)
  const deliveries = await Promise.all(
    endpoints.map(async (id) => {
      const { id: deliveryId } = await call<Delivery>(server, 'POST', `/webhook-endpoints/${id}/test`, { type })
      return { webhookEndpointId: id, ...(await outcomeOf(deliveryId, server)) }
    }),
  )
  const lines = deliveries.map(({ webhookEndpointId, state, attempts: [attempt] }) => {
    const told = attempt ? `${attempt.status ?? attempt.error} in ${attempt.durationMs} ms` : 'nothing yet'
    return `${webhookEndpointId}  ${type}  → ${state}: ${told}`
  })
  answer(options, { deliveries }, lines.join('\n'))
  if (deliveries.some(({ state }) => state !== 'delivered')) process.exitCode = 1
}

type Server = { token: string; url?: string }

async function endpointsFor(type: string, server: Server): Promise<string[]> {
  const { data } = await call<{ data: Endpoint[] }>(server, 'GET', '/webhook-endpoints?limit=100')
  const known = versions()
  const wants = ({ state, types, apiVersion }: Endpoint) => {
    // The other version may have no such event, or call it something else.
    const catalogued = known[apiVersion].catalogue[type]
    if (state !== 'enabled' || !catalogued) return false
    return types === null ? !catalogued.onlyWhenNamed : types.includes(type) || types.includes(nounPatternOf(type))
  }
  return data.filter(wants).map(({ id }) => id)
}

/** Longer than a receiver may take. */
const WAIT_MS = 15_000
const LOOK_MS = 100

async function outcomeOf(id: string, server: Server): Promise<Delivery> {
  const end = performance.now() + WAIT_MS
  for (;;) {
    const delivery = await call<Delivery>(server, 'GET', `/webhook-deliveries/${id}`)
    if (delivery.state !== 'pending' || performance.now() > end) return delivery
    // Not the clock's: its timers let the process end, and this is what it waits for.
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
