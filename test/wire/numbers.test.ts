// Numbers at their edges, wherever a call of an application or a device has one: what may not be sent is refused by name,
// and nothing breaks.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { call, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'

/** As they stand in a JSON text: JavaScript itself would write some of them otherwise. */
const asWritten = (text: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)

const WHOLE = ['0', '-0', '-1', '2147483648', '-2147483649', '9007199254740991']
const NONE = ['0.5', '9007199254740992', '1e308', '1e400', '-1e400', '"1"', '"NaN"', 'null', 'true']
const CONFIG = '/device/v1/config'

describe.each(ENGINES)('on %s', (engine) => {
  const house = wireHouse(engine, { env: { COUNTERSIGN_PUSH_ORIGINS: 'https://push.example' } })

  it('a proof is of no such time', async () => {
    const { device } = await house.person()
    const answers = async (edge: string) => {
      const dpop = device.proof('GET', CONFIG, { claims: { iat: asWritten(edge) } })
      return said(await call(device.wire, 'GET', CONFIG, { headers: { dpop } }))
    }
    for (const edge of WHOLE) expect([edge, await answers(edge)]).toEqual([edge, '401 clock-skew'])
    for (const edge of NONE) expect([edge, await answers(edge)]).toEqual([edge, '401 invalid-proof'])
  })

  it('nor is a decision, which stays to be made', async () => {
    const { device, shown, created } = await house.asked()
    const answers = async (edge: string) =>
      said(await device.decide(shown, 'approve', created.number, { iat: asWritten(edge) }))
    const now = house.clock.now() / 1000
    for (const edge of [...WHOLE, ...NONE, `${now}.5`, `"${now}"`])
      expect([edge, await answers(edge)]).toEqual([edge, '401 clock-skew'])
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
  })

  it('and a request is waited for as long as is said, from a version that may be', async () => {
    const { created } = await house.asked()
    const answers = async (query: string) => said(await house.application.read(created.id, { query }))
    for (const edge of ['0', '00', '000']) expect([edge, await answers(`?wait=${edge}`)]).toEqual([edge, '200'])
    for (const edge of [
      '-0',
      '-1',
      '61',
      '0.5',
      '1e1',
      '1e308',
      '2147483648',
      '9007199254740992',
      'NaN',
      'Infinity',
      '%221%22',
    ])
      expect([edge, await answers(`?wait=${edge}`)]).toEqual([edge, '422 invalid'])
    for (const edge of ['0', '2147483648', '9007199254740992', '9999999999999999'])
      expect([edge, await answers(`?wait=0&since=${edge}`)]).toEqual([edge, '200'])
    for (const edge of ['-0', '-1', '0.5', '1e1', '1e308', '10000000000000000', 'NaN', 'Infinity', '%221%22'])
      expect([edge, await answers(`?since=${edge}`)]).toEqual([edge, '422 invalid'])
  })

  it('the end of a subscription is the browser’s word, and kept by nobody', async () => {
    const { device } = await house.person()
    const point = Buffer.from(house.server.running.parts.vapid.publicKey ?? '', 'base64url')
    const keys = { p256dh: point.toString('base64url'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' }
    const answers = async (edge: string) => {
      const body = { endpoint: 'https://push.example/1', expirationTime: asWritten(edge), keys }
      return said(await device.call('PUT', '/device/v1/subscription', { body }))
    }
    for (const edge of [...WHOLE, '0.5', '9007199254740992', '1e308', 'null'])
      expect([edge, await answers(edge)]).toEqual([edge, '204'])
    for (const edge of ['1e400', '"1"', '"NaN"', 'true'])
      expect([edge, await answers(edge)]).toEqual([edge, '422 invalid'])
  })
})
