import { createServer } from 'node:net'
import type { Config } from '../../config.ts'
import { type Finding, fail, ok, warn } from '../doctor.ts'

const PORT = 'Port'

export async function checkPort({ host, port }: Config): Promise<Finding[]> {
  if (port === 0) return [ok(PORT, 'any free one')]
  const refusal = await tryListening(host, port)
  if (refusal === null) return [ok(PORT, `${port} is free`)]
  if (refusal !== 'EADDRINUSE')
    return [fail(PORT, `${host}:${port} cannot be listened on (${refusal}); set HOST or PORT`)]
  if (await isOurs(host, port)) return [ok(PORT, `an open-inbox server answers on ${port}`)]
  return [fail(PORT, `${port} is in use by another program; stop it, or set PORT to another one`)]
}

function tryListening(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port }, () => server.close(() => resolve(null)))
  })
}

/** A process of ours with any role says that it is alive. */
async function isOurs(host: string, port: number): Promise<boolean> {
  const name = ['0.0.0.0', '::', ''].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(3_000) })
    return response.headers.has('x-request-id') && (await response.text()) === '{"status":"alive"}'
  } catch {
    return false // whatever listens there, it does not answer as ours would
  }
}

const URL_NAME = 'Public URL'

export async function checkPublicUrl({ publicUrl, host, port }: Config): Promise<Finding[]> {
  if (publicUrl === null) {
    const local = ['localhost', '127.0.0.1', '::1'].includes(host)
    const message = `links lead to http://localhost:${port}`
    return [local ? ok(URL_NAME, message) : warn(URL_NAME, `${message}; set OPEN_INBOX_PUBLIC_URL for other machines`)]
  }
  const url = new URL(publicUrl)
  if (url.search !== '' || url.hash !== '' || url.pathname.startsWith('/api')) {
    return [fail(URL_NAME, `${publicUrl} must be the address of the server alone, without /api/... or ?...`)]
  }
  if (url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    return [warn(URL_NAME, `${publicUrl}: tokens and messages travel unencrypted; put a proxy with https in front`)]
  }
  return [ok(URL_NAME, publicUrl)]
}
