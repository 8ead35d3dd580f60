// docs/vectors.json in both directions: what stands in it is what our code makes, and our code takes what stands in it.
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codeFrom, codeLookup } from '../../protocol/activation-code.ts'
import { bindingDigest, bindingText } from '../../protocol/binding.ts'
import { DECISION_TYPE, decisionPayload, signDecision } from '../../protocol/decision.ts'
import { type DeviceRequest, deviceRequest } from '../../protocol/device-api.ts'
import { base64url, fromBase64url, fromHex, hex, utf8 } from '../../protocol/encoding.ts'
import { totp, truncate } from '../../protocol/hotp.ts'
import { isExactHeader, type ParsedJws, parseJws } from '../../protocol/jws.ts'
import { PUSH_SUITE, pushPasscode } from '../../protocol/ocra.ts'
import { makeProof, PROOF_TYPE, proofClaims } from '../../protocol/proof.ts'
import { usernameKey } from '../../protocol/text.ts'
import { agree, deriveTokenKeys } from '../../protocol/token-keys.ts'
import { hmacBy, hmacKey, sha256 } from '../../protocol/web-crypto.ts'
import { thumbprint } from '../../server/devices/device-key.ts'
import { verifiesJws } from '../../server/devices/verify-jws.ts'
import { expectedPasscode } from '../../server/passcodes/ocra.ts'
import { topicOf } from '../../server/push/deliver.ts'
import worked from './worked-example.json' with { type: 'json' }

type KeyPair = { private: string; public: string }
type Case = {
  name: string
  request: DeviceRequest
  verdict: 'approve' | 'deny' | 'report'
  number: string | null
  binding: string
  digest: string
  passcode?: string
  header: string
  payload: string
  jws: string
}

const vectors = JSON.parse(readFileSync(new URL('../../docs/vectors.json', import.meta.url), 'utf8'))
const { enrolment, device, proof } = vectors
const decisions: Case[] = vectors.decisions
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }

describe('the enrolment', () => {
  it('is that of the worked example', () => {
    const { source: _source, totp: _totp, binding: _binding, digest: _digest, passcode: _passcode, ...keys } = worked
    const { ephemeralKey: agreementKey, ...rest } = keys
    expect(enrolment).toMatchObject({ ...rest, agreementKey })
  })

  it.each<string>(enrolment.typedCodes)('takes %s for its code', (typed) => {
    expect(codeFrom(typed)).toBe(enrolment.code)
  })

  it.each<string>(enrolment.notCodes)('takes "%s" for no code', (typed) => {
    expect(codeFrom(typed)).toBeUndefined()
  })

  it('is found by its lookup, and by nothing simpler', async () => {
    expect(hex(await codeLookup(enrolment.code))).toBe(enrolment.lookup)
    expect(enrolment.lookup).not.toBe(hex(await sha256(utf8(enrolment.code))))
  })

  it('gives both sides the same keys', async () => {
    for (const [own, peer] of [
      [enrolment.serverKey, enrolment.agreementKey],
      [enrolment.agreementKey, enrolment.serverKey],
    ]) {
      const z = await agree(await ecdhKey(own), fromBase64url(peer.public))
      const keys = await deriveTokenKeys(z, enrolment.code)
      expect({ Z: hex(z), Kt: hex(keys.totp), Ko: hex(keys.ocra) }).toEqual({
        Z: enrolment.Z,
        Kt: enrolment.Kt,
        Ko: enrolment.Ko,
      })
    }
    expect(hex(await sha256(utf8(enrolment.code)))).toBe(enrolment.salt)
  })

  it.each<{ at: string; digits: number; period: number; passcode: string }>(enrolment.totp)(
    'gives $passcode at $at, every $period s',
    async ({ at, passcode, ...otp }) => {
      const hmac = hmacBy(await hmacKey(fromHex(enrolment.Kt), 'SHA-1'))
      expect(await totp(hmac, Date.parse(at), otp)).toBe(passcode)
    },
  )
})

describe('the device', () => {
  it('has one name, which is its public key’s', async () => {
    const { d: _d, ...publicPart } = device.privateKey
    expect(publicPart).toEqual(device.publicKey)
    expect(await thumbprint(device.publicKey)).toBe(device.thumbprint)
  })

  it('proves itself for one call, without its query', async () => {
    const said = signedByDevice(proof.jws)
    expect(textOf(proof.jws)).toEqual({ header: proof.header, payload: proof.payload })
    expect(isExactHeader(said.header, PROOF_TYPE)).toBe(true)
    const claims = proofClaims.parse(said.payload)
    expect(claims).toMatchObject({ htm: proof.call.method, htu: proof.origin + proof.call.path })
    expect(unsigned(await makeProof(await signingKey(), device.id, claims))).toBe(unsigned(proof.jws))
  })
})

