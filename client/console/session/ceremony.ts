// What a browser does with a passkey, and why it may come to nothing.
import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type {
  AuthenticationResponse,
  CreationOptions,
  RegistrationResponse,
  RequestOptions,
} from '../../../protocol/operator-api/webauthn.ts'

export type CeremonyFault =
  /** the person, or the browser in their name, broke it off */
  | 'cancelled'
  | 'unsupported'
  /** a passkey of theirs is there already */
  | 'known'
  | 'failed'

export class CeremonyFailed extends Error {
  readonly fault: CeremonyFault

  constructor(fault: CeremonyFault, options?: ErrorOptions) {
    super(`The passkey could not be used: ${fault}.`, options)
    this.name = 'CeremonyFailed'
    this.fault = fault
  }
}

/** @see https://www.w3.org/TR/webauthn-3/ §5.1.3–5.1.4 */
export function ceremonyFault(error: unknown): CeremonyFault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled'
  if (name === 'InvalidStateError') return 'known'
  if (name === 'NotSupportedError' || name === 'ConstraintError') return 'unsupported'
  return 'failed'
}

/** @throws {CeremonyFailed} */
export function makePasskey(options: CreationOptions): Promise<RegistrationResponse> {
  return ceremony(() => startRegistration({ optionsJSON: options as never })) as Promise<RegistrationResponse>
}

/** @throws {CeremonyFailed} */
export function usePasskey(options: RequestOptions): Promise<AuthenticationResponse> {
  return ceremony(() => startAuthentication({ optionsJSON: options as never })) as Promise<AuthenticationResponse>
}

async function ceremony<T>(start: () => Promise<T>): Promise<T> {
  if (!browserSupportsWebAuthn()) throw new CeremonyFailed('unsupported')
  try {
    return await start()
  } catch (error) {
    throw new CeremonyFailed(ceremonyFault(error), { cause: error })
  }
}
