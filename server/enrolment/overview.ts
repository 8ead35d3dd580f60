// Enrolments as operators see them: what became of a link, and its end before its time.
import type { EnrolmentId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { EnrolmentList } from '../../protocol/operator-api/activation-links.ts'
import { Problem } from '../../protocol/problems.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { movesOf } from '../devices/moves.ts'
import { policyOf } from '../devices/token-policy.ts'
import { usersById } from '../directory/rows.ts'
import { withWords } from '../directory/search.ts'
import { cancelMailsAbout, mailsAbout } from '../mail/outbox.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { cursorTo, type PlaceInTime, paged, timeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { stateOf } from './find.ts'
import { type EnrolmentRow, enrolmentsOf, openEnrolments, withdrawEnrolment } from './rows.ts'

type Needs = { store: Store; clock: Clock }
type Deed = { id: EnrolmentId; reason: string }

const PAGE = 100
/** Links that are looked at in a step, and steps in a call, where few may be whom is searched for. */
const STEP = 1000
const MOST_STEPS = 3

/**
 * @param asked.user whose; absent: all that are open, of whom is searched
 * @throws {Problem} invalid where the cursor is not one of ours
 */
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
    : await openOnes(store.read, { now, after, words })
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

const untilOf = ({ expires_at }: EnrolmentRow) => expires_at

/** @returns fewer than a page, and yet where to go on, where many were looked at and few are whom is searched for */
async function openOnes(
  db: Db,
  { now, after, words }: { now: number; after: PlaceInTime | undefined; words: readonly string[] },
): Promise<{ rows: readonly EnrolmentRow[]; next: string | null }> {
  const step = words.length > 0 ? STEP : PAGE + 1
  const found: EnrolmentRow[] = []
  let seen = after
  for (let steps = 0; steps < MOST_STEPS && found.length <= PAGE; steps++) {
    const looked = await openEnrolments(db, { now, after: seen }, step)
    const people = [...new Set(looked.map(({ user_id }) => user_id))]
    const those = new Set(await withWords(db, people, words))
    found.push(...looked.filter(({ user_id }) => those.has(user_id)))
    const last = looked.at(-1)
    if (looked.length < step || !last) return paged(found, PAGE, untilOf)
    seen = { at: last.expires_at, id: last.id }
  }
  return found.length > PAGE ? paged(found, PAGE, untilOf) : { rows: found, next: seen ? cursorTo(seen) : null }
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
