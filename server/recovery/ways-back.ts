// What whoever was in somebody's account may have made there to come back by, or to read along. Attack stopped: an
// intruder makes recovery codes, and signs in by one of them as soon as everything else was ended.
import type { UserId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { record } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { forgetRecoveryCodes } from './codes.ts'

/** `since`: milliseconds; what was there before can't be theirs. Where it is not known no code is kept. */
type Ways = { user: UserId; because: 'report' | 'suspended' | 'sessions-revoked'; since?: number | undefined }

/**
 * Recovery codes, and addresses for notices; of these, where nobody knows since when, those of a day. The person is told.
 * @returns how many codes were good still
 */
export async function endWaysBack(tx: Db, needs: TellNeeds & { announce: Announce }, ways: Ways): Promise<number> {
  const { user, because, since } = ways
  const now = needs.clock.now()
  if (await dropAddresses(tx, { user, now, since: since ?? now - NOTICE_WINDOW_MS }))
    await tell(tx, needs, { user, kind: 'addresses-changed' })
  const codes = await forgetRecoveryCodes(tx, { user, now, because, since })
  if (codes > 0) await tell(tx, needs, { user, kind: 'recovery-codes-ended' })
  return codes
}

/** @returns whether there were any */
async function dropAddresses(
  tx: Db,
  { user, now, since }: { user: UserId; now: number; since: number },
): Promise<boolean> {
  const dropped = await tx
    .deleteFrom('notice_addresses')
    .where('user_id', '=', user)
    .where('created_at', '>=', since)
    .returning('place')
    .execute()
  if (dropped.length === 0) return false
  const kept = await tx.selectFrom('notice_addresses').select('place').where('user_id', '=', user).execute()
  await record(tx, { at: now, kind: 'notice-addresses-changed', user, detail: { count: kept.length } })
  return true
}
