// The first factor at the login page, and the sign-in that begins with it.

import type * as z from 'zod/mini'
import type { passwordCall } from '../../protocol/login-api.ts'
import { ACCOUNT_CLIENT } from '../account/application.ts'
import type { UserRow } from '../directory/rows.ts'
import type { Call } from '../http/env.ts'
import { firstFactor } from '../sign-in/first-factor.ts'
import { giveCookie } from './cookie.ts'
import { signInUnasked } from './finish.ts'
import type { LoginNeeds } from './needs.ts'
import { endRequest, requestOf } from './push.ts'
import { isRemembered } from './remembered.ts'
import { insertSignIn, removeSignIn, type SignInRow } from './rows.ts'
import type { UnderWay } from './under-way.ts'

/** @throws {Problem} too-many-requests, wrong-credentials, not-permitted-here, refused-by-policy */
export async function enterPassword(
  needs: LoginNeeds,
  c: Call,
  under: UnderWay,
  typed: z.infer<typeof passwordCall>,
): Promise<SignInRow> {
  const tried = { ...typed, application: under.application, address: needs.addressOf(c) }
  const { user, held, isTrustedNetwork } = await firstFactor(needs, tried)
  const signIn = await begin(needs, c, under, user)
  // Whoever looks after devices and passwords shows both factors, wherever they are.
  if (under.application.client_id === ACCOUNT_CLIENT) return signIn
  // Whoever asks for an acr asks for a second factor: none of those there are is reached by a password.
  if (under.authorization.acr?.values.length) return signIn
  if (isTrustedNetwork) return signInUnasked(needs, signIn, 'trusted-network')
  const who = { user, application: under.application.id }
  return (await isRemembered(needs, c, held, who)) ? signInUnasked(needs, signIn, 'remembered-browser') : signIn
}

async function begin(needs: LoginNeeds, c: Call, under: UnderWay, user: UserRow): Promise<SignInRow> {
  const { store, clock, random } = needs
  const { authorization, application, signIn: former } = under
  const now = clock.now()
  const row: SignInRow = {
    id: giveCookie(c, authorization.uid, random, (authorization.expiresAt - now) / 1000),
    interaction: authorization.uid,
    user_id: user.id,
    application_id: application.id,
    request_id: null,
    request_secret: null,
    outcome: null,
    created_at: now,
    expires_at: authorization.expiresAt,
  }
  const asked = former && (await requestOf(needs, former))
  await store.write(async (tx) => {
    if (former) await removeSignIn(tx, former.id)
    await insertSignIn(tx, row)
  })
  if (asked?.state === 'pending') await endRequest(needs, asked)
  return row
}
