// What the issuer for Microsoft Entra ID publishes of itself: its discovery document, and its keys with certificates.
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { SigningKey } from '../keys.ts'
import { selfSigned } from './certificate.ts'

export type PublishNeeds = {
  publicOrigin: string
  /** the one in use first */
  signingKeys: () => readonly SigningKey[]
}

/** Microsoft takes no other kind. */
export const rsaKeys = ({ signingKeys }: Pick<PublishNeeds, 'signingKeys'>) =>
  signingKeys().filter(({ alg }) => alg === 'RS256')

/** With its length, which Microsoft asks for. */
function json(body: object, type = 'application/json'): Response {
  const text = JSON.stringify(body)
  return new Response(text, {
    headers: {
      'Content-Type': type,
      'Content-Length': String(Buffer.byteLength(text)),
      'Cache-Control': 'max-age=300',
    },
  })
}

export function discovery(issuer: string): Response {
  return json({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    jwks_uri: `${issuer}/keys`,
    scopes_supported: ['openid'],
    response_types_supported: ['id_token'],
    response_modes_supported: ['form_post'],
    grant_types_supported: ['implicit'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claim_types_supported: ['normal'],
    claims_supported: ['iss', 'aud', 'exp', 'iat', 'sub', 'nonce', 'acr', 'amr'],
  })
}

/** Each certificate is signed once. Attack stopped: a stranger who has one signed at every call. */
export function publishedKeys(needs: PublishNeeds): () => Response {
  const { hostname } = new URL(needs.publicOrigin)
  let known = new Map<string, object>()
  return () => {
    known = new Map(rsaKeys(needs).map((key) => [key.kid, known.get(key.kid) ?? withCertificate(key, hostname)]))
    return json({ keys: [...known.values()] }, 'application/jwk-set+json')
  }
}

function withCertificate(key: SigningKey, hostname: string): object {
  const { kty, n, e, kid } = key
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  const der = selfSigned(privateKey, createPublicKey(privateKey), hostname, key.made_at ?? 0)
  const x5t = createHash('sha1').update(der).digest('base64url')
  return { kty, use: 'sig', alg: 'RS256', kid, x5t, n, e, x5c: [der.toString('base64')] }
}
