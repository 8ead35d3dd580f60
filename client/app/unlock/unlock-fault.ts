// Why an unlock did not come about; each has its own sentence, and with each of them nothing is sent.
export type UnlockFault =
  /** the person, or the browser in their name, broke it off */
  | 'cancelled'
  | 'failed'
  /** this browser gives no key from a passkey (no PRF) */
  | 'unsupported'
  /** the passkey is there no more, or it is not the one this token was locked with */
  | 'gone'

export class UnlockFailure extends Error {
  readonly fault: UnlockFault

  constructor(fault: UnlockFault, options?: ErrorOptions) {
    super(`The token could not be unlocked: ${fault}.`, options)
    this.name = 'UnlockFailure'
    this.fault = fault
  }
}

/**
 * What a WebAuthn ceremony's error means. Browsers do not tell a missing passkey from a cancelled prompt, and neither do we.
 * @see https://www.w3.org/TR/webauthn-3/ §5.1.3–5.1.4
 */
export function faultOf(error: unknown): UnlockFault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled'
  if (name === 'NotSupportedError' || name === 'ConstraintError') return 'unsupported'
  return 'failed'
}
