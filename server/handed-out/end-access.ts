// What somebody was let into ends, in the transaction of whatever is done about them. Who is on the way in goes first, so
// that what is given out beside it is found with the rest.
import type { UserId } from '../../protocol/ids.ts'
import { leaveSites } from '../applications/protected-sites.ts'
import type { Clock } from '../clock.ts'
import { withdrawOwnLinks } from '../enrolment/withdraw.ts'
import { forgetBrowsers } from '../policy/remembered.ts'
import type { Db } from '../store/schema.ts'
import { forgetPlaces } from '../throttling/known-places.ts'
import { endSignIns } from './sign-ins.ts'
import { endUnderWay, holdBack } from './under-way.ts'

export type Whose = {
  user: UserId
  /** of the account page, which goes on */
  session?: string | undefined
  /** milliseconds: only what was reached from then on without asking a device; undefined: all of it */
  since?: number | undefined
}

/** What they confirmed lets them in nowhere any more, neither in remembered browsers nor at sites behind a proxy. */
export async function forgetConfirmations(tx: Db, user: UserId): Promise<void> {
  await holdBack(tx, user)
  await leaveSites(tx, user)
  await forgetBrowsers(tx, user)
}

/** That, links that a device of theirs made, what applications were given, and the account page. What asks as them is for `withdrawAll`. */
export async function endAccess(tx: Db, needs: { clock: Clock }, { user, session = '', since }: Whose): Promise<void> {
  if (since === undefined) await endUnderWay(tx, user)
  await forgetConfirmations(tx, user)
  await forgetPlaces(tx, user)
  await withdrawOwnLinks(tx, { user, at: needs.clock.now() })
  await endSignIns(tx, needs, { user, ...(since !== undefined && { unaskedSince: since }) })
  await tx
    .deleteFrom('account_sessions')
    .where('user_id', '=', user)
    .where('created_at', '>=', since ?? 0)
    .where('id', '!=', session)
    .execute()
}
