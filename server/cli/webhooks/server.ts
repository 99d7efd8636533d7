import { readConfig } from '../../config.ts'
import { CommandError } from '../failures.ts'

/** Where a server answers, without a slash at the end: the one that is named, else the one that is configured here. */
export function baseOf(url: string | undefined): string {
  const { publicUrl, port } = readConfig(process.env)
  const base = url ?? publicUrl ?? `http://localhost:${port}`
  if (!URL.canParse(base)) throw new CommandError(`"${base}" is not the URL of a server.`)
  // People copy the base of an API, too.
  return base.replace(/\/+$/, '').replace(/\/api\/v[12]$/, '')
}

/** The body of an answer of API v2. Throws `CommandError` with what the server has to say. */
export async function call<T>(
  { url, token }: { url?: string; token: string },
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<T> {
  const base = baseOf(url)
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(`${base}/api/v2${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    throw new CommandError(
      `${base} cannot be reached (${error.cause instanceof Error ? error.cause.message : error.message}).`,
    )
  })
  const text = await response.text()
  if (!response.ok) throw new CommandError(`${base} refuses: ${refusalOf(response, text)}`)
  const answer = parse(text)
  if (answer === null) throw new CommandError(`${base} does not answer like an open-inbox server.`)
  return answer as T
}

/** What a server says of why it refuses; of one that is none of ours, its status. */
export function refusalOf({ status }: Response, text: string): string {
  const answer = parse(text) as { message?: string } | null
  return answer?.message ?? `status ${status}`
}

/** Null: it is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
