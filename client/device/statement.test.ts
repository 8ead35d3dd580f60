import { expect, test } from 'vitest'
import { deviceRequest } from '../../protocol/device-api.ts'
import { base64url, fromHex, hex } from '../../protocol/encoding.ts'
import { isExactHeader, parseJws } from '../../protocol/jws.ts'
import { anInstallation, aRequest, DEVICE, ORIGIN, RAW_KEYS } from '../../test/support/device/installation.ts'
import { usableKeys } from './keys.ts'
import { decisionDigest, signedAgain, signedDecision } from './statement.ts'

const VECTOR_DIGEST = 'bf46ce6248f2a23dfb189e627305bb7035f96dacb5b98e374b7b1fbcec33dde0'
const keys = await usableKeys(RAW_KEYS)
const numbered = aRequest({ number: { digits: 2 }, approval: 'standard' })
const approve = { verdict: 'approve' as const, number: '07', keys }

test('an approval covers exactly the bytes of the worked vector', async () => {
  const { device } = await anInstallation()
  expect(hex(await decisionDigest(numbered, approve))).toBe(VECTOR_DIGEST)
  const jws = parseJws(await signedDecision(device, numbered, approve))
  expect(jws?.payload).toEqual({
    aud: ORIGIN,
    iat: 1767225600,
    jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    request: numbered.id,
    token: numbered.token,
    verdict: 'approve',
    binding: base64url(fromHex(VECTOR_DIGEST)),
    passcode: '21878691',
  })
  expect(jws && isExactHeader(jws.header, 'decision+jwt') && jws.header.kid).toBe(DEVICE)
})

test('the signature is the device’s', async () => {
  const { device, store } = await anInstallation()
  const jws = parseJws(await signedDecision(device, numbered, approve))
  const identity = await store.get('identity', 'current')
  if (!jws || !identity) throw new Error('nothing was signed')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', identity.signing.publicKey, algorithm, false, ['verify'])
  expect(await crypto.subtle.verify(algorithm, key, jws.signature, new TextEncoder().encode(jws.signed))).toBe(true)
})

test('what this version does not know of the context is covered too', async () => {
  const known = aRequest()
  const received = deviceRequest.parse({ ...known, context: { ...known.context, riddle: { of: ['tomorrow', 1] } } })
  const deny = { verdict: 'deny' as const }
  expect(await decisionDigest(received, deny)).not.toEqual(await decisionDigest(known, deny))
  expect(received.context.riddle).toEqual({ of: ['tomorrow', 1] })
})

test('a number counts on an approval of a request that has one, and nowhere else', async () => {
  const plain = aRequest({ number: null })
  expect(await decisionDigest(plain, approve)).toEqual(await decisionDigest(plain, { ...approve, number: null }))
  expect(await decisionDigest(numbered, { verdict: 'deny' })).toEqual(await decisionDigest(plain, { verdict: 'deny' }))
})

test.each(['deny', 'report'] as const)('a %s carries no passcode', async (verdict) => {
  const { device } = await anInstallation()
  const jws = parseJws(await signedDecision(device, numbered, { verdict }))
  expect(jws?.payload.verdict).toBe(verdict)
  expect(jws?.payload).not.toHaveProperty('passcode')
})

test('signed again it says the same at another time, under another id', async () => {
  const { device, clock } = await anInstallation()
  const first = await signedDecision(device, numbered, approve)
  await clock.advance(90_000)
  const before = parseJws(first)?.payload
  const after = parseJws(await signedAgain(device, first))?.payload
  expect(after).toEqual({ ...before, iat: 1767225690, jti: after?.jti })
  expect(after?.jti).not.toBe(before?.jti)
})
