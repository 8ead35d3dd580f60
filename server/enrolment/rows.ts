// The queries of enrolments. Every change names the state it was decided by, so that one code makes one token.
import type { EnrolmentId, UserId } from '../../protocol/ids.ts'
import type { PlaceInTime } from '../store/cursor.ts'
import type { Db, EnrolmentsTable } from '../store/schema.ts'

export type EnrolmentRow = EnrolmentsTable

export async function insertEnrolment(tx: Db, enrolment: EnrolmentRow): Promise<void> {
  await tx.insertInto('enrolments').values(enrolment).execute()
}

export function enrolmentByLookup(db: Db, lookup: string): Promise<EnrolmentRow | undefined> {
  return db.selectFrom('enrolments').selectAll().where('code_lookup', '=', lookup).executeTakeFirst()
}

type Seen = Pick<EnrolmentRow, 'id' | 'wrong_passcodes'>

const asSeen = (tx: Db, { id, wrong_passcodes }: Seen) =>
  tx
    .updateTable('enrolments')
    .where('id', '=', id)
    .where('activated_at', 'is', null)
    .where('wrong_passcodes', '=', wrong_passcodes)
    // Gone where it was withdrawn meanwhile.
    .where('server_private_key', 'is not', null)

/** Uses the enrolment up and destroys the server's private half. @returns false where it is not as it was seen */
export async function takeEnrolment(
  tx: Db,
  seen: Seen,
  activation: { at: number; with: string; answer: string },
): Promise<boolean> {
  const result = await asSeen(tx, seen)
    .set({
      activated_at: activation.at,
      activated_with: activation.with,
      answer: activation.answer,
      server_private_key: null,
    })
    .where('expires_at', '>', activation.at)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** @param last the private half goes with it @returns false where it is not as it was seen */
export async function countWrongPasscode(tx: Db, seen: Seen, last: boolean): Promise<boolean> {
  const result = await asSeen(tx, seen)
    .set({ wrong_passcodes: seen.wrong_passcodes + 1, ...(last ? { server_private_key: null } : {}) })
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Newest first. @param after the last that was shown */
export function enrolmentsOf(db: Db, user: UserId, most: number, after?: PlaceInTime): Promise<EnrolmentRow[]> {
  const all = db.selectFrom('enrolments').selectAll().where('user_id', '=', user)
  const following = after
    ? all
        .where('created_at', '<=', after.at)
        .where((e) => e.or([e('created_at', '<', after.at), e('id', '<', after.id as EnrolmentId)]))
    : all
  return following.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(most).execute()
}

export function enrolmentById(db: Db, id: EnrolmentId): Promise<EnrolmentRow | undefined> {
  return db.selectFrom('enrolments').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The last that was made for each of these people. */
export async function latestEnrolments(db: Db, users: readonly UserId[]): Promise<Map<UserId, EnrolmentRow>> {
  if (users.length === 0) return new Map()
  const rows = await db
    .selectFrom('enrolments')
    .selectAll()
    .where('user_id', 'in', users)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return new Map(rows.map((row) => [row.user_id, row]))
}

/**
 * Whose codes are still good, those that end first before the others.
 * @param after the last that was shown
 * @param words beginnings of what the person is called, compared as user names are
 */
export function openEnrolments(
  db: Db,
  { now, after }: { now: number; after?: PlaceInTime | undefined },
  most: number,
): Promise<EnrolmentRow[]> {
  const all = db
    .selectFrom('enrolments')
    .selectAll()
    .where('expires_at', '>', now)
    .where('activated_at', 'is', null)
    .where('server_private_key', 'is not', null)
  const following = after
    ? all
        .where('expires_at', '>=', after.at)
        .where((e) => e.or([e('expires_at', '>', after.at), e('id', '>', after.id as EnrolmentId)]))
    : all
  return following.orderBy('expires_at').orderBy('id').limit(most).execute()
}

/** The code is dead, and the private half of its key gone. @returns whose it was; undefined where it was not open */
export async function withdrawEnrolment(tx: Db, id: EnrolmentId, now: number): Promise<UserId | undefined> {
  const row = await tx
    .updateTable('enrolments')
    .set({ server_private_key: null })
    .where('id', '=', id)
    .where('activated_at', 'is', null)
    .where('server_private_key', 'is not', null)
    .where('expires_at', '>', now)
    .returning('user_id')
    .executeTakeFirst()
  return row?.user_id
}

export async function destroyExpiredKeys(tx: Db, now: number): Promise<number> {
  const result = await tx
    .updateTable('enrolments')
    .set({ server_private_key: null })
    .where('expires_at', '<=', now)
    .where('server_private_key', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(result.numUpdatedRows)
}

export const privateKeyCell = (id: EnrolmentId) => ({ table: 'enrolments', column: 'server_private_key', id })
