import { expect, test } from 'vitest'
import type { HistoryEntry } from '../../protocol/device-api.ts'
import { json, problem } from '../../test/support/device/fake-server.ts'
import { anInstallation, aRequest, RAW_KEYS, requestId, START } from '../../test/support/device/installation.ts'
import { callsForCaution, situation } from './caution.ts'
import { decide } from './decide.ts'
import { usableKeys } from './keys.ts'
import { rememberRequest } from './requests.ts'
import { noteSettled } from './settled.ts'

const NOW = Date.parse(START) + 30_000
const MINUTES = 60_000
const asked = aRequest()
const other = aRequest({ id: requestId('1') })
const calm = { pending: [asked], recent: [], history: [] }
const settled = (change: Partial<HistoryEntry>): HistoryEntry => ({
  ...other,
  state: 'denied',
  reason: 'declined',
  settledAt: START,
  redeemedAt: null,
  decidedHere: false,
  ...change,
})

test('a request alone calls for none', () => {
  expect(callsForCaution(asked, calm, NOW)).toBe(false)
})

test('several pending for one user call for caution, however the name is spelt', () => {
  expect(callsForCaution(asked, { ...calm, pending: [asked, { ...other, username: 'ALICE ' }] }, NOW)).toBe(true)
})

test('those of other users and those that have expired do not', () => {
  const others = [
    { ...other, username: 'bob' },
    { ...other, expiresAt: START },
  ]
  expect(callsForCaution(asked, { ...calm, pending: others }, NOW)).toBe(false)
})

test.each(['deny', 'report'] as const)('a %s calls for caution for ten minutes', (verdict) => {
  const seen = { ...calm, recent: [{ request: other, verdict, at: NOW }] }
  expect(callsForCaution(asked, seen, NOW + 10 * MINUTES - 1)).toBe(true)
  expect(callsForCaution(asked, seen, NOW + 10 * MINUTES)).toBe(false)
})

test('an approval does not', () => {
  const seen = { ...calm, recent: [{ request: other, verdict: 'approve' as const, at: NOW }] }
  expect(callsForCaution(asked, seen, NOW)).toBe(false)
})

test('a denial on another device calls for caution once it is in the history', () => {
  expect(callsForCaution(asked, { ...calm, history: [settled({})] }, NOW)).toBe(true)
  expect(callsForCaution(asked, { ...calm, history: [settled({ state: 'approved' })] }, NOW)).toBe(false)
})

test('three wrong numbers call for caution as a denial does', async () => {
  const { device, server } = await anInstallation()
  const numbered = { ...other, number: { digits: 2 as const } }
  await rememberRequest(device.store, numbered)
  server.answers(problem('wrong-passcode', 403, { triesLeft: 0 }))
  const approve = { verdict: 'approve' as const, number: '42', keys: await usableKeys(RAW_KEYS) }
  await expect(decide(device, numbered, approve)).rejects.toMatchObject({ slug: 'wrong-passcode' })
  const now = device.clock.now()
  const seen = await situation(device.store, now)
  expect(seen.pending).toEqual([])
  expect(callsForCaution(asked, seen, now)).toBe(true)
})

test('what was denied here, or elsewhere while it was shown here, is remembered', async () => {
  for (const how of ['here', 'elsewhere']) {
    const { device, server } = await anInstallation()
    await rememberRequest(device.store, other)
    server.answers(json({ state: 'denied', reason: 'declined' }))
    if (how === 'here') await decide(device, other, { verdict: 'deny' })
    else await noteSettled(device, { id: other.id, state: 'denied' })
    const now = device.clock.now()
    expect(callsForCaution(asked, await situation(device.store, now), now)).toBe(true)
  }
})
