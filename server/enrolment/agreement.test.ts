import { expect, it } from 'vitest'
import { base64url, fromBase64url, hex } from '../../protocol/encoding.ts'
import { agreedKeys, curvePoint, newServerKeyPair } from './agreement.ts'

const POINT = 'BB8UAUa_sbJR-E9N2-DUzc_Xev2YSpUg41eUAh-DErue7JlaCLH6dwTfPcwLUKlmUmP7dxH5X5-KRJxQluR8iSs'

it('agrees on the keys of the protocol page’s worked vector', async () => {
  const scalar = Uint8Array.from({ length: 32 }, (_, n) => n + 1)
  const serverPoint = fromBase64url(
    'BFFcPW6545a5BNP-yn9U_c0MwemXvzddylFa0KbDtANfRTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q',
  )
  const [x, y] = [serverPoint.slice(1, 33), serverPoint.slice(33)].map(base64url)
  const jwk = { kty: 'EC', crv: 'P-256', d: base64url(scalar), x, y }
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, curve, true, ['deriveBits'])
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', key))
  const keys = await agreedKeys(pkcs8, fromBase64url(POINT), '0123456789abcdefghjkmnpqrs')
  expect(hex(keys.totp)).toBe('2ca77e50479de276feb346b4060d7d1f50bec435')
  expect(hex(keys.ocra)).toBe('85bc215dbda14bc1d6a937171030c93a562b1a5d81048b87bd1bff53d03bdf2f')
})

it('makes another key pair each time, each with a point that others take', async () => {
  const pairs = await Promise.all([newServerKeyPair(), newServerKeyPair()])
  expect(pairs[0].publicKey).not.toBe(pairs[1].publicKey)
  for (const { publicKey } of pairs) expect(await curvePoint(publicKey)).toHaveLength(65)
})

it('takes a point in its one spelling', async () => {
  expect(await curvePoint(POINT)).toEqual(fromBase64url(POINT))
  const bytes = fromBase64url(POINT)
  const changed = (at: number, value: number) => base64url(bytes.with(at, value))
  const bad = [
    '',
    'not base64url!',
    `A${POINT.slice(1, 44)}`,
    changed(64, (bytes[64] ?? 0) ^ 1),
    changed(0, 6),
    changed(0, 7),
    base64url(new Uint8Array(65).with(0, 4)),
    base64url(bytes.slice(0, 64)),
    // the same bits, with a stray one at the end
    `${POINT.slice(0, -1)}t`,
  ]
  for (const text of bad) expect(await curvePoint(text)).toBeUndefined()
})
