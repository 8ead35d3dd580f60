// Proof of possession on device calls: RFC 9449 §4.2 with the device's id in place of its key.
import * as z from 'zod/mini'
import { signJws } from './jws.ts'
import { plainText } from './text.ts'
import type { CryptoKey } from './web-crypto.ts'

export const PROOF_TYPE = 'dpop+jwt'
export const PROOF_HEADER = 'DPoP'
/** How far `iat` may lie from the server's time, in seconds. */
export const PROOF_WINDOW_SECONDS = 60

/** 96 random bits are 16 base64url characters. */
export const jti = plainText(16, 128)
/** seconds */
export const iat = z.int()

export const proofClaims = z.object({ jti, htm: z.string(), htu: z.string(), iat })
export type ProofClaims = z.infer<typeof proofClaims>

export function makeProof(key: CryptoKey, deviceId: string, claims: ProofClaims): Promise<string> {
  return signJws(key, { typ: PROOF_TYPE, kid: deviceId }, claims)
}
