// Who is on the telephone? Their device asks, and they type the number that is read out to them. It signs nobody in.
import type { RequestId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { CallerAnswer, CallerAsked } from '../../protocol/operator-api/desk.ts'
import { Problem } from '../../protocol/problems.ts'
import { HELP_DESK } from '../applications/built-in.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { knownUser } from '../directory/users.ts'
import { mailNotice } from '../notices/mail.ts'
import type { TellNeeds } from '../notices/news.ts'
import { type CreateNeeds, createRequest } from '../requests/create.ts'
import { currentRequest } from '../requests/wait.ts'
import { reportedRequests } from '../watching/report-rows.ts'

/** @throws {Problem} unknown-user, no-token, too-many-requests, refused-by-policy */
export async function verifyCaller(
  needs: CreateNeeds & TellNeeds & { organisation: { name: string } },
  { id, reason }: { id: UserId; reason: string },
  by: Actor,
): Promise<CallerAsked> {
  const { username } = await knownUser(needs.store.read, id)
  const asked = await createRequest(needs, {
    application: { id: HELP_DESK, name: needs.organisation.name },
    call: { username, purpose: 'verify-caller', context: { message: reason } },
    door: 'help-desk',
    numbered: true,
    // After 'It wasn’t me!' people call, and who is on the line must be known before the pause is lifted.
    duringPause: true,
    also: async (tx, { id: request }) => {
      await record(tx, { at: needs.clock.now(), kind: 'caller-asked', user: id, request, by, detail: { reason } })
      // Their devices show the request itself.
      if (needs.mail.isOn) await mailNotice(tx, needs, { user: id, kind: 'caller-asked' })
    },
  })
  return { request: asked.id, number: asked.number ?? '', expiresAt: asked.expiresAt }
}

/** @throws {Problem} unknown-request, also for requests that no help desk made */
export async function callerAnswer(needs: Pick<CreateNeeds, 'store' | 'clock'>, id: RequestId): Promise<CallerAnswer> {
  const row = await currentRequest(needs, id)
  if (row.application_id !== HELP_DESK) throw new Problem('unknown-request')
  // Also when they were taken for that person before: whoever is on the line is to be told at once.
  const isReported = row.state === 'approved' && (await reportedRequests(needs.store.read, row.user_id)).has(row.id)
  return {
    state: row.state,
    reason: isReported ? 'not_me' : row.reason,
    delivery: row.delivery,
    verified: row.state === 'approved' && row.number_matched === 1 && !isReported,
    expiresAt: timestamp(row.expires_at),
  }
}
