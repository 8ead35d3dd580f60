// RFC 9449's own proof: our reader takes it apart, its signature holds under ES256, and it is still not one of ours.
import { utf8 } from '../../protocol/encoding.ts'
import { isExactHeader, type ParsedJws, parseJws } from '../../protocol/jws.ts'
import { PROOF_TYPE, proofClaims } from '../../protocol/proof.ts'
import example from './proof-rfc9449.json' with { type: 'json' }
import type { Vector } from './vector.ts'

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }

export const proofs: Vector[] = [
  {
    name: `${example.source}: the claims`,
    want: JSON.stringify(example.claims),
    got: () => JSON.stringify(proofClaims.parse(parsed().payload)),
  },
  {
    name: `${example.source}: the signature`,
    want: 'valid',
    got: async () => ((await isValid(parsed(), parsed().signed)) ? 'valid' : 'not valid'),
  },
  {
    name: `${example.source}: the signature over other claims`,
    want: 'not valid',
    got: async () => ((await isValid(parsed(), `${parsed().signed}x`)) ? 'valid' : 'not valid'),
  },
  {
    // Attack stopped: a proof that brings the key it is to be checked with.
    name: `${example.source}: a header with the key in it`,
    want: 'not ours',
    got: () => (isExactHeader(parsed().header, PROOF_TYPE) ? 'ours' : 'not ours'),
  },
]

function parsed(): ParsedJws {
  const jws = parseJws(example.proof)
  if (!jws) throw new TypeError('not a compact JWS')
  return jws
}

async function isValid({ header, signature }: ParsedJws, signed: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', header.jwk as JsonWebKey, ECDSA, false, ['verify'])
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, utf8(signed))
}