describe.each(decisions)('$name', ({ request, verdict, number, ...want }) => {
  const { id, purpose, nonce, token, username, application, context } = request
  const shown = { purpose, request: id, nonce, token, username, application, context }
  const binding = { ...shown, number: verdict === 'approve' ? number : null }

  it('is about a request as a device receives it', () => {
    expect(deviceRequest.parse(request)).toEqual(request)
  })

  it('binds what was shown, canonically', async () => {
    expect(bindingText(binding)).toBe(want.binding)
    expect(hex(await bindingDigest(binding))).toBe(want.digest)
    expect(createHash('sha256').update(want.binding).digest('hex')).toBe(want.digest)
    expect(JSON.parse(want.binding)).toEqual({ v: 1, ...binding })
  })

  it('is no other decision when anything in it differs', async () => {
    for (const other of [{ username: `${username} ` }, { number: '99' }, { context: { ...context, more: 1 } }])
      expect(hex(await bindingDigest({ ...binding, ...other }))).not.toBe(want.digest)
  })

  it('carries a passcode where it approves, and only there', async () => {
    const expected = verdict === 'approve' ? want.passcode : undefined
    expect(payloadOf(want.jws).passcode).toBe(expected)
    if (verdict !== 'approve') return
    const key = fromHex(vectors.ocra.key)
    expect(await pushPasscode(hmacBy(await hmacKey(key, 'SHA-256')), fromHex(want.digest))).toBe(expected)
    expect(expectedPasscode(key, fromHex(want.digest))).toBe(expected)
    // RFC 6287 §5.1, spelt out once more.
    const input = Buffer.concat([Buffer.from(`${PUSH_SUITE}\0`), fromHex(want.digest), Buffer.alloc(96)])
    expect(truncate(createHmac('sha256', key).update(input).digest(), 8)).toBe(expected)
  })

  it('is a statement signed by the device, of exactly these bytes', async () => {
    const said = signedByDevice(want.jws)
    expect(textOf(want.jws)).toEqual({ header: want.header, payload: want.payload })
    expect(isExactHeader(said.header, DECISION_TYPE) && said.header.kid).toBe(device.id)
    const payload = decisionPayload.parse(said.payload)
    expect(payload).toMatchObject({ request: id, token, verdict, binding: base64url(fromHex(want.digest)) })
    const again = await signDecision(await signingKey(), device.id, { ...payload, binding: fromHex(want.digest) })
    expect(payloadOf(again)).toEqual(said.payload)
  })
})

it('has a case for each verdict, with and without a number', () => {
  expect(new Set(decisions.map(({ verdict }) => verdict))).toEqual(new Set(['approve', 'deny', 'report']))
  expect(new Set(decisions.map(({ request }) => request.number?.digits))).toEqual(new Set([2, 6, undefined]))
  expect(decisions[0]).toMatchObject({ binding: worked.binding, digest: worked.digest, passcode: worked.passcode })
})

it.each<{ request: string; topic: string }>(vectors.topics)(
  '$request is pushed under one topic',
  ({ request, topic }) => {
    expect(topicOf(request)).toBe(topic)
  },
)

it.each<{ typed: string; compared: string }>(vectors.usernames)(
  '"$typed" is the user $compared',
  ({ typed, compared }) => {
    expect(usernameKey(typed)).toBe(compared)
  },
)

/** Verified by the server's own code. */
function signedByDevice(jws: string): ParsedJws {
  const said = parseJws(jws)
  if (!said) throw new TypeError('not a compact JWS')
  const key = { key: JSON.stringify(device.publicKey) }
  expect(verifiesJws(said, key)).toBe(true)
  expect(verifiesJws({ ...said, signed: `${said.signed}A` }, key)).toBe(false)
  return said
}

function payloadOf(jws: string): Record<string, unknown> {
  return parseJws(jws)?.payload ?? {}
}

function textOf(jws: string) {
  const [header = '', payload = ''] = jws.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return { header, payload }
}

const unsigned = (jws: string) => jws.slice(0, jws.lastIndexOf('.'))

function signingKey() {
  return crypto.subtle.importKey('jwk', device.privateKey, ECDSA, false, ['sign'])
}

function ecdhKey(pair: KeyPair) {
  const point = fromBase64url(pair.public)
  const [x, y] = [base64url(point.slice(1, 33)), base64url(point.slice(33))]
  const jwk = { kty: 'EC', crv: 'P-256', d: base64url(fromHex(pair.private)), x, y }
  return crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
}
