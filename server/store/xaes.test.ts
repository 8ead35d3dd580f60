// The vectors that C2SP publishes with XAES-256-GCM (https://c2sp.org/XAES-256-GCM).
import { createCipheriv, createHash, createSecretKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { HALF_BYTES, NONCE_BYTES, xaesKeys } from './xaes.ts'

const NONCE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')

function encrypted(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, additional: Uint8Array): Buffer {
  const half = xaesKeys(createSecretKey(key))(nonce.subarray(0, HALF_BYTES))
  const cipher = createCipheriv('aes-256-gcm', half, nonce.subarray(HALF_BYTES)).setAAD(additional)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

it.each([
  {
    byte: 1,
    derived: 'c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b',
    additional: '',
    sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
  },
  {
    byte: 3,
    derived: 'e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8',
    additional: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
])('seals as the standard does under a key of bytes $byte', ({ byte, derived, additional, sealed }) => {
  const key = Buffer.alloc(32, byte)
  expect(xaesKeys(createSecretKey(key))(NONCE.subarray(0, HALF_BYTES)).export().toString('hex')).toBe(derived)
  expect(encrypted(key, NONCE, Buffer.from('XAES-256-GCM'), Buffer.from(additional)).toString('hex')).toBe(sealed)
})

it('and for ten thousand keys, nonces and texts', () => {
  const stream = createHash('shake128', { outputLength: 6_000_000 }).digest()
  let at = 0
  const next = (length: number) => {
    at += length
    return stream.subarray(at - length, at)
  }
  const text = () => next(next(1)[0] ?? 0)
  const all = createHash('shake128', { outputLength: 32 })
  for (let n = 0; n < 10_000; n++) all.update(encrypted(next(32), next(NONCE_BYTES), text(), text()))
  expect(at).toBeLessThan(stream.length)
  expect(all.digest('hex')).toBe('e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939')
})
