import { expect, test } from 'vitest'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import type { TokenId } from '../../protocol/ids.ts'
import { aRequest, aToken, RAW_KEYS, TOKEN } from '../../test/support/device/installation.ts'
import type { StoredToken } from './schema.ts'
import { sealTokenKeys } from './seal.ts'
import { mayApproveInWorker } from './worker-approval.ts'

const token = await aToken()
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const sealed = await sealTokenKeys(random(32), { token: TOKEN, credentialId: 'Y3JlZA' }, RAW_KEYS, random)
const other = 'tok_11111111111111111111111111' as TokenId

test('one press approves where request and token both ask for nothing more', () => {
  expect(mayApproveInWorker(aRequest(), token, false)).toBe(true)
})

const policy = (change: Partial<StoredToken['policy']>): Partial<StoredToken> => ({
  policy: { ...token.policy, ...change },
})
const refusals: [string, Partial<DeviceRequest>, Partial<StoredToken>, boolean][] = [
  ['there is cause for caution', {}, {}, true],
  ['the request asks for the app', { approval: 'standard' }, {}, false],
  ['the request asks for unlocking', { unlock: 'webauthn' }, {}, false],
  ['the request asks for a PIN', { unlock: 'pin' }, {}, false],
  ['the request has a number', { number: { digits: 2 } }, {}, false],
  ['the request is for another token', { token: other }, {}, false],
  ['the request is for another user', { username: 'mallory' }, {}, false],
  ['the token asks for the app, whatever the request says', {}, policy({ approval: 'standard' }), false],
  ['the token asks for unlocking, whatever the request says', {}, policy({ unlock: 'webauthn' }), false],
  ['the token asks for a number, whatever the request says', {}, policy({ numberMatching: true }), false],
  ['the token’s keys are sealed', {}, { keys: sealed }, false],
  ['the token is suspended', {}, { state: 'suspended' }, false],
  ['the token is revoked', {}, { state: 'revoked' }, false],
]

test.each(refusals)('not where %s', (_, request, change, caution) => {
  expect(mayApproveInWorker(aRequest(request), { ...token, ...change }, caution)).toBe(false)
})

test('not where this device has no such token', () => {
  expect(mayApproveInWorker(aRequest(), undefined, false)).toBe(false)
})

test('a user name is the same user however it is spelt', () => {
  expect(mayApproveInWorker(aRequest({ username: 'Alice' }), token, false)).toBe(true)
})
