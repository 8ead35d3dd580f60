// The queries of API tokens.
import type { ApiTokenId, OperatorId } from '../../protocol/ids.ts'
import { mayGrant, ROLES, type Role } from '../../protocol/permissions.ts'
import type { ApiTokensTable } from '../store/operator-tables.ts'
import type { Db } from '../store/schema.ts'

export type ApiTokenRow = ApiTokensTable

export async function insertApiToken(tx: Db, token: ApiTokenRow): Promise<void> {
  await tx.insertInto('api_tokens').values(token).execute()
}

export function apiTokenByHash(db: Db, hash: string): Promise<ApiTokenRow | undefined> {
  return db.selectFrom('api_tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
}

export function apiTokenById(db: Db, id: ApiTokenId): Promise<ApiTokenRow | undefined> {
  return db.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first, with the name of the operator or of the token that made it. */
export function allApiTokens(db: Db): Promise<(ApiTokenRow & { made_by: string | null })[]> {
  return db
    .selectFrom('api_tokens')
    .leftJoin('operators', 'operators.id', 'api_tokens.operator_id')
    .leftJoin('api_tokens as maker', 'maker.id', 'api_tokens.made_by_token')
    .selectAll('api_tokens')
    .select(({ fn }) => fn.coalesce('maker.name', 'operators.name').as('made_by'))
    .orderBy('api_tokens.created_at', 'desc')
    .orderBy('api_tokens.id')
    .execute()
}

/** @param seen so that one write is made of many calls that arrive together */
export async function markUsed(tx: Db, id: ApiTokenId, seen: number | null, now: number): Promise<void> {
  await tx
    .updateTable('api_tokens')
    .set({ last_used_at: now })
    .where('id', '=', id)
    .where('last_used_at', seen === null ? 'is' : '=', seen)
    .execute()
}

/** Nobody revokes it until the transaction is over. @returns whether it is there */
export async function holdApiToken(tx: Db, id: ApiTokenId): Promise<boolean> {
  const result = await tx.updateTable('api_tokens').set({ id }).where('id', '=', id).executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** What was made with these, and with what was made with those. */
export async function deleteMadeWith(
  tx: Db,
  makers: readonly ApiTokenId[],
): Promise<Pick<ApiTokenRow, 'id' | 'name'>[]> {
  const made = await tx
    .deleteFrom('api_tokens')
    .where('made_by_token', 'in', makers)
    .returning(['id', 'name'])
    .execute()
  if (made.length === 0) return []
  return [
    ...made,
    ...(await deleteMadeWith(
      tx,
      made.map(({ id }) => id),
    )),
  ]
}

export async function deleteApiToken(tx: Db, id: ApiTokenId): Promise<boolean> {
  const result = await tx.deleteFrom('api_tokens').where('id', '=', id).executeTakeFirstOrThrow()
  return result.numDeletedRows === 1n
}

export async function deleteTokensOf(tx: Db, operator: OperatorId): Promise<ApiTokenId[]> {
  const gone = await tx.deleteFrom('api_tokens').where('operator_id', '=', operator).returning('id').execute()
  return gone.map(({ id }) => id)
}

/** Those of an operator's tokens that may do what this role may not give. @returns how many */
export async function deleteTokensBeyond(tx: Db, operator: OperatorId, role: Role): Promise<number> {
  const beyond = ROLES.filter((other) => !mayGrant(role, other))
  if (beyond.length === 0) return 0
  const result = await tx
    .deleteFrom('api_tokens')
    .where('operator_id', '=', operator)
    .where('role', 'in', beyond)
    .executeTakeFirstOrThrow()
  return Number(result.numDeletedRows)
}
