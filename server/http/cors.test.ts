import { expect, test } from 'vitest'
import { startServerOfTest, startTeam, type TestTeam, teamOn } from '../test/harness.ts'

const page = 'https://app.example.com'

function asked({ server, token }: TestTeam, origin: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { origin, authorization: `Bearer ${token}`, ...init.headers }
  return fetch(`${server.url}${path}`, { ...init, headers })
}

function teamWith(origins: string): Promise<TestTeam> {
  return startServerOfTest({ env: { OPEN_INBOX_CORS_ORIGINS: origins } }).then(teamOn)
}

const preflight = {
  method: 'OPTIONS',
  headers: { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,content-type' },
}

test('pages may not call the server unless it is said of their origin', async () => {
  const [none, one] = [await startTeam(), await teamWith(page)]

  for (const [team, origin] of [
    [none, page],
    [one, 'https://app.example.com.evil.example'],
    [one, 'http://app.example.com'],
  ] as const) {
    const answers = [await asked(team, origin, '/api/v2/team'), await asked(team, origin, '/api/v2/team', preflight)]
    expect(answers.map(({ status }) => status)).toEqual([200, 204])
    expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([null, null])
  }
})

test('a page of an allowed origin reads answers of both versions, refusals and the stream, and their headers', async () => {
  const team = await teamWith(`${page}, https://other.example`)
  const stop = new AbortController()

  for (const path of ['/api/v1/team', '/api/v2/team', '/api/v2/nothing', '/api/v2/events/stream']) {
    const answer = await asked(team, page, path, { signal: stop.signal })
    expect(answer.headers.get('access-control-allow-origin'), path).toBe(page)
    expect(answer.headers.get('access-control-expose-headers'), path).toContain('X-Request-Id')
    expect(answer.headers.get('vary'), path).toContain('Origin')
  }
  const stranger = await asked(team, page, '/api/v2/team', { headers: { authorization: 'Bearer nothing' } })
  expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([401, page])
  stop.abort()
})

test('a preflight needs no token and says what may be asked', async () => {
  const team = await teamWith('*')

  const { status, headers } = await fetch(`${team.server.url}/api/v2/threads/any`, {
    ...preflight,
    headers: { ...preflight.headers, origin: page },
  })

  expect(status).toBe(204)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-allow-methods')).toContain('PATCH')
  expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type')
  expect(headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE, OPTIONS')
})
