// The worked example of docs/protocol.md: from two private keys and a code to the passcode that approves.
import { codeLookup } from '../../protocol/activation-code.ts'
import { type Binding, bindingDigest, bindingText } from '../../protocol/binding.ts'
import { type Bytes, base64url, fromBase64url, fromHex, hex, utf8 } from '../../protocol/encoding.ts'
import { totp } from '../../protocol/hotp.ts'
import { pushPasscode } from '../../protocol/ocra.ts'
import { agree, deriveTokenKeys } from '../../protocol/token-keys.ts'
import { hmacBy, hmacKey, sha256 } from '../../protocol/web-crypto.ts'
import type { Vector } from './vector.ts'
import example from './worked-example.json' with { type: 'json' }

type KeyPair = { private: string; public: string }

const keys = () => deriveTokenKeys(fromHex(example.Z), example.code)
const vector = (name: string, want: string, got: Vector['got']) => ({ name: `${example.source}: ${name}`, want, got })

export const workedExample: Vector[] = [
  vector('lookup', example.lookup, async () => hex(await codeLookup(example.code))),
  vector('Z, as the device computes it', example.Z, () => agreed(example.ephemeralKey, example.serverKey)),
  vector('Z, as the server computes it', example.Z, () => agreed(example.serverKey, example.ephemeralKey)),
  vector('salt', example.salt, async () => hex(await sha256(utf8(example.code)))),
  vector('Kt', example.Kt, async () => hex((await keys()).totp)),
  vector('Ko', example.Ko, async () => hex((await keys()).ocra)),
  vector('TOTP', example.totp.passcode, async () =>
    totp(hmacBy(await hmacKey(fromHex(example.Kt), 'SHA-1')), Date.parse(example.totp.at), example.totp),
  ),
  vector('binding', example.binding, () => bindingText(binding())),
  vector('digest', example.digest, async () => hex(await bindingDigest(binding()))),
  vector('passcode', example.passcode, async () =>
    pushPasscode(hmacBy(await hmacKey(fromHex(example.Ko), 'SHA-256')), fromHex(example.digest)),
  ),
]

async function agreed(own: KeyPair, peer: KeyPair): Promise<string> {
  return hex(await agree(await privateKey(own), fromBase64url(peer.public)))
}

/** A private scalar by itself is no key for Web Crypto: it wants the point along with it. */
function privateKey(pair: KeyPair) {
  const point = fromBase64url(pair.public)
  const part = (bytes: Bytes) => base64url(bytes)
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: part(fromHex(pair.private)),
    x: part(point.slice(1, 33)),
    y: part(point.slice(33)),
  }
  return crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
}

/** Its members in another order than the canonical one. */
function binding(): Binding {
  const { v: _v, username, ...rest } = JSON.parse(example.binding) as Binding & { v: 1 }
  return { username, ...rest }
}
