// Enrolments as operators see them: what became of a link, and its end before its time.
import type { EnrolmentId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { EnrolmentList } from '../../protocol/operator-api/tokens.ts'
import { Problem } from '../../protocol/problems.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { movesOf } from '../devices/moves.ts'
import { policyOf } from '../devices/token-policy.ts'
import { paged, timeIn } from '../directory/cursor.ts'
import { usersById } from '../directory/rows.ts'
import { cancelMailsAbout, mailsAbout } from '../mail/outbox.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { stateOf } from './find.ts'
import { enrolmentsOf, openEnrolments, withdrawEnrolment } from './rows.ts'

type Needs = { store: Store; clock: Clock }
type Deed = { id: EnrolmentId; reason: string }

const PAGE = 100

/** @param asked.user whose; absent: all that are open, of whom is searched @throws {Problem} invalid where the cursor is not one of ours */
export async function listEnrolments(
  { store, clock }: Needs,
  {
    user,
    search = '',
    cursor,
  }: { user?: UserId | undefined; search?: string | undefined; cursor?: string | undefined },
): Promise<EnrolmentList> {
  const now = clock.now()
  const after = timeIn(cursor)
  const words = usernameKey(search).split(/\s+/).filter(Boolean)
  const { rows, next } = user
    ? paged(await enrolmentsOf(store.read, user, PAGE + 1, after), PAGE, (row) => row.created_at)
    : paged(await openEnrolments(store.read, { now, after, words }, PAGE + 1), PAGE, (row) => row.expires_at)
  const users = await usersById(store.read, [...new Set(rows.map((row) => row.user_id))])
  const ids = rows.map((row) => row.id)
  const mails = await mailsAbout(store.read, ids)
  const moves = await movesOf(store.read, ids)
  const enrolments = rows.flatMap((row) => {
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
  return { enrolments, next }
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
