// §4: a code becomes a token.
import { createECDH } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { limits } from '../support/server.ts'
import { call, type Json, said } from '../support/wire-call.ts'
import { agreedKeys, totp } from '../support/wire-crypto.ts'
import type { WireDevice, WireOffer } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const STEP = 30_000
const QUARTER = 15 * 60_000
const ID = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
const POINT = expect.stringMatching(/^B[\w-]{86}$/)
const CODE = '0123456789abcdefghjkmnpqrs'
/** On no curve. */
const NO_POINT = `B${'A'.repeat(86)}`
const GENEROUS_OPENS = limits({ enrolmentOpens: { count: 1000 } })

describe.each(ENGINES)('an activation code on %s', (engine) => {
  const house = wireHouse(engine, { env: { ...GENEROUS_OPENS, COUNTERSIGN_ORGANISATION: 'Northwind' } })
  const open = (code: unknown) => house.server.newDevice().open(code)
  const codeOf = async (policy = {}, expiresInMs?: number) =>
    house.server.code(await house.server.user(), policy, expiresInMs)

  it('opens to what it is for, and is not used up by that', async () => {
    const username = await house.server.user()
    const code = await house.server.code(username, {
      unlock: 'webauthn',
      numberDigits: 3,
      otp: { digits: 8, period: 60 },
    })
    const reply = await open(code)
    expect(said(reply)).toBe('200')
    expect(reply.body).toEqual({
      enrolment: ID('enr'),
      organisation: { name: 'Northwind' },
      user: { username, displayName: username },
      token: {
        label: 'Northwind',
        unlock: 'webauthn',
        approval: 'standard',
        numberMatching: true,
        numberDigits: 3,
        otp: { digits: 8, period: 60 },
      },
      serverKey: POINT,
      vapidKey: POINT,
      serverTime: new Date(house.clock.now()).toISOString(),
    })
    expect((await open(code)).body).toEqual(reply.body)
  })

  it('has a key of its own, and the installation’s for pushes', async () => {
    const [first, second] = [(await open(await codeOf())).body, (await open(await codeOf())).body]
    expect(first.serverKey).not.toBe(second.serverKey)
    expect(first.vapidKey).toBe(second.vapidKey)
  })

  it('may be typed as people type', async () => {
    const code = await codeOf()
    const grouped = code.replace(/(.{4})/g, '$1-')
    const spaced = ` ${code
      .toUpperCase()
      .replaceAll('0', 'O')
      .replaceAll('1', 'I')
      .replace(/(.{5})/g, '$1 ')}`
    for (const typed of [grouped, spaced, code.replaceAll('1', 'l').replaceAll('0', 'o')])
      expect(said(await open(typed))).toBe('200')
  })

  it('that is wrong, malformed, used, expired or dead is unknown, alike', async () => {
    const used = await codeOf()
    await house.server.newDevice().enrol(used)
    const expired = await codeOf({}, 10_000)
    await house.clock.advance(10_000)
    const texts = new Set<string>()
    for (const code of [CODE, '', 'x', `${CODE}0`, 'u'.repeat(26), 'é'.repeat(26), '\n', used, expired]) {
      const reply = await open(code)
      expectProblem(reply, '404 unknown-code')
      texts.add(reply.text)
    }
    expect(texts.size).toBe(1)
  })

  it('is good for a day where nothing else was said, to the millisecond', async () => {
    const code = await codeOf()
    await house.clock.jump(24 * 60 * 60_000 - 1)
    expect(said(await open(code))).toBe('200')
    await house.clock.jump(1)
    expect(said(await open(code))).toBe('404 unknown-code')
  })

  it.each([{}, { code: 7 }, { code: null }, { code: ['x'] }])('is invalid in %j', async (body) => {
    expectInvalid(await call(house.server.appWire, 'POST', '/device/v1/enrolments/open', { body }), '/code')
  })

  it('is nowhere in the store or the log', async () => {
    const code = await codeOf()
    await house.server.newDevice().enrol(code)
    const { read } = house.server.store
    const rows = [
      await read.selectFrom('enrolments').selectAll().execute(),
      await read.selectFrom('audit').selectAll().execute(),
      house.server.lines,
    ]
    expect(JSON.stringify(rows)).not.toContain(code)
  })
})

