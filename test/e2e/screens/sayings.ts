// What the server may say to a device, made up where a test only needs to see how it looks.
import { randomBytes } from 'node:crypto'
import type { DeviceRequest, DeviceToken, HistoryEntry } from '../../../protocol/device-api.ts'
import { newId, type TokenId } from '../../../protocol/ids.ts'
import { timestamp } from '../../../protocol/login-request.ts'

export const random = (length: number) => new Uint8Array(randomBytes(length))

const SECOND = 1_000

type Asked = Partial<Omit<DeviceRequest, 'application'>> & {
  application?: string
  /** Seconds since it was asked, and until it ends. */
  since?: number
  left?: number
}

export function someRequest(token: TokenId, { application = 'Harbour', since = 8, left = 52, ...asked }: Asked = {}) {
  const now = Date.now()
  return {
    id: newId('req', random),
    purpose: 'sign-in',
    nonce: 'BwcHBwcHBwcHBwcHBwcHBw',
    token,
    username: 'alice',
    createdAt: timestamp(now - since * SECOND),
    expiresAt: timestamp(now + left * SECOND),
    application: { id: newId('app', random), name: application },
    context: { ip: '203.0.113.7', location: 'Rotterdam, Netherlands', client: 'Chrome on Windows' },
    number: null,
    unlock: 'none',
    approval: 'standard',
    ...asked,
  } satisfies DeviceRequest
}

type Ended = Asked & Partial<Pick<HistoryEntry, 'state' | 'reason' | 'decidedHere'>> & { minutesAgo?: number }

export function somePast(
  token: TokenId,
  { state = 'approved', reason = null, decidedHere = true, minutesAgo = 5, ...asked }: Ended,
): HistoryEntry {
  const settled = Date.now() - minutesAgo * 60 * SECOND
  return {
    ...someRequest(token, asked),
    createdAt: timestamp(settled - 9 * SECOND),
    expiresAt: timestamp(settled + 51 * SECOND),
    state,
    reason,
    decidedHere,
    settledAt: timestamp(settled),
    redeemedAt: state === 'approved' ? timestamp(settled) : null,
  }
}

export function someToken(id: TokenId, about: Partial<DeviceToken> = {}): DeviceToken {
  return {
    id,
    label: 'Harbour',
    username: 'alice',
    state: 'active',
    unlock: 'none',
    approval: 'standard',
    numberMatching: true,
    numberDigits: 2,
    otp: { digits: 6, period: 30 },
    createdAt: '2026-01-12T08:30:00.000Z',
    lastUsedAt: null,
    ...about,
  }
}
