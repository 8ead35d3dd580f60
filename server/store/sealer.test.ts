import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealer, sealerOf } from './sealer.ts'

const PLACE = { table: 'oidc_artifacts', column: 'payload', id: 'Interaction:1' }
const random = (length: number) => new Uint8Array(randomBytes(length))
const [first, second] = [random(32), random(32)]

describe('what is sealed at rest', () => {
  const held = sealer(first, random)

  it.each(['', 'a passcode', '👍 “Ærø” — 東京'])('is opened as it was: %j', (text) => {
    const sealed = held.seal(text, PLACE)
    expect(held.openText(sealed, PLACE)).toBe(text)
    expect(held.open(sealed, PLACE)).toEqual(new TextEncoder().encode(text))
  })

  it('is another each time', () => {
    expect(held.seal('the same', PLACE)).not.toBe(held.seal('the same', PLACE))
  })

  it('opens nowhere else', () => {
    const sealed = held.seal('a passcode', PLACE)
    for (const elsewhere of [{ table: 'settings' }, { column: 'id' }, { id: 'Interaction:2' }])
      expect(() => held.openText(sealed, { ...PLACE, ...elsewhere })).toThrow()
  })

  it('opens no more where any byte of it was altered, or some are missing', () => {
    const [id, body = ''] = held.seal('a passcode', PLACE).split('.')
    const bytes = Buffer.from(body, 'base64url')
    const written = (changed: Uint8Array) => `${id}.${Buffer.from(changed).toString('base64url')}`
    expect(held.openText(written(bytes), PLACE)).toBe('a passcode')
    for (let at = 0; at < bytes.length; at++) {
      const altered = bytes.map((byte, place) => (place === at ? byte ^ 1 : byte))
      expect(() => held.openText(written(altered), PLACE)).toThrow()
      expect(() => held.openText(written(bytes.subarray(0, at)), PLACE)).toThrow()
    }
  })

  it('opens what was sealed before under the master key itself, and seals nothing so', () => {
    const sealed = 'aa8ff5ca.AgICAgICAgICAgICZva5KDkkopK3qZT_cktDVB-qJitGbvhqAQ4'
    const former = new Uint8Array(32).fill(1)
    const held = sealer(former, random)
    expect(held.openText(sealed, PLACE)).toBe('a passcode')
    expect(sealerOf(() => [first, former], random).openText(sealed, PLACE)).toBe('a passcode')
    expect(held.seal('a passcode', PLACE).slice(0, 9)).not.toBe(sealed.slice(0, 9))
  })

  it('is sealed under another key after 65,536 values, and at once in another process', () => {
    const firstHalves = (of = sealer(first, random), count = 65_537) =>
      Array.from({ length: count }, () => of.seal('', PLACE).slice(9, 25))
    expect(new Set(firstHalves())).toHaveProperty('size', 2)
    expect(new Set([...firstHalves(held, 1), ...firstHalves(undefined, 1)])).toHaveProperty('size', 2)
  })

  it('names the key it was sealed under, and opens while that is still held', () => {
    const sealed = held.seal('a passcode', PLACE)
    expect(sealerOf(() => [second, first], random).openText(sealed, PLACE)).toBe('a passcode')
    expect(() => sealer(second, random).openText(sealed, PLACE)).toThrow(`under another master key (${held.keyId}`)
    expect(() => held.openText('nothing that was sealed', PLACE)).toThrow('under another master key')
  })
})
