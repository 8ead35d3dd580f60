// Sessions of the console: 12 hours at most, 30 minutes without a call, and a passkey used just now for what is
// dangerous. The cookie's secret is stored as its hash only.
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { OperatorSessionsTable } from '../store/operator-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { PasskeyRow } from './passkey-rows.ts'
import { type OperatorRow, operatorById } from './rows.ts'

export type SessionRow = OperatorSessionsTable
export type Session = { operator: OperatorRow; session: SessionRow }
/** The secret goes into the cookie, and nowhere else. */
export type NewSession = Session & { secret: string }

const MINUTE = 60_000
export const SESSION_MS = 12 * 60 * MINUTE
const IDLE_MS = 30 * MINUTE
const FRESH_MS = 5 * MINUTE
/** A write for every call would be most of what the console costs. */
const SEEN_EVERY_MS = MINUTE

export async function beginSession(
  tx: Db,
  { clock, random }: { clock: Clock; random: RandomBytes },
  { operator, passkey }: { operator: OperatorRow; passkey: Pick<PasskeyRow, 'id'> },
): Promise<NewSession> {
  const secret = base64url(random(32))
  const now = clock.now()
  const session: SessionRow = {
    id: digest(secret),
    operator_id: operator.id,
    passkey_id: passkey.id,
    created_at: now,
    last_seen_at: now,
    verified_at: now,
    expires_at: now + SESSION_MS,
  }
  await tx.insertInto('operator_sessions').values(session).execute()
  return { secret, session, operator }
}

/** Undefined where it is over, or was never begun. @param attended asking keeps it from becoming idle */
export async function sessionOf(
  { store, clock }: { store: Store; clock: Clock },
  secret: string,
  attended = true,
): Promise<Session | undefined> {
  const now = clock.now()
  const session = await store.read
    .selectFrom('operator_sessions')
    .selectAll()
    .where('id', '=', digest(secret))
    .executeTakeFirst()
  if (!session || session.expires_at <= now || session.last_seen_at + IDLE_MS <= now) return undefined
  const operator = await operatorById(store.read, session.operator_id)
  if (!operator) return undefined
  if (attended && session.last_seen_at + SEEN_EVERY_MS <= now) await markSeen(store, session, now)
  return { operator, session }
}

async function markSeen(store: Store, { id, last_seen_at }: SessionRow, now: number): Promise<void> {
  await store.write((tx) =>
    tx
      .updateTable('operator_sessions')
      .set({ last_seen_at: now })
      .where('id', '=', id)
      .where('last_seen_at', '=', last_seen_at)
      .execute(),
  )
}

export function freshUntil({ verified_at }: SessionRow): number {
  return verified_at + FRESH_MS
}

export async function markVerified(tx: Db, id: string, now: number): Promise<void> {
  await tx.updateTable('operator_sessions').set({ verified_at: now }).where('id', '=', id).execute()
}

export async function deleteSession(tx: Db, id: string): Promise<boolean> {
  const result = await tx.deleteFrom('operator_sessions').where('id', '=', id).executeTakeFirstOrThrow()
  return result.numDeletedRows === 1n
}

/** Sessions, links and answered challenges that are over; idle sessions stay until their end. */
export async function purgeOperatorLeftovers(store: Store, now: number): Promise<void> {
  await store.write(async (tx) => {
    await tx.deleteFrom('operator_sessions').where('expires_at', '<=', now).execute()
    await tx.deleteFrom('operator_challenges').where('expires_at', '<=', now).execute()
    await tx.deleteFrom('operator_invitations').where('expires_at', '<=', now).execute()
  })
}
