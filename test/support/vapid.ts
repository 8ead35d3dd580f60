// The push service's half of RFC 8292: who sends this, and may they?
import { createPublicKey, verify } from 'node:crypto'
import { PushRefusal } from './push-refusal.ts'

export interface VapidClaims {
  aud: string
  exp: number
  sub?: string
}

export interface VapidRules {
  /** Origin of the push service, which `aud` must name. */
  audience: string
  /** Application server key the subscription was made with, base64url. */
  restrictedTo?: string | undefined
  /** Milliseconds since the epoch. */
  now: number
}

const DAY = 86_400
/** Clocks differ; push services allow about this many seconds. */
const LEEWAY = 60

/** The claims of an `Authorization: vapid t=…, k=…`; throws `PushRefusal` 401, or 403 for another key than the subscription's. */
export function verifyVapid(
  authorization: string | undefined,
  { audience, restrictedTo, now }: VapidRules,
): VapidClaims {
  const { token, key } = parameters(authorization)
  const [header, payload, signature] = token.split('.')
  if (!header || !payload || !signature) throw new PushRefusal(401, 'the VAPID token is malformed')
  if (json<{ alg?: string }>(header).alg !== 'ES256') throw new PushRefusal(401, 'the VAPID algorithm is not ES256')
  const signed = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: publicKey(key), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!signed) throw new PushRefusal(401, 'the VAPID signature is wrong')
  const claims = json<VapidClaims>(payload)
  if (claims.aud !== audience) throw new PushRefusal(401, `the VAPID audience is ${claims.aud}, not ${audience}`)
  const seconds = now / 1000
  if (!(claims.exp > seconds)) throw new PushRefusal(401, 'the VAPID token has expired')
  if (claims.exp > seconds + DAY + LEEWAY) throw new PushRefusal(401, 'the VAPID token lives longer than 24 hours')
  if (restrictedTo !== undefined && !key.equals(Buffer.from(restrictedTo, 'base64url'))) {
    throw new PushRefusal(403, "the VAPID key is not the subscription's")
  }
  return claims
}

function parameters(authorization: string | undefined): { token: string; key: Buffer } {
  const list = /^vapid\s+(.+)$/i.exec(authorization ?? '')?.[1]
  if (!list) throw new PushRefusal(401, 'there is no VAPID authorization')
  const named = new Map(list.split(',').map((part) => splitOnce(part.trim())))
  const token = named.get('t')
  const key = Buffer.from(named.get('k') ?? '', 'base64url')
  if (!token || key.length !== 65 || key[0] !== 4) throw new PushRefusal(401, 'the VAPID authorization is malformed')
  return { token, key }
}

function splitOnce(part: string): [name: string, value: string] {
  const at = part.indexOf('=')
  return [part.slice(0, at), part.slice(at + 1)]
}

function publicKey(point: Buffer) {
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } })
  } catch {
    throw new PushRefusal(401, 'the VAPID key is not a point of P-256')
  }
}

function json<T>(part: string): T {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as T
  } catch {
    throw new PushRefusal(401, 'the VAPID token is not JSON')
  }
}
