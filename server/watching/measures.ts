// What is done about a person who is under attack. Each is one act: nobody takes password and devices in one call.
import type { UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import { type ExternalDirectory, isPasswordElsewhere } from '../directory/external.ts'
import { knownUser } from '../directory/users.ts'
import { endAccess, forgetConfirmations } from '../handed-out/end-access.ts'
import { holdBack } from '../handed-out/under-way.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { endWaysBack } from '../recovery/ways-back.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { type Also, withdrawAll } from '../requests/withdraw.ts'
import { digest } from '../store/digest.ts'
import { changeThrottle } from '../throttling/change.ts'

type About = { id: UserId; reason: string }
type Needs = SettleNeeds & TellNeeds
const MINUTE = 60_000

/**
 * No push goes to this person until then, or longer where it is paused for longer, and what asks as them now ends.
 * @returns until when
 * @throws {Problem} unknown-user
 */
export async function pausePush(
  needs: Needs,
  { id, minutes, reason }: About & { minutes: number },
  by: Actor,
): Promise<number> {
  await knownUser(needs.store.read, id)
  let until = needs.clock.now() + minutes * MINUTE
  const paused: Also = async (tx, announce) => {
    await forgetConfirmations(tx, id)
    await raise(tx, {
      at: needs.clock.now(),
      kind: 'push-paused',
      user: id,
      by,
      detail: { until: timestamp(until), reason },
    })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'push-paused', detail: { until } })
  }
  await withdrawAll(needs, id, paused, ({ push_paused_until: already }) => {
    until = Math.max(until, already)
    return { push_paused_until: until }
  })
  return until
}

/** @throws {Problem} unknown-user */
export async function resumePush(needs: Needs, { id, reason }: About, by: Actor): Promise<void> {
  await knownUser(needs.store.read, id)
  const changes = { push_paused_until: 0, refusals: 0, unanswered: 0 }
  await changeThrottle(needs.store, id, changes, async (tx, announce) => {
    await record(tx, { at: needs.clock.now(), kind: 'push-resumed', user: id, by, detail: { reason } })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'push-resumed' })
    announce(`user:${id}`)
  })
}

/**
 * Web sites have to ask again and, where they want to hear it, are told; sign-ins under way begin anew. What somebody
 * else may have made to come back by ends with it.
 * @returns how many artefacts of sign-ins ended @throws {Problem} unknown-user
 */
export async function revokeSessions(needs: Needs, { id, reason }: About, by: Actor): Promise<number> {
  const { store, clock } = needs
  await knownUser(store.read, id)
  let ended = 0
  await withdrawAll(needs, id, async (tx, announce) => {
    // Before it is looked for: what is being given out beside this is found with the rest.
    await holdBack(tx, id)
    const gone = await tx.deleteFrom('oidc_artifacts').where('account_id', '=', digest(id)).executeTakeFirstOrThrow()
    ended = Number(gone.numDeletedRows)
    await endAccess(tx, needs, { user: id })
    await endWaysBack(tx, { ...needs, announce }, { user: id, because: 'sessions-revoked' })
    await record(tx, { at: clock.now(), kind: 'sessions-revoked', user: id, by, detail: { ended, reason } })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'sessions-revoked' })
  })
  return ended
}

/**
 * Nobody signs in by password as this person until a new one is set.
 * @throws {Problem} unknown-user, password-elsewhere
 */
export async function clearPassword(
  needs: Needs & { external?: ExternalDirectory | undefined },
  { id, reason }: About,
  by: Actor,
): Promise<void> {
  const { store, clock, external } = needs
  if (isPasswordElsewhere(external, await knownUser(store.read, id))) throw new Problem('password-elsewhere')
  await withdrawAll(needs, id, async (tx, announce) => {
    await tx
      .updateTable('users')
      .set((e) => ({ password_hash: null, version: e('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
    await endAccess(tx, needs, { user: id })
    await record(tx, { at: clock.now(), kind: 'password-cleared', user: id, by, detail: { reason } })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'password-cleared' })
  })
}
