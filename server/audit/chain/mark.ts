// Signed statements about the chain: how far it goes, up to where it was taken away, and what a file shows of it. ES256
// by a key that only the master key opens; who has the store alone can't make one.
import {
  createHash,
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

/**
 * 'head': the chain goes this far. 'cut': it was taken away up to there, for its time was over. 'erasure': people were
 * taken out of what is that old, up to there. 'export': a file of it. 'part': a stretch of such a file.
 */
export type MarkKind = keyof Marks
type Marks = { head: HeadMark; cut: Mark; erasure: ErasureMark; export: ExportMark; part: PartMark }

const claims = z.object({
  chain: z.string(),
  position: z.int().check(z.minimum(0)),
  hash: z.string(),
  /** seconds */
  iat: z.int(),
})
export type Mark = z.infer<typeof claims>

const headClaims = z.extend(claims, {
  /** what is erased of entries after this place is explained; absent: a release signed it that explained nothing */
  explainedAfter: z.optional(z.int()),
})
export type HeadMark = z.infer<typeof headClaims>

const erasureClaims = z.extend(claims, {
  /** milliseconds: of entries before this time alone */
  before: z.int(),
})
export type ErasureMark = z.infer<typeof erasureClaims>

const exportClaims = z.extend(claims, {
  /** the place it begins at */
  from: z.int(),
  filter: z.record(z.string(), z.string()),
  /** those with all that they say; the others are there by their hashes */
  entries: z.int(),
  shown: z.string(),
  /** what of those is erased, and who was removed; absent: a release signed it that did not say */
  said: z.optional(z.string()),
})
export type ExportMark = z.infer<typeof exportClaims>

/** So many places at most. */
export const LONGEST_PART = 1000

const partClaims = z.object({
  chain: z.string(),
  /** seconds */
  iat: z.int(),
  /** places */
  from: z.int(),
  to: z.int(),
  /** base64url, a bit for each place, the first of a byte is its lowest: whether the entry is there with all that it says */
  bits: z.string(),
})
export type PartMark = z.infer<typeof partClaims>

export function bitsOf(from: number, to: number, shown: ReadonlySet<number>): string {
  const bytes = new Uint8Array(Math.ceil((to - from + 1) / 8))
  for (let place = from; place <= to; place++) {
    const index = (place - from) >> 3
    if (shown.has(place)) bytes[index] = (bytes[index] ?? 0) | (1 << ((place - from) & 7))
  }
  return Buffer.from(bytes).toString('base64url')
}

/** The places that were shown. */
export function placesIn({ from, to, bits }: Pick<PartMark, 'from' | 'to' | 'bits'>): Set<number> {
  const bytes = Buffer.from(bits, 'base64url')
  const places = Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
  return new Set(places.filter((place) => ((bytes[(place - from) >> 3] ?? 0) >> ((place - from) & 7)) & 1))
}

/** Which entries a file shows, and how much of each: the hash of an entry is the same with less of it. */
export class Shown {
  readonly #positions = createHash('sha256')
  readonly #said = createHash('sha256')
  entries = 0

  add({ position, erased }: { position: number; erased: Readonly<Record<string, string>> | null }): void {
    this.#positions.update(`${position},`)
    this.#said.update(`${JSON.stringify([position, ...Object.keys(erased ?? {}).sort()])},`)
    this.entries += 1
  }

  /** @param removed whose removal stands in the chain, and not in the file */
  digests(removed: readonly string[]): { shown: string; said: string } {
    const said = this.#said.copy().update(JSON.stringify(removed)).digest('base64url')
    return { shown: this.#positions.copy().digest('base64url'), said }
  }
}

export type MarkKey = z.infer<typeof markKey>
/** 32 bytes (RFC 7518 §6.2.1.2). */
const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))
export const markKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate })

export type Signer = {
  publicKey: MarkKey
  /** RFC 7638: what auditors keep to know the key again */
  thumbprint: string
  sign<Kind extends MarkKind>(kind: Kind, mark: Marks[Kind]): Promise<string>
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

const CLAIMS = {
  head: headClaims,
  cut: claims,
  erasure: erasureClaims,
  export: exportClaims,
  part: partClaims,
} as const

/** @returns undefined for anything that this key did not sign as a mark of this kind */
export function readMark<Kind extends MarkKind>(kind: Kind, jws: string, key: MarkKey): Marks[Kind] | undefined {
  const said = parseJws(jws)
  if (!said || !isExactHeader(said.header, typeOf(kind)) || !verifiesBy(key, said)) return undefined
  const { success, data } = CLAIMS[kind].safeParse(said.payload)
  return success ? (data as Marks[Kind]) : undefined
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
