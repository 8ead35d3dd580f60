// The queries of operators' passkeys.
import type { OperatorId } from '../../protocol/ids.ts'
import type { OperatorPasskeysTable } from '../store/operator-tables.ts'
import type { Db } from '../store/schema.ts'

export type PasskeyRow = OperatorPasskeysTable

export function passkeyById(db: Db, id: string): Promise<PasskeyRow | undefined> {
  return db.selectFrom('operator_passkeys').selectAll().where('id', '=', id).executeTakeFirst()
}

export function passkeysOf(db: Db, operator: OperatorId): Promise<PasskeyRow[]> {
  return db
    .selectFrom('operator_passkeys')
    .selectAll()
    .where('operator_id', '=', operator)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** By operator. */
export async function passkeyCounts(db: Db): Promise<Map<OperatorId, number>> {
  const rows = await db
    .selectFrom('operator_passkeys')
    .select(({ fn }) => ['operator_id', fn.countAll().as('count')])
    .groupBy('operator_id')
    .execute()
  return new Map(rows.map(({ operator_id, count }) => [operator_id, Number(count)]))
}

/** @returns false where that credential is somebody's already */
export async function insertPasskey(tx: Db, passkey: PasskeyRow): Promise<boolean> {
  const result = await tx
    .insertInto('operator_passkeys')
    .values(passkey)
    .onConflict((c) => c.column('id').doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Passkeys that count have to count upwards; those of providers that keep copies stay at 0. @returns false for a fall */
export async function countUse(tx: Db, id: string, counter: number, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('operator_passkeys')
    .set({ counter, last_used_at: now })
    .where('id', '=', id)
    .where('counter', counter === 0 ? '=' : '<', counter)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** The first time counts. */
export async function markCopied(tx: Db, id: string, now: number): Promise<void> {
  const one = tx.updateTable('operator_passkeys').set({ copied_at: now }).where('id', '=', id)
  await one.where('copied_at', 'is', null).execute()
}

/** Longest known first. */
export async function copiedPasskeys(db: Db, most: number) {
  const copied = db.selectFrom('operator_passkeys').where('copied_at', 'is not', null)
  const rows = await copied
    .innerJoin('operators', 'operators.id', 'operator_passkeys.operator_id')
    .select(['operators.id', 'operators.name', 'operator_passkeys.name as passkey', 'copied_at as at'])
    .orderBy('copied_at')
    .limit(most)
    .execute()
  return rows.map(({ at, ...of }) => ({ ...of, at: Number(at) }))
}

/** @returns undefined where it is not this operator's */
export function renamedPasskey(
  tx: Db,
  operator: OperatorId,
  { id, name }: { id: string; name: string },
): Promise<PasskeyRow | undefined> {
  return tx
    .updateTable('operator_passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .returningAll()
    .executeTakeFirst()
}

export async function deletePasskey(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('operator_passkeys').where('id', '=', id).execute()
  await tx.deleteFrom('operator_sessions').where('passkey_id', '=', id).execute()
}

/** With the sessions that were begun by them. */
export async function deletePasskeysOf(tx: Db, operator: OperatorId): Promise<void> {
  await tx.deleteFrom('operator_passkeys').where('operator_id', '=', operator).execute()
  await tx.deleteFrom('operator_sessions').where('operator_id', '=', operator).execute()
}
