import { expect, test } from 'vitest'
import { parseJws } from '../../protocol/jws.ts'
import { json, OFFLINE, problem } from '../../test/support/device/fake-server.ts'
import {
  anEmptyInstallation,
  anInstallation,
  aRequest,
  DEVICE,
  ORIGIN,
} from '../../test/support/device/installation.ts'
import { openDevice } from './device.ts'
import { DeviceError, StorageError, Unreachable } from './errors.ts'

const proofOf = (headers: Headers) => parseJws(headers.get('DPoP') ?? '')

test('a call carries a proof for itself alone', async () => {
  const { device, server } = await anInstallation()
  server.otherwise(json({ requests: [], next: null }))
  await device.api.history('cursor')
  await device.api.history('cursor')
  const [first, second] = server.asked.map(({ headers }) => proofOf(headers))
  expect(server.asked[0]?.path).toBe('/device/v1/history?before=cursor')
  expect(first?.header).toEqual({ typ: 'dpop+jwt', alg: 'ES256', kid: DEVICE })
  expect(first?.payload).toEqual({
    jti: expect.stringMatching(/^.{22}$/),
    htm: 'GET',
    htu: `${ORIGIN}/device/v1/history`,
    iat: 1767225600,
  })
  expect(second?.payload.jti).not.toBe(first?.payload.jti)
})

test('opening an enrolment and sending a decision prove nothing', async () => {
  const { device, server } = await anInstallation()
  server.answers(json({ state: 'denied', reason: 'declined' }), problem('unknown-code', 404))
  await device.api.decide('a.b.c')
  await expect(device.api.openEnrolment('code')).rejects.toMatchObject({ slug: 'unknown-code' })
  expect(server.asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, false])
  expect(server.asked[0]?.headers.get('Content-Type')).toBe('application/jose')
  expect(server.asked[0]?.body).toBe('a.b.c')
})

test('a clock that is wrong by a year corrects itself, without a word and for good', async () => {
  const { device, server, store, clock } = await anInstallation()
  const serverTime = '2027-01-01T00:00:00.000Z'
  server.answers(problem('clock-skew', 401, { serverTime }), json({ requests: [aRequest()] }))
  expect(await device.api.requests()).toEqual([aRequest()])
  expect(proofOf(server.asked[1]?.headers ?? new Headers())?.payload.iat).toBe(Date.parse(serverTime) / 1000)
  const later = await openDevice(ORIGIN, { store, clock, fetch: server.fetch })
  expect(later.clock.now()).toBe(Date.parse(serverTime))
})

test('it corrects itself once, and does not go on for ever', async () => {
  const { device, server } = await anInstallation()
  server.otherwise(problem('clock-skew', 401, { serverTime: '2027-01-01T00:00:00.000Z' }))
  await expect(device.api.requests()).rejects.toMatchObject({ slug: 'clock-skew' })
  expect(server.asked).toHaveLength(2)
})

test('the server’s time is taken from answers too, for the middle of the call', async () => {
  const { device, server, clock } = await anInstallation()
  server.answers(async () => {
    await clock.advance(2_000)
    return json({
      protocol: [1],
      vapidKey: `B${'A'.repeat(86)}`,
      serverTime: '2026-01-01T01:00:00.000Z',
      organisation: { name: 'Harbour' },
    })
  })
  await device.api.config()
  expect(device.clock.now()).toBe(Date.parse('2026-01-01T01:00:01.000Z'))
})

test('a refusal says why, and when to come back', async () => {
  const { device, server } = await anInstallation()
  const refusal = problem('too-many-requests', 429, { detail: 'Slowly.' })
  refusal.headers.set('Retry-After', '17')
  server.answers(refusal)
  const error = await device.api.requests().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DeviceError)
  expect(error).toMatchObject({ slug: 'too-many-requests', message: 'Slowly.', retryAfter: 17 })
})

const unreachable: [string, Response | Error][] = [
  ['there is no network', OFFLINE],
  ['a proxy answers in HTML', new Response('<h1>Bad gateway</h1>', { status: 502 })],
  ['a captive portal answers with its page', new Response('<h1>Welcome to the hotel</h1>')],
  ['the answer is JSON of somebody else', json({ hello: 'world' })],
  ['the problem is nobody’s we know', problem('of-tomorrow', 418)],
  ['the server can’t serve', problem('unavailable', 503)],
]

test.each(unreachable)('where %s the server counts as unreachable', async (_, answer) => {
  const { device, server } = await anInstallation()
  server.otherwise(answer)
  await expect(device.api.requests()).rejects.toThrow(Unreachable)
})

test('a call that is never answered ends', async () => {
  const { device, server, clock } = await anInstallation()
  server.answers(() => new Promise(() => undefined))
  const call = device.api.requests()
  const ended = expect(call).rejects.toThrow(Unreachable)
  await clock.whenWaiting()
  await clock.advance(15_000)
  await ended
})

test('where the browser has removed the device’s key nothing is sent', async () => {
  const { device, server } = await anEmptyInstallation()
  await expect(device.api.requests()).rejects.toThrow(StorageError)
  await expect(device.api.requests()).rejects.toMatchObject({ fault: 'evicted' })
  expect(server.asked).toEqual([])
})
