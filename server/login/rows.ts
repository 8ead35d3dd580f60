// The queries of sign-ins under way.
import type { RequestId } from '../../protocol/ids.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db, SignInsTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type SignInRow = SignInsTable

/** What the interaction of a sign-in is called whose first factor another showed. */
export const FIRST_FACTOR_ELSEWHERE = 'ent-'

export function signInRow(db: Db, id: string): Promise<SignInRow | undefined> {
  return db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertSignIn(tx: Db, row: SignInRow): Promise<void> {
  await tx.insertInto('sign_ins').values(row).execute()
}

/** Puts a request in the place of the one seen. @returns false where another took that place, or the sign-in is over */
export async function replaceRequestOf(
  tx: Db,
  seen: SignInRow,
  request: { id: RequestId; sealedSecret: string } | null,
): Promise<boolean> {
  const result = await tx
    .updateTable('sign_ins')
    .set({ request_id: request?.id ?? null, request_secret: request?.sealedSecret ?? null })
    .where('id', '=', seen.id)
    .where('outcome', 'is', null)
    .where('request_id', seen.request_id === null ? 'is' : '=', seen.request_id)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** @returns false where it was complete before */
export async function completeSignIn(tx: Db, id: string, outcome: string): Promise<boolean> {
  const result = await tx
    .updateTable('sign_ins')
    .set({ outcome, request_secret: null })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

export async function removeSignIn(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('sign_ins').where('id', '=', id).execute()
}

/** Forgets sign-ins that ended before `now`; @returns how many, at most a bounded number a call */
export const purgeSignIns = (store: Store, now: number): Promise<number> => purgeExpired(store, 'sign_ins', now)
