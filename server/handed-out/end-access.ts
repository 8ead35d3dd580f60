// What somebody was let into ends, in the transaction of whatever is done about them. Who is on the way in goes first, so
// that what is given out beside it is found with the rest.
import type { UserId } from '../../protocol/ids.ts'
import { leaveSites } from '../applications/protected-sites.ts'
import type { Clock } from '../clock.ts'
import { forgetBrowsers } from '../policy/remembered.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { forgetPlaces } from '../throttling/known-places.ts'
import { withdrawAllLinks, withdrawOwnLinks } from './links.ts'
import { endSignIns } from './sign-ins.ts'
import { endUnderWay, holdBack } from './under-way.ts'

export type Whose = {
  user: UserId
  /** of the account page, which goes on */
  session?: string | undefined
  /** milliseconds: only what was reached from then on without asking a device; undefined: all of it */
  since?: number | undefined
  /** why nobody may use a link of theirs any more; undefined: those stay that the organisation made for them */
  allLinks?: 'report' | 'suspended'
}

/** What they confirmed lets them in nowhere any more, neither in remembered browsers nor at sites behind a proxy. */
export async function forgetConfirmations(tx: Db, user: UserId): Promise<void> {
  await holdBack(tx, user)
  await leaveSites(tx, user)
  await forgetBrowsers(tx, user)
}

/** That, their links, what applications were given, and the account page. What asks as them is for `withdrawAll`. */
export async function endAccess(
  tx: Db,
  needs: { store: Pick<Store, 'engine'>; clock: Clock },
  { user, session = '', since, allLinks }: Whose,
): Promise<void> {
  const at = needs.clock.now()
  if (since === undefined) await endUnderWay(tx, user)
  await forgetConfirmations(tx, user)
  await forgetPlaces(tx, needs.store, user)
  if (allLinks) await withdrawAllLinks(tx, { user, at, because: allLinks })
  else await withdrawOwnLinks(tx, { user, at })
  await endSignIns(tx, needs, { user, ...(since !== undefined && { unaskedSince: since }) })
  await tx
    .deleteFrom('account_sessions')
    .where('user_id', '=', user)
    .where('created_at', '>=', since ?? 0)
    .where('id', '!=', session)
    .execute()
}
