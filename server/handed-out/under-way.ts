// Sign-ins on their way in: complete perhaps, and in a browser that has not gone on yet. Attack stopped: whoever was
// let in holds the last step back until every measure against them was taken. At each door the last step takes exactly
// its own row, in the transaction that lets the person in; and a measure removes rows before it looks for what was given
// out, so that it finds whatever was given out beside it.
import type { UserId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'

const take = prepared((db, v: { id: string; user: UserId }) =>
  db.deleteFrom('sign_ins').where('id', '=', v.id).where('user_id', '=', v.user).where('outcome', 'is not', null),
)

/** @returns false where it was ended or taken before: nothing may be given out */
export async function takeSignIn(tx: Db, { id, user }: { id: string; user: UserId }): Promise<boolean> {
  return (await take(tx, { id, user })).numAffectedRows === 1n
}

/** Whoever confirmed and has not gone on yet goes no further. Before `endSignIns` in its transaction. */
export async function holdBack(tx: Db, user: UserId): Promise<void> {
  await tx.deleteFrom('sign_ins').where('user_id', '=', user).where('outcome', 'is not', null).execute()
  await visits(tx, user).where('outcome', 'is not', null).execute()
}

/** Nor does anybody whose password was right: they begin anew. Before `endSignIns` in its transaction. */
export async function endUnderWay(tx: Db, user: UserId): Promise<void> {
  await tx.deleteFrom('sign_ins').where('user_id', '=', user).execute()
  await visits(tx, user).execute()
}

/** The row stays, for its question is not asked again. */
const visits = (tx: Db, user: UserId) =>
  tx.updateTable('entra_visits').set({ browser: '', outcome: null }).where('user_id', '=', user)
