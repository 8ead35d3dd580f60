// Somebody may not sign in any more: whatever asks or was approved as them ends, in the transaction that says so. What
// they were let into by what they confirmed before is for `also` to end.
import type { TokenId, UserId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { readThrottle, type ThrottleChange, type ThrottleChanges, type ThrottleRow } from '../throttling/throttle.ts'
import { askingRequests, unredeemedRequests } from './rows.ts'
import { type SettleNeeds, writeEnding } from './settle.ts'
import { transitions } from './state.ts'

export type Also = (tx: Db, announce: Announce) => Promise<void>
/** How somebody is slowed down from now on, by how they are. */
type Counts = (seen: ThrottleRow) => ThrottleChanges
const same: Counts = () => ({})

/**
 * @param also what ends it, e.g. that the person is suspended now; a request made meanwhile is ended with the rest
 */
export function withdrawAll(needs: SettleNeeds, user: UserId, also: Also, counts = same): Promise<void> {
  return withdrawAllOf(needs, [user], also, counts)
}

/** The same for everybody who is concerned, in one transaction. @param counts how they are slowed down from now on */
export async function withdrawAllOf(
  needs: SettleNeeds,
  users: readonly UserId[],
  also: Also,
  counts = same,
): Promise<void> {
  const [first] = users
  if (first === undefined) return needs.store.write(also)
  await untilWon(async () => {
    const { read } = needs.store
    const guarded = await Promise.all(
      users.map(async (user) => {
        const seen = await readThrottle(read, user)
        return { seen, changes: counts(seen) }
      }),
    )
    return (await withdrawOnce(needs, first, guarded, also)) || undefined
  })
}

/**
 * Of everybody whose counts were read: a request that was made after that has raised their version.
 * @returns false where something changed since
 */
export async function withdrawOnce(
  needs: SettleNeeds,
  user: UserId,
  guarded: readonly ThrottleChange[],
  also: Also,
): Promise<boolean> {
  const now = needs.clock.now()
  const asking = await Promise.all(guarded.map(({ seen }) => askingRequests(needs.store.read, seen.user_id, now)))
  const changes = transitions(asking.flat(), { type: 'withdraw' }, now)
  return writeEnding(needs, { user, changes, guarded, also })
}

/** What this token approved and nobody has redeemed yet. What still asks stays: other tokens may answer it. */
export async function withdrawApprovals(
  needs: SettleNeeds,
  { user, token }: { user: UserId; token: TokenId },
  also: Also,
): Promise<void> {
  await untilWon(async () => {
    const { read } = needs.store
    const now = needs.clock.now()
    // First: an approval after this look has raised its version.
    const seen = await readThrottle(read, user)
    const approved = (await unredeemedRequests(read, user, now)).filter((row) => row.decided_by_token === token)
    const changes = transitions(approved, { type: 'withdraw' }, now)
    return (await writeEnding(needs, { user, changes, guarded: [{ seen, changes: {} }], also })) || undefined
  })
}
