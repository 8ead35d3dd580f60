// Recovery codes: what stands in for a device that is lost (NIST SP 800-63B-4 §3.1.2, look-up secrets). 80 bits each,
// so that nobody guesses one; kept as hashes, each good once.
import { asMeant, CROCKFORD } from '../../protocol/crockford.ts'
import type { RandomBytes, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { record } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Policies } from '../policy/book.ts'
import type { Effective } from '../policy/effective.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const MOST = 10
const LENGTH = 16
const CANONICAL = new RegExp(`^[${CROCKFORD}]{${LENGTH}}$`)

function newCode(random: RandomBytes): string {
  return Array.from(random(LENGTH), (byte) => CROCKFORD[byte & 31]).join('')
}

const hashOf = (user: UserId, code: string) => digest(`${user}:${code}`)

/** As people type it; undefined where no code can be meant. */
export function canonicalRecoveryCode(typed: string): string | undefined {
  const code = asMeant(typed)
  return CANONICAL.test(code) ? code : undefined
}

/** @param held at one application, or wherever the person signs in */
export const mayRecover = (held: Effective) => held.recoveryCodes?.value !== false

/**
 * Takes the place of all that were made before.
 * @param held first in the transaction: refuses whoever may do so no more
 * @throws {Problem} refused-by-policy
 * @returns the codes, told once, in groups
 */
export async function makeRecoveryCodes(
  needs: TellNeeds & { store: Store; policies: Policies },
  user: UserId,
  held: (tx: Db) => Promise<void>,
): Promise<string[]> {
  const { store, clock, random, policies } = needs
  if (!mayRecover(await policies.of({ user })))
    throw new Problem('refused-by-policy', { members: { because: 'recovery-codes' } })
  const codes = Array.from({ length: MOST }, () => newCode(random))
  const at = clock.now()
  await store.write(async (tx, announce) => {
    await held(tx)
    await tx.deleteFrom('recovery_codes').where('user_id', '=', user).execute()
    const rows = codes.map((code) => ({ user_id: user, hash: hashOf(user, code), created_at: at, used_at: null }))
    await tx.insertInto('recovery_codes').values(rows).execute()
    await record(tx, { at, kind: 'recovery-codes-made', user })
    await tell(tx, { ...needs, announce }, { user, kind: 'recovery-codes-made' })
  })
  return codes.map((code) => code.replace(/.{4}(?=.)/g, '$&-'))
}

/** Whether it is one of this person's that is left. */
export async function isRecoveryCode(db: Db, user: UserId, typed: string): Promise<boolean> {
  const code = canonicalRecoveryCode(typed)
  if (code === undefined) return false
  const row = await db
    .selectFrom('recovery_codes')
    .select('hash')
    .where('user_id', '=', user)
    .where('hash', '=', hashOf(user, code))
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** @returns when it was made; undefined where it is none of this person's that is left */
export async function spendRecoveryCode(tx: Db, user: UserId, typed: string, at: number): Promise<number | undefined> {
  const code = canonicalRecoveryCode(typed)
  if (code === undefined) return undefined
  const spent = await tx
    .updateTable('recovery_codes')
    .set({ used_at: at })
    .where('user_id', '=', user)
    .where('hash', '=', hashOf(user, code))
    .where('used_at', 'is', null)
    .returning('created_at')
    .executeTakeFirst()
  return spent?.created_at
}

/**
 * Where somebody else may hold them.
 * @param ending.since milliseconds: when they were made at the earliest; all of a person's where not given
 * @returns how many were good still
 */
export async function forgetRecoveryCodes(
  tx: Db,
  { user, now, because, since = 0 }: { user: UserId; now: number; because: string; since?: number | undefined },
): Promise<number> {
  const gone = await tx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', user)
    .where('created_at', '>=', since)
    .returning('used_at')
    .execute()
  const codes = gone.filter(({ used_at }) => used_at === null).length
  if (codes > 0) await record(tx, { at: now, kind: 'recovery-codes-ended', user, detail: { codes, because } })
  return codes
}

export async function recoveryCodesOf(db: Db, user: UserId): Promise<{ left: number; madeAt: number | null }> {
  const rows = await db.selectFrom('recovery_codes').selectAll().where('user_id', '=', user).execute()
  const left = rows.filter(({ used_at }) => used_at === null).length
  return { left, madeAt: rows[0]?.created_at ?? null }
}
