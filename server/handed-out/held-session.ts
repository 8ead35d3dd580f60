// A session of the account page, held for the transaction of what is done there. Attack stopped: what an intruder does at
// the moment in which their session is ended: codes that they make, a device that they say is lost, a report that takes
// back the owner's new phone, another password.
import { Problem } from '../../protocol/problems.ts'
import type { Db } from '../store/schema.ts'

/**
 * Before anything is done there, and after the person's counts where those are moved on.
 * @throws {Problem} unauthenticated where it was ended meanwhile
 */
export async function holdSession(tx: Db, { id }: { id: string }): Promise<void> {
  const held = await tx
    .updateTable('account_sessions')
    .set((e) => ({ seen_at: e.ref('seen_at') }))
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (held.numUpdatedRows !== 1n) throw new Problem('unauthenticated')
}
