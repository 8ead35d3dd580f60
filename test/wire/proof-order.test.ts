// §3: who a device is: the checks of a proof, in their order, on every call that needs one.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectProblem } from '../support/wire-problem.ts'

const STRANGER = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const NOBODY = `dev_${'0'.repeat(26)}`
const CONFIG = '/device/v1/config'
/** Every claim that is judged after the device, wrong. */
const ALL_WRONG = { htm: 'PUT', htu: 'https://elsewhere.example/', iat: 0 }

describe.each(ENGINES)('a proof on %s', (engine) => {
  const house = wireHouse(engine)
  const phone = async () => (await house.person()).device
  const config = (device: WireDevice, dpop: string | string[]) =>
    call(house.server.appWire, 'GET', CONFIG, { headers: { dpop } }).then((reply) => [said(reply), device.id][0])

  it.each([
    ['GET', CONFIG],
    ['PUT', '/device/v1/subscription'],
    ['DELETE', '/device/v1/subscription'],
    ['GET', '/device/v1/requests'],
    ['GET', `/device/v1/requests/req_${'0'.repeat(26)}`],
    ['GET', '/device/v1/events'],
    ['POST', '/device/v1/receipts'],
    ['GET', '/device/v1/tokens'],
    ['PATCH', `/device/v1/tokens/tok_${'0'.repeat(26)}`],
    ['DELETE', `/device/v1/tokens/tok_${'0'.repeat(26)}`],
    ['GET', '/device/v1/history'],
    ['POST', '/device/v1/push-test'],
    ['POST', '/device/v1/enrolments'],
    ['GET', '/device/v1/notices'],
    ['GET', '/device/v1/nowhere'],
    ['PATCH', CONFIG],
  ])('is needed by %s %s, before its address and its body', async (method, path) => {
    const sent = method === 'GET' ? {} : { body: '{' }
    expectProblem(await call(house.server.appWire, method, path, sent), '401 unauthenticated')
    expectProblem(
      await call(house.server.appWire, method, path, { ...sent, headers: { dpop: 'x' } }),
      '401 invalid-proof',
    )
  })

  it.each([
    ['GET', '/device/v1/nowhere', '404 not-found'],
    ['POST', '/device/v1/enrolments', '400 malformed'],
    ['POST', '/device/v1/notices', '405 method-not-allowed'],
    ['PATCH', CONFIG, '405 method-not-allowed'],
    ['POST', '/device/v1/subscription', '405 method-not-allowed'],
    ['PUT', '/device/v1/subscription', '400 malformed'],
  ])('by %s %s is followed by %s', async (method, path, answer) => {
    const device = await phone()
    expectProblem(await device.call(method, path, { body: '{', headers: { 'content-type': 'text/plain' } }), answer)
  })

  it('is in its header, never in the address', async () => {
    const device = await phone()
    const path = `${CONFIG}?DPoP=${device.proof('GET', CONFIG)}`
    expectProblem(await call(house.server.appWire, 'GET', path), '401 unauthenticated')
    expectProblem(await call(house.server.appWire, 'GET', CONFIG, { headers: { dpop: '' } }), '401 unauthenticated')
  })

  const malformed: [string, (device: WireDevice) => string][] = [
    ['of two parts', (device) => device.proof('GET', CONFIG).split('.').slice(0, 2).join('.')],
    ['two of them', (device) => `${device.proof('GET', CONFIG)}, ${device.proof('GET', CONFIG)}`],
    ['padded', (device) => device.proof('GET', CONFIG).replace('.', '=.')],
    ['of another type', (device) => device.proof('GET', CONFIG, { header: { typ: 'jwt', kid: NOBODY } })],
    ['of another algorithm', (device) => device.proof('GET', CONFIG, { header: { alg: 'ES384', kid: NOBODY } })],
    ['of no algorithm', (device) => device.proof('GET', CONFIG, { header: { alg: 'none', kid: NOBODY } })],
    ['with its key', (device) => device.proof('GET', CONFIG, { header: { jwk: device.publicKey, kid: NOBODY } })],
    ['with anything more', (device) => device.proof('GET', CONFIG, { header: { crit: ['x'], kid: NOBODY } })],
    ['without kid', (device) => device.proof('GET', CONFIG, { header: { kid: undefined } })],
    ['with a kid that is no text', (device) => device.proof('GET', CONFIG, { header: { kid: 7 } })],
    ['without jti', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { jti: undefined } })],
    ['with a short jti', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { jti: 'abc' } })],
    [
      'with a null character in its jti',
      (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { jti: '\u0000'.repeat(22) } }),
    ],
    ['without iat', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { iat: undefined } })],
    ['with half a second', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { iat: 0.5 } })],
    ['without htm', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { htm: undefined } })],
    ['with no text as htu', (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, claims: { htu: 7 } })],
  ]
  it.each(malformed)('%s is none, whoever’s it is', async (_, make) => {
    const device = await phone()
    expect(await config(device, make(device))).toBe('401 invalid-proof')
  })

  const wrong: [string, string, (device: WireDevice) => string][] = [
    [
      '401 unknown-device',
      'of nobody',
      (device) => device.proof('GET', CONFIG, { header: { kid: NOBODY }, key: STRANGER, claims: ALL_WRONG }),
    ],
    // Not every text is one that a store can be asked for.
    [
      '401 unknown-device',
      'of a text that is no text',
      (device) => device.proof('GET', CONFIG, { header: { kid: 'dev_\u0000' } }),
    ],
    ['401 unknown-device', 'of no id', (device) => device.proof('GET', CONFIG, { header: { kid: 'x' } })],
    ['401 invalid-proof', 'signed by half', (device) => device.proof('GET', CONFIG).slice(0, -4)],
    ['401 invalid-proof', 'unsigned', (device) => device.proof('GET', CONFIG).replace(/[^.]+$/, '')],
    ['401 invalid-proof', 'by another key', (device) => device.proof('GET', CONFIG, { key: STRANGER })],
    ['401 invalid-proof', 'for another method', (device) => device.proof('POST', CONFIG, { claims: { iat: 0 } })],
    ['401 invalid-proof', 'in small letters', (device) => device.proof('get', CONFIG)],
    ['401 invalid-proof', 'for another path', (device) => device.proof('GET', '/device/v1/requests')],
    [
      '401 invalid-proof',
      'for another origin',
      (device) => device.proof('GET', CONFIG, { claims: { htu: `https://elsewhere.example${CONFIG}`, iat: 0 } }),
    ],
    [
      '401 invalid-proof',
      'for a path alone',
      (device) => device.proof('GET', CONFIG, { claims: { htu: CONFIG, iat: 0 } }),
    ],
    [
      '401 invalid-proof',
      'with a query',
      (device) => device.proof('GET', CONFIG, { claims: { htu: `${device.wire.origin}${CONFIG}?x` } }),
    ],
  ]
  it.each(wrong)('gets %s where it is %s', async (answer, _, make) => {
    const device = await phone()
    expect(await config(device, make(device))).toBe(answer)
  })

  it('gets 401 unknown-device where its device was revoked', async () => {
    const device = await phone()
    await house.server.store.write((tx) =>
      tx
        .updateTable('devices')
        .set({ state: 'revoked' })
        .where('id', '=', device.id as never)
        .execute(),
    )
    expect(await config(device, device.proof('GET', CONFIG, { key: STRANGER }))).toBe('401 unknown-device')
  })

  it.each([
    [-60, '200'],
    [60, '200'],
    [-61, '401 clock-skew'],
    [61, '401 clock-skew'],
    [-31_536_000, '401 clock-skew'],
  ])('made %d s away from the server’s time gets %s', async (seconds, answer) => {
    const device = await phone()
    const iat = Math.floor(house.clock.now() / 1000) + seconds
    const dpop = device.proof('GET', CONFIG, { claims: { iat } })
    const reply = await call(house.server.appWire, 'GET', CONFIG, { headers: { dpop } })
    const serverTime = new Date(house.clock.now()).toISOString()
    if (answer === '200') expect(said(reply)).toBe(answer)
    else expectProblem(reply, answer, { serverTime })
  })

  it('is good for one call, and its jti for one proof', async () => {
    const device = await phone()
    const dpop = device.proof('GET', CONFIG, { claims: { jti: 'a'.repeat(16) } })
    expect(await config(device, dpop)).toBe('200')
    expect(await config(device, dpop)).toBe('401 replayed-proof')
    expect(await config(device, device.proof('GET', CONFIG, { claims: { jti: 'a'.repeat(16) } }))).toBe(
      '401 replayed-proof',
    )
    await house.clock.advance(60_000)
    expect(await config(device, dpop)).toBe('401 replayed-proof')
    await house.clock.advance(1000)
    expect(await config(device, dpop)).toBe('401 clock-skew')
    const other = await phone()
    expect(await config(other, other.proof('GET', CONFIG, { claims: { jti: 'a'.repeat(16) } }))).toBe('200')
  })

  it('is good for one call on all servers together', async () => {
    await using shared = await newHouse(engine)
    const first = await startServer(engine, { house: shared })
    const second =
      engine === 'postgres'
        ? await startServer(engine, { house: shared, env: { COUNTERSIGN_URL: first.wire.origin } })
        : first
    const device = await first.device(await first.user())
    const dpop = device.proof('GET', CONFIG)
    const ways = [first.appWire, { ...first.appWire, port: second.appWire.port }]
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, n) =>
        said(await call(ways[n % 2] ?? first.appWire, 'GET', CONFIG, { headers: { dpop } })),
      ),
    )
    expect(answers.toSorted()).toEqual(['200', ...Array(9).fill('401 replayed-proof')])
    await first.close()
    await second.close()
  })
})
