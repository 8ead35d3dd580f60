// Whom push reaches on none of their devices: written where tokens, subscriptions and people change, read by whoever
// looks how things stand.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'

/** Looks again whether push reaches these people. */
export async function noteReach(tx: Db, users: readonly UserId[]): Promise<void> {
  if (users.length === 0) return
  // Written first, so that of two transactions about one person the second sees what the first has left.
  await tx
    .insertInto('unreachable')
    .values(users.toSorted().map((user_id) => ({ user_id })))
    .onConflict((c) => c.column('user_id').doUpdateSet((e) => ({ user_id: e.ref('excluded.user_id') })))
    .execute()
  await tx
    .deleteFrom('unreachable')
    .where('user_id', 'in', users)
    .where(({ or, not, exists, selectFrom }) => {
      const active = selectFrom('tokens')
        .select('tokens.id')
        .whereRef('tokens.user_id', '=', 'unreachable.user_id')
        .where('tokens.state', '=', 'active')
      return or([
        not(exists(active.innerJoin('users', 'users.id', 'tokens.user_id').where('users.state', '=', 'active'))),
        exists(active.innerJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')),
      ])
    })
    .execute()
}

/** Whoever can approve with this device. */
export async function noteReachOf(tx: Db, device: DeviceId): Promise<void> {
  const rows = await tx.selectFrom('tokens').select('user_id').distinct().where('device_id', '=', device).execute()
  await noteReach(
    tx,
    rows.map(({ user_id }) => user_id),
  )
}

/** @returns at most `most`: beyond that nobody needs to know */
export const countUnreachable = (db: Db, most: number): Promise<number> =>
  countRows(db, db.selectFrom('unreachable').select('user_id').limit(most))
