import { expect, test } from 'vitest'
import { parseJws } from '../../protocol/jws.ts'
import { json, OFFLINE, problem } from '../../test/support/device/fake-server.ts'
import { anInstallation, aRequest, RAW_KEYS, requestId } from '../../test/support/device/installation.ts'
import { decide, deliver } from './decide.ts'
import { StorageError } from './errors.ts'
import { usableKeys } from './keys.ts'
import { cachedRequests, rememberRequest } from './requests.ts'
import { retryUnsent, unsentFor } from './unsent.ts'

const request = aRequest()
const approve = { verdict: 'approve' as const, number: null, keys: await usableKeys(RAW_KEYS) }
const APPROVED = { state: 'approved', reason: null }

test('an answered decision leaves nothing to send and nothing to decide', async () => {
  const { device, server } = await anInstallation()
  await rememberRequest(device.store, request)
  server.answers(json(APPROVED))
  expect(await decide(device, request, approve)).toEqual({ sent: true, decided: APPROVED })
  expect(await cachedRequests(device)).toEqual([])
  expect(await retryUnsent(device)).toEqual([])
  expect(server.asked).toHaveLength(1)
})

test('a decision is kept before it is sent, so that a page that dies loses nothing', async () => {
  const { device, server } = await anInstallation()
  let kept = false
  server.answers(async () => {
    kept = (await unsentFor(device.store, request.id)) !== undefined
    return json(APPROVED)
  })
  await decide(device, request, approve)
  expect(kept).toBe(true)
})

test('while its answer is awaited it is not sent a second time beside itself', async () => {
  const { device, server } = await anInstallation()
  let meanwhile: unknown
  server.answers(async () => {
    meanwhile = await retryUnsent(device)
    return json(APPROVED)
  })
  await decide(device, request, approve)
  expect(meanwhile).toEqual([])
  expect(server.asked).toHaveLength(1)
})

test('where nothing can be kept no approval is sent', async () => {
  const { device, server, store } = await anInstallation()
  store.fault = new Error('full')
  await expect(decide(device, request, approve)).rejects.toThrow('full')
  expect(server.asked).toEqual([])
})

test('a denial and a report are sent although nothing can be kept', async () => {
  for (const verdict of ['deny', 'report'] as const) {
    const { device, server, store } = await anInstallation()
    store.fault = new StorageError('full')
    server.answers(json({ state: 'denied', reason: 'declined' }))
    expect(await decide(device, request, { verdict })).toMatchObject({ sent: true })
  }
})

test('an answer stands where nothing can be written any more', async () => {
  const { device, server, store } = await anInstallation()
  server.answers(async () => {
    store.fault = new StorageError('full')
    return json(APPROVED)
  })
  expect(await decide(device, request, approve)).toEqual({ sent: true, decided: APPROVED })
})

test('of two windows that approve at once the second learns that it is approved', async () => {
  const { device, server } = await anInstallation()
  server.answers(json(APPROVED), problem('already-settled', 409, APPROVED))
  await decide(device, request, approve)
  expect(await decide(device, request, approve)).toEqual({ sent: true, decided: APPROVED })
  expect(await retryUnsent(device)).toEqual([])
})

test('of two windows that deny at once the second asks the server where the first has not noted its answer yet', async () => {
  const { device, server } = await anInstallation()
  const DENIED = { state: 'denied', reason: 'declined' }
  const ended = { ...request, ...DENIED, settledAt: request.createdAt, redeemedAt: null }
  const history = (decidedHere: boolean) => json({ requests: [{ ...ended, decidedHere }], next: null })
  server.answers(problem('already-settled', 409, DENIED), history(true))
  expect(await decide(device, request, { verdict: 'deny' })).toEqual({ sent: true, decided: DENIED })
  const other = await anInstallation()
  other.server.answers(problem('already-settled', 409, DENIED), history(false))
  await expect(decide(other.device, request, { verdict: 'deny' })).rejects.toMatchObject({ slug: 'already-settled' })
})

