// §6: the checks of a decision, in their order. Each case is wrong from its place in the list on: whatever follows is
// wrong as well, and the earliest must answer.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { type Json, said } from '../support/wire-call.ts'
import { type Asked, wireHouse } from '../support/wire-house.ts'

const STRANGER = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const NOBODY = `dev_${'0'.repeat(26)}`
/** No text that a store could be asked for. */
const NULL = '\u0000'.repeat(22)
const NOWHERE = `req_${'0'.repeat(26)}`
/** Everything that is judged after the signature, wrong. */
const ALL_WRONG = { aud: 'https://elsewhere.example', iat: 0, request: NOWHERE, token: 'x', verdict: '?', binding: '' }

/** A last character that differs in bits which carry nothing. */
const respelt = (last: string) => String.fromCharCode(last.charCodeAt(0) + 1)

describe.each(ENGINES)('a decision on %s', (engine) => {
  const house = wireHouse(engine)
  const signed = ({ device, shown, created }: Asked, more: Json = {}, how = {}) =>
    device.signed({ ...device.statement(shown, 'approve', created.number), ...more }, how)

  describe('is malformed, whatever else is wrong, where', () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const malformed: [string, (asked: Asked) => string][] = [
      ['it is empty', () => ''],
      ['it has two parts', (asked) => signed(asked).split('.').slice(0, 2).join('.')],
      ['it has four parts', (asked) => `${signed(asked)}.AA`],
      ['its header is no JSON', (asked) => `bm90IGpzb24.${signed(asked).split('.').slice(1).join('.')}`],
      ['its payload is an array', ({ device }) => device.signed([1])],
      ['a part is padded', (asked) => signed(asked).replace('.', '=.')],
      ['its signature is no base64url', (asked) => `${signed(asked).slice(0, -4)}+/+/`],
      ['its header has one member more', (asked) => signed(asked, {}, { header: { jwk: {}, kid: NOBODY } })],
      ['its header has one member less', (asked) => signed(asked, {}, { header: { typ: undefined } })],
      ['its type is another', (asked) => signed(asked, {}, { header: { typ: 'dpop+jwt' } })],
      ['its algorithm is none', (asked) => signed(asked, {}, { header: { alg: 'none' } })],
      ['it is unsigned', (asked) => `${part({ alg: 'none', typ: 'decision+jwt', kid: asked.device.id })}.${part({})}.`],
      ['its algorithm is another', (asked) => signed(asked, {}, { header: { alg: 'HS256' } })],
      ['its kid is no text', (asked) => signed(asked, ALL_WRONG, { header: { kid: 7 } })],
    ]
    it.each(malformed)('%s', async (_, make) => {
      const asked = await house.asked()
      expect(said(await asked.device.send(make(asked)))).toBe('400 malformed')
    })

    it('its media type is another', async () => {
      const asked = await house.asked()
      expect(said(await asked.device.send(signed(asked), 'application/json'))).toBe('400 malformed')
    })
  })

  const wrong: [string, (asked: Asked) => string | Promise<string>][] = [
    ['401 unknown-device', (asked) => signed(asked, ALL_WRONG, { header: { kid: NOBODY }, key: STRANGER })],
    ['401 unknown-device', (asked) => signed(asked, ALL_WRONG, { header: { kid: NULL } })],
    ['401 invalid-signature', (asked) => signed(asked, ALL_WRONG, { key: STRANGER })],
    [
      '401 invalid-signature',
      async (asked) => signed(asked, ALL_WRONG, { header: { kid: (await house.person()).device.id } }),
    ],
    ['401 invalid-signature', (asked) => signed(asked).slice(0, -4)],
    ['401 invalid-signature', (asked) => signed(asked).slice(0, -1)],
    ['401 invalid-signature', (asked) => signed(asked).replace(/.$/, respelt)],
    ['401 invalid-signature', (asked) => signed(asked).replace(/[^.]+$/, '')],
    ['401 wrong-audience', (asked) => signed(asked, ALL_WRONG)],
    ['401 wrong-audience', (asked) => signed(asked, { ...ALL_WRONG, aud: `${asked.device.wire.origin}/` })],
    ['401 clock-skew', (asked) => signed(asked, { ...ALL_WRONG, aud: asked.device.wire.origin })],
    ['401 clock-skew', (asked) => signed(asked, { iat: { toString: 1 } })],
    ['404 unknown-request', (asked) => signed(asked, { request: NOWHERE, verdict: '?' })],
    ['404 unknown-request', (asked) => signed(asked, { request: 17 })],
    ['404 unknown-request', (asked) => signed(asked, { jti: NULL, request: NULL })],
    ['422 invalid', (asked) => signed(asked, { jti: NULL })],
    ['404 unknown-request', (asked) => signed(asked, { token: `tok_${'0'.repeat(26)}`, verdict: '?' })],
    ['404 unknown-request', async (asked) => signed(asked, { request: (await house.asked()).created.id })],
    ['422 invalid', (asked) => signed(asked, { verdict: 'maybe', binding: 'x' })],
    ['422 invalid', (asked) => signed(asked, { passcode: '1234567', binding: 'x'.repeat(43) })],
    ['422 invalid', (asked) => signed(asked, { passcode: undefined, binding: 'x'.repeat(43) })],
    ['422 invalid', (asked) => signed(asked, { jti: 'short', binding: 'x'.repeat(43) })],
    ['403 wrong-passcode', (asked) => signed(asked, { binding: 'x'.repeat(43) })],
    ['403 wrong-binding', (asked) => signed(asked, { verdict: 'deny' })],
    ['403 wrong-binding', (asked) => signed(asked, { verdict: 'report' })],
  ]
  it.each(wrong)('is answered by %s before what follows it', async (answer, make) => {
    const asked = await house.asked()
    expect(said(await asked.device.send(await make(asked)))).toBe(answer)
    expect((await house.application.read(asked.created.id)).body).toMatchObject({ state: 'pending' })
  })

  it.each([
    [-60, '200'],
    [60, '200'],
    [-61, '401 clock-skew'],
    [61, '401 clock-skew'],
    [-31_536_000, '401 clock-skew'],
    [0.5, '401 clock-skew'],
  ])('made %d s away from the server’s time gets %s', async (seconds, answer) => {
    const asked = await house.asked()
    const iat = Math.floor(house.clock.now() / 1000) + seconds
    const reply = await asked.device.send(signed(asked, { iat }))
    expect(said(reply)).toBe(answer)
    if (answer !== '200') expect(reply.body).toMatchObject({ serverTime: new Date(house.clock.now()).toISOString() })
  })

  it('of a revoked device is of an unknown one', async () => {
    const asked = await house.asked()
    await house.server.store.write((tx) =>
      tx
        .updateTable('devices')
        .set({ state: 'revoked' })
        .where('key', 'like', `%${asked.device.publicKey.x}%`)
        .execute(),
    )
    expect(said(await asked.device.send(signed(asked)))).toBe('401 unknown-device')
  })

  it.each([
    ['suspended', 'approve', '403 token-inactive'],
    ['suspended', 'deny', '200'],
    ['suspended', 'report', '200'],
    ['revoked', 'approve', '403 token-inactive'],
    ['revoked', 'deny', '403 token-inactive'],
    ['revoked', 'report', '403 token-inactive'],
  ] as const)('by a %s token to %s gets %s', async (state, verdict, answer) => {
    const { device, shown, created } = await house.asked()
    await house.server.store.write((tx) =>
      tx
        .updateTable('tokens')
        .set({ state })
        .where('label', '=', 'Countersign')
        .where('device_id', 'in', [device.id as never])
        .execute(),
    )
    expect(said(await device.decide(shown, verdict, created.number))).toBe(answer)
  })

  it('by an inactive token on an expired request names the token first', async () => {
    const { device, shown, created } = await house.asked()
    expect(said(await device.call('DELETE', `/device/v1/tokens/${device.token.id}`))).toBe('204')
    await house.clock.advance(60_000)
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('403 token-inactive')
  })

  it('is expired at the very moment, and open until then', async () => {
    const [first, second] = [await house.asked(), await house.asked()]
    await house.clock.advance(59_999)
    expect(said(await first.device.decide(first.shown, 'deny'))).toBe('200')
    await house.clock.advance(1)
    const late = await second.device.decide(second.shown, 'deny', null, { verdict: 'maybe' })
    expect(said(late)).toBe('410 expired')
  })

  it('on a settled request tells what won, before it looks for faults', async () => {
    const { device, shown } = await house.asked()
    expect((await device.decide(shown, 'deny')).body).toEqual({ state: 'denied', reason: 'declined' })
    const second = await device.decide(shown, 'approve', null, { binding: 'x' })
    expect(said(second)).toBe('409 already-settled')
    expect(second.body).toMatchObject({ state: 'denied', reason: 'declined' })
  })

  it('sent again is answered as at first, even a year later', async () => {
    const asked = await house.asked()
    const jws = signed(asked)
    const first = await asked.device.send(jws)
    await house.clock.jump(365 * 86_400_000)
    const again = await asked.device.send(jws)
    expect([said(again), again.text]).toEqual(['200', first.text])
  })

  it('signed anew over the same words is the same decision; over other words it is replayed', async () => {
    const asked = await house.asked()
    const words = asked.device.statement(asked.shown, 'approve', asked.created.number)
    expect(said(await asked.device.send(asked.device.signed(words)))).toBe('200')
    expect(said(await asked.device.send(asked.device.signed(words)))).toBe('200')
    const other = asked.device.signed({ ...words, ...ALL_WRONG })
    expect(said(await asked.device.send(other))).toBe('401 replayed-proof')
  })

  it('refused without counting may be sent again under its jti', async () => {
    const { device, shown } = await house.asked()
    const jti = 'a'.repeat(22)
    expect(said(await device.decide(shown, 'deny', null, { jti, binding: 'x'.repeat(43) }))).toBe('403 wrong-binding')
    expect(said(await device.decide(shown, 'deny', null, { jti }))).toBe('200')
  })
})
