import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { createApiToken } from '../server/domain/api-tokens.ts'
import type { Actor } from '../server/domain/context.ts'
import { unrestricted } from '../server/domain/teams.ts'
import { openDatabase } from '../server/store/database.ts'
import { type EmbeddedConnection, findEmbedded, joinEmbedded } from '../server/store/embedded.ts'
import { migrate } from '../server/store/migrate.ts'
import { coreOn } from './core.ts'
import { generateData, holdsData } from './data.ts'
import { options, say } from './options.ts'
import { drawSamples, type Samples } from './paths.ts'
import { short } from './report.ts'
import { type ServerProcess, startServerProcess } from './server.ts'

/** One database, with a server in front of it. */
export interface Subject {
  threads: number
  dataDir: string
  server: ServerProcess
  connection: EmbeddedConnection
  actor: Actor
  token: string
  samples: Samples
}

/** A database of this size, from an earlier run if there is one to keep. */
export async function prepareDataDir(threads: number): Promise<string> {
  const dataDir = path.join(options['data-dir'], String(threads))
  await mkdir(options['data-dir'], { recursive: true })
  if (options.keep && (await isFilled(dataDir, threads))) return dataDir
  await rm(dataDir, { recursive: true, force: true })
  say(`generating ${short(threads)} threads`)
  await generateData(dataDir, threads, say)
  return dataDir
}

async function isFilled(dataDir: string, threads: number): Promise<boolean> {
  const database = await joinEmbedded({ dataDir })
  const client = new pg.Client(database.connection)
  try {
    await client.connect()
    if (!(await holdsData(client, threads))) return false
    await migrate(database.connection)
    return true
  } finally {
    await client.end()
    await database.stop()
  }
}

export async function startSubject(threads: number, dataDir: string): Promise<Subject> {
  const server = await startServerProcess(dataDir)
  const connection = await findEmbedded(dataDir)
  if (!connection) throw new Error('the server runs without a database')
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const actor = await ownerOfLargestTeam(client)
    const token = await makeToken(connection, actor)
    const drawn = await drawSamples(client, actor)
    const samples = { ...drawn, cursorsInV2: await cursorsInV2(server, token, drawn.cursors.length) }
    return { threads, dataDir, server, connection, actor, token, samples }
  } finally {
    await client.end()
  }
}

/** Given out only page by page. */
async function cursorsInV2({ port }: ServerProcess, token: string, count: number): Promise<string[]> {
  const cursors: string[] = []
  while (cursors.length < count) {
    const after = cursors.at(-1)
    const address = `http://127.0.0.1:${port}/api/v2/threads?limit=20${after ? `&cursor=${after}` : ''}`
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
    const { nextCursor } = (await answer.json()) as { nextCursor: string | null }
    if (nextCursor === null) throw new Error('the inbox is shorter in API v2')
    cursors.push(nextCursor)
  }
  return cursors
}

async function ownerOfLargestTeam(client: pg.Client): Promise<Actor> {
  const { rows } = await client.query<Actor>(`
    select m.team_id as "teamId", m.id as "memberId", m.user_id as "userId", null as "tokenId", m.role
    from teams t join members m on m.team_id = t.id and m.role = 'owner' where t.slug = 'bench-1'`)
  if (!rows[0]) throw new Error('the data has no team')
  return { ...unrestricted, ...rows[0] }
}

async function makeToken(connection: EmbeddedConnection, actor: Actor): Promise<string> {
  const db = openDatabase({ connection, connectionsMax: 1, onError: (error) => say(String(error)) })
  const request = { memberId: actor.memberId, name: 'bench', expiresAt: null }
  const { token } = await createApiToken(coreOn({ db, connectors: new Map() }), actor.teamId, request)
  await db.close()
  return token
}
