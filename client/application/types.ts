// What passes between an application's server and this library, spelt out, so that the types that are published need
// no other package. test/wire/application-client.test.ts holds them against the schemas of `protocol/`.

export type RequestState = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled'
export type DenialReason = 'declined' | 'not_me' | 'wrong_number' | 'wrong_passcode'
export type Delivery = 'none' | 'queued' | 'failed' | 'sent' | 'shown'

/** Whom to ask, and what their devices show of it. */
export type Ask = {
  /** 1–64 characters */
  username: string
  /** `sign-in` where absent; `verify-caller` signs nobody in */
  purpose?: 'sign-in' | 'verify-caller'
  context?: {
    /** of the browser that signs in */
    ip?: string
    /** of that browser, at most 512 characters */
    userAgent?: string
    /** what is signed in to, at most 128 characters */
    resource?: string
    /** at most 200 characters */
    message?: string
  }
}

/** A login request at one moment. Times are RFC 3339, UTC. */
export type LoginRequestState = {
  id: string
  state: RequestState
  reason: DenialReason | null
  /** raised by every change */
  version: number
  delivery: Delivery
  createdAt: string
  expiresAt: string
  settledAt: string | null
  redeemedAt: string | null
  /** what the login page must show; null where none is asked for */
  number?: string | null
  /** of an approved request until it is redeemed */
  passcode?: string
}

/** Who signed in, and how. */
export type Redeemed = {
  username: string
  userId: string
  /** RFC 8176, such as `otp` and `swk` */
  amr: string[]
  token: string
  device: string
  approvedAt: string
  numberMatched: boolean
}

export type Typed = {
  username: string
  passcode: string
  /** of the browser that signs in: blocked addresses and rules about places hold only where it is told */
  context?: { ip?: string; userAgent?: string }
}

export type Verified = { valid: true; token: string | null } | { valid: false; reason: 'locked' | 'replayed' | 'wrong' }

/** How a call can be refused; a later server may know more. */
export type ProblemSlug =
  | 'unauthenticated'
  | 'wrong-host'
  | 'internal'
  | 'unavailable'
  | 'body-too-large'
  | 'malformed'
  | 'invalid'
  | 'too-many-requests'
  | 'unknown-user'
  | 'no-token'
  | 'push-paused'
  | 'address-blocked'
  | 'refused-by-policy'
  | 'idempotency-mismatch'
  | 'idempotency-in-progress'
  | 'unknown-request'
  | 'wrong-secret'
  | 'already-settled'
  | 'not-approved'
  | 'already-redeemed'
  | 'expired'
  | 'wrong-passcode'
  | (string & {})

export type Abortable = { signal?: AbortSignal }

/** A request that was made. Keep `id` and `secret` on the server, tied to one browser. */
export type LoginRequest = {
  readonly id: string
  /** proves that whoever waits is whoever asked; never in a page, an address or a log */
  readonly secret: string
  /** as it was last seen; undefined until then where it was resumed */
  readonly last: LoginRequestState | undefined
  /** as it is now */
  read(options?: Abortable): Promise<LoginRequestState>
  /** As it is, then every change, up to the final state. `since`: only what is newer than that version. */
  states(options?: Abortable & { since?: number }): AsyncGenerator<LoginRequestState, void, undefined>
  /** the final state */
  wait(options?: Abortable): Promise<LoginRequestState>
  /** Uses the approval, once: its answer is the sign-in. It is never sent twice. @param passcode read where absent */
  redeem(options?: Abortable & { passcode?: string }): Promise<Redeemed>
  /** takes it back while it is pending */
  cancel(options?: Abortable): Promise<void>
}

/** Milliseconds. */
export type Timing = {
  /** for one call: 10,000 */
  call: number
  /** for the first word of a stream, before the answer is asked for again and again instead: 4,000 */
  firstWord: number
  /** of a stream, which says something every 15 s: 45,000 */
  silence: number
  /** between tries, doubled each time up to 30 times as much, some of it by chance: 250 */
  backOff: number
  /** how long waiting goes on without an answer from the server: 60,000 */
  patience: number
}

export type ClientOptions = {
  /** the installation's public origin, https but on this machine */
  url: string | URL
  /** `csk_…` */
  apiKey: string
  /** in the place of the global one, such as a service binding or one that knows a proxy */
  fetch?: typeof fetch
  timing?: Partial<Timing>
}

export type Client = {
  /**
   * Asks the person's devices, after a first factor was checked. Sent again for as long as one call may take if the server
   * does not answer; the key makes that harmless. @param options.idempotencyKey 1–128 printable ASCII characters; a fresh one where absent
   */
  start(ask: Ask, options?: Abortable & { idempotencyKey?: string }): Promise<LoginRequest>
  /** A request made before, in another call or process. */
  resume(request: { id: string; secret: string }): LoginRequest
  /** A passcode that was typed. Wrong ones count, so it is never sent twice. */
  verify(typed: Typed, options?: Abortable): Promise<Verified>
}
