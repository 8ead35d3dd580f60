// The keys of this installation and of its tokens: made here, and never readable again.
import { deviceKey } from '../../protocol/device-api.ts'
import { base64url, fromBase64url } from '../../protocol/encoding.ts'
import { agree, deriveTokenKeys, type TokenKeys } from '../../protocol/token-keys.ts'
import { hmacKey } from '../../protocol/web-crypto.ts'
import type { AgreementKey, SigningKey, UsableKeys } from './schema.ts'

/** ECDSA P-256. Not extractable: a script injected into the app could use it while it runs, and take nothing away. */
export async function makeSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { privateKey: pair.privateKey, publicKey: deviceKey.parse(jwk) }
}

/** ECDH P-256, for one enrolment. */
export async function makeAgreementKey(): Promise<AgreementKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
  const point = await crypto.subtle.exportKey('raw', pair.publicKey)
  return { privateKey: pair.privateKey, point: base64url(new Uint8Array(point)) }
}

/** @param serverKey the enrolment's point, base64url @param code in canonical form */
export async function agreeOnKeys(agreement: AgreementKey, serverKey: string, code: string): Promise<TokenKeys> {
  return deriveTokenKeys(await agree(agreement.privateKey, fromBase64url(serverKey)), code)
}

export async function usableKeys(raw: TokenKeys): Promise<UsableKeys> {
  return { totp: await hmacKey(raw.totp, 'SHA-1'), ocra: await hmacKey(raw.ocra, 'SHA-256') }
}

/** Overwrites raw keys that have been imported or sealed. */
export function wipe(raw: TokenKeys): void {
  raw.totp.fill(0)
  raw.ocra.fill(0)
}
