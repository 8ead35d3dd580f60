// What slows an attacker down, per user. `version` rises with every change, so that whoever decides by the counts
// finds out when somebody else decided first.
import type { UserId } from '../../protocol/ids.ts'
import type { Db, ThrottlesTable } from '../store/schema.ts'

export type ThrottleRow = ThrottlesTable
export type ThrottleChanges = Partial<Omit<ThrottlesTable, 'user_id' | 'version'>>

const untouched = (user: UserId): ThrottleRow => ({
  user_id: user,
  version: 0,
  refusals: 0,
  unanswered: 0,
  push_paused_until: 0,
  passcode_failures: 0,
  passcodes_locked_until: 0,
  places: '[]',
})

/** A user without a row reads as one whom nothing was counted against; the first change makes the row. */
export async function readThrottle(db: Db, user: UserId): Promise<ThrottleRow> {
  const row = await db.selectFrom('throttles').selectAll().where('user_id', '=', user).executeTakeFirst()
  return row ?? untouched(user)
}

export async function createThrottle(tx: Db, user: UserId): Promise<void> {
  await tx
    .insertInto('throttles')
    .values(untouched(user))
    .onConflict((c) => c.column('user_id').doNothing())
    .execute()
}

/** Compare and set. @returns false where another change came first: read again and decide again */
export async function updateThrottle(
  tx: Db,
  user: UserId,
  seenVersion: number,
  changes: ThrottleChanges,
): Promise<boolean> {
  const version = seenVersion + 1
  if (seenVersion > 0) {
    const result = await tx
      .updateTable('throttles')
      .set({ ...changes, version })
      .where('user_id', '=', user)
      .where('version', '=', seenVersion)
      .executeTakeFirstOrThrow()
    return result.numUpdatedRows === 1n
  }
  // Version 0 may stand for a missing row; of two who both add it, one meets the other's version.
  const result = await tx
    .insertInto('throttles')
    .values({ ...untouched(user), ...changes, version })
    .onConflict((c) =>
      c
        .column('user_id')
        .doUpdateSet({ ...changes, version })
        .where('throttles.version', '=', seenVersion),
    )
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

/**
 * Makes every other transaction that concerns this user's counts wait for the end of this one: for decisions that
 * depend on other tables (how many devices, how many calls), where no version tells.
 */
export async function holdThrottle(tx: Db, user: UserId): Promise<void> {
  await tx
    .insertInto('throttles')
    .values(untouched(user))
    .onConflict((c) => c.column('user_id').doUpdateSet({ user_id: user }))
    .execute()
}