test('of two windows that disagree the second learns how it ended', async () => {
  const { device, server } = await anInstallation()
  server.answers(json(APPROVED), problem('already-settled', 409, APPROVED))
  await decide(device, request, approve)
  await expect(decide(device, request, { verdict: 'deny' })).rejects.toMatchObject({ slug: 'already-settled' })
})

test('the answer to one decision does not take away another one that waits', async () => {
  const { device, server } = await anInstallation()
  server.answers(async () => {
    await decide(device, request, { verdict: 'deny' })
    return problem('wrong-passcode', 403, { triesLeft: 2 })
  })
  await expect(decide(device, request, approve)).rejects.toMatchObject({ slug: 'wrong-passcode' })
  expect(await unsentFor(device.store, request.id)).toMatchObject({ verdict: 'deny' })
})

test('what the worker signed anew is what the page sends again', async () => {
  const { device, server } = await anInstallation()
  const serverTime = '2026-01-01T00:05:00.000Z'
  server.answers(OFFLINE, problem('clock-skew', 401, { serverTime }), OFFLINE, json(APPROVED))
  const first = await decide(device, request, approve)
  if (first.sent) throw new Error('it was answered')
  await retryUnsent(device)
  await deliver(device, first.unsent)
  expect(server.asked[3]?.body).toBe(server.asked[2]?.body)
})

test('what a page has had answered meanwhile is not sent again', async () => {
  const { device, server } = await anInstallation()
  const other = aRequest({ id: requestId('1') })
  await decide(device, request, approve)
  await decide(device, other, { verdict: 'deny' })
  server.answers(async () => {
    await device.store.write({ drop: 'unsent', key: other.id })
    return json(APPROVED)
  })
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'decided', unsent: { request: { id: request.id } } }])
  expect(server.asked).toHaveLength(3)
})

test('what a page has settled meanwhile is not said to be over', async () => {
  const { device, server, clock } = await anInstallation()
  await decide(device, request, approve)
  await clock.advance(60_000)
  server.answers(async () => {
    await device.store.write({ drop: 'unsent', key: request.id })
    throw OFFLINE
  })
  expect(await retryUnsent(device)).toEqual([])
  expect(await device.store.all('unsent')).toEqual([])
})

test('what could not be sent is sent again, the very same', async () => {
  const { device, server } = await anInstallation()
  server.answers(OFFLINE, OFFLINE, json(APPROVED))
  expect(await decide(device, request, approve)).toMatchObject({ sent: false })
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'waiting' }])
  expect(await unsentFor(device.store, request.id)).toMatchObject({ verdict: 'approve' })
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'decided', decided: APPROVED }])
  expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1)
  expect(await retryUnsent(device)).toEqual([])
})

test('a decision refused for the clock alone is made anew once', async () => {
  const { device, server } = await anInstallation()
  const serverTime = '2027-01-01T00:00:00.000Z'
  server.answers(problem('clock-skew', 401, { serverTime }), json(APPROVED))
  await decide(device, request, approve)
  const [first, second] = server.asked.map(({ body }) => parseJws(body)?.payload)
  expect(second).toEqual({ ...first, iat: Date.parse(serverTime) / 1000, jti: second?.jti })
  expect(second?.jti).not.toBe(first?.jti)
})

test('what is sent again after a new time was learned is the new one', async () => {
  const { device, server } = await anInstallation()
  const serverTime = '2026-01-01T00:30:00.000Z'
  server.answers(problem('clock-skew', 401, { serverTime }), OFFLINE, json(APPROVED))
  expect(await decide(device, request, approve)).toMatchObject({ sent: false })
  await retryUnsent(device)
  expect(server.asked[2]?.body).toBe(server.asked[1]?.body)
})

test('a wrong number leaves the request open for another try', async () => {
  const { device, server } = await anInstallation()
  await rememberRequest(device.store, request)
  server.answers(problem('wrong-passcode', 403, { triesLeft: 2 }))
  const refused = decide(device, request, approve)
  await expect(refused).rejects.toMatchObject({ slug: 'wrong-passcode', document: { triesLeft: 2 } })
  expect(await cachedRequests(device)).toHaveLength(1)
  expect(await unsentFor(device.store, request.id)).toBeUndefined()
})

