import { expect, it } from 'vitest'
import type { WaitingRequest } from '../../protocol/login-api.ts'
import { requestEnd } from './request-end.ts'

const request: WaitingRequest = {
  state: 'pending',
  reason: null,
  delivery: 'sent',
  number: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T00:01:00.000Z',
  serverTime: '2026-01-01T00:00:00.000Z',
}

it.each([
  [{ state: 'pending' }, undefined],
  [{ state: 'approved', passcode: '12345678' }, undefined],
  [{ state: 'approved' }, 'late'],
  [{ state: 'denied', reason: 'declined' }, 'denied'],
  [{ state: 'denied', reason: 'not_me' }, 'reported'],
  [{ state: 'denied', reason: 'wrong_number' }, 'numbers'],
  [{ state: 'denied', reason: 'wrong_passcode' }, 'numbers'],
  [{ state: 'expired' }, 'expired'],
  [{ state: 'cancelled' }, 'cancelled'],
] as const)('%j ends as %s', (how, end) => {
  expect(requestEnd({ ...request, ...how })).toBe(end)
})
