// What makes a packet its sender's. Attack stopped: Blast-RADIUS (CVE-2024-3596), where MD5 collisions turn a Reject into
// an Accept: Message-Authenticator is asked of every request, and is the first attribute of every answer.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { all, only, TYPE } from './attributes.ts'
import { type Attribute, CODE, HEADER, LONGEST_PACKET, type Packet, writePacket } from './packet.ts'

const LENGTH = 16
const md5 = (...parts: readonly Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest()

/** RFC 3579 §3.2. `absent` where there is none, or more than one. */
export function checkMessageAuthenticator(packet: Packet, secret: Buffer): 'right' | 'wrong' | 'absent' {
  const given = only(packet, TYPE.messageAuthenticator)
  if (!given) return all(packet, TYPE.messageAuthenticator).length === 0 ? 'absent' : 'wrong'
  if (given.length !== LENGTH) return 'wrong'
  const bytes = Buffer.from(packet.bytes)
  // As large as it is in the packet, with zeros in its place.
  bytes.fill(0, given.byteOffset - packet.bytes.byteOffset, given.byteOffset - packet.bytes.byteOffset + LENGTH)
  return timingSafeEqual(createHmac('md5', secret).update(bytes).digest(), given) ? 'right' : 'wrong'
}

/** Of accounting (RFC 2866 §3): who sends it knows the secret. */
export function isSignedAccounting({ bytes, authenticator }: Packet, secret: Buffer): boolean {
  const expected = md5(bytes.subarray(0, 4), Buffer.alloc(LENGTH), bytes.subarray(HEADER), secret)
  return timingSafeEqual(expected, authenticator)
}

/** RFC 2865 §5.2. @returns undefined for what no client makes: not 16 to 128 bytes in blocks of 16 */
export function revealPassword(hidden: Buffer, authenticator: Buffer, secret: Buffer): Buffer | undefined {
  if (hidden.length < LENGTH || hidden.length > 128 || hidden.length % LENGTH !== 0) return undefined
  const plain = Buffer.alloc(hidden.length)
  let before = authenticator
  for (let at = 0; at < hidden.length; at += LENGTH) {
    const block = hidden.subarray(at, at + LENGTH)
    const pad = md5(secret, before)
    for (let i = 0; i < LENGTH; i++) plain[at + i] = (block[i] ?? 0) ^ (pad[i] ?? 0)
    before = block
  }
  const end = plain.indexOf(0)
  return end === -1 ? plain : plain.subarray(0, end)
}

export type Answer = { code: number; attributes: readonly Attribute[] }

/**
 * The answer to a request, as bytes: Message-Authenticator first, then the attributes, then the request's Proxy-State as
 * it came (RFC 2865 §5.33). What does not fit is left out, the last first; nothing that proves anything is.
 */
export function sealAnswer(request: Packet, { code, attributes }: Answer, secret: Buffer): Buffer {
  const proxied = all(request, TYPE.proxyState)
  const first = { type: TYPE.messageAuthenticator, value: Buffer.alloc(LENGTH) }
  const size = (list: readonly Attribute[]) => list.reduce((sum, { value }) => sum + value.length + 2, 0)
  const told = [...attributes]
  while (HEADER + size([first, ...told, ...proxied]) > LONGEST_PACKET && told.length > 0) told.pop()
  const signed = code === CODE.accountingResponse ? [...told, ...proxied] : [first, ...told, ...proxied]
  const { identifier, authenticator } = request
  const bytes = writePacket({ code, identifier, authenticator, attributes: signed })
  if (signed[0] === first)
    createHmac('md5', secret)
      .update(bytes)
      .digest()
      .copy(bytes, HEADER + 2)
  md5(bytes, secret).copy(bytes, 4)
  return bytes
}
