// The first factor at the login page, and the sign-in that begins with it.

import type * as z from 'zod/mini'
import type { passwordCall } from '../../protocol/login-api.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACCOUNT_CLIENT } from '../applications/account.ts'
import type { Call } from '../http/env.ts'
import { firstFactor } from '../sign-in/first-factor.ts'
import { beginSignIn } from './begin.ts'
import { signInUnasked } from './finish.ts'
import { browserPlace } from './known-browser.ts'
import type { LoginNeeds } from './needs.ts'
import { isRemembered } from './remembered.ts'
import type { SignInRow } from './rows.ts'
import type { UnderWay } from './under-way.ts'

/** @throws {Problem} no-sign-in: who it is stands already; too-many-requests, wrong-credentials, not-permitted-here, refused-by-policy */
export async function enterPassword(
  needs: LoginNeeds,
  c: Call,
  under: UnderWay,
  typed: z.infer<typeof passwordCall>,
): Promise<SignInRow> {
  // Whoever began it said who it is to be, and another's password changes nothing about that.
  if (under.authorization.boundTo !== undefined) throw new Problem('no-sign-in')
  const tried = { ...typed, application: under.application, address: needs.addressOf(c), place: browserPlace(c) }
  const { user, held, isTrustedNetwork } = await firstFactor(needs, tried)
  const { uid, expiresAt } = under.authorization
  const { application, signIn: former } = under
  const signIn = await beginSignIn(needs, c, { uid, expiresAt, application, former }, user)
  // Whoever looks after devices and passwords shows both factors, wherever they are.
  if (under.application.client_id === ACCOUNT_CLIENT) return signIn
  // Whoever asks for an acr asks for a second factor: none of those there are is reached by a password.
  if (under.authorization.acr?.values.length) return signIn
  if (isTrustedNetwork) return signInUnasked(needs, signIn, 'trusted-network')
  const who = { user, application: under.application.id }
  return (await isRemembered(needs, c, held, who)) ? signInUnasked(needs, signIn, 'remembered-browser') : signIn
}
