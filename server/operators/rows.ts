// The queries of operators.
import type { OperatorId } from '../../protocol/ids.ts'
import type { OperatorsTable } from '../store/operator-tables.ts'
import type { Db } from '../store/schema.ts'

export type OperatorRow = OperatorsTable

/** What names are compared by. */
export function operatorNameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim()
}

const here = (db: Db) => db.selectFrom('operators').selectAll().where('removed_at', 'is', null)

/** Undefined for one who was removed. */
export function operatorById(db: Db, id: OperatorId): Promise<OperatorRow | undefined> {
  return here(db).where('id', '=', id).executeTakeFirst()
}

export function operatorByName(db: Db, name: string): Promise<OperatorRow | undefined> {
  return here(db).where('name_key', '=', operatorNameKey(name)).executeTakeFirst()
}

export function allOperators(db: Db): Promise<OperatorRow[]> {
  return here(db).orderBy('name_key').execute()
}

/** @returns false where the name is taken */
export async function insertOperator(tx: Db, operator: OperatorRow): Promise<boolean> {
  const result = await tx
    .insertInto('operators')
    .values(operator)
    .onConflict((c) => c.column('name_key').doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Compare and set. @returns false where another change came first */
export async function updateOperator(
  tx: Db,
  seen: Pick<OperatorRow, 'id' | 'version'>,
  changes: Partial<Omit<OperatorRow, 'id' | 'version'>>,
): Promise<boolean> {
  const result = await tx
    .updateTable('operators')
    .set({ ...changes, version: seen.version + 1 })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Whether they have a passkey or not. */
export async function invitedOwners(db: Db): Promise<OperatorId[]> {
  const rows = await here(db).where('role', '=', 'owner').execute()
  return rows.map(({ id }) => id)
}

/** Of those who can sign in. */
export async function activeOwners(db: Db): Promise<OperatorId[]> {
  const rows = await here(db)
    .where('role', '=', 'owner')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('operator_passkeys').select('id').whereRef('operator_passkeys.operator_id', '=', 'operators.id'),
      ),
    )
    .execute()
  return rows.map(({ id }) => id)
}
