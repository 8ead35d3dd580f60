// RADIUS packets as bytes (RFC 2865 §3): what cannot be read is nothing, and nothing is answered to it.

export const CODE = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
} as const

export type Attribute = { type: number; value: Buffer }

export type Packet = {
  code: number
  identifier: number
  /** 16 bytes */
  authenticator: Buffer
  /** as they came, in their order */
  attributes: readonly Attribute[]
  /** the packet itself, without what followed it in the datagram */
  bytes: Buffer
}

export const HEADER = 20
export const LONGEST_PACKET = 4096
/** Of one attribute: its length is a byte that counts type and length too. */
export const LONGEST_VALUE = 253

/** @returns undefined for what is no packet: shorter than it says, or with an attribute that reaches beyond it */
export function readPacket(datagram: Buffer): Packet | undefined {
  if (datagram.length < HEADER) return undefined
  const length = datagram.readUInt16BE(2)
  if (length < HEADER || length > LONGEST_PACKET || length > datagram.length) return undefined
  const bytes = datagram.subarray(0, length)
  const attributes = readAttributes(bytes.subarray(HEADER))
  return (
    attributes && {
      code: bytes.readUInt8(0),
      identifier: bytes.readUInt8(1),
      authenticator: bytes.subarray(4, HEADER),
      attributes,
      bytes,
    }
  )
}

function readAttributes(bytes: Buffer): Attribute[] | undefined {
  const attributes: Attribute[] = []
  for (let at = 0; at < bytes.length; ) {
    const [type, length] = [bytes[at], bytes[at + 1]]
    if (type === undefined || length === undefined || length < 2 || at + length > bytes.length) return undefined
    attributes.push({ type, value: bytes.subarray(at + 2, at + length) })
    at += length
  }
  return attributes
}

/** @throws {RangeError} where a value or the whole is too long: whoever composes keeps within the bounds */
export function writePacket({ code, identifier, authenticator, attributes }: Omit<Packet, 'bytes'>): Buffer {
  const parts = attributes.map(({ type, value }) => {
    if (value.length > LONGEST_VALUE) throw new RangeError(`attribute ${type} has ${value.length} bytes`)
    return Buffer.concat([Buffer.of(type, value.length + 2), value])
  })
  const length = HEADER + parts.reduce((sum, part) => sum + part.length, 0)
  if (length > LONGEST_PACKET) throw new RangeError(`a packet of ${length} bytes`)
  const head = Buffer.of(code, identifier, length >> 8, length & 0xff)
  return Buffer.concat([head, authenticator, ...parts], length)
}
