// Whose password this is, and how often that may be asked.
import type { Limits } from '../../protocol/limits.ts'
import { usernameKey } from '../../protocol/text.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import {
  type Counted,
  forgetHits,
  mayHit,
  moveHit,
  overLimit,
  type Rate,
  refuseOverLimit,
  takeHits,
} from '../throttling/hits.ts'
import { isAccountKnownAt, isKnownAt } from '../throttling/known-places.ts'
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

/** Where a password is typed. */
type Typed = {
  /** what counts there besides. A right one is counted for its name there alone, and takes nothing from whoever else is there. */
  counted?: Counted
  /** a digest of where somebody may be known from */
  place?: string | undefined
}

/**
 * The user whose password this is. Attacks stopped: passwords tried on one name from many addresses, and accounts that a
 * directory locks for it, by whichever of their names. Names that nobody has are counted alike, for the answer must not
 * tell which exist, and the store learns none of them, since people type passwords into the wrong field.
 * @throws {Problem} too-many-requests, directory-unreachable
 */
export async function verifyPassword(
  needs: PasswordNeeds,
  name: string,
  typed: string,
  { counted, place }: Typed = {},
): Promise<UserRow | undefined> {
  const { store, clock } = needs
  const now = clock.now()
  const who = needs.sealer.blind(usernameKey(name))
  const limit = await limitFor(needs, name, { who, place })
  const own = counted && `${counted.bucket} ${who}`
  if (counted && own) await refuseOverLimit(store.read, own, counted.rate, now)
  await takeHits(store, [...(counted ? [counted] : []), limit], { now })
  const known = await whosePassword(needs, name, { typed, place })
  if (!known) return noteLimit(needs, name, { ...limit, who })
  await store.write(async (tx) => {
    await forgetHits(tx, limit.bucket)
    // As the directory does itself.
    if (known.external_id !== null)
      for (const { bucket } of accountLimits(needs, known.external_id)) await forgetHits(tx, bucket)
    if (counted && own) await moveHit(tx, store, { from: counted.bucket, to: own, at: now })
  })
  return known
}

/** Where the person is known, one of its own: strangers' wrong ones are not counted there. */
async function limitFor(
  { store, clock, limits, external }: PasswordNeeds,
  name: string,
  { who, place }: { who: string; place: string | undefined },
): Promise<Counted> {
  const isKnown =
    place !== undefined && (await isKnownAt(store.read, { place, name: usernameKey(name), now: clock.now() }))
  const rate = external ? limits.directoryPasswords : limits.passwordsPerUser
  if (isKnown) return { bucket: `password:${who} ${place}`, rate }
  return { bucket: `password:${who}`, rate: external ? elsewhere(rate) : rate }
}

/**
 * Of those that the directory bears one is kept for where the person is known. Attack stopped: strangers who use up all,
 * and so keep them out there too.
 */
const elsewhere = ({ count, seconds }: Rate): Rate => ({ count: Math.max(1, count - 1), seconds })

/**
 * The one that reaches the limit is told, once in its time; whoever tries on tells no more. A name that nobody has costs
 * the same write, for the time of an answer must not tell which names exist.
 */
async function noteLimit(
  { store, clock }: PasswordNeeds,
  name: string,
  { bucket, rate, who }: Counted & { who: string },
): Promise<undefined> {
  const now = clock.now()
  if ((await overLimit(store.read, bucket, rate, now)) === undefined) return
  const user = await findUser(store.read, name)
  const also = async (tx: Db) => {
    if (user) await raise(tx, { at: now, kind: 'passwords-limited', user: user.id, detail: rate })
  }
  await mayHit(store, [{ bucket: `limited:${who}`, rate: { ...rate, count: 1 } }], { now, also })
}

/** First the one that only those have who are not known where they are. */
function accountLimits({ sealer, limits: { directoryPasswords: rate } }: PasswordNeeds, externalId: string) {
  const bucket = `account:${sealer.blind(externalId)}`
  return [
    { bucket: `${bucket} elsewhere`, rate: elsewhere(rate) },
    { bucket, rate },
  ] as const
}

/**
 * Over the limit it is as a wrong password: another answer would tell that two names are one person's. Where they are
 * known it is said.
 * @throws {Problem} too-many-requests
 */
async function mayTryAccount(needs: PasswordNeeds, externalId: string, place: string | undefined): Promise<boolean> {
  const { store, clock } = needs
  const now = clock.now()
  const [strangers, all] = accountLimits(needs, externalId)
  const isKnown = place !== undefined && (await isAccountKnownAt(store.read, { place, externalId, now }))
  if (!isKnown) return mayHit(store, [strangers, all], { now })
  await takeHits(store, [all], { now })
  return true
}

/**
 * Who has none here is asked for in the organisation's directory, where there is one. Unknown and suspended users, users
 * without a password and wrong passwords all cost one verification: the time of an answer must not tell which names exist.
 */
async function whosePassword(
  needs: PasswordNeeds,
  name: string,
  { typed, place }: { typed: string; place: string | undefined },
): Promise<UserRow | undefined> {
  const { store, passwords, external } = needs
  const user = await findUser(store.read, name)
  const right = await passwords.verify(user?.password_hash ?? (await passwords.decoy), typed)
  if (user?.password_hash) return right && user.state === 'active' ? user : undefined
  // Attack stopped: a name that is suspended here, tried on until the directory locks it.
  if (!external || user?.state === 'suspended') return undefined
  const known = await external.signIn(name, typed, (id) => mayTryAccount(needs, id, place))
  return known?.state === 'active' ? known : undefined
}
