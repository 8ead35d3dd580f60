// An activation link by mail, and once more.
import { inFives } from '../../protocol/activation-code.ts'
import type { EnrolmentId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { handOnMove } from '../devices/moves.ts'
import { policyOf } from '../devices/token-policy.ts'
import type { UserRow } from '../directory/rows.ts'
import { knownUser } from '../directory/users.ts'
import { withdrawOthers } from '../handed-out/links.ts'
import { enqueueMail, type MailNeeds, mailIsOn } from '../mail/enqueue.ts'
import { mailMoment } from '../mail/moment.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { Db } from '../store/schema.ts'
import { type CreateEnrolmentNeeds, type PreparedEnrolment, prepareEnrolment, writeEnrolment } from './create.ts'
import { tellLink } from './link.ts'
import { enrolmentById } from './rows.ts'

export type SendNeeds = CreateEnrolmentNeeds & MailNeeds

export async function mailLink(
  tx: Db,
  needs: MailNeeds,
  { row, created }: PreparedEnrolment,
  user: Pick<UserRow, 'display_name' | 'username'>,
  to: string,
): Promise<void> {
  const { activationUrl: link, code } = created
  const until = mailMoment(row.expires_at)
  const values = { name: user.display_name, username: user.username, link, code: inFives(code), until }
  const about = { user: row.user_id, about: row.id, until: row.expires_at }
  await enqueueMail(tx, needs, { to, template: 'activation', values, ...about })
}

/**
 * The store can't give a code back, so this is another link that asks the same, good for as long, by mail; the one
 * before is worthless.
 * @throws {Problem} unknown-enrolment, mail-not-set-up, no-mail-address, refused-by-policy
 */
export async function resendLink(
  needs: SendNeeds & TellNeeds,
  { id, reason }: { id: EnrolmentId; reason: string },
  by: Actor,
): Promise<PreparedEnrolment['created']> {
  const { store, clock } = needs
  const row = await enrolmentById(store.read, id)
  if (!row || row.activated_at !== null) throw new Problem('unknown-enrolment')
  const user = await knownUser(store.read, row.user_id)
  if (!mailIsOn(needs)) throw new Problem('mail-not-set-up')
  const { email } = user
  if (email === null) throw new Problem('no-mail-address')
  const { label, ...policy } = policyOf(row)
  const expiresInMs = row.expires_at - row.created_at
  const prepared = await prepareEnrolment(needs, { user: user.id, label, policy, expiresInMs, by })
  if (!prepared.mayMail) throw new Problem('refused-by-policy', { members: { because: 'mail' } })
  await store.write(async (tx, announce) => {
    await withdrawOthers(tx, user.id, clock.now(), by)
    await writeEnrolment(tx, prepared, by, { mailed: true, replaces: id, reason })
    await handOnMove(tx, id, prepared.row.id)
    await mailLink(tx, needs, prepared, user, email)
    await tellLink(tx, { ...needs, announce }, prepared, email)
  })
  return prepared.created
}
