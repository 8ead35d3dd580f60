import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { base64url, utf8 } from '../../protocol/encoding.ts'
import { newId } from '../../protocol/ids.ts'
import { signJws } from '../../protocol/jws.ts'
import { makeProof, type ProofClaims } from '../../protocol/proof.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { newSigningKey, random, type SomeDevice, someDevice, withoutDevice } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { authenticateProof } from './proof.ts'
import { purgeProofs } from './used-proofs.ts'

const URL = 'https://app.example/device/v1/requests'
const NOW = Date.parse('2026-01-01T00:00:10.500Z')
const SECOND = Math.floor(NOW / 1000)

describe.each(ENGINES)('a proof of possession on %s', (engine) => {
  let database: Database
  let store: Store
  let other: Store
  let clock: ManualClock
  let device: SomeDevice
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())
  beforeEach(async () => {
    clock = new ManualClock(NOW)
    device = await someDevice(store)
  })

  const claims = (changes: Partial<ProofClaims> = {}): ProofClaims => ({
    jti: base64url(random(12)),
    htm: 'GET',
    htu: URL,
    iat: SECOND,
    ...changes,
  })
  const authenticate = (header: string | undefined, on = store) =>
    authenticateProof({ store: on, clock }, { header, method: 'GET', htu: URL })
  const refusal = async (header: string | undefined, on = store) => {
    const outcome = await authenticate(header, on).then(
      () => undefined,
      (problem) => problem,
    )
    return outcome?.slug
  }

  it('tells which device calls', async () => {
    expect(await authenticate(await device.prove(claims()))).toEqual(device.row)
  })

  it('must be there', async () => {
    expect(await refusal(undefined)).toBe('unauthenticated')
    expect(await refusal('')).toBe('unauthenticated')
  })

  it('must be well-formed, with exactly the members its header has', async () => {
    const { privateKey, publicKey } = device.key
    const proof = await device.prove(claims())
    const [, payload] = proof.split('.')
    const withHeader = async (header: object) => {
      const signed = `${base64url(utf8(JSON.stringify(header)))}.${payload}`
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
      const signature = await crypto.subtle.sign(algorithm, privateKey, utf8(signed))
      return `${signed}.${base64url(new Uint8Array(signature))}`
    }
    const header = { typ: 'dpop+jwt', alg: 'ES256', kid: device.row.id }
    expect(await refusal(await withHeader(header))).toBeUndefined()
    const bad = [
      'no proof',
      `${proof}, ${proof}`,
      `${proof}=`,
      await withHeader({ ...header, jwk: publicKey }),
      await withHeader({ ...header, crit: [] }),
      await withHeader({ ...header, alg: 'none' }),
      await withHeader({ ...header, typ: 'decision+jwt' }),
      await withHeader({ typ: header.typ, alg: header.alg }),
      await device.prove(claims({ jti: 'short' })),
      await device.prove(claims({ iat: SECOND + 0.5 })),
      await device.prove({ ...claims(), htu: undefined as unknown as string }),
    ]
    for (const proof of bad) expect(await refusal(proof)).toBe('invalid-proof')
  })

  it('must be of a device that is known and was not removed', async () => {
    const stranger = await makeProof(device.key.privateKey, newId('dev', random), claims())
    expect(await refusal(stranger)).toBe('unknown-device')
    await withoutDevice(store, clock, device.row.id)
    expect(await refusal(await device.prove(claims()))).toBe('unknown-device')
  })

  it('must be signed by that device’s key', async () => {
    const { privateKey } = await newSigningKey()
    expect(await refusal(await makeProof(privateKey, device.row.id, claims()))).toBe('invalid-proof')
    const [header, , signature] = (await device.prove(claims())).split('.')
    const foreign = (await device.prove(claims())).split('.')[1]
    expect(await refusal(`${header}.${foreign}.${signature}`)).toBe('invalid-proof')
  })

  it.each([
    ['method', { htm: 'POST' }],
    ['method, in its exact case', { htm: 'get' }],
    ['address', { htu: 'https://app.example/device/v1/tokens' }],
    ['address without its query', { htu: `${URL}?since=1` }],
    ['origin', { htu: URL.replace('app.', 'evil.') }],
  ])('must be for the %s that is called', async (_, changes) => {
    expect(await refusal(await device.prove(claims(changes)))).toBe('invalid-proof')
  })

  it.each([-60, 0, 60])('may be made %i seconds from now', async (apart) => {
    expect(await refusal(await device.prove(claims({ iat: SECOND + apart })))).toBeUndefined()
  })

  it.each([-61, 61, -365 * 86_400])('made %i seconds from now is answered with the server’s time', async (apart) => {
    await expect(authenticate(await device.prove(claims({ iat: SECOND + apart })))).rejects.toMatchObject({
      slug: 'clock-skew',
      members: { serverTime: '2026-01-01T00:00:10.500Z' },
    })
  })

  it('is good for one call, at whichever process', async () => {
    const proof = await device.prove(claims())
    const outcomes = await Promise.all([0, 1, 2, 3].map((n) => refusal(proof, n % 2 ? store : other)))
    expect(outcomes.filter((slug) => slug === undefined)).toHaveLength(1)
    expect(outcomes.filter((slug) => slug === 'replayed-proof')).toHaveLength(3)
    expect(await refusal(proof, other)).toBe('replayed-proof')
  })

  it('may carry the same jti as another device’s', async () => {
    const second = await someDevice(store)
    const same = claims()
    expect(await refusal(await device.prove(same))).toBeUndefined()
    expect(await refusal(await second.prove(same))).toBeUndefined()
  })

  it('with several faults is answered by the first that the protocol names', async () => {
    const used = claims()
    await authenticate(await device.prove(used))
    const { privateKey } = await newSigningKey()
    const late = { ...used, iat: SECOND - 100 }
    const elsewhere = { ...late, htm: 'POST' }
    expect(await refusal(await makeProof(privateKey, newId('dev', random), elsewhere))).toBe('unknown-device')
    expect(await refusal(await makeProof(privateKey, device.row.id, late))).toBe('invalid-proof')
    expect(await refusal(await device.prove(elsewhere))).toBe('invalid-proof')
    expect(await refusal(await device.prove(late))).toBe('clock-skew')
    expect(await refusal(await signJws(privateKey, { typ: 'jwt', kid: newId('dev', random) }, elsewhere))).toBe(
      'invalid-proof',
    )
  })

  it('uses nothing up when it is refused', async () => {
    const same = claims()
    expect(await refusal(await device.prove({ ...same, htm: 'POST' }))).toBe('invalid-proof')
    expect(await refusal(await device.prove({ ...same, iat: SECOND + 61 }))).toBe('clock-skew')
    expect(await refusal(await device.prove(same))).toBeUndefined()
  })

  it('is remembered for as long as it could be replayed, and then forgotten', async () => {
    const ahead = await device.prove(claims({ iat: SECOND + 60 }))
    await authenticate(ahead)
    await clock.advance(120_000)
    await purgeProofs(store, clock.now())
    expect(await refusal(ahead)).toBe('replayed-proof')
    await clock.advance(61_000)
    expect(await purgeProofs(store, clock.now())).toBeGreaterThan(0)
    expect(
      await store.read.selectFrom('used_proofs').selectAll().where('device_id', '=', device.row.id).execute(),
    ).toEqual([])
    expect(await refusal(ahead)).toBe('clock-skew')
  })
})
