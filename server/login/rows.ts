// The queries of sign-ins under way.
import type { RequestId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db, SignInsTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type SignInRow = SignInsTable

/** What the interaction of a sign-in is called whose first factor another showed. */
export const FIRST_FACTOR_ELSEWHERE = 'ent-'

const byId = prepared((db, v: { id: string }) => db.selectFrom('sign_ins').selectAll().where('id', '=', v.id))

export async function signInRow(db: Db, id: string): Promise<SignInRow | undefined> {
  return (await byId(db, { id })).rows[0]
}

const insert = prepared((db, row: SignInRow) => {
  const { id, interaction, user_id, application_id, request_id, request_secret, outcome, created_at, expires_at } = row
  const named = { id, interaction, user_id, application_id, request_id, request_secret, outcome }
  return db.insertInto('sign_ins').values({ ...named, created_at, expires_at })
})

export async function insertSignIn(tx: Db, row: SignInRow): Promise<void> {
  await insert(tx, row)
}

type Replacing = { id: string; seen: RequestId | null; request: RequestId | null; sealedSecret: string | null }

const replaceRequest = prepared((db, v: Replacing) =>
  db
    .updateTable('sign_ins')
    .set({ request_id: v.request, request_secret: v.sealedSecret })
    .where('id', '=', v.id)
    .where('outcome', 'is', null)
    .where('request_id', 'is not distinct from', v.seen),
)

/** Puts a request in the place of the one seen. @returns false where another took that place, or the sign-in is over */
export async function replaceRequestOf(
  tx: Db,
  { id, request_id: seen }: SignInRow,
  request: { id: RequestId; sealedSecret: string } | null,
): Promise<boolean> {
  const next = { request: request?.id ?? null, sealedSecret: request?.sealedSecret ?? null }
  return (await replaceRequest(tx, { id, seen, ...next })).numAffectedRows === 1n
}

const completeOne = prepared((db, v: { id: string; outcome: string }) =>
  db
    .updateTable('sign_ins')
    .set({ outcome: v.outcome, request_secret: null })
    .where('id', '=', v.id)
    .where('outcome', 'is', null),
)

/** @returns false where it was complete before */
export async function completeSignIn(tx: Db, id: string, outcome: string): Promise<boolean> {
  return (await completeOne(tx, { id, outcome })).numAffectedRows === 1n
}

export async function removeSignIn(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('sign_ins').where('id', '=', id).execute()
}

/** Forgets sign-ins that ended before `now`; @returns how many, at most a bounded number a call */
export const purgeSignIns = (store: Store, now: number): Promise<number> => purgeExpired(store, 'sign_ins', now)
