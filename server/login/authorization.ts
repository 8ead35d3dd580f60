// What the login page is opened for: somebody elsewhere waits for a person. Each that sends people here gives one of its
// own (OpenID Connect, Entra, a protected site, the account page), so that this room knows none of them.
import type { RequestId, UserId } from '../../protocol/ids.ts'
import type { Call } from '../http/env.ts'
import type { Db } from '../store/schema.ts'

/** Who signed in, and how; for the claims of the same names. */
export type SignedIn = {
  user: UserId
  amr: string[]
  acr: string
  /** milliseconds */
  at: number
  /** the approval it came from */
  request?: RequestId | null
  /** the sign-in under way, which the last step takes */
  signIn: string
}

/** How people are to sign in, by `acr`: a wish, or a condition. */
export type RequestedAcr = { values: readonly string[]; isEssential: boolean }

export type PendingAuthorization = {
  uid: string
  clientId: string
  /** milliseconds */
  expiresAt: number
  /** the name the application expects, where it said so */
  loginHint: string | undefined
  /** who it is to be, and nobody else: another showed their first factor */
  boundTo?: UserId
  /** absent: however the policies will have it */
  acr?: RequestedAcr
  /** Of one sign-in once; told again it changes nothing. @returns where the browser goes on, with a code at the end */
  accept(signedIn: SignedIn): Promise<string>
  /** @returns what `accept` would write, for the transaction that lets the person in; absent: it writes nothing */
  accepting?(signedIn: SignedIn): Promise<(tx: Db) => Promise<void>>
  /** @returns where the browser goes back to the application without having signed in */
  refuse(): Promise<string>
}

export type Authorizations = {
  /** The one named, if this browser began it: its cookie says so, the name alone opens nothing. */
  of(c: Call, uid: string): Promise<PendingAuthorization | undefined>
}
