// /login/<interaction>/api: what the hosted login page says to the server. The address names a sign-in; only the
// cookies of the browser that began it make that name worth anything.
import * as z from 'zod/mini'
import { typedPasscode } from './application-api.ts'
import { type Delivery, type DenialReason, type RequestState, requestState } from './login-request.ts'
import { typedPassword } from './text.ts'

export const passwordCall = z.object({
  username: z.string().check(z.minLength(1), z.maxLength(256)),
  password: typedPassword,
})

/** `seen`: the state of the request that the page shows, so that nothing is sent after a denial it had not seen. */
export const pushCall = z.object({ seen: z.nullable(requestState) })

export const typedPasscodeCall = z.object({ passcode: typedPasscode })

/** The passcode that reached the page. */
export const redeemPasscodeCall = z.object({ passcode: z.string().check(z.minLength(1), z.maxLength(16)) })

export const bareCall = z.object({})

/** Whether a push may be asked for, and why not. */
export type PushOffer =
  | { available: true }
  | { available: false; why: 'no-token' }
  /** the policy asks only tokens that fingerprint, face or screen lock unlocks, and there is none */
  | { available: false; why: 'unlock' }
  /** something about this sign-in is unusual, and the policy refuses it: typed passcodes and recovery codes, too */
  | { available: false; why: 'risk' }
  | { available: false; why: 'push-paused'; until: string }

export type WaitingRequest = {
  state: RequestState
  reason: DenialReason | null
  delivery: Delivery
  /** to be typed on the device */
  number: string | null
  createdAt: string
  expiresAt: string
  serverTime: string
  /** once approved */
  passcode?: string
}

/** `text` and `icon` (the path of a picture) are the application's own; `notice` is the organisation's, for some hours. */
type Named = { application: string; organisation: string; text?: string; icon?: string; notice?: string }
type Known = Named & {
  username: string
  push: PushOffer
  requestSeconds: number
  typedPasscodes?: boolean
  /** where the policy refuses them */
  recoveryCodes?: false
}

/** What the login page shows; the whole of its state lives on the server. */
export type SignInView =
  | (Named & { step: 'password'; loginHint?: string })
  | (Known & { step: 'confirm' })
  | (Known & { step: 'waiting'; request: WaitingRequest })
  | (Named & { step: 'signed-in'; continueTo: string })

/** Where the browser goes when the person turns back. */
export type Left = { continueTo: string }