test('a request that somebody else settled is gone, with what became of it', async () => {
  const { device, server } = await anInstallation()
  await rememberRequest(device.store, request)
  server.answers(problem('already-settled', 409, { state: 'denied', reason: 'not_me' }))
  const refused = decide(device, request, { verdict: 'deny' })
  await expect(refused).rejects.toMatchObject({ document: { state: 'denied', reason: 'not_me' } })
  expect(await cachedRequests(device)).toEqual([])
})

test('changing one’s mind replaces what could not be sent', async () => {
  const { device, server } = await anInstallation()
  server.answers(OFFLINE, OFFLINE, json({ state: 'denied', reason: 'declined' }))
  await decide(device, request, approve)
  await decide(device, request, { verdict: 'deny' })
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'decided', unsent: { verdict: 'deny' } }])
})

test('an approval on the sheet is not sent once its person has denied on the notification', async () => {
  const { device, server } = await anInstallation()
  const approval = await decide(device, request, approve)
  await decide(device, request, { verdict: 'deny' })
  if (approval.sent) throw new Error('it was answered')
  server.answers(json({ state: 'denied', reason: 'declined' }))
  const next = await deliver(device, approval.unsent)
  if (next.sent) throw new Error('it was sent')
  expect(next.unsent.verdict).toBe('deny')
  expect(await deliver(device, next.unsent)).toMatchObject({ sent: true, decided: { reason: 'declined' } })
  expect(server.asked.map(({ body }) => parseJws(body)?.payload.verdict)).toEqual(['approve', 'deny', 'deny'])
})

test('an approval refused for the clock is not made anew once its person has denied', async () => {
  const { device, server } = await anInstallation()
  const skewed = problem('clock-skew', 401, { serverTime: '2026-01-01T00:05:00.000Z' })
  server.answers(async () => {
    await decide(device, request, { verdict: 'deny' })
    return skewed
  })
  expect(await decide(device, request, approve)).toMatchObject({ sent: false })
  expect(server.asked).toHaveLength(2)
})

test('a denial that cannot be kept is sent all the same, and not the approval that was', async () => {
  const { device, server, store } = await anInstallation()
  await decide(device, request, approve)
  store.fault = new StorageError('full')
  const denial = await decide(device, request, { verdict: 'deny' })
  if (denial.sent) throw new Error('it was answered')
  await deliver(device, denial.unsent)
  expect(server.asked.map(({ body }) => parseJws(body)?.payload.verdict)).toEqual(['approve', 'deny', 'deny'])
})

test('when the request ends unanswered that is said once, and a late answer is still told', async () => {
  const { device, server, clock } = await anInstallation()
  await decide(device, request, approve)
  await clock.advance(60_000)
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'over', unsent: { request: { id: request.id } } }])
  expect(await unsentFor(device.store, request.id)).toBeUndefined()
  expect(await retryUnsent(device)).toEqual([])
  server.answers(json(APPROVED))
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'decided', decided: APPROVED }])
})

test('ten minutes after the end nothing is kept any more', async () => {
  const { device, server, clock } = await anInstallation()
  await decide(device, request, approve)
  await clock.advance(11 * 60_000)
  await retryUnsent(device)
  const before = server.asked.length
  expect(await retryUnsent(device)).toEqual([])
  expect(server.asked).toHaveLength(before)
})

test('a report goes on being sent after its request has ended', async () => {
  const { device, clock } = await anInstallation()
  await decide(device, request, { verdict: 'report' })
  await clock.advance(9 * 60_000)
  expect(await retryUnsent(device)).toMatchObject([{ outcome: 'waiting' }])
})

test('one refused decision does not keep the others from being sent', async () => {
  const { device, server } = await anInstallation()
  await decide(device, request, approve)
  await decide(device, aRequest({ id: requestId('1') }), { verdict: 'deny' })
  server.answers(problem('token-inactive', 403), json({ state: 'denied', reason: 'declined' }))
  expect((await retryUnsent(device)).map(({ outcome }) => outcome)).toEqual(['refused', 'decided'])
})
