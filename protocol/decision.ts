// A decision: a signed statement about one request, kept by the server as evidence.
import * as z from 'zod/mini'
import { base64url } from './encoding.ts'
import { requestId, tokenId } from './ids.ts'
import { signJws } from './jws.ts'
import { iat, jti } from './proof.ts'
import type { CryptoKey } from './web-crypto.ts'

export const DECISION_TYPE = 'decision+jwt'
/** A settled request may be reported for this long, in milliseconds. */
export const REPORT_WINDOW_MS = 10 * 60 * 1000
/** For so long after a denial, in milliseconds, whoever asks again for the same person is met with caution. */
export const CAUTION_MS = 10 * 60 * 1000

export const verdict = z.enum(['approve', 'deny', 'report'])
export type Verdict = z.infer<typeof verdict>

const statement = {
  aud: z.string(),
  iat,
  jti,
  request: requestId,
  token: tokenId,
  binding: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
}

export const decisionPayload = z.discriminatedUnion('verdict', [
  z.object({ ...statement, verdict: z.literal('approve'), passcode: z.string().check(z.regex(/^\d{8}$/)) }),
  z.object({ ...statement, verdict: z.literal('deny') }),
  z.object({ ...statement, verdict: z.literal('report') }),
])
export type DecisionPayload = z.infer<typeof decisionPayload>

/** What a device claims; `binding` is the digest in bytes. */
export type Statement = Omit<DecisionPayload, 'binding' | 'passcode'> & { binding: Uint8Array; passcode?: string }

export function signDecision(key: CryptoKey, deviceId: string, said: Statement): Promise<string> {
  return signJws(key, { typ: DECISION_TYPE, kid: deviceId }, { ...said, binding: base64url(said.binding) })
}
