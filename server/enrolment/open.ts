// What a device sees before it decides to enrol; nothing is used up by looking.
import type { EnrolmentOffer } from '../../protocol/device-api.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Clock } from '../clock.ts'
import { policyOf } from '../devices/token-policy.ts'
import { userById } from '../directory/rows.ts'
import type { Store } from '../store/store.ts'
import { type FindNeeds, findByCode, isOpen, limited, mayEnrol } from './find.ts'
import { destroyExpiredKeys } from './rows.ts'

export type OpenNeeds = FindNeeds & { organisation: { name: string }; vapid: { publicKey: string } }

/** @param asked.address the caller's, for the limit on guesses @throws {Problem} too-many-requests, unknown-code */
export async function openEnrolment(
  needs: OpenNeeds,
  asked: { code: string; address: string },
): Promise<EnrolmentOffer> {
  const { store, clock, organisation, vapid } = needs
  const now = clock.now()
  const enrolment = await limited(needs, asked.address, async () => {
    const found = await findByCode(store.read, asked.code)
    return found && isOpen(found.row, now) && (await mayEnrol(store.read, found.row)) ? found.row : undefined
  })
  const user = await userById(store.read, enrolment.user_id)
  if (!user) throw new Error(`enrolment ${enrolment.id} is for nobody`)
  return {
    enrolment: enrolment.id,
    organisation: { name: organisation.name },
    user: { username: user.username, displayName: user.display_name },
    token: policyOf(enrolment),
    serverKey: enrolment.server_key,
    vapidKey: vapid.publicKey,
    serverTime: timestamp(now),
  }
}

/** Destroys the private halves of enrolments nobody used in time. @returns how many */
export function expireEnrolments({ store, clock }: { store: Store; clock: Clock }): Promise<number> {
  return store.write((tx) => destroyExpiredKeys(tx, clock.now()))
}
