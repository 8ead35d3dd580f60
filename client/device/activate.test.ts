import { expect, test } from 'vitest'
import { timeStep, totp } from '../../protocol/hotp.ts'
import { hmacBy, hmacKey } from '../../protocol/web-crypto.ts'
import { CODE, enrolmentServer } from '../../test/support/device/enrolment-server.ts'
import { json, OFFLINE, problem } from '../../test/support/device/fake-server.ts'
import { anEmptyInstallation, anInstallation, DEVICE, START, TOKEN } from '../../test/support/device/installation.ts'
import { activate, UnlockNotPossible } from './activate.ts'
import { codeAt, plainKeys } from './codes.ts'
import { atStep, currentEnrolment, openEnrolment } from './enrol.ts'
import { StorageError } from './errors.ts'
import { unsealTokenKeys } from './seal.ts'
import { isSealed, storedTokens } from './tokens.ts'

const activation = { device: { name: 'Pixel 9', platform: 'Android' } }
const unlocked = { credentialId: 'Y3JlZA', prfOutput: crypto.getRandomValues(new Uint8Array(32)) }
const otp = { digits: 6, period: 30 } as const

test('after activation both sides compute the same codes, and the device can’t read its keys', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.answers(remote.open(), (asked) => remote.activate(asked))
  const enrolment = await openEnrolment(device, `https://app.example/enrol#${CODE}`)
  const token = await activate(device, enrolment, activation)
  const keys = plainKeys(token)
  if (!keys) throw new Error('the keys are not plain')
  const { code, secondsLeft } = await codeAt(keys, otp, Date.parse(START) + 12_000)
  const theirs = hmacBy(await hmacKey(remote.keys()?.totp ?? new Uint8Array(), 'SHA-1'))
  expect(code).toBe(await totp(theirs, Date.parse(START), otp))
  expect(secondsLeft).toBe(18)
  expect([keys.totp.extractable, keys.ocra.extractable]).toEqual([false, false])
  expect(token).toMatchObject({ id: TOKEN, label: 'Work', username: 'alice', organisation: 'Harbour', state: 'active' })
  expect(await storedTokens(device.store)).toEqual([token])
  expect(await currentEnrolment(device.store)).toBeUndefined()
  expect(await device.store.get('identity', 'current')).toMatchObject({ device: DEVICE })
})

test('neither code nor key material is sent but what the protocol names', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.answers(remote.open(), (asked) => remote.activate(asked))
  await activate(device, await openEnrolment(device, CODE), activation)
  const sent = JSON.parse(server.asked[1]?.body ?? '')
  expect(Object.keys(sent).sort()).toEqual(['agreementKey', 'code', 'device', 'deviceKey', 'passcode'])
  expect(Object.keys(sent.deviceKey).sort()).toEqual(['crv', 'kty', 'x', 'y'])
  expect(server.asked[1]?.headers.has('DPoP')).toBe(false)
})

test('what cannot be a code is not sent', async () => {
  const { device, server } = await anEmptyInstallation()
  await expect(openEnrolment(device, 'hello')).rejects.toMatchObject({ slug: 'unknown-code' })
  expect(server.asked).toEqual([])
})

test('an enrolment left at a step is taken up there, with the same keys', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.otherwise(remote.open())
  const first = await openEnrolment(device, CODE)
  await atStep(device.store, first, 'notifications')
  const again = await openEnrolment(device, 'OI23 4567-89ab cdef ghjk mnpq rs'.replace('OI', 'ol'))
  expect(again.step).toBe('notifications')
  expect(again.agreement.point).toBe(first.agreement.point)
  expect(again.signing.publicKey).toEqual(first.signing.publicKey)
})

test('a lost answer is fetched again by the same call, though the code is spent', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.answers(
    remote.open(),
    async (asked) => {
      await remote.activate(asked)
      throw OFFLINE
    },
    (asked) => remote.activate(asked),
  )
  await expect(activate(device, await openEnrolment(device, CODE), activation)).rejects.toThrow()
  const resumed = await openEnrolment(device, CODE)
  const token = await activate(device, resumed, activation)
  const [first, second] = server.asked.slice(1).map(({ body }) => JSON.parse(body))
  expect(server.asked).toHaveLength(3)
  expect([second.deviceKey, second.agreementKey]).toEqual([first.deviceKey, first.agreementKey])
  expect(await storedTokens(device.store)).toHaveLength(1)
  expect(token.id).toBe(TOKEN)
})

