// The queries of the tokens that devices hold.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { noteEnrolled, noteRevoked } from '../directory/unenrolled.ts'
import { noteReach } from '../push/unreachable.ts'
import { decisive, prepared } from '../store/prepared.ts'
import type { Db, TokensTable } from '../store/schema.ts'
import { forgetUnconfirmed } from './unconfirmed.ts'

export type TokenRow = TokensTable

/** How many devices, other than `except`, hold a token of this user that was not revoked. */
export async function countDevicesOf(db: Db, user: UserId, except?: DeviceId): Promise<number> {
  const counted = await db
    .selectFrom('tokens')
    .select((eb) => eb.fn.count<number>('device_id').distinct().as('devices'))
    .where('user_id', '=', user)
    .where('state', '!=', 'revoked')
    .where('device_id', '!=', except ?? ('' as DeviceId))
    .executeTakeFirstOrThrow()
  return Number(counted.devices)
}

const tokenById = prepared((db, v: { id: TokenId }) => db.selectFrom('tokens').selectAll().where('id', '=', v.id))

export async function tokenRow(db: Db, id: TokenId): Promise<TokenRow | undefined> {
  return (await tokenById(db, { id })).rows[0]
}

const activeOf = prepared((db, v: { user: UserId }) =>
  db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .selectAll('tokens')
    .where('tokens.user_id', '=', v.user)
    .where('tokens.state', '=', 'active')
    .where('users.state', '=', 'active')
    .orderBy('tokens.created_at'),
)

/** None of somebody suspended. */
export async function activeTokensOf(db: Db, user: UserId): Promise<TokenRow[]> {
  return (await activeOf(db, { user })).rows
}

const unlocks = prepared((db, v: { user: UserId }) =>
  db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select('tokens.unlock')
    .where('tokens.user_id', '=', v.user)
    .where('tokens.state', '=', 'active')
    .where('users.state', '=', 'active'),
)

/** How each active token of theirs is unlocked; none of somebody suspended. */
export async function unlocksOf(db: Db, user: UserId): Promise<Pick<TokenRow, 'unlock'>[]> {
  return (await unlocks(db, { user })).rows
}

const withUsername = (db: Db) =>
  db.selectFrom('tokens').innerJoin('users', 'users.id', 'tokens.user_id').selectAll('tokens').select('users.username')

export type NamedTokenRow = TokenRow & { username: string }

export function tokensOnDevice(db: Db, device: DeviceId): Promise<NamedTokenRow[]> {
  return withUsername(db).where('tokens.device_id', '=', device).orderBy('tokens.created_at').execute()
}

/** Whose tokens a device can approve with, or could if they were resumed. */
export async function holdersOf(db: Db, device: DeviceId): Promise<UserId[]> {
  const rows = await db
    .selectFrom('tokens')
    .select('user_id')
    .distinct()
    .where('device_id', '=', device)
    .where('state', '!=', 'revoked')
    .orderBy('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
}

export function tokenOnDevice(db: Db, device: DeviceId, id: TokenId): Promise<NamedTokenRow | undefined> {
  return withUsername(db).where('tokens.id', '=', id).where('tokens.device_id', '=', device).executeTakeFirst()
}

export function tokensOf(db: Db, user: UserId): Promise<NamedTokenRow[]> {
  return withUsername(db).where('tokens.user_id', '=', user).orderBy('tokens.created_at').execute()
}

export async function insertToken(tx: Db, token: TokenRow): Promise<void> {
  await tx.insertInto('tokens').values(token).execute()
  await noteEnrolled(tx, token.user_id)
  await noteReach(tx, [token.user_id])
}

export async function updateLabel(tx: Db, id: TokenId, label: string): Promise<void> {
  await tx.updateTable('tokens').set({ label }).where('id', '=', id).execute()
}

/** Revokes and erases the keys, so that nothing stolen later can answer for it. @returns false where it was already */
export async function markTokenRevoked(tx: Db, id: TokenId): Promise<boolean> {
  const row = await tx
    .updateTable('tokens')
    .set({ state: 'revoked', totp_key: '', ocra_key: '' })
    .where('id', '=', id)
    .where('state', '!=', 'revoked')
    .returning('user_id')
    .executeTakeFirst()
  if (!row) return false
  await noteRevoked(tx, id)
  await noteReach(tx, [row.user_id])
  await forgetUnconfirmed(tx, id)
  return true
}

/** @returns false where it is not in the state it was seen in */
export async function markTokenState(
  tx: Db,
  id: TokenId,
  from: TokenRow['state'],
  to: TokenRow['state'],
): Promise<boolean> {
  const row = await tx
    .updateTable('tokens')
    .set({ state: to })
    .where('id', '=', id)
    .where('state', '=', from)
    .returning('user_id')
    .executeTakeFirst()
  if (!row) return false
  await noteReach(tx, [row.user_id])
  if (to === 'active') await forgetUnconfirmed(tx, id)
  return true
}

const withDevices = (db: Db) =>
  db
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .leftJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')
    .selectAll('tokens')
    .select(['devices.name as device_name', 'devices.platform', 'devices.state as device_state'])
    .select('subscriptions.device_id as subscribed')

/** A person's tokens with their devices, newest first. */
export function tokensWithDevices(db: Db, user: UserId) {
  return withDevices(db).where('tokens.user_id', '=', user).orderBy('tokens.created_at', 'desc').execute()
}

/** With whoever holds them too. */
export const tokensWithHolders = (db: Db) =>
  withDevices(db).innerJoin('users', 'users.id', 'tokens.user_id').select(['users.username', 'users.display_name'])

/** Spends a time step. @returns false where this or a later one was spent before, or the token is no longer active */
export async function spendStep(
  tx: Db,
  id: TokenId,
  spent: { step: number; drift: number; at: number },
): Promise<boolean> {
  const result = await tx
    .updateTable('tokens')
    .set({ last_step: spent.step, drift: spent.drift, last_used_at: spent.at })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .where('last_step', '<', spent.step)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

const used = decisive((db, v: { id: TokenId; at: number }) =>
  db.updateTable('tokens').set({ last_used_at: v.at }).where('id', '=', v.id).where('state', '=', 'active'),
)

/** @returns false where the token is no longer active */
export function markUsed(tx: Db, id: TokenId, at: number): Promise<boolean> {
  return used(tx, { id, at })
}
