// Passkeys by WebAuthn (https://www.w3.org/TR/webauthn-3/): what browsers are asked, and whether the answer holds.
import type { VerifiedAuthenticationResponse, VerifiedRegistrationResponse } from '@simplewebauthn/server'
import { base64url, fromBase64url, utf8 } from '../../protocol/encoding.ts'
import type {
  AuthenticationResponse,
  CreationOptions,
  RegistrationResponse,
  RequestOptions,
} from '../../protocol/operator-api/webauthn.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Sealer } from '../store/sealer.ts'
import { CHALLENGE_MS, challengeEnd, newChallenge, type Purpose } from './challenge.ts'
import type { PasskeyRow } from './passkey-rows.ts'
import type { OperatorRow } from './rows.ts'

export type WebauthnNeeds = {
  sealer: Sealer
  clock: Clock
  publicOrigin: string
  organisation: { name: string }
}

/** Two hundred modules, for what an operator does once a day: a start does without them. */
const library = () => import('@simplewebauthn/server')

/** Edwards curve, P-256, RSA (RFC 9053, RFC 8812). */
const ALGORITHMS = [-8, -7, -257]

/** Passkeys belong to the host of the public origin. */
const relyingParty = ({ publicOrigin }: Pick<WebauthnNeeds, 'publicOrigin'>) => new URL(publicOrigin).hostname

const descriptor = ({ id, transports }: Pick<PasskeyRow, 'id' | 'transports'>) => ({
  id,
  type: 'public-key' as const,
  transports: JSON.parse(transports) as string[],
})

export function creationOptionsFor(
  needs: WebauthnNeeds,
  purpose: Purpose,
  operator: Pick<OperatorRow, 'id' | 'name'>,
  known: readonly PasskeyRow[],
): CreationOptions {
  return {
    rp: { id: relyingParty(needs), name: needs.organisation.name },
    user: { id: base64url(utf8(operator.id)), name: operator.name, displayName: operator.name },
    challenge: newChallenge(needs, purpose),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_MS,
    excludeCredentials: known.map(descriptor),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
  }
}

/** @param known none: whichever passkey of ours the person has */
export function requestOptionsFor(
  needs: WebauthnNeeds,
  purpose: Purpose,
  known: readonly PasskeyRow[] = [],
): RequestOptions {
  return {
    rpId: relyingParty(needs),
    challenge: newChallenge(needs, purpose),
    timeout: CHALLENGE_MS,
    userVerification: 'required',
    allowCredentials: known.map(descriptor),
  }
}

/** A challenge that was answered rightly; to be spent in the transaction that acts on it. */
export type Answered = { challenge: string; end: number }

export type NewPasskey = Answered & Pick<PasskeyRow, 'id' | 'public_key' | 'counter' | 'transports' | 'synced'>

/** @throws {Problem} passkey-refused */
export async function verifyNewPasskey(
  needs: WebauthnNeeds,
  purpose: Purpose,
  response: RegistrationResponse,
): Promise<NewPasskey> {
  const answered = answeredChallenge(needs, purpose, response.response.clientDataJSON)
  const { verifyRegistrationResponse } = await library()
  const { registrationInfo: info } = await holding<VerifiedRegistrationResponse>(() =>
    verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: answered.challenge,
      expectedOrigin: needs.publicOrigin,
      expectedRPID: relyingParty(needs),
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  )
  if (!info) throw new Problem('passkey-refused')
  return {
    ...answered,
    id: info.credential.id,
    public_key: base64url(info.credential.publicKey),
    counter: info.credential.counter,
    transports: JSON.stringify(response.response.transports ?? []),
    synced: info.credentialDeviceType === 'multiDevice' ? 1 : 0,
  }
}

/**
 * Whether this passkey answered this challenge. The counter is left to whoever acts on it: only what was signed may
 * say that a passkey was copied.
 * @throws {Problem} passkey-refused
 */
export async function verifyPasskey(
  needs: WebauthnNeeds,
  purpose: Purpose,
  { passkey, response }: { passkey: PasskeyRow; response: AuthenticationResponse },
): Promise<Answered & { counter: number }> {
  const answered = answeredChallenge(needs, purpose, response.response.clientDataJSON)
  const { userHandle } = response.response
  if (userHandle && userHandle !== base64url(utf8(passkey.operator_id))) throw new Problem('passkey-refused')
  const { verifyAuthenticationResponse } = await library()
  const { authenticationInfo: info } = await holding<VerifiedAuthenticationResponse>(() =>
    verifyAuthenticationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: answered.challenge,
      expectedOrigin: needs.publicOrigin,
      expectedRPID: relyingParty(needs),
      requireUserVerification: true,
      credential: { id: passkey.id, publicKey: fromBase64url(passkey.public_key), counter: 0 },
    }),
  )
  return { ...answered, counter: info.newCounter }
}

/** The library says by throwing what does not hold, and by `verified` whether the signature does. */
async function holding<Verified extends { verified: boolean }>(verify: () => Promise<Verified>): Promise<Verified> {
  const verified = await verify().catch(() => undefined)
  if (!verified?.verified) throw new Problem('passkey-refused')
  return verified
}

function answeredChallenge(needs: WebauthnNeeds, purpose: Purpose, clientData: string): Answered {
  const challenge = challengeIn(clientData)
  const end = challenge === undefined ? undefined : challengeEnd(needs, challenge, purpose)
  if (challenge === undefined || end === undefined) throw new Problem('passkey-refused')
  return { challenge, end }
}

function challengeIn(clientData: string): string | undefined {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientData, 'base64url').toString('utf8')) as { challenge?: unknown }
    return typeof challenge === 'string' ? challenge : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return undefined
  }
}
