// Whose password this is, and how often that may be asked.
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { Clock } from '../clock.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { type Counted, forgetHits, moveHit, refuseOverLimit, takeHit, takeHits } from '../throttling/hits.ts'
import type { ExternalDirectory } from './external.ts'
import type { Passwords } from './passwords.ts'
import { findUser, type UserRow } from './rows.ts'

export type PasswordNeeds = {
  store: Store
  clock: Clock
  passwords: Passwords
  external?: ExternalDirectory | undefined
  sealer: Pick<Sealer, 'blind'>
  limits: Pick<Limits, 'passwordsPerUser' | 'directoryPasswords'>
}

/**
 * The user whose password this is. Attacks stopped: passwords tried on one name from many addresses, and accounts that a
 * directory locks for it, by whichever of their names. Names that nobody has are counted alike, for the answer must not
 * tell which exist, and the store learns none of them, since people type passwords into the wrong field.
 * @param place where it is typed, which counts too. A right one is counted for its name there alone, and takes nothing from
 * whoever else is at that place.
 * @throws {Problem} too-many-requests, directory-unreachable
 */
export async function verifyPassword(
  needs: PasswordNeeds,
  name: string,
  typed: string,
  place?: Counted,
): Promise<UserRow | undefined> {
  const { store, clock, limits, external } = needs
  const now = clock.now()
  const who = needs.sealer.blind(usernameKey(name))
  const bucket = `password:${who}`
  const rate = external ? limits.directoryPasswords : limits.passwordsPerUser
  if (place) await refuseOverLimit(store.read, ownBucket(place, who), place.rate, now)
  await takeHits(store, [...(place ? [place] : []), { bucket, rate }], { now })
  const known = await whosePassword(needs, name, typed)
  if (!known) return undefined
  await store.write(async (tx) => {
    await forgetHits(tx, bucket)
    if (known.external_id !== null) await forgetHits(tx, accountBucket(needs, known.external_id))
    if (place) await moveHit(tx, store, { from: place.bucket, to: ownBucket(place, who), at: now })
  })
  return known
}

const ownBucket = ({ bucket }: Counted, who: string) => `${bucket} ${who}`

const accountBucket = ({ sealer }: PasswordNeeds, externalId: string) => `account:${sealer.blind(externalId)}`

/** Over the limit it is as a wrong password: another answer would tell that two names are one person's. */
async function mayTryAccount(needs: PasswordNeeds, externalId: string): Promise<boolean> {
  const { store, clock, limits } = needs
  const bucket = accountBucket(needs, externalId)
  try {
    await takeHit(store, { bucket, rate: limits.directoryPasswords, now: clock.now() })
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

/**
 * Who has none here is asked for in the organisation's directory, where there is one. Unknown and suspended users, users
 * without a password and wrong passwords all cost one verification: the time of an answer must not tell which names exist.
 */
async function whosePassword(needs: PasswordNeeds, name: string, typed: string): Promise<UserRow | undefined> {
  const { store, passwords, external } = needs
  const user = await findUser(store.read, name)
  const right = await passwords.verify(user?.password_hash ?? (await passwords.decoy), typed)
  if (user?.password_hash) return right && user.state === 'active' ? user : undefined
  // Attack stopped: a name that is suspended here, tried on until the directory locks it.
  if (!external || user?.state === 'suspended') return undefined
  const known = await external.signIn(name, typed, (id) => mayTryAccount(needs, id))
  return known?.state === 'active' ? known : undefined
}
