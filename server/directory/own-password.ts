// A person changes their own password. A wrong old one counts: whoever sits down at a page left open must not guess on.
import type { UserId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { record } from '../audit/record.ts'
import { forgetHits, takeHit } from '../throttling/hits.ts'
import { type ExternalDirectory, isPasswordElsewhere } from './external.ts'
import { refuseGuessable } from './guessable.ts'
import type { Passwords } from './passwords.ts'
import { type ReplacePasswordNeeds, replacePassword } from './replace-password.ts'
import { knownUser } from './users.ts'

export type OwnPasswordNeeds = ReplacePasswordNeeds & {
  passwords: Passwords
  external?: ExternalDirectory | undefined
  limits: Pick<Limits, 'wrongPasscodes'>
  organisation: { name: string }
}

const WINDOW_S = 3600

/**
 * Whatever else is signed in to the account page, or on its way to sign in, ends.
 * @param change.session the one that stays
 * @throws {Problem} too-many-requests, wrong-credentials, password-elsewhere, guessable-password; changed-meanwhile where it was cleared just now
 */
export async function changeOwnPassword(
  needs: OwnPasswordNeeds,
  user: UserId,
  change: { current: string; next: string; session: string },
): Promise<void> {
  const { store, clock, passwords, limits, external } = needs
  const now = clock.now()
  const bucket = `own-password:${user}`
  const rate = { count: limits.wrongPasscodes.count, seconds: WINDOW_S }
  const seen = await knownUser(store.read, user)
  if (isPasswordElsewhere(external, seen)) throw new Problem('password-elsewhere')
  // Counted before it is looked at: of many at once no more are answered than one after another.
  await takeHit(store, { bucket, rate, now, user })
  const { password_hash: hash } = seen
  if (!(await passwords.verify(hash ?? (await passwords.decoy), change.current)) || hash === null) {
    await store.write((tx) => record(tx, { at: now, kind: 'sign-in-failed', user, detail: { at: 'account' } }))
    throw new Problem('wrong-credentials')
  }
  await store.write((tx) => forgetHits(tx, bucket))
  await refuseGuessable(needs, seen, change.next)
  const replaced = await replacePassword(needs, seen, await passwords.hash(change.next), { session: change.session })
  if (!replaced) throw new Problem('changed-meanwhile')
}
