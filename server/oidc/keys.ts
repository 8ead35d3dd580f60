// What this installation signs with towards relying parties: made once, kept sealed, the same in every process.
import { generateKeyPair, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWKS } from 'oidc-provider'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import { sealedSettingOf } from '../store/sealed-setting.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'

const generate = promisify(generateKeyPair)

type Needs = { store: Store; sealer: Sealer }

/** RS256, which every relying party must understand (OpenID Connect Core §15.1), and ES256. Private keys. */
export async function signingKeys(needs: Needs): Promise<JWKS> {
  return JSON.parse(await sealedSettingOf(needs, 'oidc-signing-keys', newSigningKeys)) as JWKS
}

/** What the provider's cookies are signed with. */
export async function cookieKeys(needs: Needs & { random: RandomBytes }): Promise<string[]> {
  const make = () => JSON.stringify([base64url(needs.random(32))])
  return JSON.parse(await sealedSettingOf(needs, 'oidc-cookie-keys', make)) as string[]
}

async function newSigningKeys(): Promise<string> {
  const [rsa, ec] = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ])
  const jwk = (key: JsonWebKey, alg: string) => ({ ...key, alg, use: 'sig' })
  return JSON.stringify({
    keys: [
      jwk(rsa.privateKey.export({ format: 'jwk' }), 'RS256'),
      jwk(ec.privateKey.export({ format: 'jwk' }), 'ES256'),
    ],
  })
}
