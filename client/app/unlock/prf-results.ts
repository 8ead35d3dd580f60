// What a WebAuthn ceremony says about the PRF extension (WebAuthn level 3 §10.1.4).
import type { Bytes } from '../../../protocol/encoding.ts'

export type PrfAnswer = { enabled?: boolean; results?: { first?: BufferSource } }

const LENGTH = 32

/**
 * Takes the PRF's output out of a ceremony's results and removes it there: whoever serialises the credential later
 * (`toJSON()` includes it) must not carry the unlock key out of the page.
 */
export function takePrfOutput(extensions: { prf?: PrfAnswer }): Bytes | undefined {
  const first = extensions.prf?.results?.first
  delete extensions.prf
  if (!first) return undefined
  const bytes = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer as ArrayBuffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first)
  return bytes.length === LENGTH ? bytes : undefined
}

/** An authenticator that answers differently each time would lock the token for ever. */
export function sameOutput(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
