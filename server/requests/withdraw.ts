// Somebody may not sign in any more: whatever asks or was approved as them ends, in the transaction that says so.
import type { UserId } from '../../protocol/ids.ts'
import { forgetBrowsers } from '../policy/remembered.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { pendingRequests, unredeemedRequests } from './rows.ts'
import { type Change, type SettleNeeds, writeEnding } from './settle.ts'
import { transition } from './state.ts'

/** @param also what ends it, e.g. that the person is suspended now; a request made meanwhile is ended with the rest */
export async function withdrawAll(
  needs: SettleNeeds,
  user: UserId,
  also: (tx: Db, announce: Announce) => Promise<void>,
): Promise<void> {
  await untilWon(async () => {
    const now = needs.clock.now()
    const { read } = needs.store
    // First: a request that is made after this look has raised its version.
    const throttle = await readThrottle(read, user)
    const asking = [...(await pendingRequests(read, [user], now)), ...(await unredeemedRequests(read, user, now))]
    const changes = asking.flatMap((seen): Change[] => {
      const result = transition(seen, { type: 'withdraw' }, now)
      return 'row' in result ? [{ seen, row: result.row }] : []
    })
    const ending = async (tx: Db, announce: Announce) => {
      await forgetBrowsers(tx, user)
      await also(tx, announce)
    }
    return (await writeEnding(needs, { user, changes, throttle, also: ending })) || undefined
  })
}