describe.each(ENGINES)('activation on %s', (engine) => {
  const house = wireHouse(engine, { env: GENEROUS_OPENS })

  type Ready = { device: WireDevice; code: string; offer: WireOffer; sent: Json; keys: { totp: Buffer; ocra: Buffer } }
  async function ready(of: { username?: string; device?: WireDevice } = {}, more: Json = {}): Promise<Ready> {
    const code = await house.server.code(of.username ?? (await house.server.user()))
    const device = of.device ?? house.server.newDevice()
    const { body: offer } = await device.open(code)
    return { device, code, offer, ...device.activation(code, offer, more) }
  }
  const passcodeAt = ({ keys, offer }: Ready, steps: number) =>
    totp(keys.totp, house.clock.now() + steps * STEP, offer.token.otp)
  function wrongPasscode(of: Ready): string {
    const right = Array.from({ length: 21 }, (_, n) => passcodeAt(of, n - 10))
    return ['000000', '111111', '222222'].find((code) => !right.includes(code)) ?? ''
  }

  it('makes a device and a token', async () => {
    const { device, sent } = await ready()
    const reply = await device.activate(sent)
    expect(said(reply)).toBe('201')
    const serverTime = new Date(house.clock.now()).toISOString()
    expect(reply.body).toEqual({ device: ID('dev'), token: ID('tok'), serverTime })
  })

  it('takes a code as people type it, and ignores what it does not know', async () => {
    const { device, code, sent } = await ready()
    const typed = {
      code: ` ${code.toUpperCase()}-`,
      deviceKey: { ...device.publicKey, ext: true, key_ops: ['verify'] },
    }
    expect(said(await device.activate({ ...sent, ...typed, colour: 'blue' }))).toBe('201')
  })

  it.each([
    [{ code: 7 }, '/code'],
    [{ deviceKey: undefined }, '/deviceKey'],
    [{ deviceKey: 'x' }, '/deviceKey'],
    [{ agreementKey: 'x' }, '/agreementKey'],
    [{ agreementKey: NO_POINT }, '/agreementKey'],
    [{ passcode: 123456 }, '/passcode'],
    [{ passcode: '12345x' }, '/passcode'],
    [{ device: {} }, '/device/name', '/device/platform'],
    [{ device: { name: 'a\u202eb', platform: 'Android' } }, '/device/name'],
    [{ subscription: {} }, '/subscription/endpoint', '/subscription/keys'],
    [
      { subscription: { endpoint: 'https://8.8.8.8/x', keys: { p256dh: NO_POINT, auth: 'A'.repeat(22) } } },
      '/subscription/keys/p256dh',
    ],
  ])('of %j is invalid, whatever the code leads to', async (changes: Json, ...pointers: string[]) => {
    const { device, sent } = await ready()
    for (const code of [sent.code, CODE])
      expectInvalid(await device.activate({ ...sent, code, ...changes }), ...pointers)
    expect(said(await device.activate(sent))).toBe('201')
  })

  it.each([
    ['of another curve', { crv: 'P-384' }, '/deviceKey/crv'],
    ['of another kind', { kty: 'OKP' }, '/deviceKey/kty'],
    ['with its private half', { d: 'A'.repeat(43) }, '/deviceKey/d'],
    ['beside the curve', { y: 'A'.repeat(43) }, '/deviceKey'],
  ])('with a device key %s is invalid', async (_, changes, pointer) => {
    const { device, sent } = await ready()
    const deviceKey = { ...device.publicKey, ...changes }
    expectInvalid(await device.activate({ ...sent, deviceKey }), pointer)
  })

  it('takes a passcode up to ten steps off, and no further', async () => {
    for (const [steps, answer] of [
      [-11, '403 wrong-passcode'],
      [-10, '201'],
      [10, '201'],
      [11, '403 wrong-passcode'],
    ] as const) {
      const made = await ready()
      const passcode = passcodeAt(made, steps)
      expect([steps, said(await made.device.activate({ ...made.sent, passcode }))]).toEqual([steps, answer])
    }
  })

  it('allows five wrong passcodes, which use nothing else up', async () => {
    const made = await ready()
    const wrong = { ...made.sent, passcode: wrongPasscode(made) }
    for (const triesLeft of [4, 3, 2, 1])
      expectProblem(await made.device.activate(wrong), '403 wrong-passcode', { triesLeft })
    expect(said(await made.device.open(made.code))).toBe('200')
    expectProblem(await made.device.activate(wrong), '403 wrong-passcode', { triesLeft: 0 })
    expectProblem(await made.device.activate(made.sent), '404 unknown-code')
    expectProblem(await made.device.open(made.code), '404 unknown-code')
  })

  it('sent again within a quarter of an hour is answered as at first', async () => {
    const { device, sent } = await ready()
    const first = await device.activate(sent)
    await house.clock.advance(QUARTER)
    const again = await device.activate({ ...sent, passcode: '000000', device: { name: 'X', platform: 'Y' } })
    expect([said(again), again.text]).toEqual(['201', first.text])
    await house.clock.advance(1)
    expectProblem(await device.activate(sent), '404 unknown-code')
  })

  it('sent again with other keys finds the code used', async () => {
    const { device, sent } = await ready()
    await device.activate(sent)
    const agreementKey = createECDH('prime256v1').generateKeys().toString('base64url')
    expectProblem(await device.activate({ ...sent, agreementKey }), '404 unknown-code')
    const { publicKey: deviceKey } = house.server.newDevice()
    expectProblem(await device.activate({ ...sent, deviceKey }), '404 unknown-code')
  })

  it('of a code that many bring at once makes one token', async () => {
    const code = await house.server.code(await house.server.user())
    const devices = Array.from({ length: 8 }, () => house.server.newDevice())
    const { body: offer } = await house.server.newDevice().open(code)
    const answers = await Promise.all(
      devices.map((device) => device.activate(device.activation(code, offer).sent).then(said)),
    )
    expect(answers.toSorted()).toEqual(['201', ...Array(7).fill('404 unknown-code')])
  })

  describe('of a second token', () => {
    it('on a known device carries that device’s proof', async () => {
      const { device } = await house.person()
      const made = await ready({ device })
      expectProblem(await device.activate(made.sent), '409 device-key-in-use')
      const reply = await device.activate(made.sent, true)
      expect([said(reply), reply.body.device]).toEqual(['201', device.id])
      const { body } = await device.call<{ tokens: { id: string }[] }>('GET', '/device/v1/tokens')
      expect(body.tokens.map(({ id }) => id)).toEqual([device.token.id, reply.body.token])
    })

    it('looks at the proof first, then whether it fits the key, then at the code', async () => {
      const [{ device }, other] = [await house.person(), await house.person()]
      const { sent } = await ready({ device })
      const path = '/device/v1/enrolments/activate'
      const activate = (dpop: string, body: Json | string = sent) =>
        call(house.server.appWire, 'POST', path, { body, headers: { dpop } })
      const dpop = device.proof('POST', path)
      expectProblem(await activate(device.proof('POST', path, { key: other.device.key }), '{'), '401 invalid-proof')
      expectProblem(await activate(other.device.proof('POST', path)), '401 invalid-proof')
      expect(said(await activate(dpop, { ...sent, code: CODE }))).toBe('404 unknown-code')
      expect(said(await activate(dpop))).toBe('401 replayed-proof')
      expect(said(await activate(device.proof('POST', path)))).toBe('201')
    })

    it('reaches a stream that the device has open, and what is asked of it from then on', async () => {
      const { device } = await house.person()
      await using events = await device.events()
      expect((await events.next())?.data.requests).toEqual([])
      const made = await ready({ device, username: await house.server.user('bob') })
      device.activated(await device.activate(made.sent, true), made.offer, made.keys)
      const created = await house.application.ask('bob')
      const { data } = await events.until(({ requests }) => requests.length > 0)
      expect(data.requests).toMatchObject([{ id: created.id, token: device.token.id, username: 'bob' }])
    })
  })

  it('with a push endpoint that is not allowed uses nothing up', async () => {
    const keys = { p256dh: createECDH('prime256v1').generateKeys().toString('base64url'), auth: 'A'.repeat(22) }
    const made = await ready({}, { subscription: { endpoint: 'https://10.0.0.1/x', keys } })
    expectProblem(await made.device.activate(made.sent), '422 endpoint-not-allowed')
    const { subscription: _, ...without } = made.sent
    expect(said(await made.device.activate(without))).toBe('201')
  })

  it('gives the keys that the page derives, on which decisions and passcodes rest', async () => {
    const { device, code, offer } = await ready()
    const ephemeral = createECDH('prime256v1')
    const agreementKey = ephemeral.generateKeys().toString('base64url')
    const keys = agreedKeys(ephemeral, offer.serverKey, code)
    const passcode = totp(keys.totp, house.clock.now(), { digits: 6, period: 30 })
    const { sent } = device.activation(code, offer)
    device.activated(await device.activate({ ...sent, agreementKey, passcode }), offer, keys)
    const asked = await house.ask({ username: offer.user.username, device })
    expect((await device.decide(asked.shown, 'approve', asked.created.number)).body).toEqual({
      state: 'approved',
      reason: null,
    })
  })

  it('raises its event', async () => {
    const { device } = await house.person()
    const events = await house.server.store.read.selectFrom('security_events').selectAll().execute()
    const raised = events.filter(({ detail }) => detail.includes(device.token.id))
    expect(raised.map(({ kind }) => kind)).toEqual(['token-activated'])
  })
})

