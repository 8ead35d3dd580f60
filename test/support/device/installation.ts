// An installation for tests: a device with one token, whose server answers as the test says.

import { type Device, openDevice } from '../../../client/device/device.ts'
import { makeSigningKey, usableKeys } from '../../../client/device/keys.ts'
import type { StoredToken } from '../../../client/device/schema.ts'
import type { DeviceRequest } from '../../../protocol/device-api.ts'
import { fromHex } from '../../../protocol/encoding.ts'
import type { ApplicationId, DeviceId, RequestId, TokenId } from '../../../protocol/ids.ts'
import { ManualClock } from '../clock.ts'
import { FakeServer } from './fake-server.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'

export const ORIGIN = 'https://app.example'
export const START = '2026-01-01T00:00:00.000Z'
const ZEROS = '0'.repeat(26)
export const TOKEN = `tok_${ZEROS}` as TokenId
export const DEVICE = `dev_${ZEROS}` as DeviceId

/** The keys of the protocol page's worked vector. */
export const RAW_KEYS = {
  totp: fromHex('2ca77e50479de276feb346b4060d7d1f50bec435'),
  ocra: fromHex('85bc215dbda14bc1d6a937171030c93a562b1a5d81048b87bd1bff53d03bdf2f'),
}

/** Ids that differ in their last character. */
export function requestId(last = '0'): RequestId {
  return `req_${ZEROS.slice(1)}${last}` as RequestId
}

export function aRequest(change: Partial<DeviceRequest> = {}): DeviceRequest {
  return {
    id: requestId(),
    purpose: 'sign-in',
    nonce: 'BwcHBwcHBwcHBwcHBwcHBw',
    token: TOKEN,
    username: 'alice',
    createdAt: START,
    expiresAt: '2026-01-01T00:01:00.000Z',
    application: { id: `app_${ZEROS}` as ApplicationId, name: 'Harbour' },
    context: { ip: '203.0.113.7', location: 'Rotterdam, Netherlands' },
    number: null,
    unlock: 'none',
    approval: 'enhanced',
    ...change,
  }
}

export async function aToken(change: Partial<StoredToken> = {}): Promise<StoredToken> {
  return {
    id: TOKEN,
    label: 'Harbour',
    username: 'alice',
    organisation: 'Harbour',
    policy: {
      unlock: 'none',
      approval: 'enhanced',
      numberMatching: false,
      numberDigits: 2,
      otp: { digits: 6, period: 30 },
    },
    state: 'active',
    createdAt: START,
    keys: { kind: 'plain', ...(await usableKeys(RAW_KEYS)) },
    ...change,
  }
}

export type Installation = { device: Device; store: MemoryStore; clock: ManualClock; server: FakeServer }

export async function anInstallation(): Promise<Installation> {
  const empty = await anEmptyInstallation()
  const identity = { device: DEVICE, signing: await makeSigningKey() }
  const token = await aToken()
  await empty.store.write(
    { put: 'identity', key: 'current', value: identity },
    { put: 'tokens', key: token.id, value: token },
  )
  return empty
}

export async function anEmptyInstallation(): Promise<Installation> {
  const store = memoryStore()
  const clock = new ManualClock(START)
  const server = new FakeServer()
  const device = await openDevice(ORIGIN, { store, clock, fetch: server.fetch })
  return { device, store, clock, server }
}
