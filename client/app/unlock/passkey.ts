// Unlocking by WebAuthn: a passkey made for one token, whose PRF gives the key its secrets are sealed under.
import {
  type AuthenticationExtensionsClientInputs,
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'
import { type Bytes, base64url } from '../../../protocol/encoding.ts'
import type { RandomBytes } from '../../../protocol/ids.ts'
import { PRF_INPUT } from '../../device/index.ts'
import { type PrfAnswer, sameOutput, takePrfOutput } from './prf-results.ts'
import { faultOf, UnlockFailure } from './unlock-fault.ts'

type Owner = { username: string; organisation: string }
type Place = { rpId: string; random: RandomBytes }

// The library's types do not know the extension yet.
const PRF = { prf: { eval: { first: PRF_INPUT } } } as AuthenticationExtensionsClientInputs

const TIMEOUT_MS = 60_000
const ES256 = -7
const RS256 = -257

/**
 * Makes the passkey of a token.
 * @returns the output too, where the browser gives it at once (Chromium does; Firefox only says that there will be one)
 * @throws {UnlockFailure}
 */
export async function makePasskey(
  { rpId, random }: Place,
  { username, organisation }: Owner,
): Promise<{ credentialId: string; output: Bytes | undefined }> {
  const made = await ceremony(() =>
    startRegistration({
      optionsJSON: {
        rp: { id: rpId, name: organisation },
        user: { id: base64url(random(32)), name: username, displayName: username },
        challenge: base64url(random(32)),
        pubKeyCredParams: [
          { type: 'public-key', alg: ES256 },
          { type: 'public-key', alg: RS256 },
        ],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
        timeout: TIMEOUT_MS,
        extensions: PRF,
      },
    }),
  )
  const extensions = made.clientExtensionResults as { prf?: PrfAnswer }
  const possible = extensions.prf?.enabled === true || extensions.prf?.results !== undefined
  if (!possible) throw new UnlockFailure('unsupported')
  return { credentialId: made.id, output: takePrfOutput(extensions) }
}

/** Asks the person to unlock, and gives the PRF's 32 bytes. @throws {UnlockFailure} */
export async function unlockWith({ rpId, random }: Place, credentialId: string): Promise<Bytes> {
  const answer = await ceremony(() =>
    startAuthentication({
      optionsJSON: {
        rpId,
        challenge: base64url(random(32)),
        allowCredentials: [{ type: 'public-key', id: credentialId }],
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        extensions: PRF,
      },
    }),
  )
  const output = takePrfOutput(answer.clientExtensionResults as { prf?: PrfAnswer })
  if (!output) throw new UnlockFailure('unsupported')
  return output
}

/** Two ceremonies must agree before a token is sealed under what they give. @throws {UnlockFailure} */
export async function provenOutput(place: Place, credentialId: string, first: Bytes | undefined): Promise<Bytes> {
  const once = first ?? (await unlockWith(place, credentialId))
  const again = await unlockWith(place, credentialId)
  if (!sameOutput(once, again)) throw new UnlockFailure('unsupported')
  again.fill(0)
  return once
}

async function ceremony<T>(start: () => Promise<T>): Promise<T> {
  if (!browserSupportsWebAuthn()) throw new UnlockFailure('unsupported')
  try {
    return await start()
  } catch (error) {
    throw new UnlockFailure(faultOf(error), { cause: error })
  }
}
