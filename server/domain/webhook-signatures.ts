import { createHmac } from 'node:crypto'

/**
 * What tells a receiver that the body is ours and fresh: in the hosted API's form, and in that of Standard Webhooks. In both the key is the
 * UTF-8 of the whole secret, its prefix included. With two secrets the receiver may check either.
 */
export function signatureHeaders(
  secrets: readonly string[],
  { id, body, at }: { id: string; body: Buffer; at: Date },
): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1_000))
  const sign = (secret: string, before: string) => createHmac('sha256', secret).update(before).update(body)
  return {
    'x-inbox-signature': [
      `t=${seconds}`,
      ...secrets.map((secret) => `v1=${sign(secret, `${seconds}.`).digest('hex')}`),
    ].join(','),
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret, `${id}.${seconds}.`).digest('base64')}`).join(' '),
  }
}
