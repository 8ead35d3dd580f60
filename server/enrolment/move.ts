// A link that moves somebody to a new device: it asks what the old one asks, and the old one works until then. It never
// touches the password. Attack stopped: a help desk that is talked into it; the person is told at once, and says no.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import type { MadeMove } from '../../protocol/operator-api/desk.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { deviceName } from '../devices/device-rows.ts'
import { insertMove } from '../devices/moves.ts'
import { policyOf } from '../devices/token-policy.ts'
import { tokensOnDevice } from '../devices/token-rows.ts'
import { knownUser } from '../directory/users.ts'
import { withdrawOthers } from '../handed-out/links.ts'
import { mailIsOn } from '../mail/enqueue.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { prepareEnrolment, writeEnrolment } from './create.ts'
import { mailLink, type SendNeeds } from './send.ts'

type Asked = {
  id: UserId
  device: DeviceId
  reason: string
  delivery?: 'show' | 'mail' | undefined
  expiresInMinutes?: number | undefined
}

/**
 * @throws {Problem} unknown-user, unknown-token where the device holds none of theirs, mail-not-set-up, no-mail-address,
 * refused-by-policy
 */
export async function moveToNewDevice(needs: SendNeeds & TellNeeds, asked: Asked, by: Actor): Promise<MadeMove> {
  const { store, clock } = needs
  const { read } = store
  const { reason, expiresInMinutes } = asked
  const user = await knownUser(read, asked.id)
  const token = (await tokensOnDevice(read, asked.device)).find(
    ({ user_id, state }) => user_id === user.id && state !== 'revoked',
  )
  if (!token) throw new Problem('unknown-token')
  const { label, ...policy } = policyOf(token)
  const expires = expiresInMinutes === undefined ? {} : { expiresInMs: expiresInMinutes * 60_000 }
  const prepared = await prepareEnrolment(needs, { user: user.id, label, policy, by, ...expires })
  const to = asked.delivery === 'mail' ? addressFor(needs, user.email, prepared.mayMail) : null
  const device = { id: asked.device, name: await deviceName(read, asked.device) }
  const { enrolment, expiresAt, activationUrl, code } = prepared.created
  await store.write(async (tx, announce) => {
    await withdrawOthers(tx, user.id, clock.now(), by)
    const mailed = to === null ? {} : { mailed: true }
    await writeEnrolment(tx, prepared, by, { ...mailed, moves: asked.device, reason })
    await insertMove(tx, { user: user.id, device: asked.device, enrolment })
    if (to !== null) await mailLink(tx, needs, prepared, user, to)
    await tell(tx, { ...needs, announce }, { user: user.id, kind: 'device-moving', device })
  })
  return to === null
    ? { enrolment, expiresAt, mailedTo: null, activationUrl, code }
    : { enrolment, expiresAt, mailedTo: to, activationUrl: null, code: null }
}

/** @throws {Problem} mail-not-set-up, no-mail-address, refused-by-policy */
function addressFor(needs: SendNeeds, email: string | null, mayMail: boolean): string {
  if (!mailIsOn(needs)) throw new Problem('mail-not-set-up')
  if (email === null) throw new Problem('no-mail-address')
  if (!mayMail) throw new Problem('refused-by-policy', { members: { because: 'mail' } })
  return email
}
