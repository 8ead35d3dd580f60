// Somebody who has signed in to the account page. Attack stopped: the cookie is made fresh when the second factor is
// there, no script and no other site can send it, and a page left open ends by itself.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import type { DeviceId, RandomBytes, RequestId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { type UserRow, userById } from '../directory/rows.ts'
import { takeSignIn } from '../handed-out/under-way.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'

type Needs = { store: Store; clock: Clock }
export type Session = {
  id: string
  user: UserRow
  /** by whose approval or typed passcode it was begun; undefined: by another code, or it is no longer known */
  device: DeviceId | undefined
  /** when the recovery code or the help desk's passcode was made by which it was begun; null: by none */
  codeMadeAt: number | null
}

const COOKIE = '__Host-countersign-account'
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const
const LONGEST_MS = 60 * 60 * 1000
const IDLE_MS = 15 * 60 * 1000
const NOTED_EVERY_MS = 60 * 1000

/** Nobody's, where the sign-in was ended meanwhile. */
export async function beginSession(
  { store, clock, random }: Needs & { random: RandomBytes },
  c: Call,
  signIn: {
    id: string
    user: UserId
    request: RequestId | null
    device: DeviceId | null
    codeMadeAt: number | null
  },
): Promise<void> {
  const secret = base64url(random(16))
  const now = clock.now()
  const times = { created_at: now, seen_at: now, expires_at: now + LONGEST_MS }
  const began = await store.write(async (tx) => {
    if (!(await takeSignIn(tx, signIn))) return false
    await tx
      .insertInto('account_sessions')
      .values({
        id: digest(secret),
        user_id: signIn.user,
        request_id: signIn.request,
        device_id: signIn.device,
        code_made_at: signIn.codeMadeAt,
        ...times,
      })
      .execute()
    return true
  })
  if (began) setCookie(c, COOKIE, secret, { ...ATTRIBUTES, maxAge: LONGEST_MS / 1000 })
}

/** @throws {Problem} unauthenticated */
export async function sessionOf({ store, clock }: Needs, c: Call): Promise<Session> {
  const secret = getCookie(c, COOKIE)
  const now = clock.now()
  const row =
    secret &&
    (await store.read
      .selectFrom('account_sessions')
      .leftJoin('login_requests', 'login_requests.id', 'account_sessions.request_id')
      .selectAll('account_sessions')
      .select('login_requests.decided_by_device as approver')
      .where('account_sessions.id', '=', digest(secret))
      .where('account_sessions.expires_at', '>', now)
      .where('seen_at', '>', now - IDLE_MS)
      .executeTakeFirst())
  const user = row ? await userById(store.read, row.user_id) : undefined
  if (!row || user?.state !== 'active') throw new Problem('unauthenticated')
  if (now - row.seen_at >= NOTED_EVERY_MS)
    await store.write((tx) =>
      tx.updateTable('account_sessions').set({ seen_at: now }).where('id', '=', row.id).execute(),
    )
  return { id: row.id, user, device: row.approver ?? row.device_id ?? undefined, codeMadeAt: row.code_made_at }
}

export async function endSession({ store }: Needs, c: Call, { id }: Session): Promise<void> {
  deleteCookie(c, COOKIE, ATTRIBUTES)
  await store.write((tx) => tx.deleteFrom('account_sessions').where('id', '=', id).execute())
}

/** Forgets sessions and visits that are over. */
export async function purgeAccountLeftovers(store: Store, now: number): Promise<void> {
  await store.write(async (tx) => {
    await tx.deleteFrom('account_sessions').where('expires_at', '<', now).execute()
    await tx.deleteFrom('account_visits').where('expires_at', '<', now).execute()
  })
}
