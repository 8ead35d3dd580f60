// Somebody of the organisation changes how a person is slowed down, beside sign-ins that change it too.
import type { UserId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { readThrottle, type ThrottleChanges, updateThrottle } from './throttle.ts'

/** @param also what is written with it */
export async function changeThrottle(
  store: Store,
  user: UserId,
  changes: ThrottleChanges,
  also: (tx: Db, announce: Announce) => Promise<void>,
): Promise<void> {
  await untilWon(async () => {
    const throttle = await readThrottle(store.read, user)
    const won = await store.write(async (tx, announce) => {
      if (!(await updateThrottle(tx, throttle, changes))) return false
      await also(tx, announce)
      return true
    })
    return won || undefined
  })
}
