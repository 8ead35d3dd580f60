// Signs of an attack on one person, written with the decision that shows them: whoever looks reads a few rows however
// many sign-ins there are, and a sign-in without a denial before it pays nothing.
import { newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import { LONGEST_LIFETIME_SECONDS } from '../../protocol/policy.ts'
import type { Db } from '../store/schema.ts'

const MINUTE = 60_000
/** Attack seen: somebody is asked until they give in. */
const FOLLOWS_MS = 60 * MINUTE
const MANY = { denials: 3, withinMs: 10 * MINUTE }
/** After so long without a denial another begins a sign of its own. */
const ONE_ATTACK_MS = 60 * MINUTE

/** In the transaction of an approval. @param deniedAt when this person denied or reported last */
export async function noteApproval(
  tx: Db,
  random: RandomBytes,
  { user, deniedAt, now }: { user: UserId; deniedAt: number; now: number },
): Promise<void> {
  if (now - deniedAt > FOLLOWS_MS) return
  await insertSign(tx, random, { kind: 'approved-after-denial', user, since: deniedAt, now, denials: 0 })
}

/** In the transaction of a denial, after it is written. @param denials how many requests it ended */
export async function noteDenial(
  tx: Db,
  random: RandomBytes,
  { user, denials, now }: { user: UserId; denials: number; now: number },
): Promise<void> {
  const goesOn = await tx
    .updateTable('signs')
    .set((e) => ({ at: now, denials: e('denials', '+', denials), version: e('version', '+', 1) }))
    .where('user_id', '=', user)
    .where('at', '>', now - ONE_ATTACK_MS)
    .where('kind', '=', 'denying')
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  if (goesOn.numUpdatedRows > 0n) return
  const { first, count } = await deniedSince(tx, user, now - MANY.withinMs)
  if (count < MANY.denials) return
  await insertSign(tx, random, { kind: 'denying', user, since: first, now, denials: count })
}

async function deniedSince(tx: Db, user: UserId, since: number): Promise<{ first: number; count: number }> {
  const found = await tx
    .selectFrom('login_requests')
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.min('settled_at').as('first')])
    .where('user_id', '=', user)
    .where('created_at', '>', since - 1000 * LONGEST_LIFETIME_SECONDS)
    .where('settled_at', '>', since)
    .where('state', '=', 'denied')
    .executeTakeFirstOrThrow()
  return { first: Number(found.first ?? since), count: Number(found.count) }
}

type New = { kind: 'approved-after-denial' | 'denying'; user: UserId; since: number; now: number; denials: number }

async function insertSign(tx: Db, random: RandomBytes, { kind, user, since, now, denials }: New): Promise<void> {
  await tx
    .insertInto('signs')
    .values({
      id: newId('sgn', random),
      version: 1,
      kind,
      state: 'open',
      user_id: user,
      since,
      at: now,
      denials,
      taken_at: null,
      taken_by: null,
      closed_at: null,
      closed_by: null,
    })
    .execute()
}
