import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A certificate and its key, both in PEM. */
export interface Credentials {
  /** Whose it is. */
  name: string
  cert: string
  key: string
}

interface Wish {
  /** DNS names and IPv4 addresses. */
  names: string[]
  /** Null = signed by itself. */
  by?: Credentials | null
  authorityName?: string
  /** Days from now. */
  from?: number
  until?: number
}

/** An X.509 certificate as small as TLS takes it, so that no test needs a tool or a key in the repository. */
export function makeCertificate({
  names,
  by = null,
  authorityName = 'authority',
  from = -1,
  until = 1,
}: Wish): Credentials {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const name = names[0] ?? authorityName
  const subject = nameOf(name)
  const tbs = sequence(
    tlv(0xa0, integer(2)),
    integer(1 + Math.floor(Math.random() * 0x7fffffff)),
    ecdsaWithSha256,
    by ? nameOf(by.name) : subject,
    sequence(utcTime(from), utcTime(until)),
    subject,
    spki,
    tlv(0xa3, sequence(...extensions(names))),
  )
  const key: KeyObject = by ? createPrivateKey(by.key) : keys.privateKey
  const signature = tlv(0x03, Buffer.of(0), sign('sha256', tbs, key))
  const der = sequence(tbs, ecdsaWithSha256, signature)
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    name,
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Whoever has no names signs for others. */
export const makeAuthority = (authorityName: string) => makeCertificate({ names: [], authorityName })

function extensions(names: string[]): Buffer[] {
  const basic = sequence(oid('551d13'), tlv(0x01, Buffer.of(0xff)), tlv(0x04, sequence(tlv(0x01, Buffer.of(0xff)))))
  if (names.length === 0) return [basic]
  const alternatives = names.map((name) =>
    isIPv4(name) ? tlv(0x87, Buffer.from(name.split('.').map(Number))) : tlv(0x82, Buffer.from(name)),
  )
  return [sequence(oid('551d11'), tlv(0x04, sequence(...alternatives)))]
}

function nameOf(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(commonName)))))
}

function utcTime(days: number): Buffer {
  // The other side of the handshake goes by the machine's clock.
  const at = new Date(Date.now() + days * 86_400_000).toISOString()
  return tlv(0x17, Buffer.from(`${at.replace(/\D/g, '').slice(2, 14)}Z`))
}

function integer(value: number): Buffer {
  const hex = value.toString(16)
  return tlv(0x02, Buffer.from(`00${hex.length % 2 ? '0' : ''}${hex}`.replace(/^00(?=[0-7])/, ''), 'hex'))
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...content: Buffer[]): Buffer {
  return tlv(0x30, ...content)
}

function tlv(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), body])
}

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
