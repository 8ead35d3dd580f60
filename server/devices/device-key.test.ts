import { expect, it } from 'vitest'
import type { DeviceKey } from '../../protocol/device-api.ts'
import { base64url, fromBase64url } from '../../protocol/encoding.ts'
import { newSigningKey } from '../../test/support/enrolled.ts'
import { isValidDeviceKey, thumbprint } from './device-key.ts'

it('names a key as RFC 7638 §3.1 does', async () => {
  const key = {
    kty: 'RSA',
    n:
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
      'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1' +
      'n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  }
  expect(await thumbprint(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

it('names a key whatever else is said about it', async () => {
  const { publicKey } = await newSigningKey()
  expect(await thumbprint({ ...publicKey, use: 'sig', kid: 'mine' })).toBe(await thumbprint(publicKey))
})

it('takes a point of the curve and nothing else', async () => {
  const { publicKey } = await newSigningKey()
  expect(isValidDeviceKey(publicKey)).toBe(true)
  const y = fromBase64url(publicKey.y)
  y[31] = (y[31] ?? 0) ^ 1
  const faulty: Partial<DeviceKey>[] = [
    { y: base64url(y) },
    { x: publicKey.y, y: publicKey.x },
    { x: base64url(new Uint8Array(32)), y: base64url(new Uint8Array(32)) },
    { x: publicKey.x.slice(0, 20) },
  ]
  for (const fault of faulty) expect(isValidDeviceKey({ ...publicKey, ...fault })).toBe(false)
})

it('takes no second spelling of a coordinate, which would give one key two names', async () => {
  const short = await keyWithLeadingZero()
  expect(isValidDeviceKey(short)).toBe(true)
  expect(isValidDeviceKey({ ...short, x: base64url(fromBase64url(short.x).slice(1)) })).toBe(false)
})

/** About one key in 256 has an x coordinate that begins with a zero byte. */
async function keyWithLeadingZero(): Promise<DeviceKey> {
  for (;;) {
    const { publicKey } = await newSigningKey()
    if (fromBase64url(publicKey.x)[0] === 0) return publicKey
  }
}
