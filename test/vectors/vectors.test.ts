import { generateSync } from 'otplib'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../protocol/encoding.ts'
import { totp } from '../../protocol/hotp.ts'
import { hmacBy, hmacKey } from '../../protocol/web-crypto.ts'
import { thumbprint } from '../../server/devices/device-key.ts'
import { openPushMessage } from '../support/push-encryption.ts'
import pushed from './push-rfc8291.json' with { type: 'json' }
import { runVectors } from './suite.ts'
import named from './thumbprint-rfc7638.json' with { type: 'json' }
import times from './totp-rfc6238.json' with { type: 'json' }

const outcomes = await runVectors()

describe('what page, worker and server share gives what the standards say', () => {
  it.each(outcomes)('$name', ({ got, want }) => {
    expect(got).toBe(want)
  })
})

describe('what the server does by itself gives what the standards say', () => {
  it(`${named.source}: the name of a key`, async () => {
    expect(await thumbprint(named.jwk)).toBe(named.thumbprint)
  })

  it(`${pushed.source}: the message, opened`, () => {
    const bytes = (text: string) => Buffer.from(text, 'base64url')
    const keys = { privateKey: bytes(pushed.privateKey), publicKey: bytes(pushed.publicKey), auth: bytes(pushed.auth) }
    expect(openPushMessage(bytes(pushed.message), keys).toString()).toBe(pushed.plaintext)
  })
})

describe('another implementation gives the same codes', () => {
  const secret = utf8('a key of twenty bytes'.slice(0, 20))
  const settings = [
    { digits: 6, period: 30 },
    { digits: 8, period: 30 },
    { digits: 6, period: 60 },
  ] as const

  it.each(
    settings.flatMap((otp) => Object.keys(times.modes[0]?.passcodes ?? {}).map((at) => ({ ...otp, at: Number(at) }))),
  )('$digits digits, $period s, at $at', async ({ at, ...otp }) => {
    const ours = await totp(hmacBy(await hmacKey(secret, 'SHA-1')), at * 1000, otp)
    expect(ours).toBe(generateSync({ secret, strategy: 'totp', algorithm: 'sha1', epoch: at, ...otp }))
  })
})