describe.each(ENGINES)('codes that lead nowhere, on %s', (engine) => {
  const house = wireHouse(engine, { env: limits({ devicesPerUser: { count: 2 } }) })

  it('are ten a minute for an address, at which a right one works all the same', async () => {
    const code = await house.server.code(await house.server.user())
    const device = house.server.newDevice()
    for (let n = 0; n < 20; n++) expect(said(await device.open(code))).toBe('200')
    for (let n = 0; n < 10; n++) expect(said(await device.open(`${CODE.slice(1)}${n}`))).toBe('404 unknown-code')
    const refused = await device.open(CODE)
    expectProblem(refused, '429 too-many-requests')
    expect(refused.headers['retry-after']).toBe('60')
    const opened = await device.open(code)
    expect(said(opened)).toBe('200')
    const { sent } = device.activation(code, opened.body)
    expect(said(await device.activate({ ...sent, code: CODE }))).toBe('429 too-many-requests')
    expect(said(await device.activate(sent))).toBe('201')
    await house.clock.advance(60_000)
    expect(said(await device.open(CODE))).toBe('404 unknown-code')
  })

  it('leave one device fewer than are allowed', async () => {
    const { username } = await house.person()
    await house.server.device(username)
    const code = await house.server.code(username)
    const third = house.server.newDevice()
    const { body: offer } = await third.open(code)
    expectProblem(await third.activate(third.activation(code, offer).sent), '409 too-many-devices')
    expect(said(await third.open(code))).toBe('200')
  })
})
