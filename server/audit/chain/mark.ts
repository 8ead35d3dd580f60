// Signed statements about the chain: how far it goes, and up to where it was taken away. ES256 by a key that only the
// master key opens; who has the store alone can't make one.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  verify,
} from 'node:crypto'
import { CompactSign, calculateJwkThumbprint } from 'jose'
import * as z from 'zod/mini'
import { isExactHeader, parseJws } from '../../../protocol/jws.ts'
import { sealedSettingOf } from '../../store/sealed-setting.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { Store } from '../../store/store.ts'

/** 'head': the chain goes this far. 'cut': it was taken away up to there, for its time was over. */
export type MarkKind = 'head' | 'cut'

const claims = z.object({
  chain: z.string(),
  position: z.int().check(z.minimum(0)),
  hash: z.string(),
  /** seconds */
  iat: z.int(),
})
export type Mark = z.infer<typeof claims>

export type MarkKey = z.infer<typeof markKey>
export const markKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() })

export type Signer = {
  publicKey: MarkKey
  /** RFC 7638: what auditors keep to know the key again */
  thumbprint: string
  sign(kind: MarkKind, mark: Mark): Promise<string>
}

const typeOf = (kind: MarkKind) => `audit-${kind}+jwt`

export async function openSigner(needs: { store: Store; sealer: Sealer }): Promise<Signer> {
  const jwk: unknown = JSON.parse(await sealedSettingOf(needs, 'audit-signing-key', newKey))
  const publicKey = markKey.parse(jwk)
  const thumbprint = await calculateJwkThumbprint(publicKey, 'sha256')
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
  return {
    publicKey,
    thumbprint,
    sign: (kind, mark) =>
      new CompactSign(Buffer.from(JSON.stringify(mark)))
        .setProtectedHeader({ typ: typeOf(kind), alg: 'ES256', kid: thumbprint })
        .sign(key),
  }
}

function newKey(): string {
  return JSON.stringify(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }))
}

/** @returns undefined for anything that this key did not sign as a mark of this kind */
export function readMark(kind: MarkKind, jws: string, key: MarkKey): Mark | undefined {
  const said = parseJws(jws)
  if (!said || !isExactHeader(said.header, typeOf(kind)) || !verifiesBy(key, said)) return undefined
  const { success, data } = claims.safeParse(said.payload)
  return success ? data : undefined
}

/** ES256 (RFC 7518 §3.4) by any P-256 key. */
export function verifiesBy(key: unknown, { signed, signature }: { signed: string; signature: Uint8Array }): boolean {
  const parsed = publicKeyOf(key)
  if (!parsed || signature.length !== 64) return false
  return verify('sha256', Buffer.from(signed), { key: parsed, dsaEncoding: 'ieee-p1363' }, signature)
}

/** What an exported file says is a key may be anything. */
function publicKeyOf(key: unknown): KeyObject | undefined {
  const { success, data } = markKey.safeParse(key)
  if (!success) return undefined
  try {
    return createPublicKey({ key: data, format: 'jwk' })
  } catch {
    return undefined
  }
}
