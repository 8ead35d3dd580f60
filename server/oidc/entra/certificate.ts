// Entra wants each key in a certificate too (`x5c`), and looks at nothing but the key in it: this one is signed by that
// key itself. RFC 5280 §4.1, in DER (X.690).
import { type KeyObject, sign } from 'node:crypto'

const OID_SHA256_RSA = '2a864886f70d01010b'
const OID_COMMON_NAME = '550403'
const YEARS = 20

/** @param from milliseconds; a key has the same certificate whenever it is made @returns DER */
export function selfSigned(key: KeyObject, publicKey: KeyObject, name: string, from: number): Buffer {
  const algorithm = sequence(der(0x06, Buffer.from(OID_SHA256_RSA, 'hex')), der(0x05))
  const to = new Date(from)
  to.setUTCFullYear(to.getUTCFullYear() + YEARS)
  const unsigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    named(name),
    sequence(time(new Date(from)), time(to)),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', unsigned, key)
  return sequence(unsigned, algorithm, der(0x03, Buffer.from([0]), signature))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts)

/** X.690 §8.1.3 */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes])
}

function named(name: string): Buffer {
  const commonName = sequence(der(0x06, Buffer.from(OID_COMMON_NAME, 'hex')), der(0x0c, Buffer.from(name)))
  return sequence(der(0x31, commonName))
}

/** RFC 5280 §4.1.2.5: two digits of the year until 2049. */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}
