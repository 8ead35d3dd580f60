// A sign-in begins once it is known who it is: by their password here, or by a first factor that another showed.
import type { ApplicationRow } from '../applications/rows.ts'
import type { UserRow } from '../directory/rows.ts'
import type { Call } from '../http/env.ts'
import { cancelRequest, unlessSettled } from '../requests/cancel.ts'
import { giveCookie } from './cookie.ts'
import type { LoginNeeds } from './needs.ts'
import { requestOf } from './push.ts'
import { insertSignIn, removeSignIn, type SignInRow } from './rows.ts'

type Beginning = {
  uid: string
  expiresAt: number
  application: Pick<ApplicationRow, 'id'>
  /** what takes its place */
  former?: SignInRow | undefined
}

export async function beginSignIn(
  needs: LoginNeeds,
  c: Call,
  { uid, expiresAt, application, former }: Beginning,
  user: UserRow,
): Promise<SignInRow> {
  const { store, clock, random } = needs
  const now = clock.now()
  const row: SignInRow = {
    id: giveCookie(c, uid, random, (expiresAt - now) / 1000),
    interaction: uid,
    user_id: user.id,
    application_id: application.id,
    request_id: null,
    request_secret: null,
    outcome: null,
    created_at: now,
    expires_at: expiresAt,
  }
  const asked = former && (await requestOf(needs, former))
  await store.write(async (tx) => {
    if (former) await removeSignIn(tx, former.id)
    await insertSignIn(tx, row)
  })
  if (asked?.state === 'pending') await unlessSettled(cancelRequest(needs, asked))
  return row
}