test('a token with unlock is kept sealed, and opens with its unlock key', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer({ unlock: 'webauthn' })
  server.answers(remote.open(), (asked) => remote.activate(asked))
  const token = await activate(device, await openEnrolment(device, CODE), { ...activation, unlocked })
  if (!isSealed(token)) throw new Error('the token is not sealed')
  const keys = await unsealTokenKeys(unlocked.prfOutput, token)
  const expected = hmacBy(await hmacKey(remote.keys()?.totp ?? new Uint8Array(), 'SHA-1'))
  expect((await codeAt(keys, otp, Date.parse(START))).code).toBe(await totp(expected, Date.parse(START), otp))
  expect(timeStep(Date.parse(START), 30)).toBeGreaterThan(0)
})

test('a page that dies between answer and sealing loses nothing, and asks the server nothing more', async () => {
  const { device, server, store } = await anEmptyInstallation()
  const remote = await enrolmentServer({ unlock: 'webauthn' })
  server.answers(remote.open(), (asked) => remote.activate(asked))
  const enrolment = await openEnrolment(device, CODE)
  const write = store.write
  store.write = async (...changes) => {
    if (changes.some((change) => 'put' in change && change.put === 'tokens')) throw new Error('the page died')
    await write(...changes)
  }
  await expect(activate(device, enrolment, { ...activation, unlocked })).rejects.toThrow('the page died')
  store.write = write
  const token = await activate(device, await openEnrolment(device, CODE), { ...activation, unlocked })
  expect(server.asked).toHaveLength(2)
  if (!isSealed(token)) throw new Error('the token is not sealed')
  await expect(unsealTokenKeys(unlocked.prfOutput, token)).resolves.toBeDefined()
})

test('trying again in the same page asks the server nothing more once it has answered', async () => {
  const { device, server, store } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.answers(remote.open(), (asked) => remote.activate(asked))
  const enrolment = await openEnrolment(device, CODE)
  const write = store.write
  store.write = async (...changes) => {
    if (changes.some((change) => 'put' in change && change.put === 'tokens')) throw new StorageError('full')
    await write(...changes)
  }
  await expect(activate(device, enrolment, activation)).rejects.toThrow(StorageError)
  expect(await storedTokens(store)).toEqual([])
  store.write = write
  await activate(device, enrolment, activation)
  expect(server.asked).toHaveLength(2)
})

test.each(['webauthn', 'pin'] as const)(
  'a token with unlock %s that can’t be locked is not activated',
  async (unlock) => {
    const { device, server } = await anEmptyInstallation()
    const remote = await enrolmentServer({ unlock })
    server.answers(remote.open())
    const enrolment = await openEnrolment(device, CODE)
    await expect(activate(device, enrolment, activation)).rejects.toThrow(UnlockNotPossible)
    expect(server.asked).toHaveLength(1)
  },
)

test('a second token proves the device’s key and shares it', async () => {
  const { device, server, store } = await anInstallation()
  const before = await store.get('identity', 'current')
  const remote = await enrolmentServer()
  server.answers(remote.open(), (asked) => remote.activate(asked))
  await activate(device, await openEnrolment(device, CODE), activation)
  const call = server.asked[1]
  expect(call?.headers.has('DPoP')).toBe(true)
  expect(JSON.parse(call?.body ?? '').deviceKey).toEqual(before?.signing.publicKey)
  expect((await store.get('identity', 'current'))?.signing.publicKey).toEqual(before?.signing.publicKey)
})

test('a device that was removed can be enrolled anew, under a new key', async () => {
  const { device, server, store } = await anInstallation()
  const before = await store.get('identity', 'current')
  const remote = await enrolmentServer()
  server.answers(remote.open(), problem('unknown-device', 401), (asked) => remote.activate(asked))
  await activate(device, await openEnrolment(device, CODE), activation)
  const last = server.asked[2]
  expect(last?.headers.has('DPoP')).toBe(false)
  expect(JSON.parse(last?.body ?? '').deviceKey).not.toEqual(before?.signing.publicKey)
  expect((await store.get('identity', 'current'))?.signing.publicKey).toEqual(JSON.parse(last?.body ?? '').deviceKey)
})

test('a wrong clock does not spoil the activation passcode', async () => {
  const { device, server, clock } = await anEmptyInstallation()
  await clock.advance(400 * 24 * 3600 * 1000)
  const remote = await enrolmentServer()
  server.answers(remote.open(), (asked) => remote.activate(asked))
  await expect(activate(device, await openEnrolment(device, CODE), activation)).resolves.toBeDefined()
})

test('an opened code that turns out used leaves no token behind', async () => {
  const { device, server } = await anEmptyInstallation()
  const remote = await enrolmentServer()
  server.answers(json(remote.offer), problem('unknown-code', 404))
  const enrolment = await openEnrolment(device, CODE)
  await expect(activate(device, enrolment, activation)).rejects.toMatchObject({ slug: 'unknown-code' })
  expect(await storedTokens(device.store)).toEqual([])
  expect(await device.store.get('identity', 'current')).toBeUndefined()
})
