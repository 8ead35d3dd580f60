// As much of protocol buffers as the double of Google's messaging needs.

type Value = bigint | Buffer

/** Field number → its values in order. */
export type Fields = Map<number, Value[]>

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

export function numberField(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)])
}

export function fixed64Field(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([varint((field << 3) | 1), bytes])
}

export function bytesField(field: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes])
}

/** Null where the bytes end within it. */
export function readVarint(bytes: Buffer, start: number): { value: bigint; end: number } | null {
  let value = 0n
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes.readUInt8(at)
    value |= BigInt(byte & 127) << BigInt(7 * (at - start))
    if (byte < 128) return { value, end: at + 1 }
  }
  return null
}

export function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  for (let at = 0; at < bytes.length; ) {
    const key = whole(readVarint(bytes, at))
    const { value, end } = readValue(bytes, key.end, Number(key.value & 7n))
    const field = Number(key.value >> 3n)
    fields.set(field, [...(fields.get(field) ?? []), value])
    at = end
  }
  return fields
}

/** The first value of a field, as text. */
export function textOf(fields: Fields, field: number): string {
  return String(fields.get(field)?.[0] ?? '')
}

function readValue(bytes: Buffer, start: number, wireType: number): { value: Value; end: number } {
  switch (wireType) {
    case 0:
      return whole(readVarint(bytes, start))
    case 1:
      return { value: bytes.readBigUInt64LE(start), end: start + 8 }
    case 2: {
      const length = whole(readVarint(bytes, start))
      const end = length.end + Number(length.value)
      return { value: bytes.subarray(length.end, end), end }
    }
    case 5:
      return { value: BigInt(bytes.readUInt32LE(start)), end: start + 4 }
    default:
      throw new Error(`Unknown wire type ${wireType}`)
  }
}

function whole<T>(read: T | null): T {
  if (read === null) throw new Error('The message is cut off')
  return read
}
