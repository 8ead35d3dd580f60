// The first factor. Attack stopped: an unknown user, a user without a password and a wrong password are one answer
// after one amount of work; an address that tries again and again waits.

import type * as z from 'zod/mini'
import type { passwordCall } from '../../protocol/login-api.ts'
import { Problem } from '../../protocol/problems.ts'
import { isPlainText } from '../../protocol/text.ts'
import { ACCOUNT_CLIENT } from '../account/application.ts'
import { mayUse } from '../applications/who-may.ts'
import { record } from '../audit/record.ts'
import { findUser, type UserRow } from '../directory/rows.ts'
import { verifyPassword } from '../directory/users.ts'
import type { Call } from '../http/env.ts'
import { admit } from '../policy/admit.ts'
import { isWithin } from '../policy/networks.ts'
import { takeHit } from '../throttling/hits.ts'
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
  const { store, clock, limits } = needs
  const address = needs.addressOf(c)
  await takeHit(store, { bucket: `sign-in:${address}`, rate: limits.signInsPerAddress, now: clock.now() })
  // What no user name can be, no store is asked for.
  const username = isPlainText(typed.username) ? typed.username : ''
  const user = await verifyPassword(needs, username, typed.password)
  if (!user) return refuse(needs, under, { username, address })
  if (!(await mayUse(store.read, under.application, user.id))) return turnAway(needs, under, user, address)
  const held = await needs.policies.of({ user: user.id, application: under.application.id })
  await admit(needs, held, { user: user.id, application: under.application.id, address })
  const signIn = await begin(needs, c, under, user)
  // Whoever looks after devices and passwords shows both factors, wherever they are.
  if (under.application.client_id === ACCOUNT_CLIENT) return signIn
  if (held.trustedNetworks && isWithin(address, held.trustedNetworks.value))
    return signInUnasked(needs, signIn, 'trusted-network')
  const who = { user, application: under.application.id }
  return (await isRemembered(needs, c, held, who)) ? signInUnasked(needs, signIn, 'remembered-browser') : signIn
}

async function refuse(
  { store, clock }: LoginNeeds,
  { application }: UnderWay,
  tried: { username: string; address: string },
): Promise<never> {
  const user = await findUser(store.read, tried.username)
  await store.write((tx) =>
    record(tx, {
      at: clock.now(),
      kind: 'sign-in-failed',
      application: application.id,
      // No name that nobody has: people type passwords into the wrong field.
      ...(user ? { user: user.id } : {}),
      detail: { address: tried.address },
    }),
  )
  throw new Problem('wrong-credentials')
}

/** Said only to whoever knows the password. */
async function turnAway(
  { store, clock }: LoginNeeds,
  { application }: UnderWay,
  user: UserRow,
  address: string,
): Promise<never> {
  await store.write((tx) =>
    record(tx, {
      at: clock.now(),
      kind: 'sign-in-failed',
      application: application.id,
      user: user.id,
      detail: { address, because: 'not-permitted-here' },
    }),
  )
  throw new Problem('not-permitted-here')
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
