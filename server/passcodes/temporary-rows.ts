// The queries of temporary passcodes.
import type { TemporaryPasscodeId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { record } from '../audit/record.ts'
import type { Db } from '../store/schema.ts'

export type Temporary = { id: TemporaryPasscodeId; once: number; created_at: number; expires_at: number }

/** Those that are good still, oldest first; none of somebody suspended. */
export async function openOf(db: Db, user: UserId, now: number): Promise<(Temporary & { passcode: string })[]> {
  return db
    .selectFrom('temporary_passcodes as t')
    .innerJoin('users', 'users.id', 't.user_id')
    .select(['t.id', 't.once', 't.created_at', 't.expires_at', 't.passcode'])
    .where('t.user_id', '=', user)
    .where('t.expires_at', '>', now)
    .where('t.ended_at', 'is', null)
    .where('users.state', '=', 'active')
    .orderBy('t.created_at')
    .orderBy('t.id')
    .execute()
}

export const openView = ({ id, once, created_at, expires_at }: Temporary) => ({
  id,
  once: once === 1,
  createdAt: timestamp(created_at),
  expiresAt: timestamp(expires_at),
})

/** Compare and set: one use is one use. @returns false where it was used or ended meanwhile */
export async function useTemporary(tx: Db, { id, once }: Temporary, now: number): Promise<boolean> {
  if (once === 1) return endTemporary(tx, id, now)
  const still = await tx
    .selectFrom('temporary_passcodes')
    .select('id')
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return still !== undefined
}

/** @returns false where it was used or ended before */
export async function endTemporary(tx: Db, id: TemporaryPasscodeId, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('temporary_passcodes')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/**
 * Ends whatever the help desk gave this person. The transaction has moved on the counts of that person first: none of
 * these is accepted beside it.
 * @returns those that ended
 */
export async function endTemporariesOf(
  tx: Db,
  { user, now, because }: { user: UserId; now: number; because: 'suspended' | 'report' },
): Promise<Pick<Temporary, 'id' | 'created_at'>[]> {
  const ended = await tx
    .updateTable('temporary_passcodes')
    .set({ ended_at: now })
    .where('user_id', '=', user)
    .where('expires_at', '>', now)
    .where('ended_at', 'is', null)
    .returning(['id', 'created_at'])
    .execute()
  for (const { id } of ended)
    await record(tx, { at: now, kind: 'temporary-passcode-ended', user, detail: { temporary: id, because } })
  return ended
}
