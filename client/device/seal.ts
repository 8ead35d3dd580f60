// Tokens with unlock: their keys at rest are sealed under a key that only WebAuthn's PRF gives back.
//
// They are sealed after the activation's answer, for token id and credential id are what they are bound to. Nothing is
// lost when the page dies in between: the enrolment keeps its (unreadable) agreement key and the answer until the sealed
// token is stored, and both change hands in one transaction; the raw keys are agreed on anew, in memory only.
import { type Bytes, utf8 } from '../../protocol/encoding.ts'
import type { RandomBytes, TokenId } from '../../protocol/ids.ts'
import type { TokenKeys } from '../../protocol/token-keys.ts'
import type { CryptoKey } from '../../protocol/web-crypto.ts'
import { UnsealError } from './errors.ts'
import type { SealedKey, SealedKeys, SealedToken, UsableKeys } from './schema.ts'

/** What the page evaluates the PRF of a token's credential at. */
export const PRF_INPUT = utf8('countersign/v1/unlock')

const HASHES = { totp: 'SHA-1', ocra: 'SHA-256' } as const
type Role = keyof typeof HASHES
/** credentialId: base64url */
type BoundTo = { token: TokenId; credentialId: string }

/** @param prfOutput 32 bytes, from a ceremony with user verification */
export async function sealTokenKeys(
  prfOutput: Bytes,
  boundTo: BoundTo,
  keys: TokenKeys,
  random: RandomBytes,
): Promise<SealedKeys> {
  const key = await sealingKey(prfOutput, 'encrypt')
  const seal = async (role: Role): Promise<SealedKey> => {
    const iv = random(12)
    const data = await crypto.subtle.encrypt(gcm(iv, boundTo, role), key, keys[role])
    return { iv, data: new Uint8Array(data) }
  }
  return { kind: 'sealed', credentialId: boundTo.credentialId, totp: await seal('totp'), ocra: await seal('ocra') }
}

/**
 * Unwraps straight into keys that no script can read.
 * @throws {UnsealError} for another credential's output, or where what was sealed belongs to another token
 */
export async function unsealTokenKeys(prfOutput: Bytes, token: SealedToken): Promise<UsableKeys> {
  const key = await sealingKey(prfOutput, 'unwrapKey')
  const boundTo = { token: token.id, credentialId: token.keys.credentialId }
  const unseal = ({ iv, data }: SealedKey, role: Role) =>
    crypto.subtle.unwrapKey('raw', data, key, gcm(iv, boundTo, role), { name: 'HMAC', hash: HASHES[role] }, false, [
      'sign',
    ])
  try {
    return { totp: await unseal(token.keys.totp, 'totp'), ocra: await unseal(token.keys.ocra, 'ocra') }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') throw new UnsealError({ cause: error })
    throw error
  }
}

async function sealingKey(prfOutput: Bytes, use: 'encrypt' | 'unwrapKey'): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', prfOutput, 'HKDF', false, ['deriveKey'])
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('countersign/v1/seal') }
  return crypto.subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, [use])
}

/** Bound to token, credential and role: a copied record can't be made to serve as another token's, or one key as the other. */
function gcm(iv: Bytes, { token, credentialId }: BoundTo, role: Role) {
  return { name: 'AES-GCM', iv, additionalData: utf8([token, credentialId, role].join('\n')) }
}
