// A passcode that the help desk reads out to somebody whose device is not at hand. It is kept sealed: eight digits would
// not be hidden by a hash. Wrong ones are counted where every typed passcode is.
import { newId, type TemporaryPasscodeId, type UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { IssuedPasscode } from '../../protocol/operator-api/desk.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import { knownUser } from '../directory/users.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Policies } from '../policy/book.ts'
import { LONGEST_TEMPORARY_HOURS } from '../policy/limits.ts'
import type { RandomInt } from '../requests/number.ts'
import { sameText } from '../store/digest.ts'
import type { Cell, Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { holdThrottle } from '../throttling/throttle.ts'
import { endTemporary, openOf, type Temporary } from './temporary-rows.ts'

const MINUTE_MS = 60_000
const USUAL_MINUTES = 60
const DIGITS = 8

const cell = (id: string): Cell => ({ table: 'temporary_passcodes', column: 'passcode', id })

export type IssueNeeds = TellNeeds & {
  store: Store
  randomInt: RandomInt
  sealer: Sealer
  policies: Policies
}

/** @throws {Problem} unknown-user, user-suspended, refused-by-policy */
export async function issuePasscode(
  needs: IssueNeeds,
  asked: { id: UserId; reason: string; once?: boolean | undefined; minutes?: number | undefined },
  by: Actor,
): Promise<IssuedPasscode> {
  const { store, clock, random, randomInt, sealer, policies } = needs
  const user = asked.id
  const { state } = await knownUser(store.read, user)
  if (state !== 'active') throw new Problem('user-suspended')
  const held = await policies.of({ user })
  const longest = 60 * (held.temporaryPasscodeHours?.value ?? LONGEST_TEMPORARY_HOURS)
  const minutes = asked.minutes ?? Math.min(USUAL_MINUTES, longest)
  // One that could not be typed would help nobody.
  if (longest === 0 || minutes > longest || held.typedPasscodes?.value === false) throw new Problem('refused-by-policy')
  const now = clock.now()
  const id = newId('tpc', random)
  const passcode = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0')
  const once = asked.once ?? true
  const expires = now + minutes * MINUTE_MS
  await store.write(async (tx, announce) => {
    // One at a time: another one ends the one before, and of two at once the second ends the first.
    await holdThrottle(tx, user)
    for (const before of await openOf(tx, user, now)) await endTemporary(tx, before.id, now)
    await tx
      .insertInto('temporary_passcodes')
      .values({
        id,
        user_id: user,
        passcode: sealer.seal(passcode, cell(id)),
        once: once ? 1 : 0,
        created_at: now,
        expires_at: expires,
        ended_at: null,
      })
      .execute()
    const detail = { temporary: id, once, until: timestamp(expires), reason: asked.reason }
    await raise(tx, { at: now, kind: 'temporary-passcode-issued', user, by, detail })
    await tell(tx, { ...needs, announce }, { user, kind: 'temporary-passcode', detail: { until: expires } })
  })
  return { id, passcode, once, expiresAt: timestamp(expires) }
}

/** @throws {Problem} not-found where it has ended already */
export async function endPasscode(
  needs: TellNeeds & { store: Store },
  { id, reason }: { id: TemporaryPasscodeId; reason: string },
  by: Actor,
) {
  const now = needs.clock.now()
  await needs.store.write(async (tx, announce) => {
    const row = await tx
      .selectFrom('temporary_passcodes')
      .select('user_id')
      .where('id', '=', id)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    if (!row || !(await endTemporary(tx, id, now))) throw new Problem('unknown-passcode')
    const { user_id: user } = row
    await record(tx, { at: now, kind: 'temporary-passcode-ended', user, by, detail: { temporary: id, reason } })
    await tell(tx, { ...needs, announce }, { user, kind: 'temporary-passcode-ended' })
  })
}

/** @returns the one that was typed */
export async function typedTemporary(
  { store, sealer }: Pick<IssueNeeds, 'store' | 'sealer'>,
  user: UserId,
  typed: string,
  now: number,
): Promise<Temporary | undefined> {
  const open = await openOf(store.read, user, now)
  return open.find(({ id, passcode }) => sameText(sealer.openText(passcode, cell(id)), typed))
}
