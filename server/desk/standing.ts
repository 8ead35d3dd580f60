// How a person stands: what keeps them out, and how the last push went.
import type { UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Standing } from '../../protocol/operator-api/desk.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { knownUser } from '../directory/users.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { openOf, openView } from '../passcodes/temporary-rows.ts'
import type { Store } from '../store/store.ts'
import { changeThrottle } from '../throttling/change.ts'
import { NO_WRONG_PASSCODES, readThrottle } from '../throttling/throttle.ts'
import { lastRequestOf } from '../watching/live.ts'

type Needs = TellNeeds & { store: Store }

/** @throws {Problem} unknown-user */
export async function standingOf({ store, clock }: Pick<Needs, 'store' | 'clock'>, user: UserId): Promise<Standing> {
  await knownUser(store.read, user)
  const now = clock.now()
  const throttle = await readThrottle(store.read, user)
  const until = (at: number) => (at > now ? timestamp(at) : null)
  const open = await openOf(store.read, user, now)
  return {
    pushPausedUntil: until(throttle.push_paused_until),
    passcodesLockedUntil: until(throttle.passcodes_locked_until),
    refusals: throttle.refusals,
    unanswered: throttle.unanswered,
    wrongPasscodes: throttle.passcode_failures,
    lastRequest: (await lastRequestOf({ store, clock }, user)) ?? null,
    temporaryPasscodes: open.map(openView),
  }
}

/** Typed passcodes are taken again, and the count of wrong ones begins anew. @throws {Problem} unknown-user */
export async function unlockPasscodes(
  needs: Needs,
  { id: user, reason }: { id: UserId; reason: string },
  by: Actor,
): Promise<void> {
  const { store, clock } = needs
  await knownUser(store.read, user)
  await changeThrottle(store, user, NO_WRONG_PASSCODES, async (tx, announce) => {
    await record(tx, { at: clock.now(), kind: 'passcodes-unlocked', user, by, detail: { reason } })
    await tell(tx, { ...needs, announce }, { user, kind: 'passcodes-unlocked' })
  })
}
