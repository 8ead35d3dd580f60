// Enrolments as operators see them: what became of a link, and its end before its time.
import type { EnrolmentId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { EnrolmentEntry } from '../../protocol/operator-api/tokens.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { movesOf } from '../devices/moves.ts'
import { policyOf } from '../devices/token-policy.ts'
import { usersById } from '../directory/rows.ts'
import { cancelMailsAbout, mailsAbout } from '../mail/outbox.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { stateOf } from './find.ts'
import { enrolmentsOf, openEnrolments, withdrawEnrolment } from './rows.ts'

type Needs = { store: Store; clock: Clock }
type Deed = { id: EnrolmentId; reason: string }

const MOST_OF_ONE = 20
const MOST_OPEN = 500

/** @param user whose; absent: all that are open */
export async function listEnrolments({ store, clock }: Needs, user?: UserId): Promise<EnrolmentEntry[]> {
  const now = clock.now()
  const rows = user
    ? await enrolmentsOf(store.read, user, MOST_OF_ONE)
    : await openEnrolments(store.read, now, MOST_OPEN)
  const users = await usersById(store.read, [...new Set(rows.map((row) => row.user_id))])
  const ids = rows.map((row) => row.id)
  const mails = await mailsAbout(store.read, ids)
  const moves = await movesOf(store.read, ids)
  return rows.flatMap((row) => {
    const whose = users.get(row.user_id)
    if (!whose) return []
    const { otp: _otp, ...asks } = policyOf(row)
    return {
      id: row.id,
      user: { id: whose.id, username: whose.username, displayName: whose.display_name },
      ...asks,
      state: stateOf(row, now),
      createdAt: timestamp(row.created_at),
      expiresAt: timestamp(row.expires_at),
      replaces: moves.get(row.id) ?? null,
      mail: mails.get(row.id) ?? null,
    }
  })
}

/** Whoever has the link holds nothing any more, even half-way through. @throws {Problem} unknown-enrolment */
export async function withdraw(needs: Needs & TellNeeds, { id, reason }: Deed, by: Actor): Promise<void> {
  const at = needs.clock.now()
  await needs.store.write(async (tx, announce) => {
    const user = await withdrawEnrolment(tx, id, at)
    if (!user) throw new Problem('unknown-enrolment')
    await cancelMailsAbout(tx, id, at)
    await record(tx, { at, kind: 'enrolment-withdrawn', user, by, detail: { enrolment: id, reason } })
    await tell(tx, { ...needs, announce }, { user, kind: 'link-withdrawn' })
  })
}
