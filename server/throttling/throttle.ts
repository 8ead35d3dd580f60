// What slows an attacker down, per user. `version` rises with every change, so that whoever decides by the counts
// finds out when somebody else decided first.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { decisive, prepared } from '../store/prepared.ts'
import type { Db, ThrottlesTable } from '../store/schema.ts'

export type ThrottleRow = ThrottlesTable
export type ThrottleChanges = Partial<Omit<ThrottlesTable, 'user_id' | 'version'>>
/** Whose counts must be as they were seen, and what becomes of them. */
export type ThrottleChange = { seen: ThrottleRow; changes: ThrottleChanges }

/** After a right one, or after somebody has looked. */
export const NO_WRONG_PASSCODES = { passcode_failures: 0, passcodes_locked_until: 0 } as const

const untouched = (user: UserId): ThrottleRow => ({
  user_id: user,
  version: 0,
  refusals: 0,
  unanswered: 0,
  push_paused_until: 0,
  passcode_failures: 0,
  passcodes_locked_until: 0,
  places: '[]',
  clients: '[]',
  denied_at: 0,
})

const find = prepared((db, v: { user: UserId }) => db.selectFrom('throttles').selectAll().where('user_id', '=', v.user))

/** A user without a row reads as one whom nothing was counted against; the first change makes the row. */
export async function readThrottle(db: Db, user: UserId): Promise<ThrottleRow> {
  return (await find(db, { user })).rows[0] ?? untouched(user)
}

const ofHolder = prepared((db, v: { token: TokenId }) =>
  db
    .selectFrom('tokens')
    .innerJoin('throttles', 'throttles.user_id', 'tokens.user_id')
    .selectAll('throttles')
    .where('tokens.id', '=', v.token),
)

/** For whoever knows the token and not yet its holder; undefined also where nothing was counted so far. */
export async function throttleOfHolder(db: Db, token: TokenId): Promise<ThrottleRow | undefined> {
  return (await ofHolder(db, { token })).rows[0]
}

/** Whose device it is, and until when push is paused for them; 0 where it never was. */
export async function pausedOnDevice(db: Db, device: DeviceId): Promise<{ user: UserId; until: number } | undefined> {
  const row = await db
    .selectFrom('tokens')
    .leftJoin('throttles', 'throttles.user_id', 'tokens.user_id')
    .where('tokens.device_id', '=', device)
    .select(({ fn, val }) => ['tokens.user_id as user', fn.coalesce('push_paused_until', val(0)).as('until')])
    .orderBy('until', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { user: row.user, until: Number(row.until) }
}

export async function createThrottle(tx: Db, user: UserId): Promise<void> {
  await createThrottles(tx, [user])
}

export async function createThrottles(tx: Db, users: readonly UserId[]): Promise<void> {
  await tx
    .insertInto('throttles')
    .values(users.map(untouched))
    .onConflict((c) => c.column('user_id').doNothing())
    .execute()
}

const countsOf = (row: ThrottleRow) => ({
  version: row.version,
  refusals: row.refusals,
  unanswered: row.unanswered,
  push_paused_until: row.push_paused_until,
  passcode_failures: row.passcode_failures,
  passcodes_locked_until: row.passcodes_locked_until,
  places: row.places,
  clients: row.clients,
  denied_at: row.denied_at,
})

// One statement for both cases: version 0 may stand for a missing row, and of two who both add it, one meets the
// other's version.
const replace = decisive((db, row: ThrottleRow & { seen: number }) =>
  db
    .insertInto('throttles')
    .values({ user_id: row.user_id, ...countsOf(row) })
    .onConflict((c) => c.column('user_id').doUpdateSet(countsOf(row)).where('throttles.version', '=', row.seen)),
)

/** Compare and set. @returns false where another change came first: read again and decide again */
export function updateThrottle(tx: Db, seen: ThrottleRow, changes: ThrottleChanges): Promise<boolean> {
  const next = { ...seen, ...changes, version: seen.version + 1 }
  return replace(tx, { ...next, seen: seen.version })
}

/**
 * Makes every other transaction that concerns this user's counts wait for the end of this one: for decisions that
 * depend on other tables (how many devices, how many calls), where no version tells.
 */
export async function holdThrottle(tx: Db, user: UserId): Promise<void> {
  await tx
    .insertInto('throttles')
    .values(untouched(user))
    .onConflict((c) => c.column('user_id').doUpdateSet({ user_id: user }))
    .execute()
}
