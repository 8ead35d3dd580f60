// What may take a device away that was there before it. Attack stopped: whoever has just got in, by a device or a code
// that they made meanwhile, silences the phone on which its person would read of it, and could say 'It wasn't me!'.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Db } from '../store/schema.ts'
import { elapsed } from '../throttling/elapsed.ts'
import { type TokenRow, tokensOf } from './token-rows.ts'

type Taking = {
  user: UserId
  device: DeviceId
  /** of its tokens this one alone */
  only?: TokenId | undefined
  /** milliseconds: when it was made what takes it away */
  since: number
}

/** Not within a day: as long as a report takes back what was added. */
export async function isOldEnough(db: Db, now: number, { user, device, only, since }: Taking): Promise<boolean> {
  if (elapsed(since, now, NOTICE_WINDOW_MS) >= NOTICE_WINDOW_MS) return true
  const held = await tokensOf(db, user)
  const goes = (row: TokenRow) => row.device_id === device && (only === undefined || row.id === only)
  return !held.some((row) => goes(row) && row.state !== 'revoked' && row.created_at < since)
}

/** @throws {Problem} added-too-recently */
export async function requireOldEnough(db: Db, now: number, taking: Taking): Promise<void> {
  if (!(await isOldEnough(db, now, taking))) throw new Problem('added-too-recently')
}
