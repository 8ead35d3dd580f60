// 'It wasn't me!', wherever it is pressed: whatever stands in for this person's device ends in the same transaction, and
// the organisation finds it in its inbox. Attack stopped: whoever talked the help desk out of a passcode for a day, or
// made recovery codes meanwhile, is reported, and signs in again.
import { endAccess, type Whose } from '../handed-out/end-access.ts'
import { holdSession } from '../handed-out/held-session.ts'
import { endSignIns } from '../handed-out/sign-ins.ts'
import { mayStay } from '../handed-out/staying.ts'
import type { TellNeeds } from '../notices/news.ts'
import { endTemporariesOf } from '../passcodes/temporary-rows.ts'
import { endWaysBack } from '../recovery/ways-back.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { type NewReport, openReport } from './report-rows.ts'

type Needs = TellNeeds & { store: Pick<Store, 'engine'>; announce: Announce }

export type Reach = Pick<Whose, 'since'> & {
  /** milliseconds: when that was which is reported */
  happened: number
  /** of the account page, if it was reported there */
  session?: string | undefined
}

/**
 * Back to `reach.since`, or to when a passcode was given that ends now. Once in a transaction that moves on the counts of
 * that person, so that nothing is accepted beside it.
 */
export async function fileReport(tx: Db, needs: Needs, about: Omit<NewReport, 'ended'>, reach: Reach): Promise<void> {
  const { user_id: user, request_id: request, at: now } = about
  const { session } = reach
  if (session !== undefined) await holdSession(tx, { id: session })
  // Before the rest: whoever is about to be let in by one of these is waited for, and then sent back with the rest.
  const passcodes = await endTemporariesOf(tx, { user, now, because: 'report' })
  const since = reach.since && Math.min(reach.since, ...passcodes.map(({ created_at }) => created_at))
  const stays = session !== undefined && (await mayStay(tx, session, reach.happened))
  await endAccess(tx, needs, { user, session, since, allLinks: 'report' })
  if (session !== undefined && !stays) await tx.deleteFrom('account_sessions').where('id', '=', session).execute()
  const recoveryCodes = await endWaysBack(tx, needs, { user, because: 'report', since })
  if (request !== '') await endSignIns(tx, needs, { request })
  const ended = JSON.stringify({ temporaryPasscodes: passcodes.length, recoveryCodes })
  await openReport(tx, needs.random, { ...about, ended })
}
