// /login/api: what the hosted login page says to the server. Every call names the page's own sign-in; only the
// cookie set for it makes that name worth anything.
import * as z from 'zod/mini'
import { typedPasscode } from './application-api.ts'
import type { Delivery, DenialReason, RequestState } from './login-request.ts'
import type { ProblemSlug } from './problems.ts'

export const passwordCall = z.object({
  username: z.string().check(z.minLength(1), z.maxLength(256)),
  password: z.string().check(z.minLength(1), z.maxLength(1024)),
})
export const typedPasscodeCall = z.object({ passcode: typedPasscode })

/** Ways to confirm, and why one is closed just now. */
export type PushOffer =
  | { available: true }
  | { available: false; why: 'no-token' | 'push-paused' | 'too-many-requests'; until?: string }

/** What the login page shows; the whole of its state lives on the server. */
export type SignInView =
  | { step: 'password'; application: string; organisation: string }
  | {
      step: 'confirm'
      application: string
      organisation: string
      username: string
      push: PushOffer
      requestSeconds: number
      problem?: ProblemSlug
    }
  | {
      step: 'waiting'
      application: string
      organisation: string
      username: string
      request: {
        state: RequestState
        reason: DenialReason | null
        delivery: Delivery
        version: number
        number: string | null
        createdAt: string
        expiresAt: string
        serverTime: string
      }
    }
  | { step: 'signed-in'; application: string; organisation: string; passcode: string | null; continueTo: string }
