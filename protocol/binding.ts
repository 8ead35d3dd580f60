// What an approval is bound to: everything the person saw, as canonical JSON (RFC 8785), hashed.
import canonicalize from 'canonicalize'
import { type Bytes, utf8 } from './encoding.ts'
import type { ApplicationId, RequestId, TokenId } from './ids.ts'
import { sha256 } from './web-crypto.ts'

export type Binding = {
  purpose: string
  request: RequestId
  nonce: string
  token: TokenId
  username: string
  application: { id: ApplicationId; name: string }
  /** exactly as received, members we do not know included */
  context: Record<string, unknown>
  /** the digits that were typed, for an approval of a request that has a number; else null */
  number: string | null
}

export function bindingText(binding: Binding): string {
  const { purpose, request, nonce, token, username, application, context, number } = binding
  const text = canonicalize({
    v: 1,
    purpose,
    request,
    nonce,
    token,
    username,
    application: { id: application.id, name: application.name },
    context,
    number,
  })
  if (text === undefined) throw new TypeError('a binding is always JSON')
  return text
}

/** SHA-256 of the canonical binding: 32 bytes. */
export function bindingDigest(binding: Binding): Promise<Bytes> {
  return sha256(utf8(bindingText(binding)))
}
